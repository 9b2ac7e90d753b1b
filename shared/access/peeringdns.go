package access

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// peeringDNS judges that the cluster's name resolves to private addresses over a peering
// connection.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-dns.html
type peeringDNS struct {
	*tracing
	link peeringLink
}

// judge judges DNS support and DNS hostnames of both VPCs, and the option of the cache's
// side; that of the other side serves the other direction.
func (t peeringDNS) judge() {
	t.attributes(t.vpc, ClusterSide)
	if t.link.unread != nil {
		t.add(Hop{Kind: HopDNSAttributes, Resource: t.link.far.VPC, Location: t.link.far.Location, Side: SourceSide}.unread(*t.link.unread))
	} else {
		t.attributes(t.link.farVPC, SourceSide)
	}
	t.option()
}

// attributes judges the DNS attributes of a VPC.
func (t peeringDNS) attributes(v network.VPC, side Side) {
	h := Hop{Kind: HopDNSAttributes, Resource: v.ID, Location: v.Location, Side: side}
	support := command(v.Location, "aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-support", v.ID)
	hostnames := command(v.Location, "aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-hostnames", v.ID)
	switch {
	case v.DNSSupport == network.Off && v.DNSHostnames == network.Off:
		h = h.failing("DNS support and DNS hostnames are off", support, hostnames)
	case v.DNSSupport == network.Off:
		h = h.failing("DNS support is off", support)
	case v.DNSHostnames == network.Off:
		h = h.failing("DNS hostnames are off", hostnames)
	case v.DNSSupport == network.Unknown || v.DNSHostnames == network.Unknown:
		h = h.unknown("the DNS attributes were not read")
		if f, failed := t.Failed(v.Location, network.KindDNSAttributes, v.ID); failed {
			h = h.unread(f)
		}
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

// optionOff fails the hop of the option.
func (t peeringDNS) optionOff(h Hop, b Block) Hop {
	l := t.link
	side := change.SideOf(l.PeeringConnection, t.vpc.ID)
	h = h.failing(fmt.Sprintf("the peer may not resolve names of %s to private addresses", t.vpc.ID),
		command(l.own.Location, "aws ec2 modify-vpc-peering-connection-options --vpc-peering-connection-id %s --%s-peering-connection-options AllowDnsResolutionFromRemoteVpc=true", l.ID, side))
	if l.active() {
		return h.fixableUnless(b)
	}
	h.Verdict, h.Blocked = l.verdict(), b
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
	case l.unread == nil && off(l.farVPC):
		return blocked(BlockNotWorking, "the DNS attributes of %s come first", l.far.VPC)
	}
	return Block{}
}
