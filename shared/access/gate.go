package access

import (
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/network"
)

type gateKey struct {
	group  string
	egress bool
	port   uint16
}

// Gate is one direction of a security group on one TCP port, indexed by peer:
// who is let through, and by which rules.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
type Gate struct {
	ix    *Index
	group network.SecurityGroup
	port  uint16
	// refs are the rules by referenced group or prefix list.
	refs  map[network.Peer][]network.Rule
	cidrs *bart.Table[[]network.Rule]
	// lists are the prefix-list rules once more, for their entries.
	lists []network.Rule
}

// Gate gives the index of a group's rules on a port; ok is false where the group
// is not in the snapshot.
func (ix *Index) Gate(group string, port uint16) (*Gate, bool) {
	return ix.gate(gateKey{group: group, port: port})
}

func (ix *Index) gate(key gateKey) (*Gate, bool) {
	if g, ok := ix.gates[key]; ok {
		return g, true
	}
	sg, ok := ix.SecurityGroups[key.group]
	if !ok {
		return nil, false
	}
	g := &Gate{ix: ix, group: sg, port: key.port, refs: map[network.Peer][]network.Rule{}, cidrs: &bart.Table[[]network.Rule]{}}
	for _, r := range sg.Rules {
		if r.Egress == key.egress && r.HasPort(key.port) {
			g.add(r)
		}
	}
	ix.gates[key] = g
	return g, true
}

func (g *Gate) add(r network.Rule) {
	if !r.Peer.CIDR.IsValid() {
		g.refs[r.Peer] = append(g.refs[r.Peer], r)
		if r.Peer.PrefixList != "" {
			g.lists = append(g.lists, r)
		}
		return
	}
	dst := r.Peer.CIDR.Masked()
	rules, _ := g.cidrs.Get(dst)
	g.cidrs.Insert(dst, append(rules, r))
}

// Exact gives the rules that are exactly a peer on this port alone.
func (g *Gate) Exact(p network.Peer) []network.Rule {
	candidates := g.refs[p]
	if p.CIDR.IsValid() {
		candidates, _ = g.cidrs.Get(p.CIDR.Masked())
	}
	var out []network.Rule
	for _, r := range candidates {
		if r.IsTCP() && r.FromPort == int32(g.port) && r.ToPort == int32(g.port) {
			out = append(out, r)
		}
	}
	return out
}

// Families are the address families that traffic may come in.
type Families struct{ V4, V6 bool }

// AllFamilies are both.
func AllFamilies() Families { return Families{V4: true, V6: true} }

// Keep gives the prefixes of the families.
func (f Families) Keep(prefixes []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range prefixes {
		if p.Addr().Is4() && f.V4 || p.Addr().Is6() && f.V6 {
			out = append(out, p)
		}
	}
	return out
}

// Covering gives the ids of rules that together let the whole peer through, none
// where they do not. Rules for which skip is true do not count.
func (g *Gate) Covering(p network.Peer, skip func(network.Rule) bool) []string {
	return g.CoveringIn(AllFamilies(), p, skip)
}

// CoveringIn is Covering for the traffic of some address families: a cluster that
// has only IPv4 is not reached by a group's IPv6 addresses.
func (g *Gate) CoveringIn(f Families, p network.Peer, skip func(network.Rule) bool) []string {
	if !p.CIDR.IsValid() {
		for _, r := range g.refs[p] {
			if !skipped(skip, r) {
				return []string{r.ID}
			}
		}
	}
	prefixes := g.ix.rangesNow(p)
	if !p.CIDR.IsValid() {
		prefixes = f.Keep(prefixes)
	}
	if len(prefixes) == 0 {
		return nil
	}
	var by []string
	for _, prefix := range prefixes {
		ids := g.coveringCIDR(prefix, skip)
		if len(ids) == 0 {
			return nil
		}
		by = append(by, ids...)
	}
	slices.Sort(by)
	return slices.Compact(by)
}

func skipped(skip func(network.Rule) bool, r network.Rule) bool { return skip != nil && skip(r) }

// coveringCIDR finds a rule at least as wide, else several that make up the prefix.
func (g *Gate) coveringCIDR(p netip.Prefix, skip func(network.Rule) bool) []string {
	for _, rules := range g.cidrs.Supernets(p) {
		for _, r := range rules {
			if !skipped(skip, r) {
				return []string{r.ID}
			}
		}
	}
	var set netipx.IPSetBuilder
	var by []string
	for dst, rules := range g.cidrs.Subnets(p) {
		for _, r := range rules {
			if !skipped(skip, r) {
				set.AddPrefix(dst)
				by = append(by, r.ID)
				break
			}
		}
	}
	for _, r := range g.lists {
		if skipped(skip, r) {
			continue
		}
		for _, e := range g.ix.PrefixLists[r.Peer.PrefixList].Entries {
			if e.Overlaps(p) {
				set.AddPrefix(e)
				by = append(by, r.ID)
			}
		}
	}
	if len(by) == 0 || !coversAll(&set, p) {
		return nil
	}
	return by
}

// Admits gives the rules that let through any part of the sources of a closed
// intent, each once, and the ids of those whose peers cannot be read; ports are
// those that the intent is about. A group's rule that refers to itself serves the
// cluster's nodes and is no concern.
func (g *Gate) Admits(closed *sourceSet, ports []uint16) (out []Admission, unknown []string) {
	for _, r := range g.group.Rules {
		if r.Egress || !r.HasPort(g.port) || r.Peer == (network.Peer{SecurityGroup: g.group.ID}) {
			continue
		}
		switch rel := closed.relates(g.ix, r.Peer); {
		case rel.overlaps:
			out = append(out, Admission{Rule: r, Within: rel.within, Wider: !rel.within || !OnlyPorts(r, ports), Port: g.port})
		case rel.unknown:
			unknown = append(unknown, r.ID)
		}
	}
	return out, unknown
}

// OnlyPorts says whether a rule is for TCP on some of the ports and nothing else.
func OnlyPorts(r network.Rule, ports []uint16) bool {
	if !r.IsTCP() || int(r.ToPort-r.FromPort) >= len(ports) {
		return false
	}
	for p := r.FromPort; p <= r.ToPort; p++ {
		if !slices.Contains(ports, uint16(p)) {
			return false
		}
	}
	return true
}

// Ranges gives the address ranges of a CIDR or prefix-list peer, none for a group.
func (ix *Index) Ranges(p network.Peer) []netip.Prefix {
	switch {
	case p.CIDR.IsValid():
		return []netip.Prefix{p.CIDR.Masked()}
	case p.PrefixList != "":
		return ix.PrefixLists[p.PrefixList].Entries
	default:
		return nil
	}
}

// RangesOf gives every address that a peer can stand for: its ranges, or the
// blocks of the VPCs of its group, since a group's members may come and go anywhere in
// them. None where that is not known.
func (ix *Index) RangesOf(p network.Peer) []netip.Prefix {
	if p.SecurityGroup == "" {
		return ix.Ranges(p)
	}
	var out []netip.Prefix
	for _, v := range ix.vpcsOf(p.SecurityGroup) {
		out = append(out, ix.VPCs[v].CIDRs...)
	}
	return out
}

// rangesNow gives the addresses that a peer stands for now: for a group, the blocks of the
// VPCs where its members are, of its own where it has none.
func (ix *Index) rangesNow(p network.Peer) []netip.Prefix {
	at := ix.memberVPCs(p.SecurityGroup)
	if p.SecurityGroup == "" || len(at) == 0 {
		return ix.RangesOf(p)
	}
	var out []netip.Prefix
	for _, v := range at {
		if len(ix.VPCs[v].CIDRs) == 0 {
			return nil // not read
		}
		out = append(out, ix.VPCs[v].CIDRs...)
	}
	return out
}

// vpcsOf gives the VPCs where members of a group may be: its own, and those where some are
// now, which it is associated with. None for a group that was not read.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateSecurityGroupVpc.html
func (ix *Index) vpcsOf(group string) []string {
	g, ok := ix.SecurityGroups[group]
	if !ok {
		return nil
	}
	return network.SortedSet(append(ix.memberVPCs(group), g.VPC))
}
