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

func (v vpn) carriers(t *tracing) []carrier { return onPremisesCarriers(t, v) }

func (v vpn) judge(t *tracing) { judgeOnPremises(t, v) }

func (vpn) at(t *tracing, gateway string) bool { return len(t.connectionsAt(gateway)) > 0 }

func (vpn) resourcesAt(t *tracing, gateway string) []string {
	var out []string
	for _, c := range t.connectionsAt(gateway) {
		out = append(out, c.ID)
	}
	return out
}

// knownAt: static routes say what a connection leads to, and BGP does not show it.
func (vpn) knownAt(p onPremises, gateway string) knowledge {
	found := knowledge{holdsOthers, neverWorks, 0}
	for _, c := range p.connectionsAt(gateway) {
		switch known := knows(c, p.c.addresses); {
		case known && c.StaticRoutesOnly && c.TransitGateway == "":
			found.holding = holdsSurely
			for _, r := range c.Routes {
				found.bits = max(found.bits, bitsCovering(r.Destination, p.c.addresses))
			}
		case known:
			found.holding = min(found.holding, mayHold)
		default:
			continue
		}
		found.health = min(found.health, connectionHealth(c))
	}
	return found
}

// connectionHealth says what can be expected of a connection.
func connectionHealth(c network.VPNConnection) health {
	switch {
	case c.State == network.Available && tunnelUp(c):
		return works
	case c.State == network.Available, c.State == statePending, c.State == "modifying":
		return mayWork
	default:
		return neverWorks
	}
}

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
