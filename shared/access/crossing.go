package access

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// crossing judges one end of a path over a transit gateway: some subnets of a VPC, and the
// attachment whose own subnets all traffic between them and the gateway passes.
type crossing struct {
	*tracing
	network.Location
	ofVPC      network.VPC
	attachment network.TransitGatewayAttachment
	subnets    []network.Subnet
	// addresses are those of this end, remotes those of the other one.
	addresses, remotes []netip.Prefix
	// zones are the Availability Zones that traffic comes from: without appliance mode the
	// gateway keeps it in its zone where it can. Empty where they cannot be compared, since
	// the names of zones are each account's own.
	// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
	zones []string
	side  Side
}

// cacheCrossing is the cache's end of a path over its VPC's attachment.
func cacheCrossing(t *tracing, own network.TransitGatewayAttachment, c client) crossing {
	cache := t.cacheSubnets()
	x := crossing{
		tracing: t, Location: t.cluster.Location, ofVPC: t.vpc, attachment: own, subnets: cache,
		addresses: t.familyOf(cache), remotes: c.addresses, side: ClusterSide,
	}
	if c.vpc != "" && c.Location == x.Location {
		x.zones = zonesOf(c.subnets)
	}
	return x
}

// clientCrossing is the client's end of a path over its VPC's attachment.
func clientCrossing(t *tracing, far network.TransitGatewayAttachment, vpc network.VPC, c client) crossing {
	cache := t.cacheSubnets()
	x := crossing{
		tracing: t, Location: c.Location, ofVPC: vpc, attachment: far, subnets: c.subnets,
		addresses: c.addresses, remotes: t.familyOf(cache), side: SourceSide,
	}
	if c.Location == t.cluster.Location {
		x.zones = zonesOf(cache)
	}
	return x
}

func zonesOf(subnets []network.Subnet) []string {
	var out []string
	for _, sn := range subnets {
		out = append(out, attachedZone(sn))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// judge judges what traffic passes inside the VPC.
func (x crossing) judge() {
	x.networkACLs()
	x.routes()
}

// entries gives the attachment's subnets by which traffic may come in: those of the zones
// that it comes from, all where one of these has none.
func (x crossing) entries() []network.Subnet {
	all := x.attachedSubnets(x.attachment)
	var near []network.Subnet
	for _, sn := range all {
		if slices.Contains(x.zones, sn.AvailabilityZone) {
			near = append(near, sn)
		}
	}
	if len(near) > 0 && len(zonesOf(near)) == len(x.zones) {
		return near
	}
	return all
}

// exit gives the attachment's subnet by which a subnet's traffic leaves.
func (x crossing) exit(sn network.Subnet) (network.Subnet, bool) {
	all := x.attachedSubnets(x.attachment)
	i := slices.IndexFunc(all, func(a network.Subnet) bool { return a.AvailabilityZone == attachedZone(sn) })
	if i < 0 {
		return network.Subnet{}, false
	}
	return all[i], true
}

// addressesIn gives the addresses of a subnet that the traffic is about.
func (x crossing) addressesIn(sn network.Subnet) []netip.Prefix {
	blocks := x.family(sn.CIDRs)
	var out []netip.Prefix
	for _, b := range blocks {
		for _, r := range x.addresses {
			switch {
			case network.Covers(b, r):
				out = append(out, r)
			case network.Covers(r, b):
				out = append(out, b)
			}
		}
	}
	if len(out) == 0 {
		return blocks
	}
	return out
}

// networkACLs judges the network ACLs of the subnets themselves and of the attachment's.
// Where both are one subnet, nothing is evaluated for what comes from the gateway.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
func (x crossing) networkACLs() {
	acls := networkACLs{x.tracing}
	if acls.unread(x.Location, x.side) {
		return
	}
	entries := x.entries()
	if f := x.failure(x.Location, network.KindTransitGatewayAttachment); f != nil && len(entries) == 0 {
		x.add(Hop{Kind: HopNetworkACL, Resource: "network ACLs of " + x.attachment.ID, Location: x.Location, Side: x.side}.unread(*f))
	}
	in, out := acls.flows(x.side)
	set := aclSet{checks: map[string][]aclCheck{}}
	for _, sn := range x.subnets {
		own := x.addressesIn(sn)
		set.add(x.aclFor(sn), true, x.remotes, out, "")
		if len(entries) == 0 {
			set.add(x.aclFor(sn), false, x.remotes, in, "")
		}
		for _, a := range entries {
			if a.ID == sn.ID {
				continue
			}
			set.add(x.aclFor(sn), false, x.remotes, in, "")
			set.add(x.aclFor(a), true, own, in, " from the attachment's "+a.ID)
		}
		if a, ok := x.exit(sn); ok {
			set.add(x.aclFor(a), false, own, out, " into the attachment's "+a.ID)
		}
	}
	acls.judge(set, x.side)
}

// routes judges that no table of the attachment's subnets sends what comes from the
// gateway past the VPC's local route.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
func (x crossing) routes() {
	var judged []string
	for _, a := range x.entries() {
		r, ok := x.routing(x.tableFor(a))
		if !ok || slices.Contains(judged, r.table.ID) {
			continue
		}
		for _, sn := range x.subnets {
			if sn.ID == a.ID {
				continue
			}
			if h, ok := x.diverted(r, sn); ok {
				judged = append(judged, r.table.ID)
				h.Side = x.side
				x.add(h)
				break
			}
		}
	}
}

// diverted gives the hop for a table that takes the traffic to a subnet past the local
// route.
func (x crossing) diverted(r *routing, sn network.Subnet) (Hop, bool) {
	h := Hop{Kind: HopRoute, Resource: r.table.ID, Location: r.table.Location}
	for _, p := range x.addressesIn(sn) {
		f := r.toward(p, network.Target{Kind: network.TargetLocal})
		switch f.state {
		case routeRight, routeAbsent:
			continue
		case routeUnknown:
			return h.unknown(fmt.Sprintf("whether the route of prefix list %s takes what comes from the gateway for %s is not known: its entries were not read", f.route.PrefixList, p),
				readPrefixLists(x.Account)), true
		case routeElsewhere, routeShadowed, routeDead:
		}
		if block := x.ofVPC.BlockHolding(p); block.IsValid() && f.dst.Bits() < block.Bits() {
			continue // every table has the local route of the block, also where it is not listed
		}
		if f.state != routeDead && x.isMiddleBox(f.route.Target) {
			box := Hop{Kind: HopMiddleBox, Resource: f.route.Target.ID, Location: r.table.Location}
			return box.unknown(fmt.Sprintf("the route %s of %s sends what comes from the gateway for %s through it first: it decides what it lets through, and that is not judged", f.dst, r.table.ID, sn.ID),
				say("ask whoever runs %s to let the clients of the cluster through", f.route.Target)), true
		}
		return h.failing(fmt.Sprintf("the route %s sends what comes from the gateway for %s to %s, past the local route", f.dst, sn.ID, f.route.Target),
			forwardOrDelete(r.table, f)...), true
	}
	return Hop{}, false
}
