package access

import (
	"testing"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

func TestWhatARouteTableDoesWithAPrefix(t *testing.T) {
	lists := map[string]network.PrefixList{
		"pl-0a": {ID: "pl-0a", Entries: cidrs("10.1.0.0/16")},
		"pl-0b": {ID: "pl-0b", Entries: cidrs("10.1.0.0/17", "10.1.128.0/17")},
	}
	tests := []struct {
		name   string
		routes []network.Route
		need   string
		target string
		state  routeState
		dst    string
	}{
		{"no route matches", []network.Route{local("10.0.0.0/16")}, "10.1.0.0/16", "pcx-0a", routeAbsent, ""},
		{"the exact route goes there", []network.Route{static("10.1.0.0/16", "pcx-0a")}, "10.1.0.0/16", "pcx-0a", routeRight, "10.1.0.0/16"},
		{"a wider route goes there", []network.Route{static("10.0.0.0/8", "pcx-0a")}, "10.1.0.0/16", "pcx-0a", routeRight, "10.0.0.0/8"},
		{"the default route goes there", []network.Route{static("0.0.0.0/0", "pcx-0a")}, "10.1.0.0/16", "pcx-0a", routeRight, "0.0.0.0/0"},
		{"the default route goes elsewhere", []network.Route{static("0.0.0.0/0", "igw-0a")}, "10.1.0.0/16", "pcx-0a", routeElsewhere, "0.0.0.0/0"},
		{"the longest of several matches decides", []network.Route{static("10.0.0.0/8", "tgw-0a"), static("10.1.0.0/16", "pcx-0a")}, "10.1.1.0/24", "pcx-0a", routeRight, "10.1.0.0/16"},
		{"the longest match goes elsewhere though a wider one is right", []network.Route{static("10.0.0.0/8", "pcx-0a"), static("10.1.0.0/16", "tgw-0a")}, "10.1.1.0/24", "pcx-0a", routeElsewhere, "10.1.0.0/16"},
		{"a more specific route takes a part elsewhere", []network.Route{static("10.1.0.0/16", "pcx-0a"), static("10.1.2.0/24", "tgw-0a")}, "10.1.0.0/16", "pcx-0a", routeShadowed, "10.1.2.0/24"},
		{"a more specific route outside the range is no concern", []network.Route{static("10.1.0.0/16", "pcx-0a"), static("10.1.2.0/24", "tgw-0a")}, "10.1.1.0/24", "pcx-0a", routeRight, "10.1.0.0/16"},
		{"two halves make up the range", []network.Route{static("10.1.0.0/17", "pcx-0a"), static("10.1.128.0/17", "pcx-0a")}, "10.1.0.0/16", "pcx-0a", routeRight, "10.1.0.0/17"},
		{"one half does not make up the range", []network.Route{static("10.1.0.0/17", "pcx-0a")}, "10.1.0.0/16", "pcx-0a", routeAbsent, ""},
		{"the halves go to two targets", []network.Route{static("10.1.0.0/17", "pcx-0a"), static("10.1.128.0/17", "tgw-0a")}, "10.1.0.0/16", "pcx-0a", routeShadowed, "10.1.128.0/17"},
		{"the right route is a blackhole", []network.Route{dead(static("10.1.0.0/16", "pcx-0a"))}, "10.1.0.0/16", "pcx-0a", routeDead, "10.1.0.0/16"},
		{"a blackhole to elsewhere still takes the traffic", []network.Route{dead(static("10.1.0.0/16", "pcx-0b"))}, "10.1.0.0/16", "pcx-0a", routeDead, "10.1.0.0/16"},
		{"a more specific blackhole takes a part away", []network.Route{static("10.1.0.0/16", "pcx-0a"), dead(static("10.1.2.0/24", "pcx-0a"))}, "10.1.0.0/16", "pcx-0a", routeDead, "10.1.2.0/24"},
		{"static goes before propagated with one destination", []network.Route{propagated("10.1.0.0/16", "vgw-0a"), static("10.1.0.0/16", "pcx-0a")}, "10.1.0.0/16", "pcx-0a", routeRight, "10.1.0.0/16"},
		{"static goes before propagated in whatever order they come", []network.Route{static("10.1.0.0/16", "pcx-0a"), propagated("10.1.0.0/16", "vgw-0a")}, "10.1.0.0/16", "vgw-0a", routeElsewhere, "10.1.0.0/16"},
		{"static goes before a prefix list with the same entry", []network.Route{listed("pl-0a", "tgw-0a"), static("10.1.0.0/16", "pcx-0a")}, "10.1.0.0/16", "pcx-0a", routeRight, "10.1.0.0/16"},
		{"a prefix list goes before propagated with one destination", []network.Route{propagated("10.1.0.0/16", "vgw-0a"), listed("pl-0a", "tgw-0a")}, "10.1.0.0/16", "tgw-0a", routeRight, "10.1.0.0/16"},
		{"a longer propagated route goes before a shorter static one", []network.Route{static("10.0.0.0/8", "tgw-0a"), propagated("10.1.0.0/16", "vgw-0a")}, "10.1.0.0/16", "vgw-0a", routeRight, "10.1.0.0/16"},
		{"the entries of a prefix list make up the range", []network.Route{listed("pl-0b", "pcx-0a")}, "10.1.0.0/16", "pcx-0a", routeRight, "10.1.0.0/17"},
		{"the local route goes before a propagated one of the same length", []network.Route{propagated("10.0.0.0/16", "vgw-0a"), local("10.0.0.0/16")}, "10.0.1.0/24", "local", routeRight, "10.0.0.0/16"},
		{"the local route goes before a longer propagated one", []network.Route{local("10.0.0.0/16"), propagated("10.0.1.0/24", "vgw-0a")}, "10.0.1.0/24", "local", routeRight, "10.0.0.0/16"},
		{"a propagated route inside the local one takes no part of it", []network.Route{local("10.0.0.0/16"), propagated("10.0.1.0/25", "vgw-0a")}, "10.0.1.0/24", "local", routeRight, "10.0.0.0/16"},
		{"a static route to a middlebox goes before the local one", []network.Route{local("10.0.0.0/16"), static("10.0.1.0/24", "eni-0f")}, "10.0.1.0/24", "local", routeElsewhere, "10.0.1.0/24"},
		{"IPv6 is matched alone", []network.Route{static("0.0.0.0/0", "pcx-0a"), static("fd00:1::/48", "tgw-0a")}, "fd00:1::/64", "tgw-0a", routeRight, "fd00:1::/48"},
		{"an IPv4 default says nothing about IPv6", []network.Route{static("0.0.0.0/0", "pcx-0a")}, "fd00:1::/64", "pcx-0a", routeAbsent, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRouting(network.RouteTable{ID: "rtb-0c", Routes: tt.routes}, lists)
			f := r.toward(cidr(tt.need), network.TargetOf(tt.target))
			if f.state != tt.state {
				t.Fatalf("the state is %d, want %d (%v)", f.state, tt.state, f.route)
			}
			if tt.dst != "" && f.dst != cidr(tt.dst) {
				t.Errorf("the route that decides is %s, want %s", f.dst, tt.dst)
			}
		})
	}
}

func TestARouteIsRightForAnyOfTheWantedTargets(t *testing.T) {
	r := newRouting(network.RouteTable{Routes: []network.Route{static("10.1.0.0/16", "vgw-0b")}}, nil)
	f := r.toward(cidr("10.1.0.0/16"), network.TargetOf("vgw-0a"), network.TargetOf("vgw-0b"))
	equal(t, "the state", f.state, routeRight)
}

func TestOnlyTheRouteThatCarriesAllIsACarrier(t *testing.T) {
	r := newRouting(network.RouteTable{Routes: []network.Route{static("10.1.0.0/16", "pcx-0a"), static("10.1.2.0/24", "pcx-0a")}}, nil)
	f := r.toward(cidr("10.1.0.0/16"), network.TargetOf("pcx-0a"))
	same(t, "carriers", f.carriers, cidrs("10.1.0.0/16")...)
}

func TestBothHalvesCarryARangeThatNoOneRouteCarries(t *testing.T) {
	r := newRouting(network.RouteTable{Routes: []network.Route{static("10.1.0.0/17", "pcx-0a"), static("10.1.128.0/17", "pcx-0a")}}, nil)
	f := r.toward(cidr("10.1.0.0/16"), network.TargetOf("pcx-0a"))
	same(t, "carriers", f.carriers, cidrs("10.1.0.0/17", "10.1.128.0/17")...)
}

func TestARouteWithoutAStateForwards(t *testing.T) {
	route := static("10.1.0.0/16", "pcx-0a")
	route.State = ""
	r := newRouting(network.RouteTable{Routes: []network.Route{route}}, nil)
	equal(t, "the state", r.toward(cidr("10.1.0.0/16"), network.TargetOf("pcx-0a")).state, routeRight)
}

func TestARouteThatEC2FiltersForwardsNothing(t *testing.T) {
	route := static("10.1.0.0/16", "pcx-0a")
	route.State = "filtered"
	r := newRouting(network.RouteTable{Routes: []network.Route{route}}, nil)
	equal(t, "the state", r.toward(cidr("10.1.0.0/16"), network.TargetOf("pcx-0a")).state, routeDead)
}

func TestTheOwnRouteToADestinationIsFoundWhateverItsState(t *testing.T) {
	r := newRouting(network.RouteTable{Routes: []network.Route{dead(static("10.1.0.0/16", "pcx-0a")), listed("pl-0a", "tgw-0a")}}, nil)
	route, ok := r.exact(cidr("10.1.0.0/16"))
	equal(t, "found", ok, true)
	equal(t, "its target", route.Target.ID, "pcx-0a")
	_, ok = r.exact(cidr("10.1.0.0/17"))
	equal(t, "a more specific destination is found", ok, false)
}

// What a route with an unreadable prefix list takes is not known, so that a table
// with one never says that no route matches.
func TestATableWithAnUnreadablePrefixListNeverGetsARoute(t *testing.T) {
	s := peeredSnapshot()
	table := s.RouteTables["rtb-0c"]
	table.Routes = append(table.Routes, listed("pl-0f", "tgw-0f"))
	s.RouteTables["rtb-0c"] = table
	s.Failures = append(s.Failures, network.Failure{Location: here, Kind: network.KindPrefixList, Operation: "ec2:GetManagedPrefixListEntries", Code: "UnauthorizedOperation", Resource: "pl-0f"})
	j := NewIndex(s).Judge(declared("10.1.1.0/24"))
	for _, n := range j.Needs {
		if n.Kind == change.Route && n.Resource == "rtb-0c" && !n.Met() && n.Blocked.None() {
			t.Errorf("the route %s to %s would be made, though %s may carry it elsewhere", n.Destination, n.Target, "pl-0f")
		}
	}
	equal(t, "the route's verdict", hopsOf(j, HopRoute)["rtb-0c"], Unknown)
}
