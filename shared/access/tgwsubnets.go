package access

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// crossing is one end of a way over a transit gateway: some subnets of a VPC,
// and the attachment whose own subnets all traffic between them and the gateway
// passes.
type crossing struct {
	network.Location
	vpc        network.VPC
	attachment network.TransitGatewayAttachment
	subnets    []network.Subnet
	// ranges are the addresses of this end, remotes those of the other one.
	ranges, remotes []netip.Prefix
	// zones are the Availability Zones that traffic comes from: without appliance
	// mode the gateway keeps it in its zone where it can. Empty where they cannot
	// be compared, since the names of zones are each account's own.
	// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
	zones  []string
	client bool
	source string
}

// cacheCrossing is the cache's end of a way over its VPC's attachment.
func (j *judging) cacheCrossing(own network.TransitGatewayAttachment, c client) crossing {
	cache := j.cacheSubnets()
	x := crossing{
		Location: j.cluster.Location, vpc: j.vpc, attachment: own, subnets: cache,
		ranges: j.familyOf(cache), remotes: c.addresses, source: c.source.String(),
	}
	if c.vpc != "" && c.Location == x.Location {
		x.zones = zonesOf(c.subnets)
	}
	return x
}

// clientCrossing is the client's end of a way over its VPC's attachment.
func (j *judging) clientCrossing(far network.TransitGatewayAttachment, vpc network.VPC, c client) crossing {
	cache := j.cacheSubnets()
	x := crossing{
		Location: c.Location, vpc: vpc, attachment: far, subnets: c.subnets,
		ranges: c.addresses, remotes: j.familyOf(cache), client: true, source: c.source.String(),
	}
	if c.Location == j.cluster.Location {
		x.zones = zonesOf(cache)
	}
	return x
}

// attachedZone is the zone in which a subnet reaches a transit gateway: its own,
// for a Local Zone its parent's.
func attachedZone(sn network.Subnet) string {
	if sn.ZoneType == localZone {
		return sn.ParentZone
	}
	return sn.AvailabilityZone
}

func zonesOf(subnets []network.Subnet) []string {
	var out []string
	for _, sn := range subnets {
		out = append(out, attachedZone(sn))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// attached gives the attachment's subnets, as far as they were read.
func (j *judging) attached(x crossing) []network.Subnet {
	var out []network.Subnet
	for _, id := range x.attachment.Subnets {
		if sn, ok := j.Subnets[id]; ok {
			out = append(out, sn)
		}
	}
	return out
}

// entries gives the attachment's subnets by which traffic may come in: those of
// the zones that it comes from, all where one of these has none.
func (j *judging) entries(x crossing) []network.Subnet {
	all := j.attached(x)
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
func (j *judging) exit(x crossing, sn network.Subnet) (network.Subnet, bool) {
	all := j.attached(x)
	i := slices.IndexFunc(all, func(t network.Subnet) bool { return t.AvailabilityZone == attachedZone(sn) })
	if i < 0 {
		return network.Subnet{}, false
	}
	return all[i], true
}

// own gives the addresses of a subnet that the traffic is about.
func (j *judging) own(x crossing, sn network.Subnet) []netip.Prefix {
	blocks := j.family(sn.CIDRs)
	var out []netip.Prefix
	for _, b := range blocks {
		for _, r := range x.ranges {
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

// cross judges what traffic passes inside the VPC at one end of a way.
func (j *judging) cross(x crossing) {
	j.crossingACLs(x)
	j.crossingRoutes(x)
}

// crossingACLs judges the network ACLs of one end: of the subnets themselves and
// of the attachment's. Where both are one subnet, nothing is evaluated for what
// comes from the gateway.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
func (j *judging) crossingACLs(x crossing) {
	if j.aclsUnread(x.Location, x.client, x.source) {
		return
	}
	entries := j.entries(x)
	if f, dark := j.ReadFailure(x.Location, network.KindTransitGatewayAttachment); dark && len(entries) == 0 {
		h := Hop{Kind: HopNetworkACL, Resource: "network ACLs of " + x.attachment.ID, Location: x.Location, Verdict: Unknown, Source: x.source, Side: sideOf(x.client)}
		h = h.unread(f)
		j.add(h)
	}
	comes, leaves := j.flows(x.client)
	set := aclSet{checks: map[string][]aclCheck{}}
	for _, sn := range x.subnets {
		own := j.own(x, sn)
		set.add(j.aclFor(sn), true, x.remotes, leaves, "")
		if len(entries) == 0 {
			set.add(j.aclFor(sn), false, x.remotes, comes, "")
		}
		for _, t := range entries {
			if t.ID == sn.ID {
				continue
			}
			set.add(j.aclFor(sn), false, x.remotes, comes, "")
			set.add(j.aclFor(t), true, own, comes, " from the attachment's "+t.ID)
		}
		if t, ok := j.exit(x, sn); ok {
			set.add(j.aclFor(t), false, own, leaves, " into the attachment's "+t.ID)
		}
	}
	j.judgeACLs(set, x.client, x.source)
}

// crossingRoutes judges that no table of the attachment's subnets sends what
// comes from the gateway elsewhere than the VPC's local route.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
func (j *judging) crossingRoutes(x crossing) {
	var judged []string
	for _, t := range j.entries(x) {
		r, ok := j.routing(j.tableFor(t))
		if !ok || slices.Contains(judged, r.table.ID) {
			continue
		}
		for _, sn := range x.subnets {
			if sn.ID == t.ID {
				continue
			}
			if h, ok := j.divertedAt(x, r, sn); ok {
				judged = append(judged, r.table.ID)
				j.add(h)
				break
			}
		}
	}
}

// divertedAt gives the hop for a table that takes the traffic to a subnet past
// the local route.
func (j *judging) divertedAt(x crossing, r *routing, sn network.Subnet) (Hop, bool) {
	h := Hop{Kind: HopRoute, Resource: r.table.ID, Location: r.table.Location, Verdict: Fail, Source: x.source, Side: sideOf(x.client)}
	for _, need := range j.own(x, sn) {
		f := r.toward(need, network.Target{Kind: network.TargetLocal})
		switch f.state {
		case routeRight, routeAbsent:
			continue
		case routeUnknown:
			h.Verdict = Unknown
			h.Detail = fmt.Sprintf("whether the route of prefix list %s takes what comes from the gateway for %s is not known: its entries were not read", f.route.PrefixList, need)
			h.Fixes = fixes(readPrefixLists(x.Account))
			return h, true
		case routeElsewhere, routeShadowed, routeDead:
		}
		if block := x.vpc.BlockHolding(need); block.IsValid() && f.dst.Bits() < block.Bits() {
			continue // every table has the local route of the block, also where it is not listed
		}
		h.Detail = fmt.Sprintf("the route %s sends what comes from the gateway for %s to %s, past the local route", f.dst, sn.ID, f.route.Target)
		h.Fixes = forwardOrDelete(r.table, f)
		return h, true
	}
	return Hop{}, false
}
