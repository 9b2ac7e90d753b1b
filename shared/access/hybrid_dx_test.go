package access

import (
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

func judgeDX(s *network.Snapshot, sources ...string) Judgement {
	if len(sources) == 0 {
		sources = []string{office}
	}
	return NewIndex(s).Judge(over(intent.DirectConnect, sources...))
}

// onGateway puts virtual interfaces on vgw-0c itself.
func onGateway(vifs ...network.VirtualInterface) *network.Snapshot {
	s := withVGW(snapshot())
	for _, v := range vifs {
		v.VPNGateway = "vgw-0c"
		s.VirtualInterfaces[v.ID] = v
	}
	return s
}

func TestTheSessionOfTheSourcesFamilyDecides(t *testing.T) {
	session := func(family, state, status string) network.BGPPeer {
		return network.BGPPeer{ID: "dxpeer-0" + family, AddressFamily: family, State: state, Status: status}
	}
	tests := []struct {
		name, source, interfaceState string
		sessions                     []network.BGPPeer
		want                         Verdict
		fix                          string
	}{
		{"up", office, "available", []network.BGPPeer{session("ipv4", "available", "up")}, Pass, ""},
		{"up for the other family alone", office, "available", []network.BGPPeer{session("ipv6", "available", "up")}, Fail, "create-bgp-peer --virtual-interface-id dxvif-0a --new-bgp-peer asn=ASN,addressFamily=ipv4"},
		{"none for IPv6", officeV6, "available", []network.BGPPeer{session("ipv4", "available", "up")}, Fail, "addressFamily=ipv6"},
		{"up for IPv6", officeV6, "available", []network.BGPPeer{session("ipv4", "available", "down"), session("ipv6", "available", "up")}, Pass, ""},
		{"down", office, "available", []network.BGPPeer{session("ipv4", "available", "down")}, Fail, "peer address, ASN"},
		{"deleted", office, "available", []network.BGPPeer{session("ipv4", "deleted", "down")}, Fail, "create-bgp-peer"},
		{"being made", office, "available", []network.BGPPeer{session("ipv4", "pending", "down")}, Pending, ""},
		{"not told", office, "available", []network.BGPPeer{session("ipv4", "available", "unknown")}, Unknown, "describe-virtual-interfaces"},
		{"none told at all", office, "available", nil, Unknown, "describe-virtual-interfaces"},
		{"down on an interface that waits for its owner", office, "confirming", []network.BGPPeer{session("ipv4", "pending", "down")}, Pending, ""},
		{"down on an interface that is made", office, "pending", nil, Pending, ""},
		{"down on an interface under a failover test", office, "testing", []network.BGPPeer{session("ipv4", "available", "down")}, Pending, ""},
		{"down on an interface that is down", office, "down", []network.BGPPeer{session("ipv4", "available", "down")}, Fail, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := vif("dxvif-0a", "0.0.0.0/0", "::/0")
			v.State, v.BGPPeers = tt.interfaceState, tt.sessions
			h := hop(t, judgeDX(dualStack(onGateway(v)), tt.source), HopBGP)
			equal(t, "the session", h.Verdict, tt.want)
			contains(t, "the fix", h.Fix(), tt.fix)
		})
	}
}

func TestWhatTheDataCentreAnnouncesDecidesWhereItIsTold(t *testing.T) {
	silent := vif("dxvif-0a")
	silent.Advertised = nil
	tests := []struct {
		name   string
		vifs   []network.VirtualInterface
		want   Verdict
		detail string
	}{
		{"the source", []network.VirtualInterface{vif("dxvif-0a", "192.168.0.0/16")}, Pass, "announces " + office},
		{"everything", []network.VirtualInterface{vif("dxvif-0a", "0.0.0.0/0")}, Pass, office},
		{"another network", []network.VirtualInterface{vif("dxvif-0a", "172.16.0.0/12")}, Fail, office},
		{"nothing", []network.VirtualInterface{vif("dxvif-0a")}, Fail, office},
		{"half of it", []network.VirtualInterface{vif("dxvif-0a", "192.168.4.0/25")}, Fail, office},
		{"each half over an interface of its own", []network.VirtualInterface{vif("dxvif-0a", "192.168.4.0/25"), vif("dxvif-0b", "192.168.4.128/25")}, Pass, office},
		{"the source over the second interface", []network.VirtualInterface{vif("dxvif-0a", "172.16.0.0/12"), vif("dxvif-0b", "192.168.0.0/16")}, Pass, office},
		{"what is not told", []network.VirtualInterface{silent}, Pass, "was not reported"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := hop(t, judgeDX(onGateway(tt.vifs...)), HopBGP)
			equal(t, "the session", h.Verdict, tt.want)
			contains(t, "the detail", h.Detail, tt.detail)
			if tt.want == Fail {
				contains(t, "the fix", h.Fix(), "list-virtual-interface-routes --virtual-interface-id dxvif-0a", "in account 111122223333")
			}
		})
	}
}

func TestRefusedRoutesOfAnInterfaceAreARemarkAndNoVerdict(t *testing.T) {
	v := vif("dxvif-0a")
	v.Accepted, v.RoutesUnread = cidrs("172.16.0.0/12"), "directconnect:ListVirtualInterfaceRoutes gave AccessDeniedException"
	j := judgeDX(onGateway(v))
	h := hop(t, j, HopBGP)
	equal(t, "the session", h.Verdict, Pass)
	contains(t, "the detail", h.Detail, "directconnect:ListVirtualInterfaceRoutes", "AccessDeniedException")
	equal(t, "the state", j.State, StateClosed)
	equal(t, "the number of what is not known", len(j.Unknown), 0)
}

func TestAWorkingWayThroughADirectConnectGatewayCountsBesideABrokenInterface(t *testing.T) {
	broken := vif("dxvif-0a", "192.168.0.0/16")
	broken.State = "down"
	s := withDX(onGateway(broken), "vgw-0c")
	j := judgeDX(s)
	equal(t, "the interface", hop(t, j, HopVirtualInterface).Resource, "dxvif-0d")
	equal(t, "the association", hop(t, j, HopDirectConnectAssociation).Verdict, Pass)
	edit(s.DirectConnectGatewayAssociations, "dxassoc-0d", func(a *network.DirectConnectGatewayAssociation) { a.State = "disassociating" })
	edit(s.VirtualInterfaces, "dxvif-0a", func(v *network.VirtualInterface) { v.State = network.Available })
	equal(t, "the interface while the association ends", hop(t, judgeDX(s), HopVirtualInterface).Resource, "dxvif-0a")
}

func TestOfTwoDirectConnectGatewaysTheOneThatWorksIsJudged(t *testing.T) {
	s := withDX(withTGW(snapshot()), "tgw-0a")
	clear(s.VPNConnections)
	a := s.DirectConnectGatewayAssociations["dxassoc-0d"]
	a.ID, a.DirectConnectGateway = "dxassoc-0a", "dxgw-0a"
	s.DirectConnectGatewayAssociations[a.ID] = a
	s.DirectConnectGateways["dxgw-0a"] = network.DirectConnectGateway{ID: "dxgw-0a", Account: there.Account, State: network.Available}
	equal(t, "the gateway", hop(t, judgeDX(s), HopDirectConnectGateway).Resource, "dxgw-0d")
}

func TestAnInterfaceThatWaitsToBeConfirmedIsNamedWhereNothingElseLeadsToTheGateway(t *testing.T) {
	waiting := vif("dxvif-0h")
	waiting.State = "confirming"
	t.Run("onto a virtual private gateway", func(t *testing.T) {
		s := withVGW(snapshot())
		s.VirtualInterfaces["dxvif-0h"] = waiting
		j := judgeDX(s)
		h := hop(t, j, HopVirtualInterface)
		equal(t, "the verdict", h.Verdict, Pending)
		contains(t, "the fix", h.Fix(), "confirm-private-virtual-interface --virtual-interface-id dxvif-0h --virtual-gateway-id vgw-0c", "in account 111122223333")
		equal(t, "the state", j.State, StatePending)
	})
	t.Run("onto a Direct Connect gateway of a transit gateway", func(t *testing.T) {
		s := withDX(withTGW(snapshot()), "tgw-0a")
		clear(s.VirtualInterfaces)
		v := waiting
		v.Type, v.Location = "transit", there
		s.VirtualInterfaces["dxvif-0h"] = v
		h := hop(t, judgeDX(s), HopVirtualInterface)
		equal(t, "the verdict", h.Verdict, Pending)
		contains(t, "the fix", h.Fix(), "confirm-transit-virtual-interface --virtual-interface-id dxvif-0h --direct-connect-gateway-id dxgw-0d", "in account 444455556666")
	})
	t.Run("not beside one that is there", func(t *testing.T) {
		s := onGateway(vif("dxvif-0z", "192.168.0.0/16"))
		s.VirtualInterfaces["dxvif-0h"] = waiting
		equal(t, "the interface", hop(t, judgeDX(s), HopVirtualInterface).Resource, "dxvif-0z")
	})
	t.Run("not where one that is there may be hidden", func(t *testing.T) {
		s := withVGW(snapshot())
		s.VirtualInterfaces["dxvif-0h"] = waiting
		s.Failures = []network.Failure{{Location: far, Kind: network.KindVirtualInterface, Operation: "directconnect:DescribeVirtualInterfaces", Code: "AccessDeniedException"}}
		equal(t, "the interfaces", len(hopsOf(judgeDX(s), HopVirtualInterface)), 0)
	})
}

func TestTheOwnerOfADirectConnectGatewayIsNamedWhereItIsNotRead(t *testing.T) {
	s := darken(withDX(withVGW(snapshot()), "vgw-0c"), there, network.KindDirectConnectGateway, network.KindVirtualInterface)
	j := judgeDX(s)
	for _, kind := range []HopKind{HopDirectConnectGateway, HopVirtualInterface} {
		h := hop(t, j, kind)
		equal(t, string(kind), h.Verdict, Unknown)
		contains(t, "the fix of "+string(kind), h.Fix(), "account 444455556666")
	}
	equal(t, "the own route is needed", needs(j, routeNeed("vgw-0c")), true)
	equal(t, "the state", j.State, StateUnknown)
}

func TestInterfacesMayBeHiddenInAnyAccountAndRegion(t *testing.T) {
	s := withDX(withVGW(snapshot()), "vgw-0c")
	clear(s.VirtualInterfaces)
	equal(t, "an interface that is not there", hop(t, judgeDX(s), HopVirtualInterface).Verdict, Fail)
	s.Failures = []network.Failure{{Location: far, Kind: network.KindVirtualInterface, Operation: "directconnect:DescribeVirtualInterfaces", Code: "AccessDeniedException"}}
	h := hop(t, judgeDX(s), HopVirtualInterface)
	equal(t, "one that may be hidden", h.Verdict, Unknown)
	contains(t, "the detail", h.Detail, "eu-west-1")
}

func TestAllowedPrefixesAreAFilterOnBlocksForOneGatewayAndAnnouncedAsTheyAreForTheOther(t *testing.T) {
	for _, tt := range []struct {
		gateway, allowed string
		want             Verdict
	}{
		{"vgw-0c", "10.0.0.0/16", Pass},
		{"vgw-0c", "10.0.0.0/8", Pass},
		{"vgw-0c", "10.0.1.0/24", Fail},
		{"tgw-0a", "10.0.1.0/24", Pass},
		{"tgw-0a", "10.0.2.0/24", Fail},
	} {
		s := withTGW(snapshot())
		if tt.gateway == "vgw-0c" {
			s = withVGW(snapshot())
		}
		withDX(s, tt.gateway)
		edit(s.DirectConnectGatewayAssociations, "dxassoc-0d", func(a *network.DirectConnectGatewayAssociation) { a.AllowedPrefixes = cidrs(tt.allowed) })
		h := hop(t, judgeDX(s), HopDirectConnectAssociation)
		equal(t, tt.gateway+" with "+tt.allowed, h.Verdict, tt.want)
		if tt.want == Fail {
			contains(t, "the fix", h.Fix(), "--association-id dxassoc-0d --add-allowed-prefixes-to-direct-connect-gateway cidr=10.0.0.0/16", "in account 444455556666")
		}
	}
}

func TestDirectConnectBehindAnUnreadableOwnerOfATransitGatewayIsUnknown(t *testing.T) {
	s := darken(withDX(withTGW(snapshot()), "tgw-0a"), there, network.KindTransitGatewayAttachment, network.KindDirectConnectAssociation)
	j := judgeDX(s)
	h := hop(t, j, HopDirectConnectAssociation)
	equal(t, "the association", h.Verdict, Unknown)
	contains(t, "the fix", h.Fix(), "account 444455556666")
	equal(t, "the gateway's routes are held", hides(j, tgwRouteNeed()), true)
	equal(t, "the own route is needed", needs(j, routeNeed("tgw-0a")), true)
}

func TestTheAttachmentOfADirectConnectGatewayComesWithItsAssociation(t *testing.T) {
	for state, want := range map[string]Verdict{"associating": Pending, "associated": Fail} {
		s := withDX(withTGW(snapshot()), "tgw-0a")
		delete(s.TransitGatewayAttachments, "tgw-attach-0d")
		edit(s.DirectConnectGatewayAssociations, "dxassoc-0d", func(a *network.DirectConnectGatewayAssociation) { a.State = state })
		equal(t, "the attachment while "+state, hopsOf(judgeDX(s), HopAttachment)["dxgw-0d"], want)
	}
}
