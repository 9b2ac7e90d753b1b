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
	// path is the path that the ends make.
	path() intent.Path
	// at says whether a gateway is known to have one.
	at(t *tracing, gateway string) bool
	// resourcesAt gives the ids of those at a transit gateway, as attachments name them.
	resourcesAt(t *tracing, gateway string) []string
	// knownAt says what is known of those at a gateway.
	knownAt(p onPremises, gateway string) knowledge
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

// knowledge is what is known of the ends at a gateway: whether the source is behind them,
// what can be expected of them, and the length of the longest prefix that they are known
// to carry.
type knowledge struct {
	holding
	health
	bits int
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
	if found := p.carriers(); len(found) > 0 {
		t.over(found)
		return
	}
	p.judgeWithoutEnds()
}

// judgeOver judges the source over a gateway where ends are known.
func (p onPremises) judgeOver(c carrier) {
	if c.own.ID != "" {
		p.ends.overTransitGateway(p, c.own)
	} else {
		p.ends.overVPNGateway(p)
		networkACLs{p.tracing}.between(p.c)
	}
	p.unreadGateways()
	ingress{tracing: p.tracing, c: p.c}.judge()
}

// judgeWithoutEnds judges the gateway that the source should come by, where none has an end.
func (p onPremises) judgeWithoutEnds() {
	own, over := p.attachment()
	switch {
	case over:
		p.judgeOver(carrier{own: own})
	case intent.CarrierOf(p.Intent.Via) == intent.TransitGatewayCarrier:
		p.notAttached()
		networkACLs{p.tracing}.between(p.c)
		p.unreadGateways()
		ingress{tracing: p.tracing, c: p.c}.judge()
	case !p.ends.vpnGatewayCarries(p.tracing):
		p.failSource(p.noIPv6OverVPNGateway())
		p.unreadGateways()
	default:
		p.judgeOver(carrier{})
	}
}

// onPremisesCarriers gives the carriers to ranges in a data centre.
func onPremisesCarriers(t *tracing, e ends) []carrier {
	if !t.ranged() {
		return nil
	}
	return onPremises{t, e, clients{t}.ofRanges()}.carriers()
}

// carriers gives the gateways of the cache VPC that have an end: its virtual private gateways
// and the transit gateways that it is attached to.
func (p onPremises) carriers() []carrier {
	var out []carrier
	if p.ends.vpnGatewayCarries(p.tracing) {
		for _, g := range p.gatewaysOf(p.vpc.ID) {
			if p.viaAllows(g.ID) && p.ends.at(p.tracing, g.ID) {
				out = append(out, p.carrier(g.ID, network.Target{Kind: network.TargetVPNGateway, ID: g.ID}, gatewayHealth(g)))
			}
		}
	}
	for _, own := range p.attachmentsOf(p.vpc.ID) {
		if !p.viaAllows(own.Gateway) || !p.ends.at(p.tracing, own.Gateway) {
			continue
		}
		c := p.carrier(own.Gateway, attachmentEnd(own).target, attachmentHealth(own.State))
		c.own = own
		for _, id := range p.ends.resourcesAt(p.tracing, own.Gateway) {
			if a, ok := p.attachmentOfResource(own.Gateway, id); ok {
				c.ended = append(c.ended, a.ID)
			}
		}
		if c.holds != mayHold || p.mayLead(c) {
			out = append(out, c)
		}
	}
	return out
}

// mayLead says whether the tables of a transit gateway lead to an end, or to nothing yet:
// where they send the ranges elsewhere, the ranges are not behind an end that nobody has
// told of them.
func (p onPremises) mayLead(c carrier) bool {
	ways := p.forwarded(c.own, p.c.addresses[0], nil)
	return len(ways) == 0 || slices.ContainsFunc(ways, func(way []string) bool {
		return slices.ContainsFunc(c.ended, func(id string) bool { return slices.Contains(way, id) })
	})
}

// carrier is a gateway of a health with what is known of its ends.
func (p onPremises) carrier(gateway string, target network.Target, state health) carrier {
	known := p.ends.knownAt(p, gateway)
	return carrier{
		path: p.ends.path(), id: gateway, name: fmt.Sprintf("%s (%s)", gateway, p.ends.path()), targets: []network.Target{target},
		holds: known.holding, health: max(state, known.health), bits: known.bits, ends: p.ends,
	}
}

func gatewayHealth(g attachedGateway) health {
	return map[Verdict]health{Pass: works, Pending: mayWork, Fail: neverWorks}[g.verdict()]
}

// attachment gives the cache VPC's attachment to the transit gateway that the data centre
// comes by, where no end is known: the one that via names; else one whose ends cannot be
// read, or, where the VPC has no virtual private gateway, the only one there is.
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
	if a, ok := first(func(a network.TransitGatewayAttachment) bool { return p.unreadEnds(a) != nil }); ok {
		return a, true
	}
	if p.ends.vpnGatewayCarries(p.tracing) && (len(p.gatewaysOf(p.vpc.ID)) > 0 || p.failure(p.cluster.Location, network.KindVPNGateway) != nil) {
		return network.TransitGatewayAttachment{}, false
	}
	return first(func(network.TransitGatewayAttachment) bool { return true })
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
