package access

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// peeringDNS judges what resolving the cluster's name over a peering connection may need.
// ElastiCache's names resolve to private addresses, so the path is open without it: it is
// advice, for clients that resolve by the DNS of their own VPC.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-dns.html
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
type peeringDNS struct {
	*tracing
	link peeringLink
}

// judge judges DNS support and DNS hostnames of both VPCs, and the option of the cache's
// side; that of the other side serves the other direction. A dead connection needs none.
func (t peeringDNS) judge() {
	if t.link.verdict() == Fail {
		return
	}
	t.attributes(t.vpc, ClusterSide)
	if t.link.unread == nil {
		t.attributes(t.link.vpc, SourceSide)
	}
	t.option()
}

// attributes judges the DNS attributes of a VPC, where they were read.
func (t peeringDNS) attributes(v network.VPC, side Side) {
	h := Hop{Kind: HopDNSAttributes, Resource: v.ID, Location: v.Location, Side: side}
	support := command(v.Location, "aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-support", v.ID)
	hostnames := command(v.Location, "aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-hostnames", v.ID)
	switch {
	case v.DNSSupport == network.Off && v.DNSHostnames == network.Off:
		h = h.advising("DNS support and DNS hostnames are off: names may not resolve", support, hostnames)
	case v.DNSSupport == network.Off:
		h = h.advising("DNS support is off: names may not resolve", support)
	case v.DNSHostnames == network.Off:
		h = h.advising("DNS hostnames are off: names of instances may not resolve", hostnames)
	case v.DNSSupport == network.Unknown || v.DNSHostnames == network.Unknown:
		return
	default:
		h = h.passing([]string{v.ID}, "DNS support and DNS hostnames are on")
	}
	t.add(h)
}

// option judges that the peer resolves names of the cache VPC to private addresses.
func (t peeringDNS) option() {
	l := t.link
	h := Hop{Kind: HopPeeringDNS, Resource: l.ID, Location: l.own.Location}
	need := Need{Requirement: change.Requirement{Kind: change.PeeringDNS, Location: l.own.Location, Resource: l.ID, VPC: t.vpc.ID}}
	if l.own.DNSFromRemote == network.On {
		h = h.passing([]string{l.ID}, fmt.Sprintf("the peer resolves names of %s to private addresses", t.vpc.ID))
		need.By = h.By
	} else {
		need.Blocked = t.optionBlocked()
		h = t.optionOff(h, need.Blocked)
	}
	t.add(h)
	t.need(need)
}

// optionOff advises to set the option.
func (t peeringDNS) optionOff(h Hop, b Block) Hop {
	l := t.link
	side := change.SideOf(l.PeeringConnection, t.vpc.ID)
	h = h.advising(fmt.Sprintf("the peer may not resolve public names of %s to private addresses", t.vpc.ID),
		command(l.own.Location, "aws ec2 modify-vpc-peering-connection-options --vpc-peering-connection-id %s --%s-peering-connection-options AllowDnsResolutionFromRemoteVpc=true", l.ID, side))
	if l.active() {
		return h.fixableUnless(b)
	}
	h.Blocked = b
	h.Detail += "; the option can be set once the connection is active"
	h.Fixes = t.onceActive(h.Fixes[0], l)
	return h
}

// optionBlocked says why cachegate may not switch the option on.
func (t peeringDNS) optionBlocked() Block {
	l := t.link
	off := func(v network.VPC) bool { return v.DNSHostnames == network.Off || v.DNSSupport == network.Off }
	switch left := t.writesLeaveOut(change.PeeringDNS); {
	case !l.active():
		return blocked(BlockNotWorking, "%s is not active", l.ID)
	case !left.None():
		return left
	case off(t.vpc):
		return blocked(BlockNotWorking, "the DNS attributes of %s come first", t.vpc.ID)
	case l.unread == nil && off(l.vpc):
		return blocked(BlockNotWorking, "the DNS attributes of %s come first", l.far.VPC)
	}
	return Block{}
}
