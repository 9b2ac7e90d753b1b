package observe_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// vpnWorld is a cache VPC with a virtual private gateway and a VPN connection,
// and Direct Connect beside it: one virtual interface at the gateway itself, one
// of another account behind a Direct Connect gateway.
const vpnWorld = homeWorld + `
    VpnGateways:
      - {VpnGatewayId: vgw-0c, State: available, VpcAttachments: [{VpcId: vpc-0c, State: attached}]}
      - {VpnGatewayId: vgw-0k, State: available}
    CustomerGateways:
      - {CustomerGatewayId: cgw-01, State: available, IpAddress: 198.51.100.7, Type: ipsec.1, BgpAsn: "65000"}
    VpnConnections:
      - VpnConnectionId: vpn-01
        State: available
        Type: ipsec.1
        VpnGatewayId: vgw-0c
        CustomerGatewayId: cgw-01
        Options: {StaticRoutesOnly: true}
        Routes: [{DestinationCidrBlock: 192.168.0.0/16, Source: Static, State: available}]
        VgwTelemetry:
          - {OutsideIpAddress: 203.0.113.2, Status: DOWN, AcceptedRouteCount: 0, StatusMessage: IPSEC IS DOWN}
          - {OutsideIpAddress: 203.0.113.1, Status: UP, AcceptedRouteCount: 1}
    VirtualInterfaces:
      - {virtualInterfaceId: dxvif-0g, virtualInterfaceName: direct, virtualInterfaceType: private, virtualInterfaceState: available,
         virtualGatewayId: vgw-0c, bgpPeers: [{bgpPeerId: dxpeer-01, addressFamily: ipv4, bgpPeerState: available, bgpStatus: up}]}
      - {virtualInterfaceId: dxvif-0z, virtualInterfaceName: other, virtualInterfaceType: public, virtualInterfaceState: available}
    DirectConnectGatewayAssociations:
      - associationId: 00000000-0000-0000-0000-00000000000a
        directConnectGatewayId: 00000000-0000-0000-0000-0000000000d1
        directConnectGatewayOwnerAccount: "444455556666"
        associationState: associated
        associatedGateway: {id: vgw-0c, type: virtualPrivateGateway, ownerAccount: "123456789012", region: us-east-1}
        allowedPrefixesToDirectConnectGateway: [{cidr: 10.0.0.0/16}]
"444455556666":
  us-east-1:
    DirectConnectGateways:
      - {directConnectGatewayId: 00000000-0000-0000-0000-0000000000d1, directConnectGatewayName: corporate, ownerAccount: "444455556666",
         directConnectGatewayState: available}
    DirectConnectGatewayAttachments:
      - {directConnectGatewayId: 00000000-0000-0000-0000-0000000000d1, virtualInterfaceId: dxvif-0r, virtualInterfaceOwnerAccount: "111122223333",
         virtualInterfaceRegion: eu-west-1, attachmentState: attached}
"111122223333":
  eu-west-1:
    VirtualInterfaces:
      - {virtualInterfaceId: dxvif-0r, virtualInterfaceName: remote, virtualInterfaceType: private, virtualInterfaceState: down,
         directConnectGatewayId: 00000000-0000-0000-0000-0000000000d1, ownerAccount: "111122223333"}
`

const dxGateway = "00000000-0000-0000-0000-0000000000d1"

var office = observe.Source{CIDR: netip.MustParsePrefix("192.168.4.0/24")}

func TestAVPNIsReadFromItsGatewayToTheCustomer(t *testing.T) {
	clients := clientsOf(simOf(t, vpnWorld))
	s := readUnit(t, clients, wantFrom("vpn", office))
	wantNoFailures(t, s)
	wantGateway := map[string]network.VPNGateway{
		"vgw-0c": {ID: "vgw-0c", Location: home, State: "available", Attachments: []network.VPNGatewayAttachment{{VPC: "vpc-0c", State: "attached"}}},
	}
	if diff := cmp.Diff(wantGateway, s.VPNGateways); diff != "" {
		t.Errorf("VPN gateways (-want +got):\n%s", diff)
	}
	wantConnection := map[string]network.VPNConnection{"vpn-01": {
		ID: "vpn-01", Location: home, State: "available", VPNGateway: "vgw-0c", CustomerGateway: "cgw-01", StaticRoutesOnly: true,
		Routes: []network.VPNRoute{{Destination: netip.MustParsePrefix("192.168.0.0/16"), State: "available"}},
		Tunnels: []network.VPNTunnel{
			{OutsideAddress: "203.0.113.1", Status: "UP", AcceptedRoutes: 1},
			{OutsideAddress: "203.0.113.2", Status: "DOWN", Message: "IPSEC IS DOWN"},
		},
	}}
	if diff := cmp.Diff(wantConnection, s.VPNConnections, ignorePrefixFields); diff != "" {
		t.Errorf("VPN connections (-want +got):\n%s", diff)
	}
	if c := s.CustomerGateways["cgw-01"]; c.Address != "198.51.100.7" || c.State != "available" {
		t.Errorf("cgw-01 is %q at %q", c.State, c.Address)
	}
	wantAsked(t, s, "vgw-0c", "vpn-01", "cgw-01")
	for op, n := range clients.Calls() {
		if strings.HasPrefix(op, "directconnect:") {
			t.Errorf("%d calls of %s for a VPN", n, op)
		}
	}
}

func TestAnOnPremisesSourceLooksForNoVPC(t *testing.T) {
	for _, path := range []string{"vpn", "direct-connect"} {
		s := readRequest(t, clientsOf(simOf(t, vpnWorld)), observe.Request{
			Unit: unit, Now: now, Wants: []observe.Want{wantFrom(path, observe.Source{CIDR: netip.MustParsePrefix("10.0.0.0/8")})},
			Locations: []network.Location{home, peer, away},
		})
		wantKeys(t, "VPCs", s.VPCs, "vpc-0c")
	}
}

func TestDirectConnectIsReadToItsVirtualInterfacesInAnyRegion(t *testing.T) {
	clients := clientsOf(simOf(t, vpnWorld))
	s := readUnit(t, clients, wantFrom("direct-connect", office))
	wantNoFailures(t, s)
	wantKeys(t, "virtual interfaces", s.VirtualInterfaces, "dxvif-0g", "dxvif-0r")
	want := network.VirtualInterface{
		ID: "dxvif-0g", Location: home, Name: "direct", Type: "private", State: "available", VPNGateway: "vgw-0c",
		BGPPeers: []network.BGPPeer{{ID: "dxpeer-01", AddressFamily: "ipv4", State: "available", Status: "up"}},
	}
	if diff := cmp.Diff(want, s.VirtualInterfaces["dxvif-0g"]); diff != "" {
		t.Errorf("dxvif-0g (-want +got):\n%s", diff)
	}
	if v := s.VirtualInterfaces["dxvif-0r"]; v.Location != away || v.DirectConnectGateway != dxGateway || v.State != "down" {
		t.Errorf("dxvif-0r is %s at %s", v.State, v.Location)
	}
	wantDX := map[string]network.DirectConnectGateway{dxGateway: {ID: dxGateway, Name: "corporate", Account: hub.Account, State: "available"}}
	if diff := cmp.Diff(wantDX, s.DirectConnectGateways); diff != "" {
		t.Errorf("Direct Connect gateways (-want +got):\n%s", diff)
	}
	wantAssociation := map[string]network.DirectConnectGatewayAssociation{"00000000-0000-0000-0000-00000000000a": {
		ID: "00000000-0000-0000-0000-00000000000a", DirectConnectGateway: dxGateway, DirectConnectGatewayOwner: hub.Account, Gateway: "vgw-0c", GatewayType: "virtualPrivateGateway",
		Region: "us-east-1", State: "associated", AllowedPrefixes: prefixes("10.0.0.0/16"),
	}}
	if diff := cmp.Diff(wantAssociation, s.DirectConnectGatewayAssociations, ignorePrefixFields); diff != "" {
		t.Errorf("associations (-want +got):\n%s", diff)
	}
	wantAsked(t, s, dxGateway, "00000000-0000-0000-0000-00000000000a", "dxvif-0g", "dxvif-0r", "dxpeer-01", observe.LocationKey(hub), observe.LocationKey(away))
	if n := clients.Calls()["ec2:DescribeVpnConnections"]; n != 0 {
		t.Errorf("%d calls of DescribeVpnConnections for Direct Connect", n)
	}
}

// exchanging gives the virtual interface dxvif-0g routes.
func exchanging(world string) string {
	return strings.Replace(world, "virtualGatewayId: vgw-0c, bgpPeers:", `virtualGatewayId: vgw-0c, routes: [
         {cidr: 192.168.0.0/16, routeDirection: accepted, addressFamily: ipv4}, {cidr: "2001:db8:a::/48", routeDirection: accepted, addressFamily: ipv6},
         {cidr: 172.16.0.0/12, routeDirection: accepted, addressFamily: ipv4}, {cidr: 10.0.0.0/16, routeDirection: advertised, addressFamily: ipv4}], bgpPeers:`, 1)
}

func TestTheRoutesOfAVirtualInterfaceAreReadWhereItsSessionIsUp(t *testing.T) {
	clients := clientsOf(simOf(t, exchanging(vpnWorld)))
	s := readUnit(t, clients, wantFrom("direct-connect", office))
	wantNoFailures(t, s)
	v := s.VirtualInterfaces["dxvif-0g"]
	if diff := cmp.Diff(prefixes("172.16.0.0/12", "192.168.0.0/16", "2001:db8:a::/48"), v.Accepted, ignorePrefixFields); diff != "" {
		t.Errorf("accepted routes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(prefixes("10.0.0.0/16"), v.Advertised, ignorePrefixFields); diff != "" {
		t.Errorf("advertised routes (-want +got):\n%s", diff)
	}
	if n := clients.Calls()["directconnect:ListVirtualInterfaceRoutes"]; n != 1 {
		t.Errorf("%d calls of ListVirtualInterfaceRoutes, and one interface on the way is up", n)
	}
}

func TestRefusedRoutesOfAVirtualInterfaceLeaveItsState(t *testing.T) {
	sim := simOf(t, exchanging(vpnWorld))
	sim.Fail(awssim.Injection{Operation: "directconnect:ListVirtualInterfaceRoutes", Code: "AccessDeniedException"})
	s := readUnit(t, clientsOf(sim), wantFrom("direct-connect", office))
	wantKeys(t, "virtual interfaces", s.VirtualInterfaces, "dxvif-0g", "dxvif-0r")
	if v := s.VirtualInterfaces["dxvif-0g"]; v.State != "available" || len(v.BGPPeers) != 1 || len(v.Accepted) != 0 {
		t.Errorf("dxvif-0g is %s with %d BGP peers and accepts %v", v.State, len(v.BGPPeers), v.Accepted)
	}
	if _, ok := s.Failed(home, network.KindVirtualInterfaceRoute, "dxvif-0g"); !ok {
		t.Errorf("the refusal is no failure of dxvif-0g: %+v", s.Failures)
	}
	if _, ok := s.Failed(home, network.KindVirtualInterface, ""); ok {
		t.Error("refused routes hide virtual interfaces")
	}
}

// hosted are virtual interfaces that wait to be confirmed: for the caches'
// account, by it for another one, and onto a gateway that is not on the way.
const hosted = `
    VirtualInterfaces:
      - {virtualInterfaceId: dxvif-0h, virtualInterfaceType: private, virtualInterfaceState: confirming, ownerAccount: "123456789012"}
      - {virtualInterfaceId: dxvif-0i, virtualInterfaceType: private, virtualInterfaceState: confirming, ownerAccount: "444455556666"}
      - {virtualInterfaceId: dxvif-0j, virtualInterfaceType: private, virtualInterfaceState: confirming, ownerAccount: "123456789012", virtualGatewayId: vgw-0k}`

func TestAVirtualInterfaceThatWaitsForItsOwnerIsReadThoughItIsAtNoGateway(t *testing.T) {
	s := readUnit(t, clientsOf(simOf(t, strings.Replace(vpnWorld, "\n    VirtualInterfaces:", hosted, 1))), wantFrom("direct-connect", office))
	wantNoFailures(t, s)
	wantKeys(t, "virtual interfaces", s.VirtualInterfaces, "dxvif-0g", "dxvif-0h", "dxvif-0r")
	if v := s.VirtualInterfaces["dxvif-0h"]; v.State != "confirming" || v.Location != home {
		t.Errorf("dxvif-0h is %s at %s", v.State, v.Location)
	}
}

func TestAVPCWithoutGatewaysCallsNothingOfDirectConnect(t *testing.T) {
	clients := clientsOf(simOf(t, homeWorld))
	readUnit(t, clients, wantFrom("direct-connect", office))
	for op, n := range clients.Calls() {
		if strings.HasPrefix(op, "directconnect:") {
			t.Errorf("%d calls of %s", n, op)
		}
	}
}

func TestADarkVirtualInterfaceAccountIsAFailure(t *testing.T) {
	sim := simOf(t, vpnWorld)
	sim.Fail(awssim.Injection{Account: away.Account, Code: "AccessDeniedException"})
	s := readUnit(t, clientsOf(sim), wantFrom("direct-connect", office))
	wantKeys(t, "virtual interfaces", s.VirtualInterfaces, "dxvif-0g")
	if f, ok := s.Failed(away, network.KindVirtualInterface, ""); !ok || f.Operation != "directconnect:DescribeVirtualInterfaces" {
		t.Errorf("the failure is %s, %v", f.Operation, ok)
	}
}

func TestANamedVPNGatewayThatIsNotAttachedIsRead(t *testing.T) {
	w := wantFrom("vpn", office)
	w.Via = "vgw-0k"
	s := readUnit(t, clientsOf(simOf(t, vpnWorld)), w)
	wantNoFailures(t, s)
	wantKeys(t, "VPN gateways", s.VPNGateways, "vgw-0c", "vgw-0k")
}

// spokeWorld is an application VPC and a transit VPC with an appliance, both of
// another account in another Region.
const spokeWorld = vpnWorld + `
    Vpcs:
      - {VpcId: vpc-0w, CidrBlock: 10.7.0.0/16}
      - {VpcId: vpc-0t, CidrBlock: 10.100.0.0/16}
    Subnets:
      - {SubnetId: subnet-0w1, VpcId: vpc-0w, CidrBlock: 10.7.1.0/24, AvailabilityZone: eu-west-1a}
      - {SubnetId: subnet-0t1, VpcId: vpc-0t, CidrBlock: 10.100.1.0/24, AvailabilityZone: eu-west-1a}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-0t, VpcId: vpc-0t, SubnetId: subnet-0t1, PrivateIpAddress: 10.100.1.4, Status: in-use, SourceDestCheck: false}
    VpnGateways:
      - {VpnGatewayId: vgw-0w, State: available, VpcAttachments: [{VpcId: vpc-0w, State: attached}]}
    CustomerGateways:
      - {CustomerGatewayId: cgw-0w, State: available, IpAddress: 198.51.100.9, Type: ipsec.1, BgpAsn: "65001"}
    VpnConnections:
      - {VpnConnectionId: vpn-0w, State: available, Type: ipsec.1, VpnGatewayId: vgw-0w, CustomerGatewayId: cgw-0w}
`

func TestATransitVPCIsReadOnBothSpokesAndAtTheAppliance(t *testing.T) {
	w := wantFrom("transit-vpc", observe.Source{CIDR: netip.MustParsePrefix("10.7.1.0/24")})
	w.Via = "eni-0t"
	s := readRequest(t, clientsOf(simOf(t, spokeWorld)), observe.Request{
		Unit: unit, Now: now, Wants: []observe.Want{w}, Locations: []network.Location{home, away},
	})
	wantNoFailures(t, s)
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c", "vpc-0w", "vpc-0t")
	wantKeys(t, "VPN gateways", s.VPNGateways, "vgw-0c", "vgw-0w")
	wantKeys(t, "VPN connections", s.VPNConnections, "vpn-01", "vpn-0w")
	wantKeys(t, "customer gateways", s.CustomerGateways, "cgw-01", "cgw-0w")
	if i, ok := s.NetworkInterfaces["eni-0t"]; !ok || i.SourceDestCheck || i.Location != away {
		t.Errorf("the appliance's interface is %v at %s", ok, i.Location)
	}
	tables := 0
	for _, table := range s.RouteTables {
		if table.VPC == "vpc-0t" || table.VPC == "vpc-0w" {
			tables++
		}
	}
	if tables != 2 {
		t.Errorf("%d route tables of the far VPCs, want 2", tables)
	}
	wantAsked(t, s, "eni-0t", "vgw-0w", "vpn-0w")
}

// vpnOverTransit is a transit gateway of another account with a VPN connection
// and a Direct Connect gateway attached.
const vpnOverTransit = homeWorld + `
    TransitGatewayVpcAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-0c, TransitGatewayId: tgw-01, VpcId: vpc-0c, VpcOwnerId: "123456789012", SubnetIds: [subnet-0c1]}
"444455556666":
  us-east-1:
    TransitGateways:
      - {TransitGatewayId: tgw-01}
    CustomerGateways:
      - {CustomerGatewayId: cgw-01, State: available, IpAddress: 198.51.100.7, Type: ipsec.1, BgpAsn: "65000"}
    VpnConnections:
      - {VpnConnectionId: vpn-0h, State: available, Type: ipsec.1, TransitGatewayId: tgw-01, CustomerGatewayId: cgw-01}
      - {VpnConnectionId: vpn-0o, State: available, Type: ipsec.1, CustomerGatewayId: cgw-01}
    TransitGatewayAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-0v, TransitGatewayId: tgw-01, ResourceType: vpn, ResourceId: vpn-0h, ResourceOwnerId: "444455556666"}
      - {TransitGatewayAttachmentId: tgw-attach-0d, TransitGatewayId: tgw-01, ResourceType: direct-connect-gateway,
         ResourceId: 00000000-0000-0000-0000-0000000000d1, ResourceOwnerId: "444455556666"}
    TransitGatewayRouteTables:
      - TransitGatewayRouteTableId: tgw-rtb-01
        TransitGatewayId: tgw-01
        Associations:
          - {TransitGatewayAttachmentId: tgw-attach-0c, State: associated}
          - {TransitGatewayAttachmentId: tgw-attach-0v, State: associated}
          - {TransitGatewayAttachmentId: tgw-attach-0d, State: associated}
        Routes:
          - {DestinationCidrBlock: 192.168.0.0/16, Type: static, State: active,
             TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-0v, ResourceId: vpn-0h, ResourceType: vpn}]}
    DirectConnectGateways:
      - {directConnectGatewayId: 00000000-0000-0000-0000-0000000000d1, directConnectGatewayName: corporate, ownerAccount: "444455556666",
         directConnectGatewayState: available}
    DirectConnectGatewayAssociations:
      - associationId: 00000000-0000-0000-0000-00000000000b
        directConnectGatewayId: 00000000-0000-0000-0000-0000000000d1
        directConnectGatewayOwnerAccount: "444455556666"
        associationState: associated
        associatedGateway: {id: tgw-01, type: transitGateway, ownerAccount: "444455556666", region: us-east-1}
        allowedPrefixesToDirectConnectGateway: [{cidr: 10.0.0.0/16}]
    VirtualInterfaces:
      - {virtualInterfaceId: dxvif-0t, virtualInterfaceType: transit, virtualInterfaceState: available,
         directConnectGatewayId: 00000000-0000-0000-0000-0000000000d1, ownerAccount: "444455556666"}
`

func TestOnPremisesBehindATransitGatewayIsReadFromItsOwner(t *testing.T) {
	t.Run("vpn", func(t *testing.T) {
		s := readUnit(t, clientsOf(simOf(t, vpnOverTransit)), wantFrom("vpn", office))
		wantNoFailures(t, s)
		wantKeys(t, "VPN connections", s.VPNConnections, "vpn-0h")
		if c := s.VPNConnections["vpn-0h"]; c.Location != hub || c.TransitGateway != "tgw-01" {
			t.Errorf("vpn-0h is at %s on %q", c.Location, c.TransitGateway)
		}
		if _, ok := s.TransitGatewayRouteTables["tgw-rtb-01"]; !ok || !slices.Contains(s.Asked, "tgw-attach-0v") {
			t.Error("the transit gateway's route table or the VPN's attachment is missing")
		}
	})
	t.Run("direct-connect", func(t *testing.T) {
		s := readUnit(t, clientsOf(simOf(t, vpnOverTransit)), wantFrom("direct-connect", office))
		wantNoFailures(t, s)
		wantKeys(t, "Direct Connect gateways", s.DirectConnectGateways, dxGateway)
		wantKeys(t, "associations", s.DirectConnectGatewayAssociations, "00000000-0000-0000-0000-00000000000b")
		wantKeys(t, "virtual interfaces", s.VirtualInterfaces, "dxvif-0t")
		if _, ok := s.TransitGatewayAttachments["tgw-attach-0d"]; !ok {
			t.Error("the Direct Connect gateway's attachment is missing")
		}
	})
}
