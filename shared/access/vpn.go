package access

import (
	"cmp"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// vpn is the path from a data centre over a Site-to-Site VPN connection, on the cache VPC's
// virtual private gateway or on a transit gateway.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
type vpn struct{}

func (vpn) path() intent.Path { return intent.VPN }

// Supports finds a VPN connection that may lead to the source.
func (vpn) supports(t *tracing) support {
	best := supportNone
	for _, gateway := range onPremisesGateways(t) {
		for _, c := range t.connectionsAt(gateway) {
			if c.State == network.Available && knows(c, t.ranges()) {
				return supportAlive
			}
			best = supportBroken
		}
	}
	return best
}

func (v vpn) judge(t *tracing) { judgeOnPremises(t, v) }

func (vpn) at(t *tracing, gateway string) bool { return len(t.connectionsAt(gateway)) > 0 }

// vpnGatewayCarries: the connections of a virtual private gateway carry no IPv6.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/ipv4-ipv6.html
func (vpn) vpnGatewayCarries(t *tracing) bool { return !t.v6 }

func (vpn) kind() network.Kind { return network.KindVPNConnection }

func (vpn) overVPNGateway(p onPremises) {
	gateways := vpnGateways{p.tracing}
	g, ok := gateways.find(p.vpc, ClusterSide, network.KindTransitGatewayAttachment)
	if !ok {
		return
	}
	vpnConnections{p.tracing, vpnEnd{Location: g.Location, gateway: g.ID, ranges: p.c.addresses, side: Between}}.judge()
	gateways.routes(g, p.vpc, leg{from: p.cacheSubnets(), to: p.c.addresses, blockOf: itself, what: toClient})
}

func (vpn) overTransitGateway(p onPremises, own network.TransitGatewayAttachment) {
	p.ownAttachment(own)
	owner := gatewayOwner(own)
	end := vpnEnd{Location: owner, gateway: own.Gateway, transit: true, ranges: p.c.addresses, side: Between}
	if c, ok := (vpnConnections{p.tracing, end}).judge(); ok {
		again := command(owner, "aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id %s --transit-gateway-id %s", cmp.Or(c.CustomerGateway, "CGW_ID"), own.Gateway)
		p.farAttachment(own, farEnd{resource: c.ID, whose: "the VPN connection's", again: again, pending: c.State == statePending})
	} else {
		p.noFarEnd(own)
	}
	p.vpcRoutes(own)
}
