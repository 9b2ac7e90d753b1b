package access

import (
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/network"
)

// routing answers longest-prefix questions about one route table.
//
// The priority of routes to the same destination, and of local routes over
// propagated ones, is AWS's:
// https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
type routing struct {
	table network.RouteTable
	byNet bart.Table[network.Route]
	// unread are the prefix lists of routes whose entries are not known: any of
	// them may hold what is looked for.
	unread []string
}

func newRouting(t network.RouteTable, lists map[string]network.PrefixList) *routing {
	r := &routing{table: t}
	for _, route := range t.Routes {
		if route.PrefixList == "" {
			r.add(route.Destination, route)
			continue
		}
		if _, ok := lists[route.PrefixList]; !ok {
			r.unread = append(r.unread, route.PrefixList)
		}
		for _, entry := range lists[route.PrefixList].Entries {
			r.add(entry, route)
		}
	}
	return r
}

func (r *routing) add(dst netip.Prefix, route network.Route) {
	if !dst.IsValid() {
		return
	}
	dst = dst.Masked()
	if old, ok := r.byNet.Get(dst); ok && priority(old) <= priority(route) {
		return
	}
	r.byNet.Insert(dst, route)
}

// priority orders routes to one destination: local, static, prefix list, propagated.
func priority(r network.Route) int {
	switch {
	case r.Target.Kind == network.TargetLocal:
		return 0
	case r.Origin == network.OriginPropagation || r.Origin == "Advertisement":
		return 3
	case r.PrefixList != "":
		return 2
	default:
		return 1
	}
}

// routeState is how a table treats the traffic to a prefix.
type routeState int

const (
	routeAbsent    routeState = iota // no route matches
	routeRight                       // all of it goes to the wanted target
	routeElsewhere                   // the longest match picks another target
	routeShadowed                    // a more specific route takes part of it elsewhere
	routeDead                        // the match is a blackhole, or filtered
	routeUnknown                     // a route's prefix list could not be read
)

// routeFinding is what a table does with a prefix.
type routeFinding struct {
	state routeState
	// route is the one that decides: the carrier, or the culprit.
	route network.Route
	dst   netip.Prefix
	// carriers are the destinations of all routes that carry, where state is routeRight.
	carriers []netip.Prefix
}

// toward says what the table does with traffic to need, seen from the wish that
// it goes to one of the targets.
func (r *routing) toward(need netip.Prefix, wanted ...network.Target) routeFinding {
	right := func(rt network.Route) bool { return slices.Contains(wanted, rt.Target) && alive(rt) }
	var rights netipx.IPSetBuilder
	var inside []netip.Prefix
	for dst, rt := range r.byNet.Subnets(need.Masked()) {
		if dst == need.Masked() || r.underLocal(dst, rt) {
			continue
		}
		if !right(rt) {
			return routeFinding{state: r.wrong(rt, wanted, routeShadowed), route: rt, dst: dst}
		}
		inside = append(inside, dst)
		rights.AddPrefix(dst)
	}
	dst, rt, ok := r.match(need)
	switch {
	case ok && right(rt):
		return routeFinding{state: routeRight, route: rt, dst: dst, carriers: []netip.Prefix{dst}}
	case len(inside) > 0 && coversAll(&rights, need):
		first, _ := r.byNet.Get(inside[0])
		return routeFinding{state: routeRight, route: first, dst: inside[0], carriers: inside}
	case len(r.unread) > 0:
		return routeFinding{state: routeUnknown, route: network.Route{PrefixList: r.unread[0]}}
	case ok:
		return routeFinding{state: r.wrong(rt, wanted, routeElsewhere), route: rt, dst: dst}
	}
	return routeFinding{state: routeAbsent}
}

// routeRank orders what a table does, for the worst of several ranges.
var routeRank = map[routeState]int{routeRight: 0, routeAbsent: 1, routeUnknown: 2, routeDead: 3, routeElsewhere: 4, routeShadowed: 5}

// worst says what the table does with the range that fares worst, and which
// routes carry all of them.
func (r *routing) worst(ranges []netip.Prefix, wanted network.Target) (found routeFinding, carriers []netip.Prefix) {
	for i, need := range ranges {
		f := r.toward(need, wanted)
		carriers = append(carriers, f.carriers...)
		if i == 0 || routeRank[f.state] > routeRank[found.state] {
			found = f
		}
	}
	return found, carriers
}

// underLocal says whether a propagated route gives way to a local one that holds
// it, though it is more specific.
func (r *routing) underLocal(dst netip.Prefix, rt network.Route) bool {
	if priority(rt) < 3 {
		return false
	}
	for _, wider := range r.byNet.Supernets(dst) {
		if wider.Target.Kind == network.TargetLocal {
			return true
		}
	}
	return false
}

// wrong names a route that does not carry: dead where its target would be right.
func (r *routing) wrong(rt network.Route, wanted []network.Target, otherwise routeState) routeState {
	if slices.Contains(wanted, rt.Target) || !alive(rt) {
		return routeDead
	}
	return otherwise
}

// match is the longest match, with the local route above propagated ones.
func (r *routing) match(need netip.Prefix) (netip.Prefix, network.Route, bool) {
	dst, rt, ok := r.byNet.LookupPrefixLPM(need.Masked())
	if !ok || priority(rt) < 3 {
		return dst, rt, ok
	}
	for d, wider := range r.byNet.Supernets(need.Masked()) {
		if wider.Target.Kind == network.TargetLocal {
			return d, wider, true
		}
	}
	return dst, rt, ok
}

// alive says whether a route forwards; AWS leaves the state out of some replies.
func alive(r network.Route) bool { return r.State == network.RouteActive || r.State == "" }

func coversAll(b *netipx.IPSetBuilder, p netip.Prefix) bool {
	set, err := b.IPSet()
	return err == nil && set.ContainsPrefix(p.Masked())
}

// exact gives the table's own route to a destination, whatever its state.
func (r *routing) exact(dst netip.Prefix) (network.Route, bool) {
	for _, rt := range r.table.Routes {
		if rt.PrefixList == "" && rt.Destination == dst {
			return rt, true
		}
	}
	return network.Route{}, false
}
