package apply_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// forgetful lists no rules, and has them when it is asked by id.
type forgetful struct{ apply.EC2 }

func (f forgetful) DescribeSecurityGroupRules(ctx context.Context, in *ec2.DescribeSecurityGroupRulesInput, o ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	if len(in.SecurityGroupRuleIds) == 0 {
		return &ec2.DescribeSecurityGroupRulesOutput{}, nil
	}
	return f.EC2.DescribeSecurityGroupRules(ctx, in, o...)
}

func (b *bench) forget() {
	whole := b.Client
	b.Client = func(ctx context.Context, l network.Location) (apply.EC2, error) {
		client, err := whole(ctx, l)
		return forgetful{client}, err
	}
}

func TestARuleThatAListLacksIsNotTakenForGone(t *testing.T) {
	b := start(t)
	b.apply(opening(ruleOf("sg-0c", "10.1.0.0/24")))
	closes := closing(b, ruleOf("sg-0c", "10.1.0.0/24"))
	b.forget()
	b.outcomes(change.Refused)(b.apply(closes))
	b.wantClaim(ruleOf("sg-0c", "10.1.0.0/24"), true)
}

func TestTheClaimOfARuleIsGivenUpOnlyWhereEC2SaysThatItIsGone(t *testing.T) {
	b := start(t)
	b.apply(opening(ruleOf("sg-0c", "10.1.0.0/24")))
	claim := b.wantClaim(ruleOf("sg-0c", "10.1.0.0/24"), true)
	release := []change.ClaimUpdate{{Claim: claim, Release: true, Gone: true}}
	if err := b.Settle(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	b.wantClaim(ruleOf("sg-0c", "10.1.0.0/24"), true)
	if _, err := b.admin.RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &claim.Resource, SecurityGroupRuleIds: []string{claim.RuleID}}); err != nil {
		t.Fatal(err)
	}
	if err := b.Settle(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	b.wantClaim(ruleOf("sg-0c", "10.1.0.0/24"), false)
}
