package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// authorize makes the rules of one group in one call. A tag holds for all rules
// of a call, so that the claims of a call share theirs.
func (r *run) authorize(ctx context.Context, client EC2, batch []change.Change, known ...prior) {
	tag := r.tag(batch)
	priors, err := r.intend(ctx, batch, tag)
	if err != nil {
		failAll(batch, "claiming the rules of "+batch[0].Resource, err)
		return
	}
	if len(known) > 0 {
		priors = known // this call claimed them already, before it was split
	}
	if r.stopped != nil {
		outcome(batch, change.Refused, r.stopped.Error())
		r.withdrawClaims(ctx, batch, priors)
		return
	}
	out, err := client.AuthorizeSecurityGroupIngress(ctx, authorizeInput(batch, tag))
	switch {
	case err == nil:
		r.recordRules(ctx, batch, out.SecurityGroupRules)
	case errorCode(err) == "InvalidPermission.Duplicate":
		r.authorizeMissing(ctx, client, batch, tag, priors)
	case len(batch) > 1 && oneIsWrong(err):
		for i := range batch {
			r.authorize(ctx, client, batch[i:i+1], priors[i])
		}
	default:
		r.failOpen(ctx, batch, priors, err)
	}
}

// intend claims the rules of a call, and asks meanwhile once more whether writing is
// allowed: the answer is in stopped.
func (r *run) intend(ctx context.Context, batch []change.Change, tag string) ([]prior, error) {
	priors := make([]prior, len(batch))
	var group errgroup.Group
	group.SetLimit(claimsAtOnce)
	group.Go(func() error { _ = r.permitted(ctx); return nil })
	for i := range batch {
		group.Go(func() error {
			claim, existed, err := r.Claims.Intend(ctx, r.claimOf(batch[i], tag))
			priors[i] = prior{claim, existed}
			return err
		})
	}
	return priors, group.Wait()
}

// claimsAtOnce is how many claims are written at once.
const claimsAtOnce = 10

// prior is the claim that was there before a change claimed anew.
type prior struct {
	change.Claim
	existed bool
}

// oneIsWrong says whether an error may be about one rule of many, so that the
// others are worth a call of their own.
func oneIsWrong(err error) bool {
	switch errorCode(err) {
	case "InvalidGroup.NotFound", "InvalidGroupId.Malformed", "InvalidParameterValue", "InvalidPermission.Malformed",
		"InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound", "InvalidParameterCombination":
		return true
	default:
		return false
	}
}

// tag gives the value of the tag of a call's rules: the deployment, and what
// they are.
func (r *run) tag(batch []change.Change) string {
	h := sha256.New()
	for _, c := range batch {
		fmt.Fprintln(h, c.Requirement)
	}
	return r.Deployment + "/" + hex.EncodeToString(h.Sum(nil)[:8])
}

func authorizeInput(batch []change.Change, tag string) *ec2.AuthorizeSecurityGroupIngressInput {
	in := &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String(batch[0].Resource),
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeSecurityGroupRule,
			Tags:         []types.Tag{{Key: aws.String(change.ManagedTag), Value: aws.String(tag)}},
		}},
	}
	for _, c := range batch {
		in.IpPermissions = append(in.IpPermissions, permission(c))
	}
	return in
}

func permission(c change.Change) types.IpPermission {
	p := types.IpPermission{
		IpProtocol: aws.String(network.TCP), FromPort: aws.Int32(int32(c.Port)), ToPort: aws.Int32(int32(c.Port)),
	}
	if c.Rule.Protocol != "" { // undoing puts back the whole rule that was revoked
		p.IpProtocol, p.FromPort, p.ToPort = aws.String(c.Rule.Protocol), aws.Int32(c.Rule.FromPort), aws.Int32(c.Rule.ToPort)
	}
	var description *string
	if c.Description != "" {
		description = aws.String(c.Description)
	}
	switch peer := c.Peer; {
	case peer.CIDR.IsValid() && peer.CIDR.Addr().Is4():
		p.IpRanges = []types.IpRange{{CidrIp: aws.String(peer.CIDR.String()), Description: description}}
	case peer.CIDR.IsValid():
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String(peer.CIDR.String()), Description: description}}
	case peer.PrefixList != "":
		p.PrefixListIds = []types.PrefixListId{{PrefixListId: aws.String(peer.PrefixList), Description: description}}
	default:
		pair := types.UserIdGroupPair{GroupId: aws.String(peer.SecurityGroup), Description: description}
		if peer.Account != "" {
			pair.UserId = aws.String(peer.Account)
		}
		p.UserIdGroupPairs = []types.UserIdGroupPair{pair}
	}
	return p
}

// recordRules completes the claims with the ids that EC2 gave the rules.
func (r *run) recordRules(ctx context.Context, batch []change.Change, rules []types.SecurityGroupRule) {
	var group errgroup.Group
	group.SetLimit(claimsAtOnce)
	for i := range batch {
		c := &batch[i]
		c.Outcome = change.Applied
		id := ""
		for _, rule := range rules {
			if made(rule, *c) {
				id = aws.ToString(rule.SecurityGroupRuleId)
			}
		}
		c.Rule.ID = id
		group.Go(func() error {
			if err := r.Claims.Wrote(ctx, c.Key(), id); err != nil {
				c.Why = fmt.Sprintf("it stands, but recording it failed (the next run recovers it by its tag): %v", err)
			}
			return nil
		})
	}
	_ = group.Wait() // what failed is said in the changes
}

// made says whether a rule of EC2 is the one that a change makes.
func made(rule types.SecurityGroupRule, c change.Change) bool {
	if c.Rule.Protocol != "" {
		return !aws.ToBool(rule.IsEgress) && sameAsPlanned(rule, c.Rule)
	}
	return matches(rule, c.Requirement)
}

// matches says whether a rule of EC2 is the one that a requirement asks for.
func matches(rule types.SecurityGroupRule, req change.Requirement) bool {
	if aws.ToBool(rule.IsEgress) || aws.ToString(rule.IpProtocol) != network.TCP && aws.ToString(rule.IpProtocol) != "6" ||
		aws.ToInt32(rule.FromPort) != int32(req.Port) || aws.ToInt32(rule.ToPort) != int32(req.Port) {
		return false
	}
	switch {
	case req.Peer.CIDR.IsValid():
		return samePrefix(rule.CidrIpv4, req.Peer.CIDR) || samePrefix(rule.CidrIpv6, req.Peer.CIDR)
	case req.Peer.PrefixList != "":
		return aws.ToString(rule.PrefixListId) == req.Peer.PrefixList
	case rule.ReferencedGroupInfo == nil:
		return false
	}
	ref := rule.ReferencedGroupInfo
	account := aws.ToString(ref.UserId)
	sameAccount := account == req.Peer.Account || req.Peer.Account == "" && (account == "" || account == req.Location.Account)
	return aws.ToString(ref.GroupId) == req.Peer.SecurityGroup && sameAccount
}

func samePrefix(text *string, p netip.Prefix) bool {
	parsed, err := netip.ParsePrefix(aws.ToString(text))
	return err == nil && parsed.Masked() == p.Masked()
}

// authorizeMissing follows a duplicate: EC2 refused the call because one of its
// rules is there already. What is there stays its maker's, unless the tag says
// that an earlier run of ours made it; only what is missing is sent again.
func (r *run) authorizeMissing(ctx context.Context, client EC2, batch []change.Change, tag string, priors []prior) {
	rules, err := groupRules(ctx, client, batch[0].Resource)
	if err != nil {
		failAll(batch, fmt.Sprintf("reading rules of %s after a duplicate", batch[0].Resource), err)
		return
	}
	var missing []int
	for i := range batch {
		at := slices.IndexFunc(rules, func(rule types.SecurityGroupRule) bool { return made(rule, batch[i]) })
		if at < 0 {
			missing = append(missing, i)
			continue
		}
		r.adoptOrLeave(ctx, &batch[i], rules[at], tag, priors[i])
	}
	if len(missing) == len(batch) {
		outcome(batch, change.Failed, "EC2 says that a rule is there already, and does not show it yet; the next run looks again")
		return
	}
	for _, i := range missing {
		r.authorize(ctx, client, batch[i:i+1], priors[i])
	}
}

// adoptOrLeave takes a rule that is there already for ours if a write of ours
// made it, else leaves it to its maker.
func (r *run) adoptOrLeave(ctx context.Context, c *change.Change, rule types.SecurityGroupRule, tag string, before prior) {
	made := before.RuleID != "" && before.RuleID == aws.ToString(rule.SecurityGroupRuleId)
	for _, t := range rule.Tags {
		if aws.ToString(t.Key) == change.ManagedTag && (aws.ToString(t.Value) == tag || before.Made(aws.ToString(t.Value))) {
			made = true
		}
	}
	if made {
		one := []change.Change{*c}
		r.recordRules(ctx, one, []types.SecurityGroupRule{rule})
		*c = one[0]
		return
	}
	c.Outcome, c.Why = change.Applied, "an identical rule is there already and stays its maker's"
	r.disclaim(ctx, c)
}

// disclaim takes the holders that a change brought out of its claim again.
func (r *run) disclaim(ctx context.Context, c *change.Change) {
	last, err := r.Claims.Leave(ctx, c.Key(), c.Holders)
	if err == nil && last {
		err = r.Claims.Closed(ctx, c.Key())
	}
	if err != nil {
		c.Why += fmt.Sprintf("; giving up the claim failed: %v", err)
	}
}

// failOpen records that an open failed. Where EC2 refused the request, nothing
// was written and a new claim goes; where the fault was EC2's, or nobody knows,
// the claim stays for its tag to be found. A claim that was there before is left
// as it is: the next run compares it with the network.
func (r *run) failOpen(ctx context.Context, batch []change.Change, priors []prior, err error) {
	failAll(batch, "", err)
	if refusedByEC2(err) {
		r.withdrawClaims(ctx, batch, priors)
	}
}

// withdrawClaims puts the claims of a call back to what they were before: nothing was
// written. Whoever lost the lease leaves them: the next run compares them with the network.
func (r *run) withdrawClaims(ctx context.Context, batch []change.Change, priors []prior) {
	if errors.Is(r.stopped, ledger.ErrLeaseLost) {
		return
	}
	for i := range batch {
		if !priors[i].existed {
			r.disclaim(ctx, &batch[i])
			continue
		}
		// Nothing was written just now: the next run need not wait for it to show.
		if standErr := r.Claims.Stand(ctx, batch[i].Key(), priors[i].RuleID); standErr != nil {
			batch[i].Why += fmt.Sprintf("; putting the claim back failed: %v", standErr)
		}
	}
}

// refusedByEC2 says whether an error is EC2's answer that it did not do what was
// asked. An internal error says nothing of that.
func refusedByEC2(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorFault() == smithy.FaultServer {
		return false
	}
	switch api.ErrorCode() {
	case "InternalError", "InternalFailure", "Unavailable", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException":
		return false
	default:
		return true
	}
}

// errorCode gives the code of an API error, empty for any other error.
func errorCode(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

func groupRules(ctx context.Context, client EC2, group string) ([]types.SecurityGroupRule, error) {
	var out []types.SecurityGroupRule
	pages := ec2.NewDescribeSecurityGroupRulesPaginator(client, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, page.SecurityGroupRules...)
	}
	return out, nil
}

// revoke takes the rules of one group away in one call, by their ids.
func (r *run) revoke(ctx context.Context, client EC2, batch []change.Change) {
	rules, err := r.rulesBeforeRevoking(ctx, client, batch[0].Point())
	if err != nil {
		failAll(batch, fmt.Sprintf("reading rules of %s before revoking", batch[0].Resource), err)
		return
	}
	if r.stopped != nil {
		outcome(batch, change.Refused, r.stopped.Error())
		return
	}
	if id := r.vanished(batch, rules); id != "" {
		outcome(batch, change.Refused, "somebody took "+id+" of the same group away since it was read, and what is closed may carry what that carried; the next run looks again")
		return
	}
	var ids []string
	waited := false
	for i := range batch {
		waited = waited || batch[i].Claimed
		if r.mayRevoke(ctx, client, &batch[i], rules) {
			ids = append(ids, batch[i].Rule.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	if waited && r.stopped == nil { // to leave a claim takes calls
		_ = r.permitted(ctx)
	}
	if err = r.stopped; err != nil {
		for i := range batch {
			if batch[i].Outcome == "" {
				outcome(batch[i:i+1], change.Refused, err.Error())
			}
		}
		return
	}
	_, err = client.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId: aws.String(batch[0].Resource), SecurityGroupRuleIds: ids,
	})
	for i := range batch {
		c := &batch[i]
		if c.Outcome != "" {
			continue
		}
		if err != nil {
			failed(c, fmt.Sprintf("revoking %s of %s", c.Rule.ID, c.Resource), err)
			continue
		}
		c.Outcome = change.Applied
		r.revoked[c.Rule.ID] = true
		r.forget(ctx, c)
	}
}

// vanished gives a rule that the plan counts on to stay, and that is not there any more.
func (r *run) vanished(batch []change.Change, now []types.SecurityGroupRule) string {
	if r.Seen == nil {
		return ""
	}
	for _, seen := range r.Seen(batch[0].Resource) {
		goes := r.revoked[seen.ID] || slices.ContainsFunc(batch, func(c change.Change) bool { return c.Rule.ID == seen.ID })
		if !goes && !slices.ContainsFunc(now, func(rule types.SecurityGroupRule) bool { return aws.ToString(rule.SecurityGroupRuleId) == seen.ID }) {
			return seen.ID
		}
	}
	return ""
}

// rulesBeforeRevoking reads the rules of a group, and asks meanwhile once more whether
// writing is allowed: the answer is in stopped. For the first write both were done already.
func (r *run) rulesBeforeRevoking(ctx context.Context, client EC2, at change.Point) (rules []types.SecurityGroupRule, err error) {
	if p := r.prepared; p != nil && p.group == at {
		return p.rules, p.err
	}
	var group errgroup.Group
	group.Go(func() error { _ = r.permitted(ctx); return nil })
	group.Go(func() error {
		rules, err = groupRules(ctx, client, at.ID)
		return err
	})
	return rules, group.Wait()
}

// mayRevoke looks once more: the rule is there as planned, and nobody holds it.
func (r *run) mayRevoke(ctx context.Context, client EC2, c *change.Change, rules []types.SecurityGroupRule) bool {
	at := slices.IndexFunc(rules, func(rule types.SecurityGroupRule) bool { return aws.ToString(rule.SecurityGroupRuleId) == c.Rule.ID })
	if at < 0 {
		r.missed(ctx, client, c)
		return false
	}
	if !sameAsPlanned(rules[at], c.Rule) {
		c.Outcome, c.Why = change.Refused, "somebody changed the rule since it was read; the next run looks again"
		return false
	}
	return r.leave(ctx, c)
}

func sameAsPlanned(rule types.SecurityGroupRule, planned network.Rule) bool {
	if aws.ToString(rule.IpProtocol) != planned.Protocol || aws.ToInt32(rule.FromPort) != planned.FromPort || aws.ToInt32(rule.ToPort) != planned.ToPort {
		return false
	}
	switch peer := planned.Peer; {
	case peer.CIDR.IsValid():
		return samePrefix(rule.CidrIpv4, peer.CIDR) || samePrefix(rule.CidrIpv6, peer.CIDR)
	case peer.PrefixList != "":
		return aws.ToString(rule.PrefixListId) == peer.PrefixList
	default:
		return rule.ReferencedGroupInfo != nil && aws.ToString(rule.ReferencedGroupInfo.GroupId) == peer.SecurityGroup
	}
}

// leave drops the unit's holders of a claim; false where somebody else holds it
// now. What is no claim of ours has no holders.
func (r *run) leave(ctx context.Context, c *change.Change) bool {
	if !c.Claimed {
		return true
	}
	last, err := r.Claims.Leave(ctx, c.Key(), c.Holders)
	switch {
	case err != nil:
		failed(c, "leaving the claim", err)
		return false
	case !last:
		c.Outcome, c.Why = change.Refused, "another intent holds it now"
		return false
	default:
		return true
	}
}

// forget drops the claim of what is gone.
func (r *run) forget(ctx context.Context, c *change.Change) {
	if !c.Claimed {
		return
	}
	if err := r.Claims.Closed(ctx, c.Key()); err != nil {
		c.Why = fmt.Sprintf("it is gone, but forgetting its claim failed: %v", err)
	}
}
