package apply_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

func TestAClaimedRuleAndRouteGoWithTheirLastHolder(t *testing.T) {
	b := start(t)
	b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")), opening(ruleOf("sg-0c", "sg-0a")))
	b.outcomes(change.Applied, change.Applied)(b.apply(closing(b, ruleOf("sg-0c", "sg-0a")), closing(b, routeOf("10.1.0.0/16", "pcx-0a"))))
	same(t, "rules", b.sources("sg-0c"))
	same(t, "routes", b.routes())
	b.wantClaim(ruleOf("sg-0c", "sg-0a"), false)
	b.wantClaim(routeOf("10.1.0.0/16", "pcx-0a"), false)
}

func TestWhatAnotherUnitCameToHoldIsNotTakenAway(t *testing.T) {
	b := start(t)
	b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")), opening(ruleOf("sg-0c", "sg-0a")))
	changes := []change.Change{closing(b, ruleOf("sg-0c", "sg-0a")), closing(b, routeOf("10.1.0.0/16", "pcx-0a"))}
	for _, c := range changes {
		if err := b.ledger.Hold(t.Context(), c.Key(), []change.Holder{holder(far, "reports")}, nil); err != nil {
			t.Fatal(err)
		}
	}
	b.outcomes(change.Refused, change.Refused)(b.apply(changes...))
	same(t, "rules", b.sources("sg-0c"), "sg-0a")
	same(t, "routes", b.routes(), "10.1.0.0/16>pcx-0a")
	if c := b.wantClaim(ruleOf("sg-0c", "sg-0a"), true); len(c.Holders) != 1 || c.Holders[0].Unit != far {
		t.Errorf("the holders are %v", c.Holders)
	}
}

func TestARuleThatSomebodyChangedMeanwhileIsNotRevoked(t *testing.T) {
	b := start(t)
	b.apply(opening(ruleOf("sg-0c", "10.1.0.0/24")), opening(ruleOf("sg-0c", "10.2.0.0/24")))
	changes := []change.Change{closing(b, ruleOf("sg-0c", "10.1.0.0/24")), closing(b, ruleOf("sg-0c", "10.2.0.0/24"))}
	b.modify(changes[0].Rule.ID, "10.9.0.0/24")
	b.outcomes(change.Refused, change.Applied)(b.apply(changes...))
	same(t, "rules", b.sources("sg-0c"), "10.9.0.0/24")
}

// modify changes a rule in place.
func (b *bench) modify(id, cidr string) {
	b.t.Helper()
	if _, err := b.admin.ModifySecurityGroupRules(b.t.Context(), &ec2.ModifySecurityGroupRulesInput{
		GroupId: aws.String("sg-0c"), SecurityGroupRules: []types.SecurityGroupRuleUpdate{{
			SecurityGroupRuleId: &id,
			SecurityGroupRule:   &types.SecurityGroupRuleRequest{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379), CidrIpv4: &cidr},
		}},
	}); err != nil {
		b.t.Fatal(err)
	}
}

func TestARuleThatIsGoneAlreadyIsForgottenAndTheOthersAreRevoked(t *testing.T) {
	b := start(t)
	b.apply(opening(ruleOf("sg-0c", "10.1.0.0/24")), opening(ruleOf("sg-0c", "10.2.0.0/24")))
	changes := []change.Change{closing(b, ruleOf("sg-0c", "10.1.0.0/24")), closing(b, ruleOf("sg-0c", "10.2.0.0/24"))}
	if _, err := b.admin.RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: aws.String("sg-0c"), SecurityGroupRuleIds: []string{changes[0].Rule.ID}}); err != nil {
		t.Fatal(err)
	}
	b.outcomes(change.Applied, change.Applied)(b.apply(changes...))
	same(t, "rules", b.sources("sg-0c"))
	b.wantClaim(ruleOf("sg-0c", "10.1.0.0/24"), false)
	b.wantClaim(ruleOf("sg-0c", "10.2.0.0/24"), false)
}

func TestARouteThatSomebodyRepointedMeanwhileIsNotDeleted(t *testing.T) {
	b := start(t)
	b.apply(opening(routeOf("10.1.0.0/16", "pcx-0a")))
	closes := closing(b, routeOf("10.1.0.0/16", "pcx-0a"))
	if _, err := b.admin.ReplaceRoute(t.Context(), &ec2.ReplaceRouteInput{
		RouteTableId: aws.String("rtb-0c"), DestinationCidrBlock: aws.String("10.1.0.0/16"), VpcPeeringConnectionId: aws.String("pcx-0b"),
	}); err != nil {
		t.Fatal(err)
	}
	b.outcomes(change.Refused)(b.apply(closes))
	same(t, "routes", b.routes(), "10.1.0.0/16>pcx-0b")
}

func TestARuleOfNobodysClaimIsRevokedWithoutAskingTheLedger(t *testing.T) {
	b := start(t)
	b.allow("sg-0c", "10.1.0.0/24")
	closes := closing(b, ruleOf("sg-0c", "10.1.0.0/24"))
	closes.Claimed, closes.Holders, closes.Reason = false, nil, change.Undeclared
	b.outcomes(change.Applied)(b.apply(closes))
	same(t, "rules", b.sources("sg-0c"))
}

func TestWhereAnOpenFailsTheClosesOfItsGroupWaitAndThoseOfOthersGoOn(t *testing.T) {
	b := start(t)
	mine, others := holder(unit, "carts"), holder(unit, "reports")
	b.apply(opening(ruleOf("sg-0c", "10.1.0.0/24"), mine), opening(ruleOf("sg-0d", "10.1.0.0/24"), others))
	b.sim.Fail(awssim.Injection{Operation: "AuthorizeSecurityGroupIngress", ResourceID: "sg-0c", Code: "RulesPerSecurityGroupLimitExceeded"})
	b.outcomes(change.Failed, change.Refused, change.Applied)(b.apply(
		opening(ruleOf("sg-0c", "10.1.0.0/16")), closing(b, ruleOf("sg-0c", "10.1.0.0/24"), mine), closing(b, ruleOf("sg-0d", "10.1.0.0/24"), others),
	))
	same(t, "rules of sg-0c", b.sources("sg-0c"), "10.1.0.0/24")
	same(t, "rules of sg-0d", b.sources("sg-0d"))
}

func TestWhereAnOpenFailsTheClosesOfItsIntentWaitElsewhereToo(t *testing.T) {
	b := start(t)
	b.apply(opening(ruleOf("sg-0c", "sg-0a")), opening(routeOf("10.1.0.0/16", "pcx-0a")))
	b.sim.Fail(awssim.Injection{Operation: "AuthorizeSecurityGroupIngress", Code: "UnauthorizedOperation"})
	b.outcomes(change.Failed, change.Refused, change.Refused)(b.apply(
		opening(ruleOf("sg-0d", "sg-0a")), closing(b, ruleOf("sg-0c", "sg-0a")), closing(b, routeOf("10.1.0.0/16", "pcx-0a")),
	))
	same(t, "rules of sg-0c", b.sources("sg-0c"), "sg-0a")
	same(t, "routes", b.routes(), "10.1.0.0/16>pcx-0a")
}

func TestWhatAnIntentWhoseOpenFailedIsOpenByWaits(t *testing.T) {
	b := start(t)
	carrier := holder(unit, "carts")
	b.apply(opening(ruleOf("sg-0c", "10.1.0.0/16"), carrier))
	b.sim.Fail(awssim.Injection{Operation: "AuthorizeSecurityGroupIngress", Code: "UnauthorizedOperation"})
	closes := closing(b, ruleOf("sg-0c", "10.1.0.0/16"), carrier)
	closes.Uncovers = append(closes.Uncovers, orders.Intent)
	b.outcomes(change.Failed, change.Refused)(b.apply(opening(ruleOf("sg-0d", "10.1.2.0/24")), closes))
	same(t, "rules of sg-0c", b.sources("sg-0c"), "10.1.0.0/16")
}

func TestARevokeThatFailsLeavesTheClaimToTheNextRun(t *testing.T) {
	b := start(t)
	b.apply(opening(ruleOf("sg-0c", "sg-0a")), opening(routeOf("10.1.0.0/16", "pcx-0a")))
	changes := []change.Change{closing(b, ruleOf("sg-0c", "sg-0a")), closing(b, routeOf("10.1.0.0/16", "pcx-0a"))}
	b.sim.Fail(awssim.Injection{Operation: "RevokeSecurityGroupIngress", Code: "UnauthorizedOperation"})
	b.sim.Fail(awssim.Injection{Operation: "DeleteRoute", Code: "UnauthorizedOperation"})
	b.outcomes(change.Failed, change.Failed)(b.apply(changes...))
	b.sim.Heal()
	left, err := b.ledger.Claims(t.Context(), unit, nil)
	if err != nil || len(left) != 2 {
		t.Fatalf("the unit has to do with %d claims, want 2 (%v)", len(left), err)
	}
	b.outcomes(change.Applied, change.Applied)(b.apply(changes...))
	b.wantClaim(ruleOf("sg-0c", "sg-0a"), false)
}

func TestTheKillSwitchStopsARunWithinOneCall(t *testing.T) {
	for n := 1; n <= 5; n++ {
		b := start(t)
		b.apply(opening(ruleOf("sg-0d", "sg-0a")), opening(routeOf("10.1.0.0/16", "pcx-0a")))
		changes := []change.Change{
			opening(routeOf("10.2.0.0/16", "pcx-0b"), holder(unit, "carts")), opening(ruleOf("sg-0c", "sg-0a"), holder(unit, "carts")),
			closing(b, ruleOf("sg-0d", "sg-0a")), closing(b, routeOf("10.1.0.0/16", "pcx-0a")),
		}
		before := len(b.writes())
		made := 0
		stopped := false
		b.CheckStillAllowed = func(context.Context) error {
			if made >= n {
				stopped = true
				return errKilled
			}
			return nil
		}
		b.sim.OnCall(func(_ context.Context, c awssim.Call) error {
			if c.Write && c.Actor.RoleARN != "" {
				made++
			}
			return nil
		})
		out, err := b.Apply(t.Context(), unit, changes, nil)
		wantWrites := min(n, 4)
		if got := len(b.writes()) - before; got != wantWrites {
			t.Errorf("switched off after %d writes: %d were made", n, got)
		}
		if stopped && err == nil {
			t.Errorf("switched off after %d writes: nobody is told", n)
		}
		for i, c := range out {
			want := change.Applied
			if i >= n {
				want = change.Refused
			}
			if c.Outcome != want {
				t.Errorf("switched off after %d writes: change %d is %s (%s), want %s", n, i, c.Outcome, c.Why, want)
			}
		}
	}
}

type killed struct{}

func (killed) Error() string { return "mode is off" }

var errKilled = killed{}

func TestTheKillSwitchStopsTheOneByOneCallsOfABatchToo(t *testing.T) {
	b := start(t)
	made := 0
	b.sim.OnCall(func(_ context.Context, c awssim.Call) error {
		if c.Operation == "ec2:AuthorizeSecurityGroupIngress" {
			made++
		}
		return nil
	})
	b.CheckStillAllowed = func(context.Context) error {
		if made >= 2 {
			return errKilled
		}
		return nil
	}
	out := b.apply(
		opening(ruleOf("sg-0c", "sg-0f")), opening(ruleOf("sg-0c", "10.1.0.0/24")), opening(ruleOf("sg-0c", "10.2.0.0/24")), opening(ruleOf("sg-0c", "sg-0a")),
	)
	if made > 2 {
		t.Errorf("%d calls were made though the second was the last allowed", made)
	}
	for i, c := range out {
		if c.Outcome == "" {
			t.Errorf("change %d has no outcome", i)
		}
	}
}

func TestALostLeaseStopsTheRun(t *testing.T) {
	b := start(t)
	lease, err := b.ledger.Acquire(t.Context(), unit, "one", b.now, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	b.CheckStillAllowed = func(ctx context.Context) error { return b.ledger.Check(ctx, lease, b.now) }
	b.sim.OnCall(func(_ context.Context, c awssim.Call) error {
		if c.Operation == "ec2:CreateRoute" {
			b.now = b.now.Add(2 * time.Minute)
			_, err := b.ledger.Acquire(t.Context(), unit, "two", b.now, time.Minute)
			return err
		}
		return nil
	})
	b.outcomes(change.Applied, change.Refused, change.Refused)(b.apply(
		opening(routeOf("10.1.0.0/16", "pcx-0a")), opening(routeOf("10.2.0.0/16", "pcx-0b")), opening(ruleOf("sg-0c", "sg-0a")),
	))
	same(t, "routes", b.routes(), "10.1.0.0/16>pcx-0a")
	b.wantClaim(ruleOf("sg-0c", "sg-0a"), false)
}

func TestClaimUpdatesReleaseHoldAndStandWithoutTouchingTheNetwork(t *testing.T) {
	b := start(t)
	b.apply(opening(ruleOf("sg-0c", "sg-0a")), opening(ruleOf("sg-0c", "10.1.0.0/24")))
	standing, _ := b.claim(ruleOf("sg-0c", "sg-0a"))
	released, _ := b.claim(ruleOf("sg-0c", "10.1.0.0/24"))
	standing.Status, standing.Holders = change.Standing, []change.Holder{holder(unit, "carts")}
	before := len(b.writes())
	_, err := b.Apply(t.Context(), unit, nil, []change.ClaimUpdate{
		{Claim: standing, Drop: []change.Holder{orders}}, {Claim: released, Release: true, Why: "changed by someone else"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := b.wantClaim(ruleOf("sg-0c", "sg-0a"), true)
	if got.Status != change.Standing || len(got.Holders) != 1 || got.Holders[0] != holder(unit, "carts") || got.RuleID == "" {
		t.Errorf("the claim is %s, held by %v, rule %q", got.Status, got.Holders, got.RuleID)
	}
	b.wantClaim(ruleOf("sg-0c", "10.1.0.0/24"), false)
	if n := len(b.writes()); n != before {
		t.Errorf("%d writes were made", n-before)
	}
}

func TestAClientIsMadeOnceALocation(t *testing.T) {
	b := start(t)
	one, err := b.Client(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	two, err := b.Client(t.Context(), here)
	if err != nil || one != two {
		t.Errorf("a second client was made (%v)", err)
	}
	if _, err = b.Client(t.Context(), network.Location{Account: "444455556666", Region: "us-east-1"}); err == nil {
		t.Error("a client was made where there is no role")
	}
}
