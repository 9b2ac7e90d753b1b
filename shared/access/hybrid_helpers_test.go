package access

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// far is where the application VPC of a transit VPC is.
var far = network.Location{Account: "444455556666", Region: "eu-west-1"}

const (
	office   = "192.168.4.0/24"
	officeV6 = "2001:db8:aaaa::/64"
)

// edit changes a value of a map.
func edit[T any](m map[string]T, id string, change func(*T)) {
	v := m[id]
	change(&v)
	m[id] = v
}

// dualStack gives the VPC, its subnet and the cluster IPv6.
func dualStack(s *network.Snapshot) *network.Snapshot {
	edit(s.VPCs, "vpc-0c", func(v *network.VPC) { v.CIDRs = append(v.CIDRs, cidr("2001:db8::/56")) })
	edit(s.Subnets, "subnet-0c", func(v *network.Subnet) { v.CIDRs = append(v.CIDRs, cidr("2001:db8:0:1::/64")) })
	edit(s.Clusters, sessionsARN, func(c *network.Cluster) { c.NetworkType = network.DualStack })
	return s
}

// withVGW attaches vgw-0c to the cache VPC.
func withVGW(s *network.Snapshot) *network.Snapshot {
	s.VPNGateways["vgw-0c"] = network.VPNGateway{
		ID: "vgw-0c", Location: here, State: network.Available, Attachments: []network.VPNGatewayAttachment{{VPC: "vpc-0c", State: "attached"}},
	}
	return s
}

// withVPN adds vpn-0c, which has a static route to the office and a tunnel up, at vgw-0c.
func withVPN(s *network.Snapshot) *network.Snapshot {
	s.CustomerGateways["cgw-0c"] = network.CustomerGateway{ID: "cgw-0c", Location: here, State: network.Available, Address: "198.51.100.7"}
	s.VPNConnections["vpn-0c"] = network.VPNConnection{
		ID: "vpn-0c", Location: here, State: network.Available, VPNGateway: "vgw-0c", CustomerGateway: "cgw-0c", StaticRoutesOnly: true,
		Routes:  []network.VPNRoute{{Destination: cidr("192.168.0.0/16"), State: network.Available}, {Destination: cidr("10.7.0.0/16"), State: network.Available}},
		Tunnels: []network.VPNTunnel{{OutsideAddress: "203.0.113.1", Status: "UP"}, {OutsideAddress: "203.0.113.2", Status: "DOWN", Message: "IPSEC IS DOWN"}},
	}
	return s
}

// withTGW attaches the cache VPC to tgw-0a of another account, with vpn-0e (whose
// tunnels carry IPv4) and a Direct Connect gateway behind it, all in one table.
func withTGW(s *network.Snapshot) *network.Snapshot {
	s.TransitGateways["tgw-0a"] = network.TransitGateway{ID: "tgw-0a", Location: there, Owner: there.Account, State: network.Available}
	attach := func(id, kind, resource string, at network.Location) {
		s.TransitGatewayAttachments[id] = network.TransitGatewayAttachment{
			ID: id, Gateway: "tgw-0a", Location: at, GatewayOwner: there.Account, ResourceType: kind, ResourceID: resource, ResourceOwner: at.Account,
			State: network.Available, RouteTable: "tgw-rtb-0a", AssociationState: "associated", IPv6: network.On,
		}
	}
	attach("tgw-attach-0c", "vpc", "vpc-0c", here)
	attach("tgw-attach-0e", "vpn", "vpn-0e", there)
	attach("tgw-attach-0d", "direct-connect-gateway", "dxgw-0d", there)
	s.TransitGatewayRouteTables["tgw-rtb-0a"] = network.TransitGatewayRouteTable{ID: "tgw-rtb-0a", Gateway: "tgw-0a", Location: there, State: network.Available}
	s.VPNConnections["vpn-0e"] = network.VPNConnection{
		ID: "vpn-0e", Location: there, State: network.Available, TransitGateway: "tgw-0a", CustomerGateway: "cgw-0e",
		Tunnels: []network.VPNTunnel{{OutsideAddress: "203.0.113.3", Status: "UP", AcceptedRoutes: 1}},
	}
	return s
}

// vif is a virtual interface that is available, with a session for IPv4 that is
// up and learns routes.
func vif(id string, learns ...string) network.VirtualInterface {
	return network.VirtualInterface{
		ID: id, Location: here, Type: "private", State: network.Available,
		BGPPeers: []network.BGPPeer{{ID: "dxpeer-" + id, AddressFamily: "ipv4", State: network.Available, Status: "up"}},
		Accepted: cidrs(learns...), Advertised: cidrs("10.0.0.0/16"),
	}
}

// withDX associates dxgw-0d, of another account, with a gateway, and puts a
// virtual interface on it.
func withDX(s *network.Snapshot, gateway string) *network.Snapshot {
	s.DirectConnectGateways["dxgw-0d"] = network.DirectConnectGateway{ID: "dxgw-0d", Account: there.Account, State: network.Available}
	s.DirectConnectGatewayAssociations["dxassoc-0d"] = network.DirectConnectGatewayAssociation{
		ID: "dxassoc-0d", DirectConnectGateway: "dxgw-0d", DirectConnectGatewayOwner: there.Account, Gateway: gateway, State: "associated",
		AllowedPrefixes: cidrs("10.0.0.0/16"),
	}
	v := vif("dxvif-0d", "192.168.0.0/16")
	v.Location, v.DirectConnectGateway = there, "dxgw-0d"
	s.VirtualInterfaces[v.ID] = v
	return s
}

// withSpoke adds vpc-0f in another Region, with sg-0f, behind the appliance that
// vpn-0c leads to.
func withSpoke(s *network.Snapshot) *network.Snapshot {
	s.VPCs["vpc-0f"] = network.VPC{ID: "vpc-0f", Location: far, CIDRs: cidrs("10.7.0.0/16")}
	s.Subnets["subnet-0f"] = network.Subnet{ID: "subnet-0f", VPC: "vpc-0f", Location: far, CIDRs: cidrs("10.7.1.0/24"), AvailabilityZone: "eu-west-1a"}
	s.RouteTables["rtb-0f"] = network.RouteTable{ID: "rtb-0f", VPC: "vpc-0f", Location: far, Main: true, Routes: []network.Route{local("10.7.0.0/16")}}
	s.SecurityGroups["sg-0f"] = network.SecurityGroup{ID: "sg-0f", VPC: "vpc-0f", Location: far, Rules: []network.Rule{out(allTraffic("sgr-e7", "0.0.0.0/0"))}}
	s.NetworkInterfaces["eni-0f"] = network.NetworkInterface{
		ID: "eni-0f", VPC: "vpc-0f", Subnet: "subnet-0f", Location: far, SecurityGroups: []string{"sg-0f"},
		Addresses: []netip.Addr{netip.MustParseAddr("10.7.1.10")}, Status: "in-use", SourceDestCheck: true,
	}
	s.VPNGateways["vgw-0f"] = network.VPNGateway{
		ID: "vgw-0f", Location: far, State: network.Available, Attachments: []network.VPNGatewayAttachment{{VPC: "vpc-0f", State: "attached"}},
	}
	s.CustomerGateways["cgw-0f"] = network.CustomerGateway{ID: "cgw-0f", Location: far, State: network.Available, Address: "198.51.100.7"}
	s.VPNConnections["vpn-0f"] = network.VPNConnection{
		ID: "vpn-0f", Location: far, State: network.Available, VPNGateway: "vgw-0f", CustomerGateway: "cgw-0f",
		Tunnels: []network.VPNTunnel{{OutsideAddress: "203.0.113.9", Status: "UP", AcceptedRoutes: 3}},
	}
	return s
}

// darken makes kinds of a location unreadable: what was read of them is gone.
func darken(s *network.Snapshot, at network.Location, kinds ...network.Kind) *network.Snapshot {
	for _, k := range kinds {
		s.Failures = append(s.Failures, network.Failure{Location: at, Kind: k, Operation: "ec2:Read-" + string(k), Code: "AccessDenied"})
		switch k {
		case network.KindVPNGateway:
			drop(s.VPNGateways, at, func(v network.VPNGateway) network.Location { return v.Location })
		case network.KindVPNConnection:
			drop(s.VPNConnections, at, func(v network.VPNConnection) network.Location { return v.Location })
		case network.KindCustomerGateway:
			drop(s.CustomerGateways, at, func(v network.CustomerGateway) network.Location { return v.Location })
		case network.KindTransitGateway:
			drop(s.TransitGateways, at, func(v network.TransitGateway) network.Location { return v.Location })
		case network.KindTransitGatewayAttachment:
			drop(s.TransitGatewayAttachments, at, func(v network.TransitGatewayAttachment) network.Location { return v.Location })
		case network.KindTransitGatewayRouteTable:
			drop(s.TransitGatewayRouteTables, at, func(v network.TransitGatewayRouteTable) network.Location { return v.Location })
		case network.KindVirtualInterface:
			drop(s.VirtualInterfaces, at, func(v network.VirtualInterface) network.Location { return v.Location })
		case network.KindDirectConnectGateway:
			drop(s.DirectConnectGateways, at, func(v network.DirectConnectGateway) network.Location {
				return network.Location{Account: v.Account, Region: at.Region}
			})
		case network.KindDirectConnectAssociation:
			// They are asked for where the gateway is that they lead to.
			drop(s.DirectConnectGatewayAssociations, at, func(v network.DirectConnectGatewayAssociation) network.Location {
				return map[bool]network.Location{true: here, false: there}[strings.HasPrefix(v.Gateway, "vgw-")]
			})
		case network.KindRouteTable:
			drop(s.RouteTables, at, func(v network.RouteTable) network.Location { return v.Location })
		case network.KindSubnet:
			drop(s.Subnets, at, func(v network.Subnet) network.Location { return v.Location })
		case network.KindVPC:
			drop(s.VPCs, at, func(v network.VPC) network.Location { return v.Location })
		case network.KindSecurityGroup:
			drop(s.SecurityGroups, at, func(v network.SecurityGroup) network.Location { return v.Location })
		case network.KindNetworkInterface:
			drop(s.NetworkInterfaces, at, func(v network.NetworkInterface) network.Location { return v.Location })
		case network.KindCluster, network.KindDNSAttributes, network.KindRule, network.KindNetworkACL, network.KindPeeringConnection, network.KindPrefixList:
			// No test of these ways takes them away.
		}
	}
	return s
}

func drop[T any](m map[string]T, at network.Location, where func(T) network.Location) {
	for id, v := range m {
		if where(v) == at {
			delete(m, id)
		}
	}
}

// over is an open intent on a path.
func over(path intent.Path, sources ...string) Declared {
	d := declared(sources...)
	d.Intent.Path = path
	return d
}

func via(d Declared, id string) Declared {
	d.Intent.Via = id
	return d
}

// hop gives the one hop of a kind, and fails where there is none or several.
func hop(t *testing.T, j Judgement, kind HopKind) Hop {
	t.Helper()
	var found []Hop
	for _, h := range j.Hops {
		if h.Kind == kind {
			found = append(found, h)
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d hops of %s in %v", len(found), kind, j.Hops)
	}
	return found[0]
}

// kinds are those of the hops, sorted, each once.
func kinds(j Judgement) []HopKind {
	var out []HopKind
	for _, h := range j.Hops {
		out = append(out, h.Kind)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s is %q, which does not say %q", what, text, p)
		}
	}
}

// hides says whether a judgement may lack a requirement because of what was not read.
func hides(j Judgement, r change.Requirement) bool {
	return slices.ContainsFunc(j.Unknown, func(u UnknownNeeds) bool { return u.Hides(r) })
}

func needs(j Judgement, r change.Requirement) bool {
	return slices.ContainsFunc(j.Needs, func(n Need) bool { return n.Requirement == r })
}

// routeNeed is the route of the cache's table to the office over a target.
func routeNeed(target string) change.Requirement {
	return change.Requirement{Kind: change.Route, Location: here, Resource: "rtb-0c", Destination: cidr(office), Target: network.TargetOf(target)}
}

// ruleNeed is the rule of the cluster's group for a range.
func ruleNeed(source string) change.Requirement {
	return change.Requirement{Kind: change.Rule, Location: here, Resource: "sg-0c", Port: 6379, Peer: network.Peer{CIDR: cidr(source)}}
}

func propagationNeed() change.Requirement {
	return change.Requirement{Kind: change.Propagation, Location: here, Resource: "rtb-0c", Target: network.TargetOf("vgw-0c")}
}

func tgwRouteNeed() change.Requirement {
	return change.Requirement{Kind: change.TransitGatewayRoute, Location: there, Resource: "tgw-rtb-0a", Destination: cidr(office), Target: network.Target{Kind: network.TargetOther, ID: "tgw-attach-0e"}}
}

// fixNamesPlace says whether a fix is a command for an account and a Region.
func fixNamesPlace(fix string) bool {
	return strings.Contains(fix, "aws ") && strings.Contains(fix, "--region ") && strings.Contains(fix, "in account ")
}
