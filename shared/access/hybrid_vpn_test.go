package access

import (
	"testing"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

func judgeVPN(s *network.Snapshot, d Declared) Judgement { return NewIndex(s).Judge(d) }

func TestAVPNOnAVirtualPrivateGatewayIsJudgedFromTheTunnelToTheRule(t *testing.T) {
	j := judgeVPN(withVPN(withVGW(snapshot())), over(intent.VPN, office))
	same(t, "the hops", kinds(j), HopCluster, HopRoute, HopIngress, HopVPNConnection, HopVPNGateway, HopVPNRoute, HopVPNTunnel)
	equal(t, "the state", j.State, StateClosed)
	contains(t, "the tunnel", hop(t, j, HopVPNTunnel).Detail, "203.0.113.1", "no redundancy", "IPSEC IS DOWN")
	for kind, side := range map[HopKind]Side{
		HopVPNConnection: Between, HopVPNTunnel: Between, HopVPNRoute: Between, HopVPNGateway: ClusterSide, HopRoute: ClusterSide,
	} {
		equal(t, "the side of "+string(kind), hop(t, j, kind).Side, side)
	}
	for _, r := range []change.Requirement{routeNeed("vgw-0c"), ruleNeed(office)} {
		equal(t, r.String()+" is needed", needs(j, r), true)
	}
	equal(t, "the number of what is not known", len(j.Unknown), 0)
}

func TestOverAVirtualPrivateGatewayAnIPv6SourceNeedsNothingAndKeepsWhatItHas(t *testing.T) {
	j := judgeVPN(withVPN(withVGW(dualStack(snapshot()))), over(intent.VPN, officeV6))
	same(t, "the hops", kinds(j), HopAddressFamily, HopCluster)
	equal(t, "the state", j.State, StateBlocked)
	equal(t, "the number of needs", len(j.Needs), 0)
	equal(t, "what it holds is kept", hides(j, ruleNeed(officeV6)), true)
}

func TestAnIPv6SourceComesByTheTransitGatewayThoughAVirtualPrivateGatewayHasAVPNToo(t *testing.T) {
	s := withTGW(withVPN(withVGW(dualStack(snapshot()))))
	edit(s.VPNConnections, "vpn-0e", func(c *network.VPNConnection) { c.InsideIPv6 = true })
	j := judgeVPN(s, over(intent.VPN, officeV6))
	equal(t, "the connection", hop(t, j, HopVPNConnection).Resource, "vpn-0e")
	equal(t, "the rule is needed", needs(j, ruleNeed(officeV6)), true)
	equal(t, "an IPv4 source takes", hop(t, judgeVPN(s, over(intent.VPN, office)), HopVPNConnection).Resource, "vpn-0c")
}

func TestWhetherIPv6IsCarriedIsNotKnownWhereTransitGatewaysAreNotRead(t *testing.T) {
	s := darken(withVPN(withVGW(dualStack(snapshot()))), here, network.KindTransitGatewayAttachment)
	j := judgeVPN(s, over(intent.VPN, officeV6))
	equal(t, "the state", j.State, StateUnknown)
	equal(t, "the number of needs", len(j.Needs), 0)
}

func TestTheConnectionOfTheSourcesFamilyIsTaken(t *testing.T) {
	s := withTGW(dualStack(snapshot()))
	other := s.VPNConnections["vpn-0e"]
	other.ID, other.InsideIPv6 = "vpn-0f", true
	other.Tunnels = []network.VPNTunnel{{OutsideAddress: "203.0.113.5", Status: "DOWN"}}
	s.VPNConnections["vpn-0f"] = other
	j := judgeVPN(s, over(intent.VPN, officeV6))
	equal(t, "the connection for IPv6", hop(t, j, HopVPNConnection).Resource, "vpn-0f")
	equal(t, "the tunnel", hop(t, j, HopVPNTunnel).Verdict, Fail)
	equal(t, "the connection for IPv4", hop(t, judgeVPN(s, over(intent.VPN, office)), HopVPNConnection).Resource, "vpn-0e")
}

func TestAConnectionOfTheOtherFamilyIsNamedWithTheCommandForANewOne(t *testing.T) {
	j := judgeVPN(withTGW(dualStack(snapshot())), over(intent.VPN, officeV6))
	h := hop(t, j, HopAddressFamily)
	equal(t, "the resource", h.Resource, "vpn-0e")
	contains(t, "the fix", h.Fix(), "create-vpn-connection", "--transit-gateway-id tgw-0a", "TunnelInsideIpVersion=ipv6", "in account 444455556666")
}

func TestVPNConnectionsBehindAnUnreadableOwnerOfATransitGatewayAreUnknown(t *testing.T) {
	s := darken(withTGW(snapshot()), there, network.KindTransitGateway, network.KindTransitGatewayAttachment, network.KindVPNConnection, network.KindTransitGatewayRouteTable)
	for _, gateway := range []string{"", "tgw-0a"} {
		j := judgeVPN(s, via(over(intent.VPN, office), gateway))
		h := hop(t, j, HopVPNConnection)
		equal(t, "the connection", h.Verdict, Unknown)
		contains(t, "the fix", h.Fix(), "account 444455556666")
		equal(t, "the state", j.State, StateUnknown)
		equal(t, "the own route is needed", needs(j, routeNeed("tgw-0a")), true)
		equal(t, "the own rule is needed", needs(j, ruleNeed(office)), true)
		equal(t, "the gateway's routes are held", hides(j, tgwRouteNeed()), true)
		equal(t, "the rules are held", hides(j, ruleNeed("10.0.0.0/24")), false)
	}
}

func TestAReadableTransitGatewayWithoutAVPNConnectionIsAFailureOfItsOwner(t *testing.T) {
	s := withTGW(snapshot())
	clear(s.VPNConnections)
	delete(s.TransitGatewayAttachments, "tgw-attach-0e")
	h := hop(t, judgeVPN(s, over(intent.VPN, office)), HopVPNConnection)
	equal(t, "the verdict", h.Verdict, Fail)
	contains(t, "the fix", h.Fix(), "create-vpn-connection", "--transit-gateway-id tgw-0a", "--region us-east-1", "in account 444455556666")
}

func TestAVPNConnectionWhoseAttachmentIsGoneIsAFailureAndAPendingOneWaits(t *testing.T) {
	for state, want := range map[string]Verdict{network.Available: Fail, "pending": Pending} {
		s := withTGW(snapshot())
		delete(s.TransitGatewayAttachments, "tgw-attach-0e")
		edit(s.VPNConnections, "vpn-0e", func(c *network.VPNConnection) { c.State = state })
		j := judgeVPN(s, over(intent.VPN, office))
		verdicts := hopsOf(j, HopAttachment)
		equal(t, "the attachment of a connection that is "+state, verdicts["vpn-0e"], want)
		equal(t, "the gateway's routes are held", hides(j, tgwRouteNeed()), true)
	}
}

func TestADeadAttachmentOfAVPNConnectionIsMendedByANewConnectionNotByAVPCAttachment(t *testing.T) {
	s := withTGW(snapshot())
	edit(s.TransitGatewayAttachments, "tgw-attach-0e", func(a *network.TransitGatewayAttachment) { a.State = "deleted" })
	for _, h := range judgeVPN(s, over(intent.VPN, office)).Hops {
		if h.Resource == "tgw-attach-0e" && h.Kind == HopAttachment {
			equal(t, "the verdict", h.Verdict, Fail)
			contains(t, "the fix", h.Fix(), "create-vpn-connection", "in account 444455556666")
			return
		}
	}
	t.Error("no hop for tgw-attach-0e")
}

func TestWithoutAGatewayTheRuleIsJudgedAllTheSameAndTheRoutesAreHeld(t *testing.T) {
	for _, path := range []intent.Path{intent.VPN, intent.DirectConnect} {
		j := NewIndex(snapshot()).Judge(over(path, office))
		same(t, "the hops", kinds(j), HopCluster, HopIngress, HopVPNGateway)
		equal(t, "the state", j.State, StateBlocked)
		equal(t, "the rule is needed", needs(j, ruleNeed(office)), true)
		equal(t, "the route is held", hides(j, routeNeed("vgw-0c")), true)
		equal(t, "the propagation is held", hides(j, propagationNeed()), true)
		equal(t, "another rule is held", hides(j, ruleNeed("10.0.0.0/24")), false)
	}
}

func TestAGatewayThatIsNotReadIsUnknownWhetherPrivateOrTransit(t *testing.T) {
	for _, kind := range []network.Kind{network.KindVPNGateway, network.KindTransitGatewayAttachment} {
		s := darken(snapshot(), here, kind)
		j := judgeVPN(s, over(intent.VPN, office))
		equal(t, "the gateway without "+string(kind), hop(t, j, HopVPNGateway).Verdict, Unknown)
		equal(t, "the route is held", hides(j, routeNeed("vgw-0c")), true)
		equal(t, "the gateway's routes are held", hides(j, tgwRouteNeed()), true)
	}
}

func TestATransitGatewayThatViaNamesAndTheVPCIsNotAttachedTo(t *testing.T) {
	j := judgeVPN(withVPN(withVGW(snapshot())), via(over(intent.VPN, office), "tgw-0k"))
	h := hop(t, j, HopTransitGateway)
	equal(t, "the verdict", h.Verdict, Fail)
	contains(t, "the fix", h.Fix(), "create-transit-gateway-vpc-attachment --transit-gateway-id tgw-0k --vpc-id vpc-0c", "in account 111122223333")
	equal(t, "no route is needed", needs(j, routeNeed("vgw-0c")), false)
	equal(t, "the routes are held", hides(j, routeNeed("tgw-0k")), true)
	dark := judgeVPN(darken(withVGW(snapshot()), here, network.KindTransitGatewayAttachment), via(over(intent.VPN, office), "tgw-0k"))
	equal(t, "where attachments are not read", hop(t, dark, HopTransitGateway).Verdict, Unknown)
}

func TestWhileAConnectionIsMadeWhatLeansOnItIsPending(t *testing.T) {
	for _, static := range []bool{true, false} {
		s := withVPN(withVGW(snapshot()))
		edit(s.VPNConnections, "vpn-0c", func(c *network.VPNConnection) {
			c.State, c.StaticRoutesOnly = "pending", static
			c.Tunnels = []network.VPNTunnel{{OutsideAddress: "203.0.113.1", Status: "DOWN"}}
			c.Routes[0].State = "pending"
		})
		j := judgeVPN(s, over(intent.VPN, office))
		for _, kind := range []HopKind{HopVPNConnection, HopVPNTunnel, HopVPNRoute} {
			equal(t, string(kind), hop(t, j, kind).Verdict, Pending)
		}
		equal(t, "the state", j.State, StatePending)
	}
}

func TestADetachedGatewayKeepsThePropagationThatTheIntentHolds(t *testing.T) {
	s := withVPN(withVGW(snapshot()))
	edit(s.VPNGateways, "vgw-0c", func(g *network.VPNGateway) { g.Attachments[0].State = "detached" })
	edit(s.RouteTables, "rtb-0c", func(r *network.RouteTable) { r.PropagatingVGWs = []string{"vgw-0c"} })
	j := judgeVPN(s, over(intent.VPN, office))
	equal(t, "the gateway", hop(t, j, HopVPNGateway).Verdict, Fail)
	equal(t, "the propagation is held", hides(j, propagationNeed()), true)
}

func TestAStaticRouteThatIsDeletedDoesNotCarry(t *testing.T) {
	s := withVPN(withVGW(snapshot()))
	edit(s.VPNConnections, "vpn-0c", func(c *network.VPNConnection) { c.Routes[0].State = "deleting" })
	h := hop(t, judgeVPN(s, over(intent.VPN, office)), HopVPNRoute)
	equal(t, "the verdict", h.Verdict, Fail)
	contains(t, "the fix", h.Fix(), "create-vpn-connection-route --vpn-connection-id vpn-0c --destination-cidr-block "+office, "in account 111122223333")
}

func TestWithoutTelemetryATunnelIsUnknown(t *testing.T) {
	s := withVPN(withVGW(snapshot()))
	edit(s.VPNConnections, "vpn-0c", func(c *network.VPNConnection) { c.Tunnels = nil })
	equal(t, "the tunnel", hop(t, judgeVPN(s, over(intent.VPN, office)), HopVPNTunnel).Verdict, Unknown)
}
