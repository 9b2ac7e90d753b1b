package apply

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/change"
)

// A list that lacks a rule is no evidence that the rule is gone: EC2 shows what it shows. A
// claim that is given up for it would leave a rule that nobody closes any more. That EC2
// does not know the rule's id is evidence.

// ruleGone asks EC2 for a rule by its id, and says whether there is none.
func ruleGone(ctx context.Context, client EC2, id string) (bool, error) {
	_, err := client.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{id}})
	if errorCode(err) == "InvalidSecurityGroupRuleId.NotFound" {
		return true, nil
	}
	return false, err
}

// mayRelease says whether a claim may be given up: of a rule that was not seen, only where
// EC2 says that it is gone.
func (a *Applier) mayRelease(ctx context.Context, u change.ClaimUpdate) bool {
	if !u.Gone || u.Claim.Kind != change.Rule || u.Claim.RuleID == "" {
		return true
	}
	client, err := a.Client(ctx, u.Claim.Location)
	if err != nil {
		return false
	}
	gone, err := ruleGone(ctx, client, u.Claim.RuleID)
	return err == nil && gone
}

// missed follows a rule that is to be revoked and is not listed: it is gone already, or EC2
// does not show it just now.
func (r *run) missed(ctx context.Context, client EC2, c *change.Change) {
	gone, err := ruleGone(ctx, client, c.Rule.ID)
	switch {
	case err != nil:
		c.Outcome, c.Why = change.Failed, "asking for "+c.Rule.ID+" by its id: "+err.Error()
	case !gone:
		c.Outcome, c.Why = change.Refused, "EC2 does not list the rule, and has it when it is asked for by its id; the next run looks again"
	case r.leave(ctx, c):
		c.Outcome, c.Why = change.Applied, "it is gone already"
		r.forget(ctx, c)
	}
}
