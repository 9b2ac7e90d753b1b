package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// connectionsAt gives the VPN connections of a virtual private gateway or transit
// gateway, those that work first.
func (ix *Index) connectionsAt(gateway string) []network.VPNConnection {
	var out []network.VPNConnection
	for _, id := range sortedKeys(ix.VPNConnections) {
		c := ix.VPNConnections[id]
		if (c.VPNGateway == gateway || c.TransitGateway == gateway) && c.State != "deleted" {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b network.VPNConnection) int { return vpnRank(a) - vpnRank(b) })
	return out
}

// vpnRank is 0 for a connection that is available and has a tunnel up, else more.
func vpnRank(c network.VPNConnection) int {
	rank := 0
	if c.State != network.Available {
		rank += 4
	}
	if !tunnelUp(c) {
		rank += 2
	}
	return rank
}

func tunnelUp(c network.VPNConnection) bool {
	return slices.ContainsFunc(c.Tunnels, func(t network.VPNTunnel) bool { return t.Status == "UP" })
}

// knows says whether a connection may carry ranges: a static one on a virtual
// private gateway by its routes; what BGP announces, and what a transit gateway
// sends, is seen only in the tables.
func knows(c network.VPNConnection, ranges []netip.Prefix) bool {
	if !c.StaticRoutesOnly || c.TransitGateway != "" {
		return true
	}
	for _, r := range ranges {
		if !slices.ContainsFunc(c.Routes, func(v network.VPNRoute) bool { return network.Covers(v.Destination, r) && v.State != "deleted" }) {
			return false
		}
	}
	return true
}

// vpnEnd is a gateway from which VPN connections lead to ranges.
type vpnEnd struct {
	network.Location
	gateway string
	// transit is a transit gateway: its tables say what it sends, no connection does.
	transit bool
	ranges  []netip.Prefix
	side    Side
}

// vpnConnections judges the VPN connections of a gateway.
type vpnConnections struct {
	*tracing
	end vpnEnd
}

// judge judges the connection that leads from the gateway to the ranges: its state, its
// tunnels, its family, its routes. False: there is none.
func (t vpnConnections) judge() (network.VPNConnection, bool) {
	connections := t.connectionsAt(t.end.gateway)
	if len(connections) == 0 {
		t.add(t.none())
		return network.VPNConnection{}, false
	}
	c := t.best(connections)
	hops := []Hop{connectionState(c), tunnelHop(c)}
	if c.InsideIPv6 != t.v6 {
		hops = append(hops, t.otherFamily(c))
	}
	if !t.end.transit {
		hops = append(hops, vpnRoutes(c, t.end.ranges))
	}
	for _, h := range hops {
		h.Side = t.end.side
		t.add(h)
	}
	return c, true
}

// best picks one of the family that knows the ranges and that works, in this order.
func (t vpnConnections) best(connections []network.VPNConnection) network.VPNConnection {
	const familyFits, knowsRanges = 32, 16 // each more than all that comes after it
	score := func(c network.VPNConnection) int {
		s := -vpnRank(c)
		if c.InsideIPv6 == t.v6 {
			s += familyFits
		}
		if knows(c, t.end.ranges) {
			s += knowsRanges
		}
		return s
	}
	best := connections[0]
	for _, c := range connections[1:] {
		if score(c) > score(best) {
			best = c
		}
	}
	return best
}

// none judges a gateway at which no connection is known. The connections of a transit
// gateway are its owner's, and found by its attachments.
func (t vpnConnections) none() Hop {
	flag, hidden := "--vpn-gateway-id", []network.Kind{network.KindVPNConnection}
	if t.end.transit {
		flag, hidden = "--transit-gateway-id", append(hidden, network.KindTransitGatewayAttachment)
	}
	h := Hop{Kind: HopVPNConnection, Resource: t.end.gateway, Location: t.end.Location, Side: t.end.side}
	if f := t.failure(t.end.Location, hidden...); f != nil {
		return h.unread(*f)
	}
	return h.failing("no VPN connection ends at "+t.end.gateway,
		command(t.end.Location, "aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id CGW_ID %s %s", flag, t.end.gateway))
}

// otherFamily refuses a connection whose tunnels carry the other address family:
// each is made for one.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/ipv4-ipv6.html
func (t vpnConnections) otherFamily(c network.VPNConnection) Hop {
	carries, needs := "IPv4", "IPv6"
	if c.InsideIPv6 {
		carries, needs = needs, carries
	}
	h := Hop{Kind: HopAddressFamily, Resource: c.ID, Location: c.Location}
	return h.failing(fmt.Sprintf("the tunnels carry %s and no %s, and that cannot be changed", carries, needs),
		command(c.Location, "aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id %s --transit-gateway-id %s --options TunnelInsideIpVersion=%s",
			cmp.Or(c.CustomerGateway, "CGW_ID"), cmp.Or(c.TransitGateway, "TGW_ID"), map[bool]string{true: "ipv6", false: "ipv4"}[t.v6]))
}

func connectionState(c network.VPNConnection) Hop {
	h := Hop{Kind: HopVPNConnection, Resource: c.ID, Location: c.Location, Verdict: Pass, By: []string{c.ID}, Detail: "is " + c.State}
	switch c.State {
	case network.Available:
	case statePending:
		h = h.waiting()
	default:
		gateway := "--vpn-gateway-id " + c.VPNGateway
		if c.TransitGateway != "" {
			gateway = "--transit-gateway-id " + c.TransitGateway
		}
		h = h.failing(h.Detail+"; a deleted connection cannot be brought back",
			command(c.Location, "aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id %s %s", cmp.Or(c.CustomerGateway, "CGW_ID"), gateway))
	}
	return h
}

// tunnelHop judges that a tunnel is up: a connection that is available says
// nothing of that.
func tunnelHop(c network.VPNConnection) Hop {
	h := Hop{Kind: HopVPNTunnel, Resource: c.ID, Location: c.Location}
	up, down := tunnels(c)
	telemetry := command(c.Location, "aws ec2 describe-vpn-connections --vpn-connection-ids %s --query 'VpnConnections[].VgwTelemetry'", c.ID)
	switch {
	case len(up) > 0:
		h.Verdict, h.By = Pass, []string{c.ID}
		h.Detail = fmt.Sprintf("tunnel %v is up", up)
		if len(down) > 0 {
			h.Detail += fmt.Sprintf("; %v is down: the path has no redundancy", down)
		}
	case c.State == statePending:
		h.Detail = "no tunnel is up while the connection is being made"
		h = h.waiting()
	case len(c.Tunnels) == 0:
		h = h.unknown("the connection has no tunnel telemetry", telemetry)
	default:
		h = h.failing(fmt.Sprintf("no tunnel is up: %v", down), say("bring a tunnel up at the customer gateway %s", c.CustomerGateway), telemetry.Because("its state"))
	}
	return h
}

// tunnels gives the tunnels of a connection by their addresses, those that are
// down with the reason.
func tunnels(c network.VPNConnection) (up, down []string) {
	for _, t := range c.Tunnels {
		if t.Status == "UP" {
			up = append(up, t.OutsideAddress)
			continue
		}
		text := t.OutsideAddress
		if t.Message != "" {
			text += " (" + t.Message + ")"
		}
		down = append(down, text)
	}
	return up, down
}

// vpnRoutes judges that a connection on a virtual private gateway carries ranges.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
func vpnRoutes(c network.VPNConnection, ranges []netip.Prefix) Hop {
	h := Hop{Kind: HopVPNRoute, Resource: c.ID, Location: c.Location, Verdict: Pass, By: []string{c.ID}}
	if !c.StaticRoutesOnly {
		return h.learnt(c, ranges)
	}
	for _, r := range ranges {
		state, found := "", false
		for _, v := range c.Routes {
			if network.Covers(v.Destination, r) && v.State != "deleted" && v.State != "deleting" {
				state, found = v.State, true
				if state != statePending {
					break
				}
			}
		}
		switch {
		case !found:
			return h.failing(fmt.Sprintf("the connection has no static route to %s", r),
				command(c.Location, "aws ec2 create-vpn-connection-route --vpn-connection-id %s --destination-cidr-block %s", c.ID, r))
		case state == statePending:
			h.Detail = fmt.Sprintf("the static route to %s is being made", r)
			h = h.waiting()
		}
	}
	if h.Verdict == Pass {
		h.Detail = "has static routes to " + prefixesText(ranges)
	}
	return h
}

// learnt judges what a connection learns by BGP, as far as its tunnels tell: how
// many routes, not which. Without a tunnel there is nothing to be told; the
// tunnel's own hop says so.
func (h Hop) learnt(c network.VPNConnection, ranges []netip.Prefix) Hop {
	accepted := int32(0)
	for _, t := range c.Tunnels {
		if t.Status == "UP" {
			accepted += t.AcceptedRoutes
		}
	}
	switch {
	case accepted > 0:
		h.Detail = fmt.Sprintf("BGP accepts %d routes over the tunnels that are up", accepted)
	case tunnelUp(c):
		return h.failing("BGP accepts no route from the customer gateway",
			say("announce %s from the customer gateway %s", prefixesText(ranges), c.CustomerGateway),
			command(c.Location, "aws ec2 describe-vpn-connections --vpn-connection-ids %s --query 'VpnConnections[].VgwTelemetry'", c.ID).
				Because("what is accepted"))
	case c.State == statePending:
		h.Detail = "BGP exchanges routes once a tunnel is up"
		h = h.waiting()
	default:
		h.Detail = "BGP exchanges routes once a tunnel is up"
	}
	return h
}
