package access

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// blockRoute judges one table of a leg for one block.
type blockRoute struct {
	vpcRoutes
	blockGroup
	table *routing
	hop   Hop
	need  Need
}

func newBlockRoute(t vpcRoutes, table *routing, g blockGroup) blockRoute {
	id := table.table.ID
	return blockRoute{
		vpcRoutes: t, blockGroup: g, table: table,
		hop: Hop{Kind: HopRoute, Resource: id, Location: table.table.Location, Side: t.what.side()},
		need: Need{Requirement: change.Requirement{
			Kind: change.Route, Location: table.table.Location, Resource: id, Destination: g.block, Target: t.target,
		}},
	}
}

// judge adds the hop, and records the route that is needed: the range that fares worst
// decides.
func (r *blockRoute) judge() {
	switch f, carriers := r.table.worst(r.ranges, r.target); f.state {
	case routeRight:
		r.right(f)
		r.need.By, r.need.Carriers = r.hop.By, carriers
	case routeUnknown:
		r.hop = r.hop.unknown(fmt.Sprintf("whether the route of prefix list %s carries %s %s is not known: its entries were not read", f.route.PrefixList, r.block, r.what),
			readPrefixLists(r.Account))
		r.need.Blocked = Block{BlockUnread, r.hop.Detail}
	case routeAbsent:
		r.hop.Detail = fmt.Sprintf("no route to %s %s", r.block, r.what)
		r.wrong(f)
	case routeElsewhere, routeShadowed, routeDead:
		r.hop.Detail = r.describe(f)
		r.wrong(f)
	}
	r.add(r.hop)
	if r.target.ID != "" {
		r.vpcRoutes.need(r.need)
	}
}

// right passes the hop. Should what carries it go, a route to the whole block may not be
// possible.
func (r *blockRoute) right(f routeFinding) {
	r.hop = r.hop.passing([]string{r.table.table.ID}, fmt.Sprintf("%s goes to %s %s (route %s)", r.block, f.route.Target, r.what, f.dst))
	if r.propagates && f.route.Origin == network.OriginPropagation {
		r.need.Requirement = propagation(r.need.Requirement)
	}
	if whole := r.table.toward(r.block, r.target); whole.state != routeRight && whole.state != routeAbsent {
		r.need.Blocked = blocked(BlockForeignRoute, "a route to all of %s is not possible: %s", r.block, r.describe(whole))
	}
	r.need.Blocked = cmp.Or(r.writesLeaveOut(change.Route), r.need.Blocked)
}

// wrong judges the table once more as it will be without those of our own routes that
// lead elsewhere: the plan takes them away unless somebody needs them.
func (r *blockRoute) wrong(f routeFinding) {
	rest, filtered := r.withoutOwn()
	if !filtered {
		r.missing(f)
		return
	}
	after, carriers := rest.worst(r.ranges, r.target)
	if after.state == routeRight && r.state == Pass {
		r.need.By, r.need.Carriers = []string{r.table.table.ID}, carriers
		r.hop.Verdict, r.hop.Fixable = Fail, true
		r.hop.Detail += "; cachegate owns that route and removes it"
		return
	}
	r.missing(after)
}

// withoutOwn gives the table without the routes of ours that lead elsewhere; false where
// there are none.
func (r *blockRoute) withoutOwn() (*routing, bool) {
	whole := r.table.table
	kept := whole
	kept.Routes = slices.DeleteFunc(slices.Clone(whole.Routes), func(rt network.Route) bool {
		req := change.Requirement{Kind: change.Route, Location: whole.Location, Resource: whole.ID, Destination: rt.Destination}
		return rt.PrefixList == "" && rt.Target != r.target && r.isOwn(req, rt)
	})
	if len(kept.Routes) == len(whole.Routes) {
		return r.table, false
	}
	return newRouting(kept, r.PrefixLists), true
}

// describe says what a table does instead of what is needed.
func (r *blockRoute) describe(f routeFinding) string {
	dst := f.dst.String()
	if f.route.PrefixList != "" {
		dst += " of " + f.route.PrefixList
	}
	switch f.state {
	case routeShadowed:
		return fmt.Sprintf("the more specific route %s sends part of it to %s instead of %s %s", dst, f.route.Target, r.target, r.what)
	case routeDead:
		return fmt.Sprintf("the route %s to %s is a %s %s", dst, f.route.Target, cmp.Or(f.route.State, network.RouteBlackhole), r.what)
	default:
		return fmt.Sprintf("the longest match %s goes to %s instead of %s %s", dst, f.route.Target, r.target, r.what)
	}
}

// missing fails the hop: may cachegate write the route, and what does a person do?
func (r *blockRoute) missing(f routeFinding) {
	table := r.table.table
	r.hop.Verdict, r.hop.Fixes = Fail, fixes(routeCommand("create", table, r.block, r.target))
	old, occupied := r.table.exact(r.block)
	ours := occupied && r.isOwn(r.need.Requirement, old)
	decides := occupied && (ours || f.state == routeAbsent || f.dst == r.block)
	switch {
	case r.state != Pass:
		r.need.Blocked = blocked(BlockNotWorking, "%s does not work yet", r.target)
		r.hop.Verdict, r.hop.Blocked = r.state, r.need.Blocked
		r.hop.Detail += "; it waits for " + r.target.String()
		r.hop.Fixes = r.onceItWorks(old, occupied && !ours)
		return
	case f.state == routeShadowed || f.state == routeElsewhere && f.dst.Bits() > r.block.Bits():
		r.need.Blocked = blocked(BlockForeignRoute, "the more specific route %s to %s is not cachegate's", f.dst, f.route.Target)
		r.hop.Fixes = fixes(deleteRoute(table, f.dst))
	case decides && old.Target == r.target:
		r.need.Blocked = blocked(BlockNotWorking, "the route is there, but %s does not work", r.target)
		r.hop.Fixes = append(fixes(deleteRoute(table, f.dst)), r.hop.Fixes...)
	case ours && f.state == routeAbsent:
		r.need.Replaces = old.Target
		r.hop.Fixes = fixes(routeCommand("replace", table, r.block, r.target))
	case decides:
		r.need.Blocked = blocked(BlockForeignRoute, "the route %s of %s is not cachegate's and is never replaced", r.block, table.ID)
		r.hop.Fixes = fixes(routeCommand("replace", table, r.block, r.target))
	case r.propagates && f.state == routeAbsent && slices.Contains(table.PropagatingVGWs, r.target.ID):
		r.withdrawn()
		return
	case r.propagates && f.state == routeAbsent && r.writesLeaveOut(change.Propagation).None():
		r.missingPropagation()
		return
	case f.state != routeAbsent:
		r.need.Blocked = blocked(BlockForeignRoute, "the longest match already picks %s, and a route is never added against it", f.route.Target)
	}
	r.need.Blocked = cmp.Or(r.need.Blocked, r.writesLeaveOut(change.Route))
	r.hop = r.hop.fixableUnless(r.need.Blocked)
}

// withdrawn judges a table that the gateway propagates into, and the route is not there: the
// gateway does not know the range (now), and would not forward to it along a static route
// either. A static one would stay, and win over the propagated one that comes back.
// https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
func (r *blockRoute) withdrawn() {
	r.need.Requirement = propagation(r.need.Requirement)
	r.need.By = []string{r.table.table.ID}
	r.hop.Detail += fmt.Sprintf("; %s propagates into the table and knows no route to %s", r.target, r.block)
	r.hop.Fixes = fixes(say("let the gateway know %s: announce it by BGP, or give the VPN connection a static route to it", r.block))
}

// missingPropagation lets the gateway write the route.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
func (r *blockRoute) missingPropagation() {
	table := r.table.table
	r.need.Requirement = propagation(r.need.Requirement)
	r.hop.Fixable = true
	r.hop.Fixes = fixes(command(r.Location, "aws ec2 enable-vgw-route-propagation --route-table-id %s --gateway-id %s", table.ID, r.target.ID))
}

// propagation turns the need of a route into that of the gateway's propagation.
func propagation(r change.Requirement) change.Requirement {
	return change.Requirement{Kind: change.Propagation, Location: r.Location, Resource: r.Resource, Target: r.Target}
}

// isOwn says whether a route of a table is cachegate's.
func (d Declared) isOwn(req change.Requirement, old network.Route) bool {
	req.Target = old.Target
	return d.Own != nil && d.Own(req)
}
