package observe_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/intent"
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

var office = cidr("192.168.4.0/24")

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
	wantDependencyKeys(t, s, "vgw-0c", "vpn-01", "cgw-01")
	for op, n := range clients.Calls() {
		if strings.HasPrefix(op, "directconnect:") {
			t.Errorf("%d calls of %s for a VPN", n, op)
		}
	}
}

func TestAnOnPremisesSourceLooksForNoVPC(t *testing.T) {
	for _, path := range []intent.Path{intent.VPN, intent.DirectConnect} {
		s := readRequest(t, clientsOf(simOf(t, vpnWorld)), observe.Request{
			Unit: unit, Now: now, Intents: []intent.Intent{wantFrom(path, cidr("10.0.0.0/8"))},
			Locations: []network.Location{home, peer, away},
		})
		wantKeys(t, "VPCs", s.VPCs, "vpc-0c")
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
	w := wantFrom("transit-vpc", cidr("10.7.1.0/24"))
	w.Via = "eni-0t"
	s := readRequest(t, clientsOf(simOf(t, spokeWorld)), observe.Request{
		Unit: unit, Now: now, Intents: []intent.Intent{w}, Locations: []network.Location{home, away},
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
	wantDependencyKeys(t, s, "eni-0t", "vgw-0w", "vpn-0w")
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
		if _, ok := s.TransitGatewayRouteTables["tgw-rtb-01"]; !ok || !slices.Contains(s.DependencyKeys, "tgw-attach-0v") {
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
