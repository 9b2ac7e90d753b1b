package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// What an open intent needs stays, and what survives counts as cover.

func TestTheNewRuleStandsBeforeTheOldOneGoes(t *testing.T) {
	f := newFixture(t)
	f.owned("sg-0c", "sgr-01", "10.0.0.0/16", "gone")
	f.declare("orders", "10.0.2.0/24")
	f.wantChanges(f.make(), "+ sg-0c 10.0.2.0/24", "- sg-0c 10.0.0.0/16")
}

func TestAWiderRuleThatIsOpenedCoversTheNarrowerOnes(t *testing.T) {
	f := newFixture(t)
	f.declare("all", "10.0.0.0/16")
	f.declare("orders", "10.0.2.0/24")
	f.wantChanges(f.make(), "+ sg-0c 10.0.0.0/16")
}

func TestWhatAnIntentIsOpenByStaysWhereItsOwnRuleIsRefused(t *testing.T) {
	for name, refuse := range map[string]func(*fixture){
		"no room": func(f *fixture) { f.quota(1) },
		"contested": func(f *fixture) {
			f.contests[change.ContestKey(change.Change{Action: change.AuthorizeIngress, Requirement: ruleReq("sg-0c", "10.0.2.0/24")})] = repairs(3, noon)
		},
		"observe": func(f *fixture) { f.policy(sessions, func(p *intent.Policy) { p.Mode = intent.Observe }) },
		"shared":  func(f *fixture) { f.cluster(carts, "sg-0c") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.owned("sg-0c", "sgr-01", "10.0.0.0/16", "gone")
			f.declare("orders", "10.0.2.0/24")
			refuse(f)
			for _, c := range f.make().Changes {
				if c.Action == change.RevokeIngress && c.Outcome == "" {
					t.Errorf("sgr-01 goes, though orders is open by it and its own rule does not come")
				}
			}
		})
	}
}

func TestWhatANarrowIntentIsOpenByStaysWhereTheWideRuleThatWouldCoverItIsRefused(t *testing.T) {
	f := newFixture(t)
	f.quota(1)
	f.owned("sg-0c", "sgr-01", "10.0.0.0/17", "gone")
	f.declare("orders", "10.0.2.0/24")
	f.declare("all", "10.0.0.0/16")
	f.wantChanges(f.make(), "+ sg-0c 10.0.0.0/16 refused", "- sg-0c 10.0.0.0/17 refused")
}

// An access that nobody declares any longer goes, though somebody else's intent
// that is blocked has its source in the same VPC.
func TestAnExpiredRuleGoesThoughABlockedIntentHasItsSourceInTheSameVPC(t *testing.T) {
	f := newFixture(t)
	f.declare("reports", "10.0.3.0/24").ExpiresAt = noon
	f.owned("sg-0c", "sgr-01", "10.0.3.0/24", "reports")
	f.declare("orders", "sg-0a") // its interfaces are in 10.0.2.0/24
	f.NetworkInterfaces["eni-0a"] = network.NetworkInterface{
		ID: "eni-0a", VPC: "vpc-0c", Subnet: "subnet-0a", Location: here, SecurityGroups: []string{"sg-0a"}, Addresses: addresses("10.0.2.10"),
	}
	f.NetworkInterfaces["eni-0f"] = network.NetworkInterface{
		ID: "eni-0f", VPC: "vpc-0c", Subnet: "subnet-0a", Location: here, SecurityGroups: []string{"sg-0c"}, Addresses: addresses("10.0.2.11"),
	}
	f.wantChanges(f.make(), "+ sg-0c sg-0a refused", "- sg-0c 10.0.3.0/24")
}

func TestAClosedIntentOnASharedGroup(t *testing.T) {
	for name, tt := range map[string]struct {
		allow  []string
		closes bool
	}{
		"takes nothing from another cluster's clients": {nil, false},
		"is not enough where one cluster allows it":    {[]string{sessions}, false},
		"is carried out where all allow it":            {[]string{sessions, carts}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.cluster(carts, "sg-0c")
			for _, arn := range tt.allow {
				f.policy(arn, func(p *intent.Policy) { p.SharedGroups = intent.Allow })
			}
			f.forbid("nobody", "0.0.0.0/0")
			f.rule("sg-0c", "sgr-01", "10.0.2.0/24")
			p := f.make()
			equal(t, "whether the rule goes", len(p.Changes) == 1 && p.Changes[0].Outcome == "", tt.closes)
			equal(t, "whether people are told that it stays", strings.Contains(findingOf(p, finding.AccessUndeclared).Title, "the group is shared"), !tt.closes)
		})
	}
}

func TestAClosedIntentRevokesWhoeverGaveIt(t *testing.T) {
	f := newFixture(t)
	f.forbid("nobody", "10.0.0.0/16")
	f.rule("sg-0c", "sgr-01", "10.0.2.0/24")
	f.owned("sg-0c", "sgr-02", "sg-0a", "gone")
	p := f.make()
	f.wantChanges(p, "- sg-0c 10.0.2.0/24", "- sg-0c sg-0a")
	equal(t, "the reason", p.Changes[0].Reason, change.ClosedIntent)
	equal(t, "the reason of the claimed one", p.Changes[1].Reason, change.Withdrawn)
}

func TestAWiderOrPartlyOverlappingRuleIsReportedNeverSplit(t *testing.T) {
	for name, r := range map[string]network.Rule{
		"a wider source":     {ID: "sgr-01", Protocol: network.TCP, FromPort: 6379, ToPort: 6379, Peer: peerOf("10.0.0.0/8")},
		"a range of ports":   {ID: "sgr-01", Protocol: network.TCP, FromPort: 6000, ToPort: 7000, Peer: peerOf("10.0.2.0/24")},
		"all traffic":        {ID: "sgr-01", Protocol: network.AllProtocols, FromPort: -1, ToPort: -1, Peer: peerOf("10.0.2.0/24")},
		"a list partly over": {ID: "sgr-01", Protocol: network.TCP, FromPort: 6379, ToPort: 6379, Peer: peerOf("pl-0a")},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.PrefixLists["pl-0a"] = network.PrefixList{ID: "pl-0a", Location: here, Entries: prefixes("10.0.2.0/24", "10.9.0.0/16"), MaxEntries: 5}
			f.policy(intent.Everything, func(p *intent.Policy) { p.Undeclared = intent.Ignore })
			f.forbid("nobody", "10.0.0.0/16")
			f.wide("sg-0c", r)
			p := f.make()
			f.wantChanges(p)
			equal(t, "it is reported", findingOf(p, finding.AccessUndeclared).ID != "", true)
		})
	}
}

func TestWhereAnOpenIntentOverlapsAClosedOneOpenWins(t *testing.T) {
	for name, open := range map[string]func(*fixture){
		"of the same cluster":   func(f *fixture) { f.declare("orders", "10.0.2.0/24") },
		"of another cluster":    func(f *fixture) { f.declare("orders", "10.0.2.0/24").Cluster = carts },
		"of another unit":       func(f *fixture) { f.need(ruleReq("sg-0c", "10.0.2.0/24"), "sgr-01") },
		"of a malformed one":    func(f *fixture) { f.malform("orders") },
		"of one nobody can see": func(f *fixture) { f.declare("orders", "pl-0f"); f.fail(here, network.KindPrefixList, "pl-0f") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.cluster(carts, "sg-0c")
			f.policy(intent.Everything, func(p *intent.Policy) { p.SharedGroups = intent.Allow })
			f.forbid("nobody", "10.0.0.0/16")
			f.owned("sg-0c", "sgr-01", "10.0.2.0/24", "orders")
			if strings.HasPrefix(name, "of another unit") {
				f.claims[0].Holders = []change.Holder{held(far, "reports")}
			}
			open(f)
			p := f.make()
			for _, c := range p.Changes {
				if !c.Opens() && c.Outcome == "" {
					t.Errorf("%s", c.Text())
				}
			}
			if findingOf(p, finding.IntentConflict).ID == "" {
				t.Errorf("nobody is told of the conflict: %v", p.Findings)
			}
		})
	}
}

func TestTheOpenPartOfAClosedRuleIsOpenedFirst(t *testing.T) {
	f := newFixture(t)
	f.forbid("nobody", "10.0.0.0/16")
	f.rule("sg-0c", "sgr-01", "10.0.0.0/16")
	f.declare("orders", "10.0.2.0/24")
	p := f.make()
	f.wantChanges(p, "+ sg-0c 10.0.2.0/24", "- sg-0c 10.0.0.0/16")
	equal(t, "the conflict is told", findingOf(p, finding.IntentConflict).ID != "", true)
}

// need says that an open intent of another unit needs something here, which a
// rule carries.
func (f *fixture) need(req change.Requirement, by ...string) {
	f.otherUnits = append(f.otherUnits, plan.OtherUnit{Holder: held(far, "reports"), Need: access.Need{Requirement: req, By: by, Groups: []string{req.Resource}}})
}

func TestWhatAnotherUnitNeedsStaysAndIsHeldByIt(t *testing.T) {
	f := newFixture(t)
	f.owned("sg-0c", "sgr-01", "sg-0a", "gone")
	f.need(ruleReq("sg-0c", "sg-0a"), "sgr-01")
	p := f.make()
	f.wantChanges(p)
	u, _ := update(p, ruleReq("sg-0c", "sg-0a"))
	equal(t, "the number of holders", len(u.Claim.Holders), 1)
	equal(t, "the holder", u.Claim.Holders[0], held(far, "reports"))
}

func TestWhatAnotherUnitIsOpenByGoesOnlyOnceItsOwnStands(t *testing.T) {
	f := newFixture(t)
	f.owned("sg-0c", "sgr-01", "10.0.0.0/16", "gone")
	f.need(ruleReq("sg-0c", "10.0.2.0/24"), "sgr-01")
	p := f.make()
	f.wantChanges(p, "+ sg-0c 10.0.2.0/24", "- sg-0c 10.0.0.0/16")
	equal(t, "the holder", p.Changes[0].Holders[0], held(far, "reports"))
}

func TestWhatAnotherUnitLacksIsItsOwnToOpen(t *testing.T) {
	f := newFixture(t)
	f.need(ruleReq("sg-0c", "10.0.2.0/24"))
	f.wantChanges(f.make())
}

func TestWhereASharerCouldNotBeReadNothingIsClosed(t *testing.T) {
	f := newFixture(t)
	f.owned("sg-0c", "sgr-01", "sg-0a", "gone")
	f.owned("sg-0d", "sgr-02", "sg-0a", "gone")
	f.unread[change.Point{Location: here, ID: "sg-0c"}] = "unit vpc-0f cannot be read"
	f.wantChanges(f.make(), "- sg-0c sg-0a refused", "- sg-0d sg-0a")
}

func TestAHeldClaimIsKeptWhileItsNeedsAreBlind(t *testing.T) {
	for name, blind := range map[string]func(*fixture){
		"its prefix list cannot be read":    func(f *fixture) { f.declare("orders", "pl-0f"); f.fail(here, network.KindPrefixList, "pl-0f") },
		"its interfaces cannot be read":     func(f *fixture) { f.declare("orders", "sg-0a"); f.fail(here, network.KindNetworkInterface, "") },
		"its clusters cannot be read":       func(f *fixture) { f.declare("orders", "sg-0a"); f.fail(here, network.KindCluster, "") },
		"its source group does not exist":   func(f *fixture) { f.declare("orders", "sg-00") },
		"its port is none of the cluster's": func(f *fixture) { f.declare("orders", "sg-0a").Ports = []uint16{6380} },
		"its path is not to be found":       func(f *fixture) { f.declare("orders", "192.168.0.0/24") },
		"its far VPC is dark":               func(f *fixture) { f.declare("orders", "vpc-0f"); f.fail(there, network.KindVPC, "") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.owned("sg-0c", "sgr-01", "10.0.9.0/24", "orders")
			f.route("rtb-0c", "10.9.0.0/16", "pcx-0a")
			f.claimed(routeReq("rtb-0c", "10.9.0.0/16", "pcx-0a"), "", "orders")
			blind(f)
			for _, c := range f.make().Changes {
				if !c.Opens() && c.Resource == "sg-0c" && c.Outcome == "" {
					t.Errorf("%s", c.Text())
				}
			}
		})
	}
}

func TestNothingIsTakenAwayThatABlindIntentMayBeOpenBy(t *testing.T) {
	for name, rule := range map[string]func(*fixture){
		"a claimed rule of a withdrawn intent": func(f *fixture) { f.owned("sg-0c", "sgr-01", "10.0.0.0/16", "gone") },
		"a rule that nobody declared":          func(f *fixture) { f.rule("sg-0c", "sgr-01", "10.0.0.0/16") },
		"a rule that a closed intent names": func(f *fixture) {
			f.rule("sg-0c", "sgr-01", "10.0.2.0/24")
			f.forbid("nobody", "10.0.0.0/16")
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.policy(intent.Everything, func(p *intent.Policy) { p.Undeclared = intent.Revoke })
			f.declare("orders", "pl-0f")
			f.fail(here, network.KindPrefixList, "pl-0f")
			rule(f)
			for _, c := range f.make().Changes {
				if c.Outcome == "" {
					t.Errorf("%s", c.Text())
				}
			}
		})
	}
}

func TestAFailedReadProtectsNoOtherGroup(t *testing.T) {
	f := newFixture(t)
	f.cluster(carts, "sg-0d")
	f.declare("orders", "pl-0f")
	f.fail(here, network.KindPrefixList, "pl-0f")
	f.owned("sg-0d", "sgr-01", "10.0.0.0/16", "gone")
	f.claims[0].Holders[0].Intent.Cluster = carts
	f.wantChanges(f.make(), "- sg-0d 10.0.0.0/16")
}

func TestAnOwnRouteIsReplacedWhereItsTargetChanged(t *testing.T) {
	f := newFixture(t)
	f.route("rtb-0c", "10.1.0.0/16", "pcx-00")
	f.claimed(routeReq("rtb-0c", "10.1.0.0/16", "pcx-00"), "", "orders")
	f.declare("orders", "10.1.1.0/24").Path = intent.Peering
	p := f.make()
	f.wantChanges(p, "+ rtb-0a 10.0.0.0/16>pcx-0a", "+ rtb-0c 10.1.0.0/16>pcx-0a for pcx-00", "+ pcx-0a dns vpc-0c", "+ sg-0c 10.1.1.0/24")
	_, updated := update(p, routeReq("rtb-0c", "10.1.0.0/16", "pcx-00"))
	equal(t, "the old claim is touched before the write", updated, false)
}

func TestAReplacementThatIsOnlyPlannedLeavesTheOldClaim(t *testing.T) {
	for _, mode := range []intent.Mode{intent.Observe, intent.Off} {
		f := newFixture(t)
		f.policy(intent.Everything, func(p *intent.Policy) { p.Mode = mode })
		f.route("rtb-0c", "10.1.0.0/16", "pcx-00")
		f.claimed(routeReq("rtb-0c", "10.1.0.0/16", "pcx-00"), "", "orders")
		f.declare("orders", "10.1.1.0/24").Path = intent.Peering
		_, updated := update(f.make(), routeReq("rtb-0c", "10.1.0.0/16", "pcx-00"))
		equal(t, "the old claim is given up in mode "+string(mode), updated, false)
	}
}

func TestAForeignRouteIsNeverReplaced(t *testing.T) {
	for _, state := range []string{network.RouteActive, network.RouteBlackhole} {
		f := newFixture(t)
		f.route("rtb-0c", "10.1.0.0/16", "pcx-00")
		table := f.RouteTables["rtb-0c"]
		table.Routes[1].State = state
		f.declare("orders", "10.1.1.0/24").Path = intent.Peering
		p := f.make()
		for _, c := range p.Changes {
			if c.Resource == "rtb-0c" {
				t.Errorf("%s route: %s", state, c.Text())
			}
		}
		x := findingOf(p, finding.AccessBlocked)
		if !strings.Contains(x.Fix, "replace-route") && !strings.Contains(x.Fix, "delete-route") {
			t.Errorf("%s route: the fix %q names no command", state, x.Fix)
		}
	}
}

func TestARouteThatSomebodyNeedsIsNotReplaced(t *testing.T) {
	f := newFixture(t)
	f.route("rtb-0c", "10.1.0.0/16", "pcx-00")
	f.claimed(routeReq("rtb-0c", "10.1.0.0/16", "pcx-00"), "", "orders").Holders[0].Unit = far
	f.declare("orders", "10.1.1.0/24").Path = intent.Peering
	for _, c := range f.make().Changes {
		if c.Resource == "rtb-0c" && c.Outcome == "" {
			t.Errorf("%s", c.Text())
		}
	}
}

func TestARouteThatCarriesAllStandsWhenANarrowerOneGoes(t *testing.T) {
	f := newFixture(t)
	f.route("rtb-0c", "10.1.0.0/16", "pcx-0a")
	f.route("rtb-0c", "10.1.2.0/24", "pcx-0a")
	f.claimed(routeReq("rtb-0c", "10.1.0.0/16", "pcx-0a"), "", "orders")
	f.claimed(routeReq("rtb-0c", "10.1.2.0/24", "pcx-0a"), "", "gone")
	f.declare("orders", "10.1.0.0/16").Path = intent.Peering
	var near []string
	for _, line := range lines(f.make()) {
		if strings.Contains(line, "rtb-0c") {
			near = append(near, line)
		}
	}
	equal(t, "the changes of rtb-0c", fmt.Sprint(near), "[- rtb-0c 10.1.2.0/24>pcx-0a]")
}

// The rule of a world file has a tag, which does not say for which intent it was made.
func TestAClaimOfWhichOnlyTheUnitIsKnown(t *testing.T) {
	for name, tt := range map[string]struct {
		declare func(*fixture)
		stays   bool
	}{
		"stays while an intent of the cluster is malformed":         {func(f *fixture) { f.malform("orders") }, true},
		"stays while the intent for its source has lost its path":   {func(f *fixture) { f.declare("orders", "sg-0e").Path = intent.VPN }, true},
		"goes where the intent without a path is for other sources": {func(f *fixture) { f.declare("orders", "sg-0a").Path = intent.VPN }, false},
		"goes where nothing is declared":                            {func(*fixture) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.owned("sg-0c", "sgr-01", "sg-0e", "orders").Holders = []change.Holder{{Unit: unit}}
			tt.declare(f)
			p := f.make()
			closes := slices.ContainsFunc(p.Changes, func(c change.Change) bool { return !c.Opens() && c.Outcome == "" })
			equal(t, "whether the rule stays", !closes, tt.stays)
		})
	}
}
