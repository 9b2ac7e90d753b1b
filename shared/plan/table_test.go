package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// The cells of the decision table in the package's doc comment.

func TestDesiredAndAbsentIsOpened(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	p := f.make()
	f.wantChanges(p, "+ sg-0c sg-0a")
	equal(t, "the reason", p.Changes[0].Reason, change.Declared)
	equal(t, "the holder", p.Changes[0].Holders[0], held(unit, "orders"))
	f.wantFindings(p, finding.AccessMissing)
}

func TestDesiredAndCoveredByADeclaredRuleOfOthersStandsAsItIs(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "10.0.2.0/24")
	f.declare("all", "10.0.0.0/16")
	f.rule("sg-0c", "sgr-01", "10.0.0.0/16")
	p := f.make()
	f.wantChanges(p)
	equal(t, "the number of updates", len(p.Updates), 0)
	f.wantFindings(p)
}

func TestDesiredAndCoveredByAnUndeclaredRuleIsOpenedBesideIt(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "10.0.2.0/24")
	f.rule("sg-0c", "sgr-01", "10.0.0.0/16")
	p := f.make()
	f.wantChanges(p, "+ sg-0c 10.0.2.0/24")
	f.wantFindings(p, finding.AccessUndeclared) // it admits more than is declared
	got := findingOf(p, finding.AccessUndeclared)
	for _, text := range []string{got.Detail, got.Fix} {
		if !strings.Contains(text, "sessions/orders") {
			t.Errorf("%q does not name what leans on the rule", text)
		}
	}
	f.owned("sg-0c", "sgr-02", "10.0.2.0/24", "orders")
	p = f.make()
	f.wantChanges(p)
	if got := findingOf(p, finding.AccessUndeclared); strings.Contains(got.Detail+got.Fix, "sessions/orders") {
		t.Errorf("%q, %q names an intent that has a rule of its own", got.Detail, got.Fix)
	}
}

func TestDesiredClaimedAndPresentStandsWithoutAnUpdate(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.owned("sg-0c", "sgr-01", "sg-0a", "orders")
	p := f.make()
	f.wantChanges(p)
	equal(t, "the number of updates", len(p.Updates), 0)
	f.wantFindings(p)
}

func TestAnIntentThatComesToAClaimIsAddedToItsHolders(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.declare("reports", "sg-0a")
	f.owned("sg-0c", "sgr-01", "sg-0a", "orders")
	p := f.make()
	f.wantChanges(p)
	u, ok := update(p, ruleReq("sg-0c", "sg-0a"))
	equal(t, "an update is there", ok, true)
	equal(t, "the number of holders", len(u.Claim.Holders), 2)
	equal(t, "the number of those that go", len(u.Drop), 0)
}

func TestAnIntentThatGoesLeavesTheRuleToTheOtherOne(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.owned("sg-0c", "sgr-01", "sg-0a", "orders", "reports")
	p := f.make()
	f.wantChanges(p)
	u, _ := update(p, ruleReq("sg-0c", "sg-0a"))
	equal(t, "the number of those that go", len(u.Drop), 1)
	equal(t, "released", u.Release, false)
}

func TestWhatNobodyHoldsAnyLongerIsClosed(t *testing.T) {
	tests := []struct {
		name   string
		make   func(*fixture)
		reason change.Reason
	}{
		{"its intent was deleted", func(*fixture) {}, change.Withdrawn},
		{"its intent is over", func(f *fixture) { f.declare("orders", "sg-0a").ExpiresAt = noon }, change.Expired},
		{"its intent has not begun", func(f *fixture) { f.declare("orders", "sg-0a").NotBefore = noon.Add(time.Hour) }, change.Withdrawn},
		{"its intent wants others in", func(f *fixture) { f.rule("sg-0c", "sgr-02", "sg-0e"); f.declare("orders", "sg-0e") }, change.Withdrawn},
		{"its intent is malformed and over", func(f *fixture) { f.malform("orders").ExpiresAt = noon }, change.Expired},
		{"its cluster is gone", func(f *fixture) { delete(f.Clusters, sessions) }, change.ClusterDeleted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			f.owned("sg-0c", "sgr-01", "sg-0a", "orders")
			tt.make(f)
			p := f.make()
			f.wantChanges(p, "- sg-0c sg-0a")
			c := p.Changes[0]
			equal(t, "the reason", c.Reason, tt.reason)
			equal(t, "claimed", c.Claimed, true)
			equal(t, "the rule", c.Rule.ID, "sgr-01")
			equal(t, "the intent", c.Intents[0].Name, "orders")
		})
	}
}

func TestAMalformedIntentOpensNothingAndKeepsWhatItHas(t *testing.T) {
	f := newFixture(t)
	f.owned("sg-0c", "sgr-01", "sg-0a", "orders")
	f.malform("orders").ExpiresAt = noon.Add(time.Hour)
	f.malform("reports")
	p := f.make()
	f.wantChanges(p)
	f.wantFindings(p, finding.IntentInvalid, finding.IntentInvalid)
}

func TestClaimedAndGoneAndStillDesiredIsOpenedAgain(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.claimed(ruleReq("sg-0c", "sg-0a"), "sgr-01", "orders")
	p := f.make()
	f.wantChanges(p, "+ sg-0c sg-0a")
	equal(t, "the reason", p.Changes[0].Reason, change.Repaired)
	_, updated := update(p, ruleReq("sg-0c", "sg-0a"))
	equal(t, "the claim is touched before the write", updated, false)
}

func TestClaimedAndGoneAndNotDesiredIsForgotten(t *testing.T) {
	f := newFixture(t)
	f.claimed(ruleReq("sg-0c", "sg-0a"), "sgr-01", "orders")
	f.claimed(routeReq("rtb-0c", "10.1.0.0/16", "pcx-0a"), "", "orders")
	p := f.make()
	f.wantChanges(p)
	equal(t, "the number of releases", len(p.Updates), 2)
	equal(t, "released", p.Updates[0].Release && p.Updates[1].Release, true)
}

func TestClaimedAndGoneButCoveredNowIsForgottenAndNotOpenedAgain(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.claimed(ruleReq("sg-0c", "sg-0a"), "sgr-01", "orders")
	f.rule("sg-0c", "sgr-02", "sg-0a")
	p := f.make()
	f.wantChanges(p)
	u, _ := update(p, ruleReq("sg-0c", "sg-0a"))
	equal(t, "released", u.Release, true)
}

func TestClaimedAndChangedIsReleasedReportedAndOpenedBeside(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.rule("sg-0c", "sgr-01", "sg-0e")
	f.claimed(ruleReq("sg-0c", "sg-0a"), "sgr-01", "orders")
	p := f.make()
	f.wantChanges(p, "+ sg-0c sg-0a")
	equal(t, "the reason", p.Changes[0].Reason, change.Repaired)
	u, _ := update(p, ruleReq("sg-0c", "sg-0a"))
	equal(t, "released", u.Release, true)
	f.wantFindings(p, finding.AccessMissing, finding.AccessUndeclared, finding.ClaimChanged)
}

func TestARuleWhoseFarGroupWasDeletedWasNotChangedBySomebody(t *testing.T) {
	f := newFixture(t)
	r := network.Rule{ID: "sgr-01", Protocol: network.TCP, FromPort: 6379, ToPort: 6379, Peer: network.Peer{SecurityGroup: "sg-0f"}}
	f.wide("sg-0c", r) // EC2 no longer says whose group it was
	f.claimed(ruleReq("sg-0c", "444455556666/sg-0f"), "sgr-01", "orders")
	p := f.make()
	f.wantChanges(p, "- sg-0c 444455556666/sg-0f")
}

func TestUnclaimedPresentAndNotDesiredIsWhatThePolicySays(t *testing.T) {
	for _, tt := range []struct {
		policy   intent.Undeclared
		changes  []string
		findings []finding.Kind
	}{
		{intent.Ignore, nil, nil},
		{intent.Report, nil, []finding.Kind{finding.AccessUndeclared}},
		{intent.Revoke, []string{"- sg-0c sg-0e"}, []finding.Kind{finding.AccessUndeclared}},
	} {
		t.Run(string(tt.policy), func(t *testing.T) {
			f := newFixture(t)
			f.policy(intent.Everything, func(p *intent.Policy) { p.Undeclared = tt.policy })
			f.declare("orders", "sg-0a")
			f.owned("sg-0c", "sgr-01", "sg-0a", "orders")
			f.rule("sg-0c", "sgr-02", "sg-0e")
			p := f.make()
			f.wantChanges(p, tt.changes...)
			f.wantFindings(p, tt.findings...)
		})
	}
}

func TestWhatIsNotReadIsNeitherClosedNorForgotten(t *testing.T) {
	for _, kind := range []network.Kind{network.KindSecurityGroup, network.KindRule} {
		f := newFixture(t)
		f.owned("sg-0c", "sgr-01", "sg-0a", "orders")
		f.claimed(ruleReq("sg-0d", "sg-0a"), "sgr-02", "orders")
		f.fail(here, kind, "")
		p := f.make()
		f.wantChanges(p)
		equal(t, "the number of updates", len(p.Updates), 0)
	}
}

func TestAnEnforcementPointThatNobodyAskedForIsNotTakenForGone(t *testing.T) {
	f := newFixture(t)
	f.claimed(ruleReq("sg-0f", "sg-0a"), "sgr-01", "orders")
	in := f.input()
	in.Index.DependencyKeys = nil
	p := plan.Make(in)
	f.wantChanges(p)
	equal(t, "the number of updates", len(p.Updates), 0)
}

func TestTheClaimsOfAnotherUnitAreNotTouched(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.owned("sg-0c", "sgr-01", "sg-0a", "orders")
	for i, c := range []*change.Claim{
		f.owned("sg-0c", "sgr-02", "10.9.1.0/24"), f.claimed(ruleReq("sg-0c", "10.9.2.0/24"), "sgr-03"), f.claimed(routeReq("rtb-0a", "10.9.0.0/16", "pcx-0a"), ""),
	} {
		c.Holders = []change.Holder{held(far, "reports")}
		f.claims[i+1] = *c
	}
	p := f.make()
	f.wantChanges(p)
	equal(t, "the number of updates", len(p.Updates), 0)
}

func TestWhatEC2HasStillToShowIsNeitherOpenedAgainNorForgotten(t *testing.T) {
	for _, status := range []change.ClaimStatus{change.Intended, change.Written} {
		f := newFixture(t)
		f.declare("orders", "sg-0a")
		c := f.claimed(ruleReq("sg-0c", "sg-0a"), "sgr-01", "orders")
		c.Status, c.Created = status, noon.Add(-time.Minute)
		p := f.make()
		equal(t, "the number of updates", len(p.Updates), 0)
		f.wantChanges(p)
		f.now = noon.Add(10 * time.Minute)
		f.wantChanges(f.make(), "+ sg-0c sg-0a")
	}
}

func TestARuleMadeBeforeACrashIsFoundByItsTag(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.wide("sg-0c", network.Rule{ID: "sgr-01", Protocol: network.TCP, FromPort: 6379, ToPort: 6379, Peer: peerOf("sg-0a"), Tags: map[string]string{change.ManagedTag: "test/0b"}})
	c := f.claimed(ruleReq("sg-0c", "sg-0a"), "", "orders")
	c.Status, c.PriorTags = change.Intended, []string{"test/0b"}
	p := f.make()
	f.wantChanges(p)
	u, _ := update(p, ruleReq("sg-0c", "sg-0a"))
	equal(t, "the status", u.Claim.Status, change.Standing)
	equal(t, "the rule", u.Claim.RuleID, "sgr-01")
}

func TestAWrongTagRecoversNothing(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.wide("sg-0c", network.Rule{ID: "sgr-01", Protocol: network.TCP, FromPort: 6379, ToPort: 6379, Peer: peerOf("sg-0a"), Tags: map[string]string{change.ManagedTag: "other/0b"}})
	f.claimed(ruleReq("sg-0c", "sg-0a"), "", "orders").Status = change.Intended
	p := f.make()
	f.wantChanges(p)
	u, _ := update(p, ruleReq("sg-0c", "sg-0a"))
	equal(t, "released", u.Release, true)
}

func TestPeeringDNSOptionsAreSwitchedOnNeverOff(t *testing.T) {
	f := newFixture(t)
	pcx := f.PeeringConnections["pcx-0a"]
	pcx.Requester.DNSFromRemote = network.On
	f.PeeringConnections["pcx-0a"] = pcx
	req := ruleReq("pcx-0a", "sg-0a")
	req.Kind, req.VPC, req.Port, req.Peer = "peering-dns", "vpc-0c", 0, network.Peer{}
	f.claimed(req, "", "orders")
	p := f.make()
	f.wantChanges(p)
	u, _ := update(p, req)
	equal(t, "released", u.Release, true)
}

func TestTheOrderOfAPlan(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "444455556666/sg-0b").Path = intent.Peering
	f.owned("sg-0c", "sgr-01", "sg-0a", "reports")
	f.route("rtb-0c", "10.7.0.0/16", "pcx-0a")
	f.claimed(routeReq("rtb-0c", "10.7.0.0/16", "pcx-0a"), "", "reports")
	f.wantChanges(f.make(),
		"+ rtb-0c 10.1.0.0/16>pcx-0a", "+ rtb-0a 10.0.0.0/16>pcx-0a", "+ pcx-0a dns vpc-0c", "+ sg-0c 444455556666/sg-0b",
		"- sg-0c sg-0a", "- rtb-0c 10.7.0.0/16>pcx-0a")
}

func TestTheSameInputGivesTheSamePlanAndHash(t *testing.T) {
	build := func() plan.Plan {
		f := newFixture(t)
		for _, source := range []string{"10.1.1.0/24", "10.1.2.0/24", "10.1.0.0/16", "10.1.128.0/17"} {
			f.declare("from "+source, source).Path = intent.Peering
		}
		for i, from := range []string{"10.8.1.0/24", "10.8.2.0/24", "10.8.3.0/24"} {
			f.owned("sg-0c", "sgr-0"+string(rune('1'+i)), from, "gone")
		}
		return f.make()
	}
	first := build()
	for range 20 {
		again := build()
		equal(t, "the hash", again.Hash(), first.Hash())
		for i, c := range again.Changes {
			equal(t, "a change", c.Text()+string(c.Outcome)+c.Why, first.Changes[i].Text()+string(first.Changes[i].Outcome)+first.Changes[i].Why)
		}
		for i, x := range again.Findings {
			equal(t, "a finding", x, first.Findings[i])
		}
	}
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	if f.make().Hash() == first.Hash() {
		t.Error("two plans have one hash")
	}
	equal(t, "the hash of nothing", newFixture(t).make().Hash(), newFixture(t).make().Hash())
}

func TestARuleOfTheClustersFamilyIsDeclared(t *testing.T) {
	f := newFixture(t)
	f.policy(intent.Everything, func(p *intent.Policy) { p.Undeclared = intent.Revoke })
	vpc := f.VPCs["vpc-0c"]
	vpc.CIDRs = prefixes("10.0.0.0/16", "fd00::/56")
	f.VPCs["vpc-0c"] = vpc
	f.declare("all", "10.0.0.0/16")
	f.owned("sg-0c", "sgr-01", "10.0.0.0/16", "all")
	f.rule("sg-0c", "sgr-02", "sg-0a")
	p := f.make()
	f.wantChanges(p)
	f.wantFindings(p)
}

func TestAContestSaysWhatItIsAboutAndEndsWithItsIntent(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a").Owner = "team-orders"
	f.claimed(ruleReq("sg-0c", "sg-0a"), "sgr-01", "orders")
	key := change.ContestKey(f.make().Changes[0])
	f.contests[key] = repairs(3, noon, "terraform/ci")
	x := findingOf(f.make(), finding.AccessContested)
	equal(t, "the cluster", x.Cluster, sessions)
	equal(t, "the intent", x.Intent, "orders")
	equal(t, "the resource", x.Resource, "sg-0c")
	f.intents, f.claims = nil, nil
	equal(t, "the finding once nobody declares it", findingOf(f.make(), finding.AccessContested).ID, "")
}

func TestAContestOfAForbiddenRuleSaysWhatItIsAbout(t *testing.T) {
	f := newFixture(t)
	f.forbid("no-carts", "sg-0e")
	f.rule("sg-0c", "sgr-01", "sg-0e")
	f.contests[change.ContestKey(f.make().Changes[0])] = repairs(3, noon, "terraform/ci")
	x := findingOf(f.make(), finding.AccessContested)
	equal(t, "the cluster", x.Cluster, sessions)
	equal(t, "the resource", x.Resource, "sg-0c")
}

func TestOnlyWhatTimeLetsGoIsLookedAtAgain(t *testing.T) {
	f := newFixture(t)
	f.owned("sg-0c", "sgr-01", "sg-0a", "gone")
	f.contests[change.ContestKey(f.make().Changes[0])] = repairs(3, noon, "terraform/ci")
	equal(t, "a contested close", f.make().Again, true)
	f.policy(intent.Everything, func(p *intent.Policy) { p.Writes = intent.WriteRoutes })
	equal(t, "a close that the policy leaves out", f.make().Again, false)
}
