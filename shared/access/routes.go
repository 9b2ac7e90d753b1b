package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// leg is one direction of a way through VPC route tables: the traffic of some
// subnets to some ranges has to go to a target.
type leg struct {
	network.Location
	from []network.Subnet
	// to are the ranges that are needed, block gives the destination of a route
	// for each of them.
	to    []netip.Prefix
	block func(netip.Prefix) netip.Prefix
	// target is where the path leads; others are targets that do as well.
	target network.Target
	others []network.Target
	// state is Pass where the target works; else no route is made to it (yet).
	state Verdict
	// dark is why the tables cannot be read, hidden why the far end's addresses
	// are not known.
	dark, hidden *network.Failure
	what         direction
	farName      string
	// propagates is a leg over a virtual private gateway, which may write its
	// routes into the tables itself.
	propagates bool
}

// direction is which way a leg's traffic goes.
type direction string

const (
	toCluster direction = "to the cluster"
	toClient  direction = "back to the client"
)

// side is where the tables of a leg are.
func (d direction) side() Side {
	if d == toCluster {
		return SourceSide
	}
	return ClusterSide
}

// routes judges a leg: a hop for each table and block, and the routes it needs.
func (j *judging) routes(l leg, source string) {
	if l.dark != nil {
		h := Hop{Kind: HopRoute, Resource: "route tables", Location: l.Location, Verdict: Unknown, Source: source, Side: l.what.side()}
		h = h.unread(*l.dark)
		h.Detail = "routes " + string(l.what) + ": " + h.Detail
		j.add(h)
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.Route, Location: l.Location, Unread: true})
		return
	}
	if len(l.to) == 0 {
		j.noAddresses(l, source)
		return
	}
	tables := j.tablesOf(l.from)
	if len(tables) == 0 {
		j.add(Hop{
			Kind: HopRoute, Resource: "route tables", Location: l.Location, Verdict: Unknown, Source: source,
			Detail: "no subnet or route table is known for the routes " + string(l.what), Fixes: fixes(say("check that the VPC's subnets and route tables can be read")),
		})
		_, failed := j.ReadFailure(l.Location, network.KindSubnet, network.KindRouteTable, network.KindVPC)
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.Route, Location: l.Location, Unread: failed})
		return
	}
	for _, id := range tables {
		r, ok := j.routing(id)
		if !ok {
			continue
		}
		for _, group := range groupByBlock(l) {
			h := j.routeHop(r, l, group)
			h.Source, h.Side = source, l.what.side()
			j.add(h)
		}
	}
}

// noAddresses judges a leg whose far end has no known address.
func (j *judging) noAddresses(l leg, source string) {
	family := "IPv4"
	if j.v6 {
		family = "IPv6"
	}
	h := Hop{
		Kind: HopAddressFamily, Resource: l.farName, Location: l.Location, Verdict: Fail, Source: source,
		Detail: fmt.Sprintf("the far end of the routes %s has no %s address", l.what, family),
		Fixes:  fixes(say("associate an %s block with the VPC and its subnets, or declare sources of the cluster's family", family)),
	}
	if l.hidden != nil {
		h = h.unread(*l.hidden)
		h.Detail = "routes " + string(l.what) + ": the far end's addresses are not known: " + h.Detail
	}
	j.unknown = append(j.unknown, UnknownNeeds{Kind: change.Route, Location: l.Location, Unread: l.hidden != nil})
	j.add(h)
}

// blockGroup is the ranges that one route has to carry.
type blockGroup struct {
	block  netip.Prefix
	ranges []netip.Prefix
}

func groupByBlock(l leg) []blockGroup {
	var out []blockGroup
	for _, p := range l.to {
		b := l.block(p)
		if !b.IsValid() {
			b = p
		}
		i := slices.IndexFunc(out, func(g blockGroup) bool { return g.block == b })
		if i < 0 {
			out = append(out, blockGroup{block: b})
			i = len(out) - 1
		}
		out[i].ranges = append(out[i].ranges, p)
	}
	return out
}

// routeHop judges one table for one block: the worst of its ranges decides.
func (j *judging) routeHop(r *routing, l leg, g blockGroup) Hop {
	wanted := append([]network.Target{l.target}, l.others...)
	worstFinding, carriers := r.worst(g.ranges, wanted)
	need := Need{Requirement: change.Requirement{
		Kind: change.Route, Location: l.Location, Resource: r.table.ID, Destination: g.block, Target: l.target,
	}}
	h := Hop{Kind: HopRoute, Resource: r.table.ID, Location: l.Location}
	switch worstFinding.state {
	case routeRight:
		h.Verdict, h.By = Pass, []string{r.table.ID}
		h.Detail = fmt.Sprintf("%s goes to %s %s (route %s)", g.block, worstFinding.route.Target, l.what, worstFinding.dst)
		need.By, need.Carriers = h.By, carriers
		if l.propagates && worstFinding.route.Origin == network.OriginPropagation {
			need.Requirement = propagation(need.Requirement)
		}
		// Should what carries it go, a route to the whole block may not be possible.
		if f := r.toward(g.block, append([]network.Target{l.target}, l.others...)...); f.state != routeRight && f.state != routeAbsent {
			need.Blocked = blocked(BlockForeignRoute, "a route to all of %s is not possible: %s", g.block, j.wrongRoute(f, l))
		}
		need.Blocked = cmp.Or(j.writesLeaveOut(change.Route), need.Blocked)
	case routeAbsent:
		h.Detail = fmt.Sprintf("no route to %s %s", g.block, l.what)
	case routeElsewhere, routeShadowed, routeDead:
		h.Detail = j.wrongRoute(worstFinding, l)
	case routeUnknown:
		h.Verdict = Unknown
		h.Detail = fmt.Sprintf("whether the route of prefix list %s carries %s %s is not known: its entries were not read", worstFinding.route.PrefixList, g.block, l.what)
		h.Fixes = fixes(readPrefixLists(l.Account))
		need.Blocked = Block{BlockUnread, h.Detail}
	}
	if worstFinding.state != routeRight && worstFinding.state != routeUnknown {
		h = j.mendRoute(h, r, l, g, worstFinding, &need)
	}
	if l.target.ID != "" {
		j.need(need)
	}
	return h
}

// mendRoute judges a failing route once more as the table will be without those
// of our own routes that lead elsewhere: the plan takes them away unless somebody
// needs them.
func (j *judging) mendRoute(h Hop, r *routing, l leg, g blockGroup, f routeFinding, need *Need) Hop {
	wanted := append([]network.Target{l.target}, l.others...)
	rest, filtered := j.withoutOwn(r, wanted)
	if !filtered {
		return j.missingRoute(h, r, l, g, f, need)
	}
	after, carriers := rest.worst(g.ranges, wanted)
	if after.state == routeRight && l.state == Pass {
		need.By, need.Carriers = []string{r.table.ID}, carriers
		h.Verdict, h.Fixable = Fail, true
		h.Detail += "; that route is cachegate's own and goes"
		return h
	}
	return j.missingRoute(h, rest, l, g, after, need)
}

// withoutOwn gives a table without the routes of ours that lead elsewhere than
// wanted; false where there are none.
func (j *judging) withoutOwn(r *routing, wanted []network.Target) (*routing, bool) {
	kept := r.table
	kept.Routes = slices.DeleteFunc(slices.Clone(r.table.Routes), func(rt network.Route) bool {
		req := change.Requirement{Kind: change.Route, Location: r.table.Location, Resource: r.table.ID, Destination: rt.Destination}
		return rt.PrefixList == "" && !slices.Contains(wanted, rt.Target) && j.ownRoute(req, rt)
	})
	if len(kept.Routes) == len(r.table.Routes) {
		return r, false
	}
	rest := newRouting(kept, j.PrefixLists)
	rest.table = r.table // what stands at a destination is still asked of the whole table
	return rest, true
}

// routeRank orders what a table does, for the worst of several ranges.
var routeRank = map[routeState]int{routeRight: 0, routeAbsent: 1, routeUnknown: 2, routeDead: 3, routeElsewhere: 4, routeShadowed: 5}

func (j *judging) wrongRoute(f routeFinding, l leg) string {
	text := f.dst.String()
	if f.route.PrefixList != "" {
		text += " of " + f.route.PrefixList
	}
	switch f.state {
	case routeShadowed:
		return fmt.Sprintf("the more specific route %s sends part of it to %s instead of %s %s", text, f.route.Target, l.target, l.what)
	case routeDead:
		return fmt.Sprintf("the route %s to %s is a %s %s", text, f.route.Target, cmp.Or(f.route.State, network.RouteBlackhole), l.what)
	default:
		return fmt.Sprintf("the longest match %s goes to %s instead of %s %s", text, f.route.Target, l.target, l.what)
	}
}

// missingRoute completes a failing hop: may cachegate write the route, or what does a person do.
func (j *judging) missingRoute(h Hop, r *routing, l leg, g blockGroup, f routeFinding, need *Need) Hop {
	h.Verdict = Fail
	create, replace := routeCommand("create", r.table, g.block, l.target), routeCommand("replace", r.table, g.block, l.target)
	h.Fixes = fixes(create)
	old, occupied := r.exact(g.block)
	remove := deleteRoute(r.table, f.dst)
	ours := occupied && j.ownRoute(need.Requirement, old)
	decides := occupied && (ours || f.state == routeAbsent || f.dst == g.block)
	switch {
	case l.state != Pass:
		need.Blocked = blocked(BlockNotWorking, "%s does not work yet", l.target)
		h.Verdict = l.state
		h.Detail += "; it waits for " + l.target.String()
		return h
	case f.state == routeShadowed || f.state == routeElsewhere && f.dst.Bits() > g.block.Bits():
		need.Blocked = blocked(BlockForeignRoute, "the more specific route %s to %s is not cachegate's", f.dst, f.route.Target)
		h.Fixes = fixes(remove)
	case decides && old.Target == l.target:
		need.Blocked = blocked(BlockNotWorking, "the route is there, but %s does not work", l.target)
		h.Fixes = fixes(remove, create)
	case ours && f.state == routeAbsent:
		need.Replaces = old.Target
		h.Fixes = fixes(replace)
	case decides:
		need.Blocked = blocked(BlockForeignRoute, "the route %s of %s is not cachegate's and is never replaced", g.block, r.table.ID)
		h.Fixes = fixes(replace)
	case l.propagates && f.state == routeAbsent && j.Policy.Writes.Has(intent.WritePropagation):
		return j.missingPropagation(h, r, l, g, need)
	case f.state != routeAbsent:
		need.Blocked = blocked(BlockForeignRoute, "the longest match already picks %s, and a route is never added against it", f.route.Target)
	}
	need.Blocked = cmp.Or(need.Blocked, j.writesLeaveOut(change.Route))
	return h.fixableUnless(need.Blocked)
}

// missingPropagation lets the gateway write the route where the policy lets it. Where
// it does so already and the route is not there, it does not know the range, and would
// not forward to it along a static route either: the propagation is what is needed.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
func (j *judging) missingPropagation(h Hop, r *routing, l leg, g blockGroup, need *Need) Hop {
	need.Requirement = propagation(need.Requirement)
	if slices.Contains(r.table.PropagatingVGWs, l.target.ID) {
		need.By = []string{r.table.ID}
		h.Detail += fmt.Sprintf("; %s propagates into the table and knows no route to %s", l.target, g.block)
		h.Fixes = fixes(say("let the gateway know %s: announce it by BGP, or give the VPN connection a static route to it", g.block))
		return h
	}
	h.Fixable = true
	h.Fixes = fixes(command(l.Location, "aws ec2 enable-vgw-route-propagation --route-table-id %s --gateway-id %s", r.table.ID, l.target.ID))
	return h
}

// propagation turns the need of a route into that of the gateway's propagation.
func propagation(r change.Requirement) change.Requirement {
	return change.Requirement{Kind: change.Propagation, Location: r.Location, Resource: r.Resource, Target: r.Target}
}

func (j *judging) ownRoute(req change.Requirement, old network.Route) bool {
	req.Target = old.Target
	return j.Own != nil && j.Own(req)
}
