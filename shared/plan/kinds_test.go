package plan_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// standing puts what a claim of each kind stands for into the fixture's network.
func standing(f *fixture) map[change.Kind]change.Requirement {
	there := netip.MustParsePrefix("10.9.0.0/16")
	attachment := network.Target{Kind: network.TargetOther, ID: "tgw-attach-0c"}
	reqs := map[change.Kind]change.Requirement{
		change.Rule:                {Kind: change.Rule, Location: here, Resource: "sg-0c", Port: 6379, Peer: network.Peer{SecurityGroup: "sg-0a"}},
		change.Route:               {Kind: change.Route, Location: here, Resource: "rtb-0c", Destination: there, Target: network.TargetOf("pcx-0a")},
		change.Propagation:         {Kind: change.Propagation, Location: here, Resource: "rtb-0c", Target: network.TargetOf("vgw-0c")},
		change.PeeringDNS:          {Kind: change.PeeringDNS, Location: here, Resource: "pcx-0a", VPC: "vpc-0c"},
		change.TransitGatewayRoute: {Kind: change.TransitGatewayRoute, Location: here, Resource: "tgw-rtb-0a", Destination: there, Target: attachment},
	}
	rule := reqs[change.Rule]
	f.rule("sg-0c", "sgr-01", rule.Peer.String())
	table := f.RouteTables["rtb-0c"]
	table.Routes = append(table.Routes, network.Route{Destination: there, Target: network.TargetOf("pcx-0a"), State: network.RouteActive, Origin: network.OriginCreateRoute})
	table.PropagatingVGWs = []string{"vgw-0c"}
	f.RouteTables["rtb-0c"] = table
	p := f.PeeringConnections["pcx-0a"]
	p.Requester.DNSFromRemote = network.On
	f.PeeringConnections["pcx-0a"] = p
	f.TransitGatewayRouteTables["tgw-rtb-0a"] = network.TransitGatewayRouteTable{
		ID: "tgw-rtb-0a", Location: here, Routes: []network.TransitGatewayRoute{{Destination: there, Type: network.RouteStatic, State: network.RouteActive, Attachments: []string{"tgw-attach-0c"}}},
	}
	return reqs
}

func TestAClaimThatNobodyHolds(t *testing.T) {
	for _, kind := range change.Kinds() {
		t.Run("of a "+string(kind)+" is closed, or given up where it is never taken away", func(t *testing.T) {
			f := newFixture(t)
			f.policy(intent.Everything, func(p *intent.Policy) {
				for _, k := range change.Kinds() {
					p.Writes |= k.Writes()
				}
			})
			req, ok := standing(f)[kind]
			if !ok {
				t.Fatalf("there is no example of %s: add one", kind)
			}
			claim := change.Claim{Requirement: req, Status: change.Standing}
			if kind == change.Rule {
				claim.RuleID = "sgr-01"
			}
			f.claims = append(f.claims, claim)
			p := f.make()
			if kind.Closes() == "" {
				u, ok := update(p, req)
				equal(t, "whether the claim is given up", ok && u.Release, true)
				equal(t, "the number of changes", len(p.Changes), 0)
				return
			}
			i := slices.IndexFunc(p.Changes, func(c change.Change) bool { return c.Requirement == req })
			if i < 0 {
				t.Fatalf("the plan %v does not close it", lines(p))
			}
			equal(t, "the action", p.Changes[i].Action, kind.Closes())
			equal(t, "whether it opens", p.Changes[i].Opens(), false)
		})
	}
}
