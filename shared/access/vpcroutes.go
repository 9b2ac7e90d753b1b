package access

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// leg is one direction of a path through VPC route tables: the traffic of some subnets to
// some ranges has to go to a target.
type leg struct {
	network.Location
	from []network.Subnet
	// to are the ranges that are needed, blockOf gives the destination of a route for each
	// of them.
	to      []netip.Prefix
	blockOf func(netip.Prefix) netip.Prefix
	target  network.Target
	// state is Pass where the target works; else no route is made to it (yet).
	state Verdict
	// unread is why the tables could not be read, farUnread why the addresses of the far
	// end are not known.
	unread, farUnread *network.Failure
	farName           string
	what              direction
	// propagates is a leg over a virtual private gateway, which may write its routes into
	// the tables itself.
	propagates bool
}

// direction is where the traffic of a leg goes.
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

// vpcRoutes judges a leg.
type vpcRoutes struct {
	*tracing
	leg
}

// judge adds a hop for each table and block, and records the routes that are needed.
func (t vpcRoutes) judge() {
	h := Hop{Kind: HopRoute, Resource: "route tables", Location: t.Location}
	if t.leg.unread != nil {
		h.Side = t.what.side()
		t.add(h.unread(*t.leg.unread).about("routes " + string(t.what)))
		t.needsUnknown(change.Route, t.Location, true)
		return
	}
	if len(t.to) == 0 {
		t.noAddresses()
		return
	}
	tables := t.tablesOf(t.from)
	if len(tables) == 0 {
		t.add(h.unknown("no subnet or route table is known for the routes "+string(t.what), say("check that the VPC's subnets and route tables can be read")))
		failed := t.failure(t.Location, network.KindSubnet, network.KindRouteTable, network.KindVPC) != nil
		t.needsUnknown(change.Route, t.Location, failed)
		return
	}
	groups := groupByBlock(t.to, t.blockOf)
	for _, id := range tables {
		table, ok := t.routing(id)
		if !ok {
			continue
		}
		for _, g := range groups {
			r := newBlockRoute(t, table, g)
			r.judge()
		}
	}
}

// noAddresses judges a leg whose far end has no known address.
func (t vpcRoutes) noAddresses() {
	family := "IPv4"
	if t.v6 {
		family = "IPv6"
	}
	h := Hop{Kind: HopAddressFamily, Resource: t.farName, Location: t.Location}
	if t.farUnread != nil {
		h = h.unread(*t.farUnread).about("routes " + string(t.what) + ": the far end's addresses are not known")
	} else {
		h = h.failing(fmt.Sprintf("the far end of the routes %s has no %s address", t.what, family),
			say("associate an %s block with the VPC and its subnets, or declare sources of the cluster's family", family))
	}
	t.needsUnknown(change.Route, t.Location, t.farUnread != nil)
	t.add(h)
}

// routeEnd is where a VPC's routes lead: a target, and whether that works.
type routeEnd struct {
	target network.Target
	state  Verdict
}

// routesBetween judges the routes of the client's VPC and of the cache VPC to each other.
func routesBetween(t *tracing, c client, far network.VPC, there, here routeEnd) {
	cache := t.cacheSubnets()
	vpcRoutes{t, leg{
		Location: c.Location, from: c.subnets, to: t.familyOf(cache), blockOf: t.vpc.BlockHolding, what: toCluster,
		target: there.target, state: there.state, unread: c.unread,
		farName: t.vpc.ID, farUnread: t.failure(t.cluster.Location, network.KindSubnet, network.KindVPC),
	}}.judge()
	at := t.cluster.Location
	if c.unread != nil { // the far VPC's blocks, to which routes go, may be others than they seem
		t.needsUnknown(change.Route, at, false)
	}
	vpcRoutes{t, leg{
		Location: at, from: cache, to: c.addresses, blockOf: t.blockBackTo(far, here.target), what: toClient,
		target: here.target, state: here.state, unread: t.failure(at, network.KindRouteTable, network.KindSubnet),
		farName: c.vpc, farUnread: c.unread,
	}}.judge()
}

// blockBackTo gives the destination of routes back to a VPC: its whole block, but where
// another VPC on the way has addresses of the block, no more than what is needed, so that a
// route to each of them has room. A route to the block that is there already will do.
// https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html
func (t *tracing) blockBackTo(far network.VPC, target network.Target) func(netip.Prefix) netip.Prefix {
	shares := slices.ContainsFunc(t.peerings[t.vpc.ID], func(p network.PeeringConnection) bool {
		_, side, _ := p.Sides(t.vpc.ID)
		blocks := append(slices.Clone(side.CIDRs), t.VPCs[side.VPC].CIDRs...)
		return side.VPC != far.ID && slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return overlapsAny(b, far.CIDRs) })
	})
	if !shares {
		return far.BlockHolding
	}
	return func(p netip.Prefix) netip.Prefix {
		if block := far.BlockHolding(p); !t.routedTo(p, target) && t.routedTo(block, target) {
			return block
		}
		return p
	}
}

// routedTo says whether a table of the cache's subnets has a route of this very destination to
// a target.
func (t *tracing) routedTo(destination netip.Prefix, target network.Target) bool {
	return slices.ContainsFunc(t.tablesOf(t.cacheSubnets()), func(id string) bool {
		r, ok := t.routing(id)
		if !ok {
			return false
		}
		rt, is := r.exact(destination)
		return is && rt.Target == target
	})
}

// blockGroup is the ranges that one route has to carry.
type blockGroup struct {
	block  netip.Prefix
	ranges []netip.Prefix
}

func groupByBlock(to []netip.Prefix, blockOf func(netip.Prefix) netip.Prefix) []blockGroup {
	var out []blockGroup
	for _, p := range to {
		b := blockOf(p)
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
