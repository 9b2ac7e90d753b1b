package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// onPremises makes the client of a source in a data centre, which is a range: no
// group and no VPC is there.
func (w *walk) onPremises(s intent.Source) (client, bool) {
	switch s.Kind {
	case intent.PrefixList:
		if state := w.prefixList(s); !state.ok {
			w.lost(state.hop)
			return client{}, false
		}
	case intent.SecurityGroup, intent.VPC:
		w.lost(Hop{
			Kind: HopSource, Resource: s.String(), Location: w.cluster.Location, Verdict: Fail, Source: s.String(),
			Detail: fmt.Sprintf("%s is not in a data centre", s), Fix: "declare the on-premises CIDR, or the path that leads to " + s.String(),
		})
		return client{}, false
	case intent.CIDR:
	}
	if w.v6 && !w.overTransitGatewayOnly() {
		w.lost(w.noIPv6(s))
		return client{}, false
	}
	return w.rangeClient(s), true
}

// noIPv6 refuses an IPv6 source behind a virtual private gateway.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/ipv4-ipv6.html
func (w *walk) noIPv6(s intent.Source) Hop {
	return Hop{
		Kind: HopAddressFamily, Resource: w.vpc.ID, Location: w.cluster.Location, Verdict: Fail, Source: s.String(),
		Detail: "a virtual private gateway carries no IPv6", Fix: "reach the cluster by IPv4, or over a transit gateway",
	}
}

// overTransitGatewayOnly says whether on-premises networks come by a transit
// gateway: it is named, or no virtual private gateway is there.
func (w *walk) overTransitGatewayOnly() bool {
	if w.Intent.Via != "" {
		return strings.HasPrefix(w.Intent.Via, "tgw-")
	}
	return len(w.gatewaysOf(w.vpc.ID)) == 0 && len(w.attachmentsOf(w.vpc.ID)) > 0
}

// gatewaysOf gives the virtual private gateways of a VPC; the attachment's state
// with each.
func (ix *Index) gatewaysOf(vpc string) []attachedGateway {
	var out []attachedGateway
	for _, id := range sortedKeys(ix.VPNGateways) {
		g := ix.VPNGateways[id]
		for _, a := range g.Attachments {
			if a.VPC == vpc {
				out = append(out, attachedGateway{g, a.State})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b attachedGateway) int { return vgwRank(a.state) - vgwRank(b.state) })
	return out
}

type attachedGateway struct {
	network.VPNGateway
	state string // of the attachment to the VPC that was asked for
}

// verdict judges the attachment: no route can be made before it is there.
func (g attachedGateway) verdict() Verdict {
	switch {
	case g.state == "attaching" || g.State == "pending":
		return Pending
	case g.state == "attached":
		return Pass
	default:
		return Fail
	}
}

func vgwRank(state string) int {
	switch state {
	case "attached":
		return 0
	case "attaching":
		return 1
	default:
		return 2
	}
}

// vpnGateway finds and judges the virtual private gateway of a VPC; false where
// there is none to go on with.
func (w *walk) vpnGateway(vpc network.VPC, source string) (attachedGateway, bool) {
	for _, g := range w.gatewaysOf(vpc.ID) {
		if vpc.ID == w.vpc.ID && w.Intent.Via != "" && w.Intent.Via != g.ID {
			continue
		}
		h := Hop{
			Kind: HopVPNGateway, Resource: g.ID, Location: g.Location, Verdict: Pass, By: []string{g.ID}, Source: source,
			Detail: fmt.Sprintf("is %s to %s", g.state, vpc.ID),
		}
		switch g.verdict() {
		case Pass:
		case Pending:
			h.Verdict, h.By, h.Fix = Pending, nil, "wait; the next run judges it again"
		default:
			h = h.failing(h.Detail, command(g.Location, "aws ec2 attach-vpn-gateway --vpn-gateway-id %s --vpc-id %s", g.ID, vpc.ID))
		}
		w.add(h)
		return g, true
	}
	h := Hop{
		Kind: HopVPNGateway, Resource: stateOr(w.Intent.Via, vpc.ID), Location: vpc.Location, Verdict: Fail, Source: source,
		Detail: "no virtual private gateway is attached to " + vpc.ID,
		Fix:    command(vpc.Location, "aws ec2 attach-vpn-gateway --vpn-gateway-id VGW_ID --vpc-id %s", vpc.ID),
	}
	if vpc.ID == w.vpc.ID && w.Intent.Via != "" {
		h.Detail = fmt.Sprintf("%s is not attached to %s", w.Intent.Via, vpc.ID)
	}
	if f, dark := w.Dark(vpc.Location, network.KindVPNGateway); dark {
		h.Verdict = Unknown
		h.Detail, h.Fix = missingRead(f)
	}
	w.lost(h)
	return attachedGateway{}, false
}

// connections gives the VPN connections of a virtual private gateway or transit
// gateway, those that work first.
func (w *walk) connections(gateway string) []network.VPNConnection {
	var out []network.VPNConnection
	for _, id := range sortedKeys(w.VPNConnections) {
		c := w.VPNConnections[id]
		if (c.VPNGateway == gateway || c.TransitGateway == gateway) && c.State != "deleted" {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b network.VPNConnection) int { return vpnRank(a) - vpnRank(b) })
	return out
}

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

// bestConnection picks the VPN connection for ranges: one that knows them and
// works, then one that knows them, then one that works.
func bestConnection(connections []network.VPNConnection, ranges []netip.Prefix) network.VPNConnection {
	best := connections[0]
	score := func(c network.VPNConnection) int {
		s := -vpnRank(c)
		if knows(c, ranges) {
			s += 16
		}
		return s
	}
	for _, c := range connections[1:] {
		if score(c) > score(best) {
			best = c
		}
	}
	return best
}

// knows says whether a connection may carry ranges: a static one by its routes;
// what BGP announces is seen only in the tables.
func knows(c network.VPNConnection, ranges []netip.Prefix) bool {
	if !c.StaticRoutesOnly {
		return true
	}
	for _, r := range ranges {
		if !slices.ContainsFunc(c.Routes, func(v network.VPNRoute) bool { return network.Covers(v.Destination, r) && v.State != "deleted" }) {
			return false
		}
	}
	return true
}

// vpnConnection judges the connection that leads from a gateway to ranges: its
// state, its tunnels, its routes.
func (w *walk) vpnConnection(gateway string, at network.Location, ranges []netip.Prefix, toVGW bool, source string) (network.VPNConnection, bool) {
	connections := w.connections(gateway)
	if len(connections) == 0 {
		h := Hop{
			Kind: HopVPNConnection, Resource: gateway, Location: at, Verdict: Fail, Source: source,
			Detail: "no VPN connection ends at " + gateway,
			Fix:    command(at, "aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id CGW_ID %s %s", gatewayFlag(toVGW), gateway),
		}
		if f, dark := w.Dark(at, network.KindVPNConnection); dark || at.Account != w.cluster.Account {
			h.Verdict = Unknown
			if !dark {
				f = *w.unread(at)
			}
			h.Detail, h.Fix = missingRead(f)
		}
		w.add(h)
		return network.VPNConnection{}, false
	}
	c := bestConnection(connections, ranges)
	w.add(connectionState(c, source), tunnelHop(c, source))
	if c.InsideIPv6 != w.v6 {
		w.add(w.otherFamily(c, source))
	}
	if toVGW {
		w.add(vpnRoutes(c, ranges, source))
	}
	return c, true
}

// otherFamily refuses a connection whose tunnels carry the other address family:
// each is made for one.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/ipv4-ipv6.html
func (w *walk) otherFamily(c network.VPNConnection, source string) Hop {
	carries, needs := "IPv4", "IPv6"
	if c.InsideIPv6 {
		carries, needs = needs, carries
	}
	return Hop{
		Kind: HopAddressFamily, Resource: c.ID, Location: c.Location, Verdict: Fail, Source: source,
		Detail: fmt.Sprintf("the tunnels carry %s and no %s", carries, needs),
		Fix:    fmt.Sprintf("create a VPN connection for %s (TunnelInsideIpVersion); it cannot be changed afterwards", needs),
	}
}

func gatewayFlag(vgw bool) string {
	if vgw {
		return "--vpn-gateway-id"
	}
	return "--transit-gateway-id"
}

func connectionState(c network.VPNConnection, source string) Hop {
	h := Hop{Kind: HopVPNConnection, Resource: c.ID, Location: c.Location, Verdict: Pass, By: []string{c.ID}, Source: source, Detail: "is " + c.State}
	switch c.State {
	case network.Available:
	case "pending":
		h.Verdict, h.By, h.Fix = Pending, nil, "wait; the next run judges it again"
	default:
		h = h.failing(h.Detail, "create a VPN connection anew; a deleted one cannot be brought back")
	}
	return h
}

// tunnelHop judges that a tunnel is up: a connection that is available says
// nothing of that.
func tunnelHop(c network.VPNConnection, source string) Hop {
	h := Hop{Kind: HopVPNTunnel, Resource: c.ID, Location: c.Location, Verdict: Pass, Source: source}
	var up, down []string
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
	switch {
	case len(up) == 0 && c.State == "pending":
		h.Verdict, h.Detail, h.Fix = Pending, "no tunnel is up while the connection is being made", "wait; the next run judges it again"
		return h
	case len(up) > 0:
		h.By = []string{c.ID}
		h.Detail = fmt.Sprintf("tunnel %v is up", up)
		if len(down) > 0 {
			h.Detail += fmt.Sprintf("; %v is down: the way has no spare", down)
		}
		return h
	case len(c.Tunnels) == 0:
		h.Verdict, h.Detail = Unknown, "the connection has no tunnel telemetry"
		h.Fix = command(c.Location, "aws ec2 describe-vpn-connections --vpn-connection-ids %s --query 'VpnConnections[].VgwTelemetry'", c.ID)
		return h
	default:
		return h.failing(fmt.Sprintf("no tunnel is up: %v", down), "bring a tunnel up at the customer gateway "+c.CustomerGateway)
	}
}

// vpnRoutes judges that a connection on a virtual private gateway carries ranges.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
func vpnRoutes(c network.VPNConnection, ranges []netip.Prefix, source string) Hop {
	h := Hop{Kind: HopVPNRoute, Resource: c.ID, Location: c.Location, Verdict: Pass, By: []string{c.ID}, Source: source}
	if !c.StaticRoutesOnly {
		accepted := int32(0)
		for _, t := range c.Tunnels {
			if t.Status == "UP" {
				accepted += t.AcceptedRoutes
			}
		}
		h.Detail = fmt.Sprintf("BGP accepts %d routes over the tunnels that are up", accepted)
		if accepted == 0 && tunnelUp(c) {
			return h.failing("BGP accepts no route from the customer gateway", "announce "+prefixesText(ranges)+" from the customer gateway "+c.CustomerGateway)
		}
		return h
	}
	for _, r := range ranges {
		covered := slices.ContainsFunc(c.Routes, func(v network.VPNRoute) bool {
			return network.Covers(v.Destination, r) && (v.State == network.Available || v.State == "")
		})
		if !covered {
			return h.failing(fmt.Sprintf("the connection has no static route to %s", r),
				command(c.Location, "aws ec2 create-vpn-connection-route --vpn-connection-id %s --destination-cidr-block %s", c.ID, r))
		}
	}
	h.Detail = "has static routes to " + prefixesText(ranges)
	return h
}

// vgwRoutes judges the routes of a VPC's subnets to its virtual private gateway,
// propagated or static.
func (w *walk) vgwRoutes(g attachedGateway, vpc network.VPC, from []network.Subnet, to []netip.Prefix, block func(netip.Prefix) netip.Prefix, dark *network.Failure, what direction, source string) {
	l := leg{
		Location: vpc.Location, from: from, to: to, block: block, what: what, dark: dark, farName: vpc.ID, propagates: true,
		target: network.Target{Kind: network.TargetVPNGateway, ID: g.ID}, state: g.verdict(),
	}
	if f, hidden := w.Dark(vpc.Location, network.KindRouteTable, network.KindSubnet); hidden && l.dark == nil {
		l.dark = &f
	}
	w.routes(l, source)
}

func itself(p netip.Prefix) netip.Prefix { return p }
