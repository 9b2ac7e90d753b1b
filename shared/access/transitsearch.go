package access

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/cachegate/cachegate/shared/network"
)

// transitSearch looks for the transit gateways that lead to a source.
type transitSearch struct {
	*tracing
	where place
}

// find gives the gateways that both VPCs are attached to, directly or over a gateway that
// is peered with them. The hop says why there is none.
func (s transitSearch) find() ([]transitLink, Hop) {
	where, h, ok := s.place()
	if !ok {
		return nil, h
	}
	s.where = where
	var found []transitLink
	for _, own := range s.attachmentsOf(s.vpc.ID) {
		if s.viaAllows(own.Gateway) {
			found = append(found, s.behindGateway(own)...)
		}
	}
	if len(found) == 0 {
		return nil, s.none()
	}
	return found, Hop{}
}

// behindGateway gives what leads to the source over the gateway of one of the cache VPC's
// attachments.
func (s transitSearch) behindGateway(own network.TransitGatewayAttachment) []transitLink {
	var out []transitLink
	base := transitLink{gateway: s.gatewayOf(own), own: own}
	for _, a := range s.gatewayAttachments(own.Gateway) {
		switch {
		case a.ResourceType == attachmentVPC && a.ResourceID != s.vpc.ID:
			if l, ok := s.to(a, base); ok {
				out = append(out, l)
			}
		case a.ResourceType == attachmentPeering:
			out = append(out, s.behindPeer(base, a)...)
		}
	}
	return out
}

// behindPeer gives what leads to the source over a peered gateway.
func (s transitSearch) behindPeer(base transitLink, near network.TransitGatewayAttachment) []transitLink {
	attachments := s.gatewayAttachments(gatewayPeer(near))
	base.near = near
	for _, view := range attachments {
		if view.ID == near.ID {
			base.beyond = view
		}
	}
	var out []transitLink
	for _, a := range attachments {
		if a.ResourceType != attachmentVPC {
			continue
		}
		base.farGateway = s.gatewayOf(a)
		if l, ok := s.to(a, base); ok {
			out = append(out, l)
		}
	}
	return out
}

// to completes a link with the VPC of an attachment, and says whether it holds the source.
func (s transitSearch) to(far network.TransitGatewayAttachment, l transitLink) (transitLink, bool) {
	l.far = far
	at := vpcOwner(far)
	vpc, ok := s.VPCs[far.ResourceID]
	if ok {
		l.vpc = vpc
		l.unread = s.failure(vpc.Location, network.KindSubnet, network.KindRouteTable)
	} else {
		l.vpc = network.VPC{ID: far.ResourceID, Location: at}
		l.unread = s.unreadLocation(at)
	}
	switch {
	case s.where.vpc != "":
		return l, far.ResourceID == s.where.vpc
	case !s.where.unread.IsZero():
		return l, at.Account == s.where.unread.Account
	case ok:
		return l, inside(vpc.CIDRs, s.ranges())
	default:
		return l, s.tableLeads(l.own, far, s.ranges())
	}
}

// tableLeads says whether the cache's transit gateway table sends ranges to an attachment:
// all that is known of a VPC that could not be read.
func (s transitSearch) tableLeads(own, far network.TransitGatewayAttachment, ranges []netip.Prefix) bool {
	r, ok := s.transitTable(own.RouteTable)
	if !ok || len(ranges) == 0 {
		return false
	}
	for _, p := range ranges {
		if state, _ := r.toward(p, far.ID); state != routeRight {
			return false
		}
	}
	return true
}

// none says that no transit gateway leads to the source.
func (s transitSearch) none() Hop {
	h := Hop{Kind: HopTransitGateway, Resource: cmp.Or(s.Intent.Via, s.vpc.ID), Location: s.cluster.Location}
	own := s.attachmentsOf(s.vpc.ID)
	if f := s.unreadGateways(own); f != nil {
		return h.unread(*f)
	}
	const attach = "aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids ONE_PER_ZONE"
	behind := s.where.text(s.name)
	switch {
	case len(own) == 0:
		return h.failing(fmt.Sprintf("%s is attached to no transit gateway", s.vpc.ID),
			command(s.cluster.Location, attach, cmp.Or(s.Intent.Via, "TGW_ID"), s.vpc.ID))
	case s.Intent.Via != "":
		return h.failing(fmt.Sprintf("%s does not connect %s to %s", s.Intent.Via, s.vpc.ID, behind),
			say("attach the source's VPC to %s, or correct via", s.Intent.Via))
	}
	h.Resource = own[0].Gateway
	return h.failing(fmt.Sprintf("no transit gateway of %s leads to %s", s.vpc.ID, behind),
		command(network.Location{}, attach, own[0].Gateway, cmp.Or(s.where.vpc, "VPC_OF_THE_SOURCE")).
			Because("attach the source's VPC, in its own account"))
}

// unreadGateways says why not all is known of what the cache VPC's gateways lead to: only
// a gateway's owner sees all of its attachments.
func (s transitSearch) unreadGateways(own []network.TransitGatewayAttachment) *network.Failure {
	places := []network.Location{s.cluster.Location}
	for _, a := range own {
		if s.viaAllows(a.Gateway) {
			places = append(places, s.gatewayOf(a).Location, gatewayOwner(a))
		}
	}
	for _, at := range places {
		if f := s.failure(at, network.KindTransitGatewayAttachment, network.KindTransitGateway); f != nil {
			return f
		}
	}
	return nil
}
