package observe_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
)

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
	wantDependencyKeys(t, s, dxGateway, "00000000-0000-0000-0000-00000000000a", "dxvif-0g", "dxvif-0r", "dxpeer-01", network.LocationKey(hub), network.LocationKey(away))
	if n := clients.Calls()["ec2:DescribeVpnConnections"]; n != 0 {
		t.Errorf("%d calls of DescribeVpnConnections for Direct Connect", n)
	}
}

// exchanging gives the virtual interface dxvif-0g routes.
func exchanging(world string) string {
	return strings.Replace(world, "virtualGatewayId: vgw-0c, bgpPeers:", `virtualGatewayId: vgw-0c, routes: [
         {cidr: 192.168.0.0/16, routeDirection: accepted, addressFamily: ipv4},
         {cidr: 172.16.0.0/12, routeDirection: accepted, addressFamily: ipv4}, {cidr: 10.0.0.0/16, routeDirection: advertised, addressFamily: ipv4}], bgpPeers:`, 1)
}

func TestTheRoutesOfAVirtualInterfaceAreReadWhereItsSessionIsUp(t *testing.T) {
	clients := clientsOf(simOf(t, exchanging(vpnWorld)))
	s := readUnit(t, clients, wantFrom("direct-connect", office))
	wantNoFailures(t, s)
	v := s.VirtualInterfaces["dxvif-0g"]
	if diff := cmp.Diff(prefixes("172.16.0.0/12", "192.168.0.0/16"), v.Accepted, ignorePrefixFields); diff != "" {
		t.Errorf("accepted routes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(prefixes("10.0.0.0/16"), v.Advertised, ignorePrefixFields); diff != "" {
		t.Errorf("advertised routes (-want +got):\n%s", diff)
	}
	if n := clients.Calls()["directconnect:ListVirtualInterfaceRoutes"]; n != 1 {
		t.Errorf("%d calls of ListVirtualInterfaceRoutes, and one interface on the way is up", n)
	}
}

func TestRefusedRoutesOfAVirtualInterfaceAreNoFailureAndLeaveItsState(t *testing.T) {
	sim := simOf(t, exchanging(vpnWorld))
	sim.Fail(awssim.Injection{Operation: "directconnect:ListVirtualInterfaceRoutes", Code: "AccessDeniedException"})
	s := readUnit(t, clientsOf(sim), wantFrom("direct-connect", office))
	wantKeys(t, "virtual interfaces", s.VirtualInterfaces, "dxvif-0g", "dxvif-0r")
	if v := s.VirtualInterfaces["dxvif-0g"]; v.State != "available" || len(v.BGPPeers) != 1 || len(v.Accepted) != 0 {
		t.Errorf("dxvif-0g is %s with %d BGP peers and accepts %v", v.State, len(v.BGPPeers), v.Accepted)
	}
	if why := s.VirtualInterfaces["dxvif-0g"].RoutesUnread; why != "directconnect:ListVirtualInterfaceRoutes gave AccessDeniedException" {
		t.Errorf("the routes are unread because %q", why)
	}
	wantNoFailures(t, s)
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
