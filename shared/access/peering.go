package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// peering judges a source behind a VPC peering connection, across accounts and
// Regions too: the connection, the CIDRs of both VPCs, DNS, routes of both
// sides, network ACLs, and the security groups of both ends.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
func (j *judging) peering(s intent.Source) {
	if s.Kind == intent.PrefixList {
		if state := j.prefixList(s); !state.ok {
			j.failSource(state.hop)
			return
		}
	}
	l, hop, ok := j.peeringTo(s)
	if !ok {
		j.failSource(hop)
		return
	}
	j.add(l.connectionHop(s))
	c := j.farClient(s, l)
	j.overlap(l.ID, l.farVPC, l.farBlocks(), s)
	j.dnsAttributes(l, s)
	j.peeringDNS(l, s)
	j.peeringRoutes(l, c)
	j.acls(c)
	j.egress(c)
	j.ingress(c, j.peeringReference(l, c))
}

// peeringLink is a peering connection as seen from the cluster.
type peeringLink struct {
	network.PeeringConnection
	own, far network.PeeringSide
	farVPC   network.VPC
	// dark is why the far side's network cannot be read.
	dark *network.Failure
}

func (l peeringLink) active() bool { return l.Status == network.PeeringActive }

// verdict judges the connection's state: what leans on it waits, or is lost.
func (l peeringLink) verdict() Verdict {
	switch peeringRank(l.Status) {
	case 0:
		return Pass
	case deadPeering:
		return Fail
	default:
		return Pending
	}
}

// peeringTo finds the connection that leads to a source.
func (j *judging) peeringTo(s intent.Source) (peeringLink, Hop, bool) {
	vpc, unread, hop, ok := j.vpcOf(s)
	if !ok {
		return peeringLink{}, hop, false
	}
	var found []peeringLink
	for _, p := range j.peerings[j.vpc.ID] {
		l := j.link(p)
		if j.Intent.Via != "" && j.Intent.Via != p.ID {
			continue
		}
		if j.leadsTo(l, s, vpc, unread) {
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		return peeringLink{}, j.noPeering(s, vpc), false
	}
	if !unread.IsZero() && len(found) > 1 && j.Intent.Via == "" {
		_, state := j.groupOf(s)
		return peeringLink{}, state.hop, false // any of them may lead to the group
	}
	slices.SortStableFunc(found, func(a, b peeringLink) int { return peeringRank(a.Status) - peeringRank(b.Status) })
	return found[0], Hop{}, true
}

// vpcOf gives the VPC of a group or VPC source, empty for ranges. unread is the
// location of a group that cannot be read.
func (j *judging) vpcOf(s intent.Source) (vpc string, unread network.Location, hop Hop, ok bool) {
	switch s.Kind {
	case intent.VPC:
		return s.ID, network.Location{}, Hop{}, true
	case intent.SecurityGroup:
		g, state := j.groupOf(s)
		switch {
		case state.ok:
			return g.VPC, network.Location{}, Hop{}, true
		case state.hop.Verdict == Unknown && j.mayGuess(s):
			return "", state.hop.Location, Hop{}, true
		default:
			return "", network.Location{}, state.hop, false
		}
	default:
		return "", network.Location{}, Hop{}, true
	}
}

// mayGuess says whether a group that cannot be read may be taken to lie in its
// account at the end of the declared way. A group of the cluster's own account
// may be anywhere, the cluster's VPC included.
func (j *judging) mayGuess(s intent.Source) bool {
	return j.Intent.Via != "" || j.Intent.Path != "" || s.Account != "" && s.Account != j.cluster.Account
}

// leadsTo says whether the far side of a connection holds a source.
func (j *judging) leadsTo(l peeringLink, s intent.Source, vpc string, unread network.Location) bool {
	switch {
	case vpc != "":
		return l.far.VPC == vpc
	case !unread.IsZero():
		return l.far.Account == unread.Account
	default:
		return inside(l.farBlocks(), j.rangesOf(s))
	}
}

// farBlocks are the far VPC's blocks: read there, else as the connection tells
// them while it is active.
func (l peeringLink) farBlocks() []netip.Prefix {
	if len(l.farVPC.CIDRs) > 0 {
		return l.farVPC.CIDRs
	}
	return l.far.CIDRs
}

func (j *judging) link(p network.PeeringConnection) peeringLink {
	l := peeringLink{PeeringConnection: p}
	l.own, l.far, _ = p.Sides(j.vpc.ID)
	vpc, ok := j.VPCs[l.far.VPC]
	l.farVPC = vpc
	if !ok {
		l.farVPC = network.VPC{ID: l.far.VPC, Location: l.far.Location, CIDRs: l.far.CIDRs}
		l.dark = j.unread(l.far.Location)
	} else if f, dark := j.ReadFailure(l.far.Location, network.KindSubnet, network.KindRouteTable); dark {
		l.dark = &f
	}
	return l
}

// deadPeering is the rank of connections that will never work again.
const deadPeering = 3

// unread is why nothing of a location is in the snapshot: the first failure
// there, or that nobody tried, since the deployment does not list it.
func (j *judging) unread(at network.Location) *network.Failure {
	for _, f := range j.Failures {
		if f.Location == at {
			return &f
		}
	}
	return &network.Failure{Location: at, Operation: "ec2:DescribeVpcs", Code: "no permission (the account is not read)"}
}

// peeringRank prefers a connection that works over one that may, over a dead one.
func peeringRank(status string) int {
	switch status {
	case network.PeeringActive:
		return 0
	case network.PeeringProvisioning, network.PeeringInitiating:
		return 1
	case network.PeeringPendingAcceptance:
		return 2
	default:
		return deadPeering
	}
}

func (j *judging) noPeering(s intent.Source, vpc string) Hop {
	h := Hop{Kind: HopPeering, Resource: cmp.Or(j.Intent.Via, j.vpc.ID), Location: j.cluster.Location, Verdict: Fail, Source: s.String()}
	if f, dark := j.Failed(j.cluster.Location, network.KindPeeringConnection, ""); dark {
		h = h.unread(f)
		return h
	}
	h.Detail = fmt.Sprintf("no peering connection of %s leads to %s", j.vpc.ID, s)
	if vpc != "" && vpc != s.ID {
		h.Detail += " in " + vpc
	}
	if j.Intent.Via != "" {
		h.Detail = fmt.Sprintf("%s is not a peering connection of %s that leads to %s", j.Intent.Via, j.vpc.ID, s)
	}
	h.Fixes = fixes(command(j.cluster.Location, "aws ec2 create-vpc-peering-connection --vpc-id %s --peer-vpc-id %s", j.vpc.ID, cmp.Or(vpc, "VPC_OF_THE_SOURCE")))
	return h
}

// connectionHop judges the state of the connection itself.
func (l peeringLink) connectionHop(s intent.Source) Hop {
	h := Hop{
		Kind: HopPeering, Resource: l.ID, Location: l.own.Location, Source: s.String(),
		Detail: fmt.Sprintf("is %s, to %s of account %s in %s", l.Status, l.far.VPC, l.far.Account, l.far.Region),
	}
	switch l.Status {
	case network.PeeringActive:
		h.Verdict, h.By = Pass, []string{l.ID}
	case network.PeeringProvisioning, network.PeeringInitiating:
		h = h.waiting()
	case network.PeeringPendingAcceptance:
		h.Verdict = Pending
		h.Detail += fmt.Sprintf("; account %s has to accept it", l.Accepter.Account)
		h.Fixes = fixes(command(l.Accepter.Location, "aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id %s", l.ID))
	default:
		h.Verdict = Fail
		if l.StatusMessage != "" {
			h.Detail += ": " + l.StatusMessage
		}
		h.Fixes = fixes(command(l.own.Location, "aws ec2 create-vpc-peering-connection --vpc-id %s --peer-vpc-id %s --peer-owner-id %s --peer-region %s",
			l.own.VPC, l.far.VPC, l.far.Account, l.far.Region))
	}
	return h
}

// farClient makes the client of a source behind a connection.
func (j *judging) farClient(s intent.Source, l peeringLink) client {
	if l.dark == nil {
		return j.vpcClient(s, l.farVPC)
	}
	return j.darkClient(s, l.farVPC, l.dark)
}

// darkClient makes the client of a source in a VPC that cannot be read, from
// what the near side tells of it.
func (j *judging) darkClient(s intent.Source, vpc network.VPC, dark *network.Failure) client {
	c := client{source: s, Location: vpc.Location, vpc: vpc.ID, dark: dark, addresses: j.family(vpc.CIDRs)}
	switch s.Kind {
	case intent.SecurityGroup:
		c.peers = []network.Peer{j.groupPeer(s, vpc.Location)}
	case intent.VPC:
		c.peers = cidrPeers(c.addresses)
	case intent.CIDR, intent.PrefixList:
		c.addresses = j.rangesOf(s)
		c.peers = j.rangePeers(s)
	}
	for _, a := range c.addresses {
		if b := vpc.BlockHolding(a); b.IsValid() && !slices.Contains(c.blocks, b) {
			c.blocks = append(c.blocks, b)
		}
	}
	return c
}

// overlap judges that the two VPCs have no address in common: neither a peering
// connection nor a transit gateway carries traffic that a local route takes.
// Far blocks that AWS does not tell (those of a connection that is not active)
// cannot be judged.
func (j *judging) overlap(resource string, far network.VPC, blocks []netip.Prefix, s intent.Source) {
	if len(j.vpc.CIDRs) == 0 || len(blocks) == 0 {
		return
	}
	h := Hop{
		Kind: HopOverlap, Resource: resource, Location: j.cluster.Location, Verdict: Pass, By: []string{resource}, Source: s.String(),
		Detail: "the CIDR blocks of the two VPCs do not overlap",
	}
	for _, a := range j.vpc.CIDRs {
		for _, b := range blocks {
			if a.Overlaps(b) {
				h = h.failing(fmt.Sprintf("%s of %s overlaps %s of %s", a, j.vpc.ID, b, far.ID),
					say("renumber one of the VPCs"), say("AWS does not route between overlapping blocks"))
			}
		}
	}
	j.add(h)
}

// dnsAttributes judges DNS support and DNS hostnames of both VPCs, without
// which the cluster's name does not resolve over the connection.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-dns.html
func (j *judging) dnsAttributes(l peeringLink, s intent.Source) {
	j.dnsAttributesOf(j.vpc, s)
	if l.dark != nil {
		h := Hop{Kind: HopDNSAttributes, Resource: l.far.VPC, Location: l.far.Location, Verdict: Unknown, Source: s.String(), Side: SourceSide}
		h = h.unread(*l.dark)
		j.add(h)
		return
	}
	j.dnsAttributesOf(l.farVPC, s)
}

func (j *judging) sideOf(v network.VPC) Side {
	if v.ID == j.vpc.ID {
		return ClusterSide
	}
	return SourceSide
}

func (j *judging) dnsAttributesOf(v network.VPC, s intent.Source) {
	h := Hop{
		Kind: HopDNSAttributes, Resource: v.ID, Location: v.Location, Verdict: Pass, By: []string{v.ID}, Source: s.String(),
		Detail: "DNS support and DNS hostnames are on", Side: j.sideOf(v),
	}
	switch {
	case v.DNSSupport == network.Off:
		h = h.failing("DNS support is off", command(v.Location, "aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-support", v.ID))
		if v.DNSHostnames == network.Off {
			h.Detail = "DNS support and DNS hostnames are off"
			h.Fixes = append(h.Fixes, command(v.Location, "aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-hostnames", v.ID))
		}
	case v.DNSHostnames == network.Off:
		h = h.failing("DNS hostnames are off", command(v.Location, "aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-hostnames", v.ID))
	case v.DNSSupport == network.Unknown || v.DNSHostnames == network.Unknown:
		h.Verdict, h.By, h.Detail = Unknown, nil, "the DNS attributes were not read"
		if f, dark := j.Failed(v.Location, network.KindDNSAttributes, v.ID); dark {
			h = h.unread(f)
		}
	}
	j.add(h)
}

// peeringDNS judges that the cache's side lets the peer resolve its names to
// private addresses; the option of the other side serves the other direction.
func (j *judging) peeringDNS(l peeringLink, s intent.Source) {
	h := Hop{
		Kind: HopPeeringDNS, Resource: l.ID, Location: l.own.Location, Source: s.String(),
		Detail: "the peer resolves names of " + j.vpc.ID + " to private addresses",
	}
	need := Need{Requirement: change.Requirement{Kind: change.PeeringDNS, Location: l.own.Location, Resource: l.ID, VPC: j.vpc.ID}}
	if l.own.DNSFromRemote == network.On {
		h.Verdict, h.By, need.By = Pass, []string{l.ID}, []string{l.ID}
		j.add(h)
		j.need(need)
		return
	}
	side := "accepter"
	if l.Requester.VPC == j.vpc.ID {
		side = "requester"
	}
	h = h.failing("the peer may not resolve names of "+j.vpc.ID+" to private addresses",
		command(l.own.Location, "aws ec2 modify-vpc-peering-connection-options --vpc-peering-connection-id %s --%s-peering-connection-options AllowDnsResolutionFromRemoteVpc=true", l.ID, side))
	if !l.active() {
		h.Detail += "; the option can be set once the connection is active"
		h.Verdict = l.verdict()
		need.Blocked = blocked(BlockNotWorking, "%s is not active", l.ID)
		j.add(h)
		j.need(need)
		return
	}
	switch {
	case !j.writesLeaveOut(change.PeeringDNS).None():
		need.Blocked = j.writesLeaveOut(change.PeeringDNS)
	case j.vpc.DNSHostnames == network.Off || j.vpc.DNSSupport == network.Off:
		need.Blocked = blocked(BlockNotWorking, "the DNS attributes of %s come first", j.vpc.ID)
	case l.dark == nil && (l.farVPC.DNSHostnames == network.Off || l.farVPC.DNSSupport == network.Off):
		need.Blocked = blocked(BlockNotWorking, "the DNS attributes of %s come first", l.far.VPC)
	}
	j.add(h.fixableUnless(need.Blocked))
	j.need(need)
}

// peeringRoutes judges the routes of both sides.
func (j *judging) peeringRoutes(l peeringLink, c client) {
	target := network.Target{Kind: network.TargetPeering, ID: l.ID}
	cache := j.cacheSubnets()
	j.routes(leg{
		Location: l.far.Location, from: c.subnets, to: j.familyOf(cache), block: j.vpc.BlockHolding,
		target: target, state: l.verdict(), dark: c.dark, hidden: j.unreadSubnets(), farName: j.vpc.ID, what: toCluster,
	}, c.source.String())
	near := leg{
		Location: l.own.Location, from: cache, to: c.addresses, block: l.farVPC.BlockHolding,
		target: target, state: l.verdict(), what: toClient,
	}
	near.hidden, near.farName = c.dark, c.vpc
	if c.dark != nil { // the far VPC's blocks, to which routes go, may be others than they seem
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.Route, Location: near.Location})
	}
	if f, dark := j.ReadFailure(l.own.Location, network.KindRouteTable, network.KindSubnet); dark {
		near.dark = &f
	}
	j.routes(near, c.source.String())
}

// peeringReference says why a rule may not refer to the client's group over the
// connection, empty where it may.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func (j *judging) peeringReference(l peeringLink, c client) refusal {
	if c.source.Kind != intent.SecurityGroup {
		return refusal{}
	}
	switch {
	case l.far.Region != l.own.Region:
		h := Hop{
			Kind: HopReference, Resource: c.source.ID, Location: c.Location, Verdict: Fail, Source: c.source.String(),
			Detail: fmt.Sprintf("a rule cannot refer to a group over a peering connection between Regions (%s and %s)", l.far.Region, l.own.Region),
			Fixes:  fixes(j.declareInstead(c)),
		}
		return refusal{blocked: blocked(BlockReference, "a group cannot be referenced between Regions"), verdict: Fail, hop: &h}
	case !l.active():
		return refusal{blocked: blocked(BlockNotWorking, "a group can be referenced once %s is active", l.ID), verdict: l.verdict()}
	default:
		return refusal{}
	}
}

// declareInstead offers the CIDRs of a group's members, to be declared in its place.
func (j *judging) declareInstead(c client) fix.Fix {
	var hosts []string
	for _, eni := range j.members[c.source.ID] {
		for _, a := range eni.Addresses {
			if a.Is6() == j.v6 {
				hosts = append(hosts, netip.PrefixFrom(a, a.BitLen()).String())
			}
		}
	}
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	subnets := prefixesText(j.familyOf(c.subnets))
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
