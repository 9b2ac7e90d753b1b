package access

import (
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// vpn judges a source in a data centre behind a Site-to-Site VPN connection, on
// the cache VPC's virtual private gateway or on a transit gateway.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
func (w *walk) vpn(s intent.Source) {
	c, ok := w.onPremises(s)
	if !ok {
		return
	}
	if own, found := w.vpnTransitGateway(); found {
		w.vpnOverTransitGateway(own, c)
	} else if !w.vpnOverGateway(c) {
		return
	}
	w.acls(c)
	w.ingress(c, refusal{})
}

// vpnOverGateway judges the way over the virtual private gateway.
func (w *walk) vpnOverGateway(c client) bool {
	source := c.source.String()
	g, ok := w.vpnGateway(w.vpc, source)
	if !ok {
		return false
	}
	w.vpnConnection(g.ID, g.Location, c.addresses, true, source)
	w.vgwRoutes(g, w.vpc, w.cacheSubnets(), c.addresses, itself, nil, toClient, source)
	return true
}

// vpnTransitGateway gives the cache VPC's attachment to a transit gateway with a
// VPN connection: where via names it, or where no virtual private gateway has one.
func (w *walk) vpnTransitGateway() (network.TransitGatewayAttachment, bool) {
	if strings.HasPrefix(w.Intent.Via, "vgw-") {
		return network.TransitGatewayAttachment{}, false
	}
	for _, g := range w.gatewaysOf(w.vpc.ID) {
		if w.Intent.Via == "" && len(w.connections(g.ID)) > 0 {
			return network.TransitGatewayAttachment{}, false
		}
	}
	for _, a := range w.attachmentsOf(w.vpc.ID) {
		named := w.Intent.Via == a.Gateway
		if named || w.Intent.Via == "" && len(w.connections(a.Gateway)) > 0 {
			return a, true
		}
	}
	return network.TransitGatewayAttachment{}, false
}

// vpnOverTransitGateway judges the way over a transit gateway.
func (w *walk) vpnOverTransitGateway(own network.TransitGatewayAttachment, c client) {
	source := c.source.String()
	w.gatewayHop(w.gatewayOf(own), source)
	w.attachmentHop(own, "the cache's", source)
	w.zones(w.cacheSubnets(), own, "the cache's", source)
	vpn, ok := w.vpnConnection(own.Gateway, ownerOf(own), c.addresses, false, source)
	if ok {
		far, attached := w.attachmentOfResource(own.Gateway, vpn.ID)
		if !attached {
			w.add(Hop{
				Kind: HopAttachment, Resource: vpn.ID, Location: own.Location, Verdict: Fail, Source: source,
				Detail: fmt.Sprintf("the VPN connection has no attachment to %s", own.Gateway), Fix: "check aws ec2 describe-transit-gateway-attachments",
			})
		} else {
			w.attachmentHop(far, "the VPN connection's", source)
			w.onPremisesRoutes(own, far, c)
		}
	}
	w.onPremisesVPCRoutes(own, c)
}

// ownerOf is where the gateway of an attachment belongs: its owner alone sees
// the VPN connections and the route tables.
func ownerOf(a network.TransitGatewayAttachment) network.Location {
	return network.Location{Account: stateOr(a.GatewayOwner, a.Account), Region: a.Region}
}

func (w *walk) attachmentOfResource(gateway, resource string) (network.TransitGatewayAttachment, bool) {
	for _, a := range w.gatewayAttachments(gateway) {
		if a.ResourceID == resource {
			return a, true
		}
	}
	return network.TransitGatewayAttachment{}, false
}

// onPremisesRoutes judges the gateway's tables between the cache VPC and a
// data centre's attachment.
func (w *walk) onPremisesRoutes(own, far network.TransitGatewayAttachment, c client) {
	source := c.source.String()
	w.tgwLeg(far, own.ID, w.familyOf(w.cacheSubnets()), w.vpc.BlockHolding, attachmentVPC, toCluster, source)
	w.tgwLeg(own, far.ID, c.addresses, itself, far.ResourceType, toClient, source)
}

// onPremisesVPCRoutes judges the cache VPC's routes to a transit gateway.
func (w *walk) onPremisesVPCRoutes(own network.TransitGatewayAttachment, c client) {
	l := leg{
		Location: w.cluster.Location, from: w.cacheSubnets(), to: c.addresses, block: itself, what: toClient, farName: c.source.String(),
		target: network.Target{Kind: network.TargetTransitGateway, ID: own.Gateway}, state: attachmentVerdict(own.State),
	}
	if f, dark := w.Dark(w.cluster.Location, network.KindRouteTable, network.KindSubnet); dark {
		l.dark = &f
	}
	w.routes(l, c.source.String())
}
