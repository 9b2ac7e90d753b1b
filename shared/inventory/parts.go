package inventory

import (
	"net/netip"
	"slices"

	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// everything is what a public endpoint lets in.
var everything = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

// part is a piece of a rule's peer that lies in one place; path is set where the place
// leaves no other.
type part struct {
	source intent.Source
	path   intent.Path
	// guess says that the path is one of several that may lead there: it counts only where
	// it does.
	guess bool
}

// parts divides a rule's peer by where its addresses lie: in the cluster's VPC, in each VPC
// that holds some of them, in data centres. A group is one part.
func (l *lister) parts(c network.Cluster, p network.Peer) []part {
	whole, ok := sourceOf(p)
	if !ok {
		return nil
	}
	if p.SecurityGroup != "" {
		return []part{{source: whole}}
	}
	var out []part
	for _, r := range l.Ranges(p) {
		if c.Accepts(r) {
			out = append(out, l.partsOf(c, r)...)
		}
	}
	if len(out) == 0 { // a list that is empty or was not read, or a family that the cluster has not
		return []part{{source: whole}}
	}
	return out
}

// partsOf divides one range.
func (l *lister) partsOf(c network.Cluster, r netip.Prefix) []part {
	var out []part
	rest := &netipx.IPSetBuilder{}
	rest.AddPrefix(r)
	for _, block := range l.VPCs[c.VPC].CIDRs {
		if piece, ok := common(block, r); ok {
			rest.RemovePrefix(block)
			out = append(out, part{source: cidr(piece), path: intent.SameVPC})
			for _, away := range l.takenOut(c.VPC, piece) {
				out = append(out, guesses(away)...)
			}
		}
	}
	away, err := rest.IPSet()
	if err != nil || len(away.Ranges()) == 0 {
		return out
	}
	for _, block := range l.otherBlocks(c.VPC) {
		if piece, ok := common(block, r); ok {
			rest.RemovePrefix(block)
			out = append(out, part{source: cidr(piece)})
		}
	}
	left, err := rest.IPSet()
	if err != nil {
		return out
	}
	for _, piece := range l.away.within(away) {
		if left.ContainsPrefix(piece) {
			out = append(out, part{source: cidr(piece)})
			continue
		}
		out = append(out, guesses(piece)...) // a data centre may have the addresses of a VPC
	}
	if len(out) == 0 {
		out = append(out, part{source: cidr(r)})
	}
	return out
}

// guesses are the paths by which a range may be in a data centre.
func guesses(r netip.Prefix) []part {
	var out []part
	for _, path := range intent.Paths() {
		if !path.LeadsToVPC() || path == intent.TransitVPC {
			out = append(out, part{cidr(r), path, true})
		}
	}
	return out
}

// takenOut gives what of a range of the cluster's own VPC its tables send to a gateway, past
// the local route.
func (l *lister) takenOut(vpc string, r netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range l.RouteTables {
		for _, route := range t.Routes {
			piece, ok := common(route.Destination, r)
			if t.VPC == vpc && route.Target.Kind == network.TargetVPNGateway && ok && route.Destination.Bits() > l.VPCs[vpc].BlockHolding(r).Bits() && !slices.Contains(out, piece) {
				out = append(out, piece)
			}
		}
	}
	slices.SortFunc(out, netip.Prefix.Compare)
	return out
}

// otherBlocks gives the blocks of the VPCs other than the cluster's: of all that were read,
// and of those that a peering connection tells of.
func (l *lister) otherBlocks(own string) []netip.Prefix {
	if known, ok := l.blocks[own]; ok {
		return known
	}
	seen := map[netip.Prefix]bool{}
	for id, v := range l.VPCs {
		for _, block := range v.CIDRs {
			seen[block] = seen[block] || id != own
		}
	}
	for _, p := range l.PeeringConnections {
		if _, other, ok := p.Sides(own); ok {
			for _, block := range other.CIDRs {
				seen[block] = true
			}
		}
	}
	var out []netip.Prefix
	for block, counts := range seen {
		if counts {
			out = append(out, block)
		}
	}
	slices.SortFunc(out, netip.Prefix.Compare)
	l.blocks[own] = out
	return out
}

func cidr(p netip.Prefix) intent.Source { return intent.Source{Kind: intent.CIDR, Prefix: p.Masked()} }

// common gives what two ranges have in common: the narrower one.
func common(a, b netip.Prefix) (netip.Prefix, bool) {
	switch {
	case !a.Overlaps(b):
		return netip.Prefix{}, false
	case a.Bits() >= b.Bits():
		return a.Masked(), true
	default:
		return b.Masked(), true
	}
}

// premises are the ranges that lie in data centres, as far as the network tells.
type premises struct{ ranges []netip.Prefix }

// mostPieces bounds into how many pieces a range is divided: an estate announces hundreds
// of ranges, and they fare alike as a rule.
const mostPieces = 64

// within gives the pieces of a set that lie in data centres. Where only a default route
// leads away, the set itself is asked about.
func (p premises) within(set *netipx.IPSet) []netip.Prefix {
	var b netipx.IPSetBuilder
	byDefault := false
	for _, r := range p.ranges {
		if r.Bits() == 0 {
			byDefault = true
			continue
		}
		b.AddPrefix(r)
	}
	b.Intersect(set)
	known, err := b.IPSet()
	if err != nil {
		return nil
	}
	pieces := known.Prefixes()
	if len(pieces) == 0 && byDefault {
		pieces = set.Prefixes()
	}
	return pieces[:min(len(pieces), mostPieces)]
}

// premisesOf collects what routes and announcements put beyond gateways.
func premisesOf(ix *access.Index) premises {
	seen := map[netip.Prefix]bool{}
	add := func(prefixes ...netip.Prefix) {
		for _, p := range prefixes {
			if p.IsValid() {
				seen[p.Masked()] = true
			}
		}
	}
	for _, t := range ix.RouteTables {
		for _, r := range t.Routes {
			switch r.Target.Kind {
			case network.TargetVPNGateway, network.TargetTransitGateway, network.TargetNetworkInterface:
				add(r.Destination)
				add(ix.PrefixLists[r.PrefixList].Entries...)
			default:
			}
		}
	}
	for _, t := range ix.TransitGatewayRouteTables {
		for _, r := range t.Routes {
			add(r.Destination)
			add(ix.PrefixLists[r.PrefixList].Entries...)
		}
	}
	for _, v := range ix.VPNConnections {
		for _, r := range v.Routes {
			add(r.Destination)
		}
	}
	for _, v := range ix.VirtualInterfaces {
		add(v.Accepted...)
	}
	out := premises{}
	for p := range seen {
		out.ranges = append(out.ranges, p)
	}
	slices.SortFunc(out.ranges, netip.Prefix.Compare)
	return out
}
