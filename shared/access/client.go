package access

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// client is where the traffic of one source comes from, as far as the snapshot
// knows: a VPC with subnets, or only address ranges.
type client struct {
	source intent.Source
	network.Location
	// vpc is empty for ranges that no VPC is behind.
	vpc string
	// dark is a far VPC whose account cannot be read.
	dark *network.Failure
	// subnets are those of the source's interfaces, all of the VPC's where none is known.
	subnets []network.Subnet
	// addresses are the ranges that the traffic comes from, of one family.
	addresses []netip.Prefix
	// blocks are the VPC's CIDR blocks that hold them, or the ranges themselves:
	// the destinations of routes back.
	blocks []netip.Prefix
	// peers are what the cluster's group has to admit.
	peers []network.Peer
}

// sourceState says why a source has no client.
type sourceState struct {
	hop Hop
	ok  bool
}

// groupOf finds the security group of a source.
func (j *judging) groupOf(s intent.Source) (network.SecurityGroup, sourceState) {
	at := j.cluster.Location
	if s.Account != "" {
		at.Account = s.Account
	}
	if g, ok := j.SecurityGroups[s.ID]; ok && (s.Account == "" || g.Account == s.Account) {
		return g, sourceState{ok: true}
	}
	hop := Hop{Kind: HopSource, Resource: s.ID, Location: at, Source: s.String()}
	if f, dark := j.Failed(at, network.KindSecurityGroup, s.ID); dark {
		hop = hop.unread(f)
		return network.SecurityGroup{}, sourceState{hop: hop}
	}
	hop.Verdict = Fail
	hop.Detail = fmt.Sprintf("security group %s does not exist in account %s, Region %s", s.ID, at.Account, at.Region)
	hop.Fixes = fixes(say("correct the intent's source, or create the group"), say("a group of another account is written account/sg-…"))
	return network.SecurityGroup{}, sourceState{hop: hop}
}

// vpcClient makes the client of a source whose VPC is known.
func (j *judging) vpcClient(s intent.Source, vpc network.VPC) client {
	c := client{source: s, Location: vpc.Location, vpc: vpc.ID}
	switch s.Kind {
	case intent.SecurityGroup:
		c.subnets = j.homesOf(s.ID, vpc.ID)
		c.addresses = j.familyOf(c.subnets)
		c.peers = []network.Peer{j.groupPeer(s, vpc.Location)}
	case intent.VPC:
		c.subnets = j.subnetsOf[vpc.ID]
		c.addresses = j.family(vpc.CIDRs)
		c.peers = cidrPeers(c.addresses)
	case intent.CIDR, intent.PrefixList:
		c.addresses = j.rangesOf(s)
		c.subnets = overlapping(j.subnetsOf[vpc.ID], c.addresses)
		c.peers = j.rangePeers(s)
	}
	if len(c.subnets) == 0 {
		c.subnets = j.subnetsOf[vpc.ID]
	}
	if len(c.addresses) == 0 {
		c.addresses = j.family(vpc.CIDRs)
	}
	for _, a := range c.addresses {
		if b := vpc.BlockHolding(a); b.IsValid() && !slices.Contains(c.blocks, b) {
			c.blocks = append(c.blocks, b)
		}
	}
	return c
}

// rangeClient makes the client of ranges that no readable VPC is behind.
func (j *judging) rangeClient(s intent.Source) client {
	ranges := j.rangesOf(s)
	return client{source: s, addresses: ranges, blocks: ranges, peers: j.rangePeers(s)}
}

// groupPeer is the peer that a rule of the cluster's group refers to.
func (j *judging) groupPeer(s intent.Source, owner network.Location) network.Peer {
	p := network.Peer{SecurityGroup: s.ID}
	if owner.Account != j.cluster.Account {
		p.Account = owner.Account
	}
	return p
}

// rangePeers are the peers of a CIDR or prefix-list source.
func (j *judging) rangePeers(s intent.Source) []network.Peer {
	if s.Kind == intent.PrefixList {
		return []network.Peer{{PrefixList: s.ID}}
	}
	return []network.Peer{{CIDR: s.Prefix}}
}

// rangesOf gives the address ranges of a CIDR or prefix-list source.
func (j *judging) rangesOf(s intent.Source) []netip.Prefix {
	if s.Kind == intent.PrefixList {
		return j.family(j.PrefixLists[s.ID].Entries)
	}
	return []netip.Prefix{s.Prefix}
}

func cidrPeers(prefixes []netip.Prefix) []network.Peer {
	out := make([]network.Peer, 0, len(prefixes))
	for _, p := range prefixes {
		out = append(out, network.Peer{CIDR: p})
	}
	return out
}

// homesOf gives the subnets of a group's interfaces in a VPC.
func (j *judging) homesOf(group, vpc string) []network.Subnet {
	var out []network.Subnet
	seen := map[string]bool{}
	for _, eni := range j.members[group] {
		if sn, ok := j.Subnets[eni.Subnet]; ok && sn.VPC == vpc && !seen[sn.ID] {
			seen[sn.ID] = true
			out = append(out, sn)
		}
	}
	if len(out) == 0 {
		return j.subnetsOf[vpc]
	}
	return out
}

// family keeps the prefixes of the family that the judged source uses.
func (j *judging) family(prefixes []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range prefixes {
		if p.Addr().Is6() == j.v6 {
			out = append(out, p)
		}
	}
	return out
}

func (j *judging) familyOf(subnets []network.Subnet) []netip.Prefix {
	var out []netip.Prefix
	for _, sn := range subnets {
		out = append(out, j.family(sn.CIDRs)...)
	}
	return out
}

func overlapping(subnets []network.Subnet, ranges []netip.Prefix) []network.Subnet {
	var out []network.Subnet
	for _, sn := range subnets {
		if slices.ContainsFunc(sn.CIDRs, func(c netip.Prefix) bool { return overlapsAny(c, ranges) }) {
			out = append(out, sn)
		}
	}
	return out
}

func overlapsAny(p netip.Prefix, ranges []netip.Prefix) bool {
	return slices.ContainsFunc(ranges, p.Overlaps)
}

// inside says whether each range lies in one of the blocks.
func inside(blocks, ranges []netip.Prefix) bool {
	for _, r := range ranges {
		if !slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return network.Covers(b, r) }) {
			return false
		}
	}
	return len(ranges) > 0
}
