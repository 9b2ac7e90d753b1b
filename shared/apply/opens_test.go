package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

func TestAllRulesOfOneGroupGoInOneCallWithTagAndDescription(t *testing.T) {
	b := start(t)
	b.outcomes(change.Applied, change.Applied, change.Applied)(b.apply(
		opening(ruleOf("sg-0c", "10.1.0.0/24")), opening(ruleOf("sg-0c", "sg-0a")), opening(ruleOf("sg-0d", "sg-0a")),
	))
	same(t, "writes", b.writes(), "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupIngress")
	same(t, "rules of sg-0c", b.sources("sg-0c"), "10.1.0.0/24", "sg-0a")
	for _, r := range b.rules("sg-0c") {
		if aws.ToString(r.Description) != "cachegate: sessions/orders" {
			t.Errorf("the description of %s is %q", *r.SecurityGroupRuleId, aws.ToString(r.Description))
		}
		c := b.wantClaim(ruleOf("sg-0c", source(r)), true)
		if c.RuleID != *r.SecurityGroupRuleId || c.Status != change.Written {
			t.Errorf("the claim of %s is %s with rule %q", *r.SecurityGroupRuleId, c.Status, c.RuleID)
		}
		if len(r.Tags) != 1 || *r.Tags[0].Key != change.ManagedTag || !c.Made(*r.Tags[0].Value) || !strings.HasPrefix(*r.Tags[0].Value, "test/") {
			t.Errorf("the tags of %s are %v, the claim's is %s", *r.SecurityGroupRuleId, r.Tags, c.Tag)
		}
	}
}

func TestWhereOneRuleIsThereAlreadyOnlyTheMissingOnesAreMade(t *testing.T) {
	b := start(t)
	b.allow("sg-0c", "10.1.0.0/24")
	b.outcomes(change.Applied, change.Applied, change.Applied)(b.apply(
		opening(ruleOf("sg-0c", "10.1.0.0/24")), opening(ruleOf("sg-0c", "10.2.0.0/24")), opening(ruleOf("sg-0c", "sg-0a")),
	))
	same(t, "rules", b.sources("sg-0c"), "10.1.0.0/24", "10.2.0.0/24", "sg-0a")
	b.wantClaim(ruleOf("sg-0c", "10.1.0.0/24"), false)
	b.wantClaim(ruleOf("sg-0c", "10.2.0.0/24"), true)
	b.wantClaim(ruleOf("sg-0c", "sg-0a"), true)
}

func TestARuleThatIsThereAlreadyStaysItsMakersThoughAnotherUnitClaimsIt(t *testing.T) {
	b := start(t)
	b.allow("sg-0c", "10.1.0.0/24")
	other := holder(far, "reports")
	if _, _, err := b.ledger.Intend(t.Context(), change.Claim{Requirement: ruleOf("sg-0c", "10.1.0.0/24"), Holders: []change.Holder{other}, Tag: "test/0f", Created: b.now}); err != nil {
		t.Fatal(err)
	}
	b.apply(opening(ruleOf("sg-0c", "10.1.0.0/24")))
	c := b.wantClaim(ruleOf("sg-0c", "10.1.0.0/24"), true)
	if len(c.Holders) != 1 || c.Holders[0] != other {
		t.Errorf("the holders are %v: the other unit's claim is not this unit's to give up", c.Holders)
	}
}

func TestOneBadSourceOfManyDoesNotStopTheOthers(t *testing.T) {
	b := start(t)
	changes := b.apply(opening(ruleOf("sg-0c", "10.1.0.0/24")), opening(ruleOf("sg-0c", "sg-0f")), opening(ruleOf("sg-0c", "sg-0a")))
	b.outcomes(change.Applied, change.Failed, change.Applied)(changes)
	same(t, "rules", b.sources("sg-0c"), "10.1.0.0/24", "sg-0a")
	if !strings.Contains(changes[1].Why, "sg-0f") {
		t.Errorf("the reason %q does not name the source", changes[1].Why)
	}
}

func TestWhatEC2RefusesIsClaimedNoLonger(t *testing.T) {
	b := start(t)
	b.sim.Fail(awssim.Injection{Operation: "AuthorizeSecurityGroupIngress", Code: "UnauthorizedOperation"})
	b.sim.Fail(awssim.Injection{Operation: "CreateRoute", Code: "UnauthorizedOperation"})
	b.outcomes(change.Failed, change.Failed, change.Failed)(b.apply(
		opening(routeOf("10.1.0.0/16", "pcx-0a")), opening(ruleOf("sg-0c", "10.1.0.0/24")), opening(ruleOf("sg-0c", "sg-0a")),
	))
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0a"), false)
	b.wantClaim(ruleOf("sg-0c", "10.1.0.0/24"), false)
	b.wantClaim(ruleOf("sg-0c", "sg-0a"), false)
}

func TestWhatMayHaveBeenMadeStaysClaimedWithItsTag(t *testing.T) {
	for name, injected := range map[string]awssim.Injection{
		"the answer is lost":        {Err: errors.New("connection reset by peer"), After: true},
		"the call is lost":          {Err: errors.New("connection reset by peer")},
		"EC2 says internal error":   {Code: "InternalError", After: true},
		"EC2 says unavailable":      {Code: "Unavailable", After: true},
		"the deadline comes before": {Err: context.DeadlineExceeded, After: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			b.sim.Fail(injected)
			b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")), opening(ruleOf("sg-0c", "sg-0a")))
			b.sim.Heal()
			b.wantClaim(routeOf("10.1.0.0/16", "pcx-0a"), true)
			c := b.wantClaim(ruleOf("sg-0c", "sg-0a"), true)
			for _, r := range b.rules("sg-0c") {
				if !c.Made(*r.Tags[0].Value) {
					t.Errorf("the rule's tag %s is not the claim's", *r.Tags[0].Value)
				}
			}
		})
	}
}

func TestARuleMadeBeforeACrashIsRecoveredByItsTagWhateverElseIsMadeNow(t *testing.T) {
	b := start(t)
	first := opening(ruleOf("sg-0c", "sg-0a"))
	b.sim.Fail(awssim.Injection{Operation: "AuthorizeSecurityGroupIngress", Err: errors.New("connection reset by peer"), After: true})
	b.apply(first)
	b.sim.Heal()
	b.outcomes(change.Applied, change.Applied)(b.apply(opening(ruleOf("sg-0c", "10.1.0.0/24")), first))
	same(t, "rules", b.sources("sg-0c"), "10.1.0.0/24", "sg-0a")
	if c := b.wantClaim(ruleOf("sg-0c", "sg-0a"), true); c.RuleID != b.rule(c.Requirement).ID {
		t.Errorf("the recovered claim has the rule %q", c.RuleID)
	}
}

func TestADuplicateThatReadsDoNotShowYetIsLeftToTheNextRun(t *testing.T) {
	b := start(t)
	b.sim.Lag(awssim.Lag{ResourceID: "sg-0c", Reads: 50})
	b.allow("sg-0c", "sg-0a")
	b.outcomes(change.Failed)(b.apply(opening(ruleOf("sg-0c", "sg-0a"))))
	b.sim.NoLag()
	b.outcomes(change.Applied)(b.apply(opening(ruleOf("sg-0c", "sg-0a"))))
}

func TestARouteThatSomebodyMadeMeanwhileStaysTheirs(t *testing.T) {
	b := start(t)
	b.route("10.1.0.0/16", "pcx-0a")
	b.outcomes(change.Applied)(b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a"))))
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0a"), false)
	b.outcomes(change.Refused)(b.apply(opening(routeOf("10.1.0.0/16", "pcx-0b"))))
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0b"), false)
	same(t, "routes", b.routes(), "10.1.0.0/16>pcx-0a")
}

// route makes a route by hand.
func (b *bench) route(destination, target string) {
	b.t.Helper()
	if _, err := b.admin.CreateRoute(b.t.Context(), &ec2.CreateRouteInput{
		RouteTableId: aws.String("rtb-0c"), DestinationCidrBlock: &destination, VpcPeeringConnectionId: &target,
	}); err != nil {
		b.t.Fatal(err)
	}
}

func TestARouteOfOursThatWasNotVisibleStaysOurs(t *testing.T) {
	b := start(t)
	b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")))
	b.outcomes(change.Applied)(b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a"))))
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0a"), true)
}

func TestAnAnswerToCreateRouteThatIsLostIsNotTakenForSomebodyElsesRoute(t *testing.T) {
	b := start(t)
	b.sim.Fail(awssim.Injection{Operation: "CreateRoute", Err: &timeout{}, After: true, Times: 1})
	b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")))
	same(t, "routes", b.routes(), "10.1.0.0/16>pcx-0a")
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0a"), true)
}

// timeout is an error that the SDK's retryer tries again.
type timeout struct{}

func (*timeout) Error() string   { return "i/o timeout" }
func (*timeout) Timeout() bool   { return true }
func (*timeout) Temporary() bool { return true }

func replacing(destination, from, to string) change.Change {
	c := opening(routeOf(destination, to))
	c.Action = change.ReplaceRoute
	c.Previous = change.Claim{Requirement: routeOf(destination, from), Holders: []change.Holder{orders}}
	return c
}

func TestAnOwnRouteIsReplacedAndItsClaimGoes(t *testing.T) {
	b := start(t)
	b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")))
	b.outcomes(change.Applied)(b.apply(replacing("10.1.0.0/16", "pcx-0a", "pcx-0b")))
	same(t, "routes", b.routes(), "10.1.0.0/16>pcx-0b")
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0a"), false)
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0b"), true)
}

func TestARouteThatSomebodyRepointedMeanwhileIsNotReplaced(t *testing.T) {
	b := start(t)
	b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")))
	if _, err := b.admin.ReplaceRoute(t.Context(), &ec2.ReplaceRouteInput{
		RouteTableId: aws.String("rtb-0c"), DestinationCidrBlock: aws.String("10.1.0.0/16"), VpcPeeringConnectionId: aws.String("pcx-0b"),
	}); err != nil {
		t.Fatal(err)
	}
	b.outcomes(change.Refused)(b.apply(replacing("10.1.0.0/16", "pcx-0a", "pcx-0b")))
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0b"), false)
}

func TestARouteThatAnotherIntentHoldsNowIsNotReplaced(t *testing.T) {
	b := start(t)
	b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")))
	if err := b.ledger.Hold(t.Context(), routeOf("10.1.0.0/16", "pcx-0a").String(), []change.Holder{holder(far, "reports")}, nil); err != nil {
		t.Fatal(err)
	}
	b.outcomes(change.Refused)(b.apply(replacing("10.1.0.0/16", "pcx-0a", "pcx-0b")))
	same(t, "routes", b.routes(), "10.1.0.0/16>pcx-0a")
}

func TestAReplacementThatFailsLeavesTheOldRouteOurs(t *testing.T) {
	b := start(t)
	b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")))
	b.sim.Fail(awssim.Injection{Operation: "ReplaceRoute", Code: "UnauthorizedOperation"})
	b.outcomes(change.Failed)(b.apply(replacing("10.1.0.0/16", "pcx-0a", "pcx-0b")))
	b.sim.Heal()
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0a"), true)
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0b"), false)
	b.outcomes(change.Applied)(b.apply(replacing("10.1.0.0/16", "pcx-0a", "pcx-0b")))
	same(t, "routes", b.routes(), "10.1.0.0/16>pcx-0b")
}

func TestThePeersNamesAreSwitchedOnForTheSideOfTheVPC(t *testing.T) {
	b := start(t)
	req := change.Requirement{Kind: change.PeeringDNS, Location: here, Resource: "pcx-0a", VPC: "vpc-0c"}
	b.outcomes(change.Applied)(b.apply(opening(req)))
	out, err := b.admin.DescribeVpcPeeringConnections(t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: []string{"pcx-0a"}})
	if err != nil {
		t.Fatal(err)
	}
	p := out.VpcPeeringConnections[0]
	if on := p.RequesterVpcInfo.PeeringOptions; on == nil || !aws.ToBool(on.AllowDnsResolutionFromRemoteVpc) {
		t.Error("the requester's side is off")
	}
	if other := p.AccepterVpcInfo.PeeringOptions; other != nil && aws.ToBool(other.AllowDnsResolutionFromRemoteVpc) {
		t.Error("the accepter's side was switched on too")
	}
	b.wantClaim(req, true)
}

func TestAChangeWhereCachegateMayNotWriteFailsAndTheOthersGoOn(t *testing.T) {
	b := start(t)
	elsewhere := ruleOf("sg-0c", "sg-0a")
	elsewhere.Location = network.Location{Account: "444455556666", Region: "us-east-1"}
	changes := b.apply(opening(elsewhere), opening(ruleOf("sg-0d", "sg-0a")))
	b.outcomes(change.Failed, change.Applied)(changes)
	if !strings.Contains(changes[0].Why, "444455556666/us-east-1") {
		t.Errorf("the reason %q does not say where", changes[0].Why)
	}
}

func TestChangesThatAreDecidedAlreadyAreLeftAlone(t *testing.T) {
	b := start(t)
	planned, refused := opening(ruleOf("sg-0c", "10.1.0.0/24")), opening(ruleOf("sg-0c", "10.2.0.0/24"))
	planned.Outcome, refused.Outcome, refused.Why = change.Planned, change.Refused, "a guard"
	b.outcomes(change.Planned, change.Refused, change.Applied)(b.apply(planned, refused, opening(ruleOf("sg-0c", "sg-0a"))))
	same(t, "rules", b.sources("sg-0c"), "sg-0a")
}
