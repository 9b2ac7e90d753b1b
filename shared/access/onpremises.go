package access

import (
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// ends are what a data centre comes in by at a gateway: VPN connections, or Direct Connect.
type ends interface {
	// at says whether a gateway is known to have one.
	at(t *tracing, gateway string) bool
	// vpnGatewayCarries says whether a virtual private gateway carries the family that is
	// judged.
	vpnGatewayCarries(t *tracing) bool
	// kind is what hides them where it cannot be read.
	kind() network.Kind
	// overTransitGateway judges the path over the cache VPC's attachment to a transit
	// gateway, overVPNGateway that over its virtual private gateway.
	overTransitGateway(p onPremises, own network.TransitGatewayAttachment)
	overVPNGateway(p onPremises)
}

// onPremises judges a source in a data centre.
type onPremises struct {
	*tracing
	ends ends
	c    client
}

// judgeOnPremises judges a source behind ends of one kind. The source is a range: no group
// and no VPC is in a data centre.
func judgeOnPremises(t *tracing, e ends) {
	if !t.ranged() {
		t.failSource(t.sourceHop(t.name).failing(fmt.Sprintf("%s is not in a data centre", t.name),
			say("declare the on-premises CIDR, or the path that leads to %s", t.name)))
		return
	}
	p := onPremises{t, e, clients{t}.ofRanges()}
	own, over := p.attachment()
	switch {
	case over:
		e.overTransitGateway(p, own)
	case intent.CarrierOf(t.Intent.Via) == intent.TransitGatewayCarrier:
		p.notAttached()
		networkACLs{t}.between(p.c)
	case !e.vpnGatewayCarries(t):
		t.failSource(p.noIPv6OverVPNGateway())
		p.unreadGateways()
		return
	default:
		e.overVPNGateway(p)
		networkACLs{t}.between(p.c)
	}
	p.unreadGateways()
	ingress{tracing: t, c: p.c}.judge()
}

// onPremisesGateways gives the gateways of the cache VPC that may lead to a source in a data
// centre: to ranges that are in no VPC that was read.
func onPremisesGateways(t *tracing) []string {
	if _, inVPC := t.otherVPC(); inVPC || !t.ranged() {
		return nil
	}
	var out []string
	for _, g := range t.gatewaysOf(t.vpc.ID) {
		out = append(out, g.ID)
	}
	for _, a := range t.attachmentsOf(t.vpc.ID) {
		out = append(out, a.Gateway)
	}
	return slices.DeleteFunc(out, func(id string) bool { return !t.viaAllows(id) })
}

// attachment gives the cache VPC's attachment to the transit gateway that the data centre
// comes by: the one that via names; else one with an end by which the cache's tables lead
// there already; else, where no virtual private gateway of the VPC has an end, one that
// has, one whose ends cannot be read, or the only gateway there is.
func (p onPremises) attachment() (network.TransitGatewayAttachment, bool) {
	attachments := p.attachmentsOf(p.vpc.ID)
	first := func(is func(network.TransitGatewayAttachment) bool) (network.TransitGatewayAttachment, bool) {
		if i := slices.IndexFunc(attachments, is); i >= 0 {
			return attachments[i], true
		}
		return network.TransitGatewayAttachment{}, false
	}
	if p.Intent.Via != "" {
		return first(func(a network.TransitGatewayAttachment) bool { return a.Gateway == p.Intent.Via })
	}
	var gateways []attachedGateway
	if p.ends.vpnGatewayCarries(p.tracing) {
		gateways = p.gatewaysOf(p.vpc.ID)
	}
	hasEnd := func(a network.TransitGatewayAttachment) bool { return p.ends.at(p.tracing, a.Gateway) }
	if slices.ContainsFunc(gateways, func(g attachedGateway) bool { return p.ends.at(p.tracing, g.ID) }) {
		if slices.ContainsFunc(gateways, func(g attachedGateway) bool { return p.leadsBy(network.TargetVPNGateway, g.ID) }) {
			return network.TransitGatewayAttachment{}, false
		}
		return first(func(a network.TransitGatewayAttachment) bool {
			return hasEnd(a) && p.leadsBy(network.TargetTransitGateway, a.Gateway)
		})
	}
	if a, ok := first(hasEnd); ok {
		return a, true
	}
	if a, ok := first(func(a network.TransitGatewayAttachment) bool { return p.unreadEnds(a) != nil }); ok {
		return a, true
	}
	unread := p.ends.vpnGatewayCarries(p.tracing) && p.failure(p.cluster.Location, network.KindVPNGateway) != nil
	if len(gateways) > 0 || unread {
		return network.TransitGatewayAttachment{}, false
	}
	return first(func(network.TransitGatewayAttachment) bool { return true })
}

// leadsBy says whether a table of the cache's subnets sends what is for the client to a
// gateway now.
func (p onPremises) leadsBy(kind network.TargetKind, gateway string) bool {
	return p.sendsAny(p.cacheSubnets(), p.c.addresses, network.Target{Kind: kind, ID: gateway})
}

// unreadEnds gives why the ends at a transit gateway could not be read: its owner alone
// sees them.
func (p onPremises) unreadEnds(a network.TransitGatewayAttachment) *network.Failure {
	return p.failure(gatewayOwner(a), p.ends.kind(), network.KindTransitGatewayAttachment)
}

// unreadGateways keeps the routes that the intent has, where a gateway that they may lead to
// could not be read.
func (p onPremises) unreadGateways() {
	here := p.cluster.Location
	if p.failure(here, network.KindVPNGateway, network.KindTransitGatewayAttachment, p.ends.kind()) != nil {
		p.needsUnknown(change.Route, here, true)
		p.needsUnknown(change.TransitGatewayRoute, network.Location{}, true)
	}
	for _, a := range p.attachmentsOf(p.vpc.ID) {
		if p.unreadEnds(a) != nil {
			p.needsUnknown(change.Route, here, true)
			p.needsUnknown(change.TransitGatewayRoute, gatewayOwner(a), true)
		}
	}
}

// notAttached judges a transit gateway that via names and the cache VPC is not attached to.
func (p onPremises) notAttached() {
	via, at := p.Intent.Via, p.cluster.Location
	h := Hop{Kind: HopTransitGateway, Resource: via, Location: at}
	h = h.failing(fmt.Sprintf("%s is not attached to %s", p.vpc.ID, via),
		command(at, "aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids ONE_PER_ZONE", via, p.vpc.ID))
	if f := p.failure(at, network.KindTransitGatewayAttachment); f != nil {
		h = h.unread(*f)
	}
	p.add(h)
	p.needsUnknown(change.Route, at, h.Verdict == Unknown)
	p.needsUnknown(change.TransitGatewayRoute, network.Location{}, h.Verdict == Unknown)
}

// noIPv6OverVPNGateway refuses an IPv6 source where no transit gateway carries it, as far as
// that is known.
func (p onPremises) noIPv6OverVPNGateway() Hop {
	h := noIPv6(p.tracing)
	if f := p.failure(p.cluster.Location, network.KindTransitGatewayAttachment); f != nil {
		h = h.unread(*f).about(h.Detail + ", and whether the VPC is attached to a transit gateway is not known")
	}
	return h
}

// noIPv6 refuses an IPv6 source behind VPN connections of a virtual private gateway.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/ipv4-ipv6.html
func noIPv6(t *tracing) Hop {
	h := Hop{Kind: HopAddressFamily, Resource: t.vpc.ID, Location: t.cluster.Location}
	return h.failing("a VPN connection on a virtual private gateway carries no IPv6", say("reach the cluster by IPv4, or over a transit gateway"))
}
