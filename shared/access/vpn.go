package access

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// vpn judges a source in a data centre behind a Site-to-Site VPN connection, on
// the cache VPC's virtual private gateway or on a transit gateway.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
func (j *judging) vpn(s intent.Source) {
	c, ok := j.onPremises(s)
	if !ok {
		return
	}
	own, over := j.wayOverTransitGateway(vpnEnds, c)
	switch {
	case over:
		j.vpnOverTransitGateway(own, c)
	case strings.HasPrefix(j.Intent.Via, "tgw-"):
		j.notAttached(c)
		j.acls(c)
	case j.v6:
		j.failSource(j.noIPv6OverVPN(s))
		j.uncertainWay(vpnEnds)
		return
	default:
		j.vpnOverGateway(c)
		j.acls(c)
	}
	j.uncertainWay(vpnEnds)
	j.ingress(c, refusal{})
}

// vpnEnds are the VPN connections of a gateway. A virtual private gateway's carry
// no IPv6.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/ipv4-ipv6.html
var vpnEnds = ends{
	at:   func(j *judging, gateway string) bool { return len(j.connections(gateway)) > 0 },
	vgw:  func(j *judging) bool { return !j.v6 },
	kind: network.KindVPNConnection,
}

// noIPv6OverVPN refuses an IPv6 source where no transit gateway carries it, as
// far as that is known.
func (j *judging) noIPv6OverVPN(s intent.Source) Hop {
	h := j.noIPv6(s)
	if f, dark := j.ReadFailure(j.cluster.Location, network.KindTransitGatewayAttachment); dark {
		h.Verdict = Unknown
		why := h.Detail
		h = h.unread(f)
		h.Detail = why + ", and whether the VPC is attached to a transit gateway is not known: " + h.Detail
	}
	return h
}

// vpnOverGateway judges the way over the virtual private gateway.
func (j *judging) vpnOverGateway(c client) {
	source := c.source.String()
	g, ok := j.vpnGateway(j.vpc, ClusterSide, source, network.KindTransitGatewayAttachment)
	if !ok {
		return
	}
	j.vpnConnection(vpnEnd{Location: g.Location, gateway: g.ID, ranges: c.addresses, side: Between, source: source})
	j.vgwRoutes(g, j.vpc, leg{from: j.cacheSubnets(), to: c.addresses, block: itself, what: toClient}, source)
}

// vpnOverTransitGateway judges the way over a transit gateway.
func (j *judging) vpnOverTransitGateway(own network.TransitGatewayAttachment, c client) {
	source := c.source.String()
	j.ownAttachment(own, source)
	end := vpnEnd{Location: ownerOf(own), gateway: own.Gateway, transit: true, ranges: c.addresses, side: Between, source: source}
	if vpn, ok := j.vpnConnection(end); ok {
		again := command(ownerOf(own), "aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id %s --transit-gateway-id %s", cmp.Or(vpn.CustomerGateway, "CGW_ID"), own.Gateway)
		j.farAttachment(own, farEnd{resource: vpn.ID, whose: "the VPN connection's", again: again, pending: vpn.State == statePending}, c)
	} else {
		_, unread := j.hidesEnds(own, vpnEnds)
		j.unknownTransitRoutes(ownerOf(own), unread)
	}
	j.onPremisesVPCRoutes(own, c)
	j.cross(j.cacheCrossing(own, c))
}

// ownAttachment judges the transit gateway and the cache VPC's attachment to it.
func (j *judging) ownAttachment(own network.TransitGatewayAttachment, source string) {
	j.gatewayHop(j.gatewayOf(own), source)
	j.attachmentHop(own, "the cache's", source)
	j.zones(j.cacheSubnets(), own, "the cache's", source)
}

// ownerOf is where the gateway of an attachment belongs: its owner alone sees
// the VPN connections and the route tables.
func ownerOf(a network.TransitGatewayAttachment) network.Location {
	return network.Location{Account: cmp.Or(a.GatewayOwner, a.Account), Region: a.Region}
}

// farEnd is what a data centre comes in by at a transit gateway: a VPN connection
// or a Direct Connect gateway.
type farEnd struct {
	resource, whose string
	// again is how it is attached anew.
	again fix.Fix
	// pending is one that AWS is still at work on: its attachment comes with it.
	pending bool
}

// farAttachment judges the attachment of a data centre's end and the gateway's
// tables between it and the cache VPC.
func (j *judging) farAttachment(own network.TransitGatewayAttachment, end farEnd, c client) {
	source := c.source.String()
	far, attached := j.attachmentOfResource(own.Gateway, end.resource)
	if attached && attachmentVerdict(far.State) != Fail {
		j.attachmentHop(far, end.whose, source)
		j.onPremisesRoutes(own, far, c)
		return
	}
	h := Hop{Kind: HopAttachment, Resource: end.resource, Location: ownerOf(own), Source: source}
	h = h.failing(fmt.Sprintf("%s attachment to %s is missing", end.whose, own.Gateway), end.again)
	f, dark := j.ReadFailure(ownerOf(own), network.KindTransitGatewayAttachment)
	switch {
	case attached:
		h.Resource, h.Detail = far.ID, fmt.Sprintf("%s attachment to %s is %s", end.whose, own.Gateway, far.State)
	case dark:
		h = h.unread(f)
	case end.pending:
		h = h.waiting()
	}
	j.add(h)
	j.unknownTransitRoutes(ownerOf(own), h.Verdict == Unknown)
}

func (j *judging) attachmentOfResource(gateway, resource string) (network.TransitGatewayAttachment, bool) {
	var dead network.TransitGatewayAttachment
	for _, a := range j.gatewayAttachments(gateway) {
		if a.ResourceID != resource {
			continue
		}
		if attachmentVerdict(a.State) != Fail {
			return a, true
		}
		dead = a
	}
	return dead, dead.ID != ""
}

// onPremisesRoutes judges the gateway's tables between the cache VPC and a
// data centre's attachment.
func (j *judging) onPremisesRoutes(own, far network.TransitGatewayAttachment, c client) {
	source := c.source.String()
	j.tgwLeg(far, own.ID, j.familyOf(j.cacheSubnets()), j.vpc.BlockHolding, attachmentVPC, toCluster, source)
	j.tgwLeg(own, far.ID, c.addresses, itself, far.ResourceType, toClient, source)
}

// onPremisesVPCRoutes judges the cache VPC's routes to a transit gateway.
func (j *judging) onPremisesVPCRoutes(own network.TransitGatewayAttachment, c client) {
	l := leg{
		Location: j.cluster.Location, from: j.cacheSubnets(), to: c.addresses, block: itself, what: toClient, farName: c.source.String(),
		target: network.Target{Kind: network.TargetTransitGateway, ID: own.Gateway}, state: attachmentVerdict(own.State),
	}
	if f, dark := j.ReadFailure(j.cluster.Location, network.KindRouteTable, network.KindSubnet); dark {
		l.dark = &f
	}
	j.routes(l, c.source.String())
}
