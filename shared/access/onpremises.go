package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// onPremises makes the client of a source in a data centre, which is a range: no
// group and no VPC is there.
func (j *judging) onPremises(s intent.Source) (client, bool) {
	switch s.Kind {
	case intent.PrefixList:
		if state := j.prefixList(s); !state.ok {
			j.failSource(state.hop)
			return client{}, false
		}
	case intent.SecurityGroup, intent.VPC:
		j.failSource(Hop{
			Kind: HopSource, Resource: s.String(), Location: j.cluster.Location, Verdict: Fail, Source: s.String(),
			Detail: fmt.Sprintf("%s is not in a data centre", s), Fixes: fixes(say("declare the on-premises CIDR, or the path that leads to %s", s)),
		})
		return client{}, false
	case intent.CIDR:
	}
	return j.rangeClient(s), true
}

// ends are what a data centre comes in by at a gateway.
type ends struct {
	// at says whether a gateway is known to have one, vgw whether a virtual private
	// gateway carries the family that is judged.
	at  func(j *judging, gateway string) bool
	vgw func(j *judging) bool
	// kind is what hides them where it cannot be read.
	kind network.Kind
}

// wayOverTransitGateway gives the cache VPC's attachment to the transit gateway
// that a data centre comes by: the one that via names; else one with an end by which
// the cache's tables lead there already; else, where no virtual private gateway of
// the VPC has an end, one that has, one whose ends cannot be read, or the only
// gateway there is.
func (j *judging) wayOverTransitGateway(e ends, c client) (network.TransitGatewayAttachment, bool) {
	attachments := j.attachmentsOf(j.vpc.ID)
	first := func(is func(network.TransitGatewayAttachment) bool) (network.TransitGatewayAttachment, bool) {
		if i := slices.IndexFunc(attachments, is); i >= 0 {
			return attachments[i], true
		}
		return network.TransitGatewayAttachment{}, false
	}
	if j.Intent.Via != "" {
		return first(func(a network.TransitGatewayAttachment) bool { return a.Gateway == j.Intent.Via })
	}
	gateways := j.gatewaysOf(j.vpc.ID)
	if !e.vgw(j) {
		gateways = nil
	}
	if slices.ContainsFunc(gateways, func(g attachedGateway) bool { return e.at(j, g.ID) }) {
		private := func(g attachedGateway) bool { return j.leadsBy(c, network.TargetVPNGateway, g.ID) }
		if slices.ContainsFunc(gateways, private) {
			return network.TransitGatewayAttachment{}, false
		}
		return first(func(a network.TransitGatewayAttachment) bool {
			return e.at(j, a.Gateway) && j.leadsBy(c, network.TargetTransitGateway, a.Gateway)
		})
	}
	if a, ok := first(func(a network.TransitGatewayAttachment) bool { return e.at(j, a.Gateway) }); ok {
		return a, true
	}
	if a, ok := first(func(a network.TransitGatewayAttachment) bool { _, hidden := j.hidesEnds(a, e); return hidden }); ok {
		return a, true
	}
	if _, dark := j.ReadFailure(j.cluster.Location, network.KindVPNGateway); len(gateways) > 0 || dark && e.vgw(j) {
		return network.TransitGatewayAttachment{}, false
	}
	return first(func(network.TransitGatewayAttachment) bool { return true })
}

// leadsBy says whether a table of the cache's subnets sends what is for a client to
// a gateway now.
func (j *judging) leadsBy(c client, kind network.TargetKind, gateway string) bool {
	for _, id := range j.tablesOf(j.cacheSubnets()) {
		r, ok := j.routing(id)
		if ok && slices.ContainsFunc(c.addresses, func(p netip.Prefix) bool {
			return r.toward(p, network.Target{Kind: kind, ID: gateway}).state == routeRight
		}) {
			return true
		}
	}
	return false
}

// hidesEnds gives why the ends at a transit gateway cannot be read: its owner
// alone sees them.
func (j *judging) hidesEnds(a network.TransitGatewayAttachment, e ends) (network.Failure, bool) {
	return j.ReadFailure(ownerOf(a), e.kind, network.KindTransitGatewayAttachment)
}

// uncertainWay holds the routes that the intent has, where a gateway that they
// may lead to could not be read.
func (j *judging) uncertainWay(e ends) {
	if _, dark := j.ReadFailure(j.cluster.Location, network.KindVPNGateway, network.KindTransitGatewayAttachment, e.kind); dark {
		j.unknownRoutes(j.cluster.Location, true)
		j.unknownTransitRoutes(network.Location{}, true)
	}
	for _, a := range j.attachmentsOf(j.vpc.ID) {
		if _, hidden := j.hidesEnds(a, e); hidden {
			j.unknownRoutes(j.cluster.Location, true)
			j.unknownTransitRoutes(ownerOf(a), true)
		}
	}
}

// unknownRoutes records that the routes (and propagations) needed in a location
// are not known; unread, because something could not be read.
func (j *judging) unknownRoutes(at network.Location, unread bool) {
	j.unknown = append(j.unknown, UnknownNeeds{Kind: change.Route, Location: at, Unread: unread})
}

// unknownTransitRoutes does so for the routes of transit gateways.
func (j *judging) unknownTransitRoutes(at network.Location, unread bool) {
	j.unknown = append(j.unknown, UnknownNeeds{Kind: change.TransitGatewayRoute, Location: at, Unread: unread})
}

// notAttached judges a transit gateway that via names and the cache VPC is not
// attached to.
func (j *judging) notAttached(c client) {
	h := Hop{Kind: HopTransitGateway, Resource: j.Intent.Via, Location: j.cluster.Location, Source: c.source.String()}
	h = h.failing(fmt.Sprintf("%s is not attached to %s", j.vpc.ID, j.Intent.Via),
		command(j.cluster.Location, "aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids ONE_PER_ZONE", j.Intent.Via, j.vpc.ID))
	if f, dark := j.ReadFailure(j.cluster.Location, network.KindTransitGatewayAttachment); dark {
		h = h.unread(f)
	}
	j.add(h)
	j.unknownRoutes(j.cluster.Location, h.Verdict == Unknown)
	j.unknownTransitRoutes(network.Location{}, h.Verdict == Unknown)
}

// noIPv6 refuses an IPv6 source behind VPN connections of a virtual private gateway.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/ipv4-ipv6.html
func (j *judging) noIPv6(s intent.Source) Hop {
	return Hop{
		Kind: HopAddressFamily, Resource: j.vpc.ID, Location: j.cluster.Location, Verdict: Fail, Source: s.String(),
		Detail: "a VPN connection on a virtual private gateway carries no IPv6", Fixes: fixes(say("reach the cluster by IPv4, or over a transit gateway")),
	}
}

// leftOut says whether via leaves a virtual private gateway out.
func (j *judging) leftOut(gateway string) bool {
	return strings.HasPrefix(j.Intent.Via, "vgw-") && j.Intent.Via != gateway
}
