package access

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// client is where the traffic of a source comes from, as far as the snapshot knows: a
// VPC with subnets, or only address ranges.
type client struct {
	network.Location
	// vpc is empty for ranges that no VPC is behind.
	vpc string
	// unread is why the client's VPC could not be read.
	unread *network.Failure
	// subnets are those of the source's interfaces, all of the VPC's where none is known.
	subnets []network.Subnet
	// addresses are the ranges that the traffic comes from, of one family.
	addresses []netip.Prefix
	// peers are what the cluster's group has to let in.
	peers []network.Peer
}

// clients makes the clients of a source.
type clients struct{ *tracing }

// in makes the client of a source in a VPC; unread is why the VPC could not be read, and
// nil where it was.
func (t clients) in(vpc network.VPC, unread *network.Failure) client {
	all := t.family(vpc.CIDRs)
	c := client{Location: vpc.Location, vpc: vpc.ID, unread: unread, addresses: all}
	switch t.source.Kind {
	case intent.SecurityGroup:
		c.peers = []network.Peer{t.groupPeer(vpc.Location)}
	case intent.VPC:
		c.peers = cidrPeers(all)
	case intent.CIDR, intent.PrefixList:
		c.addresses, c.peers = t.ranges(), t.rangePeers()
	}
	if unread != nil {
		return c
	}
	switch t.source.Kind {
	case intent.SecurityGroup:
		c.subnets = t.subnetsOfGroup(vpc.ID)
		c.addresses = t.familyOf(c.subnets)
	case intent.CIDR, intent.PrefixList:
		c.subnets = overlapping(t.subnetsOf[vpc.ID], c.addresses)
	case intent.VPC:
	}
	if len(c.subnets) == 0 {
		c.subnets = t.subnetsOf[vpc.ID]
	}
	if len(c.addresses) == 0 {
		c.addresses = all
	}
	return c
}

// ofRanges makes the client of ranges that no VPC is behind that was read.
func (t clients) ofRanges() client {
	return client{addresses: t.ranges(), peers: t.rangePeers()}
}

// participantClient makes the client of a group that could not be read and that the
// intent declares to be in the cluster's VPC: a participant's, where the VPC is shared.
// Its interfaces may be anywhere in it.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-service-behavior.html
func (t clients) participantClient(at network.Location) client {
	return client{
		Location: at, vpc: t.vpc.ID, subnets: t.subnetsOf[t.vpc.ID], addresses: t.family(t.vpc.CIDRs),
		peers: []network.Peer{t.groupPeer(at)},
	}
}

// groupPeer is the peer by which a rule of the cluster's account refers to the source; at
// is where a group should be that was not read.
func (t clients) groupPeer(at network.Location) network.Peer {
	owner := cmp.Or(t.source.Account, at.Account)
	if g, ok := t.SecurityGroups[t.source.ID]; ok {
		owner = g.Home().Account
	}
	p := network.Peer{SecurityGroup: t.source.ID}
	if owner != t.cluster.Account {
		p.Account = owner
	}
	return p
}

// rangePeers are the peers of a CIDR or prefix list.
func (t clients) rangePeers() []network.Peer {
	if t.source.Kind == intent.PrefixList {
		return []network.Peer{{PrefixList: t.source.ID}}
	}
	return []network.Peer{{CIDR: t.source.Prefix}}
}

// subnetsOfGroup gives the subnets of the source group's interfaces in a VPC, all of
// the VPC's where none is known.
func (t clients) subnetsOfGroup(vpc string) []network.Subnet {
	var out []network.Subnet
	seen := map[string]bool{}
	for _, eni := range t.sourceMembers() {
		if sn, ok := t.Subnets[eni.Subnet]; ok && sn.VPC == vpc && !seen[sn.ID] {
			seen[sn.ID] = true
			out = append(out, sn)
		}
	}
	if len(out) == 0 {
		out = t.subnetsOf[vpc]
	}
	return out
}

// declareInstead offers the CIDRs of the source group's members, to be declared in its
// place.
func (t clients) declareInstead(c client) fix.Fix {
	var hosts []string
	for _, eni := range t.members[t.source.ID] {
		for _, a := range eni.Addresses {
			if a.Is6() == t.v6 {
				hosts = append(hosts, netip.PrefixFrom(a, a.BitLen()).String())
			}
		}
	}
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	subnets := prefixesText(t.familyOf(c.subnets))
	const few = 8
	switch {
	case len(hosts) > 0 && len(hosts) <= few:
		return say("declare CIDRs instead of the group: its members are %s, in subnets %s", strings.Join(hosts, ", "), subnets)
	case subnets != "":
		return say("declare CIDRs instead of the group: its subnets are %s", subnets)
	default:
		return say("declare the CIDRs of the group's members instead of the group")
	}
}

func cidrPeers(prefixes []netip.Prefix) []network.Peer {
	out := make([]network.Peer, 0, len(prefixes))
	for _, p := range prefixes {
		out = append(out, network.Peer{CIDR: p})
	}
	return out
}
