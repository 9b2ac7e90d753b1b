package observe_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// hub owns the transit gateways, hubAway is its other Region.
var (
	hub     = network.Location{Account: "444455556666", Region: "us-east-1"}
	hubAway = network.Location{Account: "444455556666", Region: "eu-west-1"}
)

// transitWorld is a cache VPC and another account's VPC on a shared transit
// gateway, which is peered with one in another Region that has a third VPC.
const transitWorld = homeWorld + `
    TransitGatewayVpcAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-0c, TransitGatewayId: tgw-01, VpcId: vpc-0c, VpcOwnerId: "123456789012", SubnetIds: [subnet-0c1],
         Options: {SecurityGroupReferencingSupport: enable, Ipv6Support: disable}}
"111122223333":
  us-east-1:
    Vpcs:
      - {VpcId: vpc-0p, CidrBlock: 10.1.0.0/16}
      - {VpcId: vpc-0i, CidrBlock: 10.2.0.0/16}
    Subnets:
      - {SubnetId: subnet-0p1, VpcId: vpc-0p, CidrBlock: 10.1.1.0/24, AvailabilityZone: us-east-1b}
    SecurityGroups:
      - {GroupId: sg-0p, GroupName: shop, VpcId: vpc-0p}
    RouteTables:
      - RouteTableId: rtb-0p
        VpcId: vpc-0p
        Associations: [{RouteTableAssociationId: rtbassoc-0p, RouteTableId: rtb-0p, Main: true}]
        Routes: [{DestinationCidrBlock: 10.0.0.0/16, TransitGatewayId: tgw-01, State: active, Origin: CreateRoute}]
    TransitGatewayVpcAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-0p, TransitGatewayId: tgw-01, VpcId: vpc-0p, VpcOwnerId: "111122223333", SubnetIds: [subnet-0p1],
         Options: {SecurityGroupReferencingSupport: disable, Ipv6Support: enable}}
      - {TransitGatewayAttachmentId: tgw-attach-0i, TransitGatewayId: tgw-01, VpcId: vpc-0i, VpcOwnerId: "111122223333", SubnetIds: []}
  eu-west-1:
    Vpcs:
      - {VpcId: vpc-0w, CidrBlock: 10.7.0.0/16}
    Subnets:
      - {SubnetId: subnet-0w1, VpcId: vpc-0w, CidrBlock: 10.7.1.0/24, AvailabilityZone: eu-west-1a}
    SecurityGroups:
      - {GroupId: sg-0w, GroupName: far, VpcId: vpc-0w}
    TransitGatewayVpcAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-0w, TransitGatewayId: tgw-02, VpcId: vpc-0w, VpcOwnerId: "111122223333", SubnetIds: [subnet-0w1]}
"444455556666":
  us-east-1:
    TransitGateways:
      - {TransitGatewayId: tgw-01, Options: {SecurityGroupReferencingSupport: enable}}
    TransitGatewayPeeringAttachments:
      - TransitGatewayAttachmentId: tgw-attach-0x
        RequesterTgwInfo: {TransitGatewayId: tgw-01, OwnerId: "444455556666", Region: us-east-1}
        AccepterTgwInfo: {TransitGatewayId: tgw-02, OwnerId: "444455556666", Region: eu-west-1}
    TransitGatewayRouteTables:
      - TransitGatewayRouteTableId: tgw-rtb-01
        TransitGatewayId: tgw-01
        Associations:
          - {TransitGatewayAttachmentId: tgw-attach-0c, State: associated}
          - {TransitGatewayAttachmentId: tgw-attach-0p, State: associated}
          - {TransitGatewayAttachmentId: tgw-attach-0x, State: associated}
        TransitGatewayRouteTablePropagations:
          - {TransitGatewayAttachmentId: tgw-attach-0c, ResourceId: vpc-0c, ResourceType: vpc, State: enabled}
        Routes:
          - {DestinationCidrBlock: 10.1.0.0/16, Type: static, State: active,
             TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-0p, ResourceId: vpc-0p, ResourceType: vpc}]}
          - {DestinationCidrBlock: 10.7.0.0/16, Type: static, State: active,
             TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-0x, ResourceId: tgw-02, ResourceType: peering}]}
          - {DestinationCidrBlock: 10.66.0.0/16, Type: static, State: blackhole}
      - TransitGatewayRouteTableId: tgw-rtb-0u
        TransitGatewayId: tgw-01
  eu-west-1:
    TransitGateways:
      - {TransitGatewayId: tgw-02}
    TransitGatewayRouteTables:
      - TransitGatewayRouteTableId: tgw-rtb-02
        TransitGatewayId: tgw-02
        Associations:
          - {TransitGatewayAttachmentId: tgw-attach-0w, State: associated}
        Routes:
          - {DestinationCidrBlock: 10.0.0.0/16, Type: static, State: active,
             TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-0x, ResourceId: tgw-01, ResourceType: peering}]}
`

func TestASharedTransitGatewayIsReadThroughItsOwner(t *testing.T) {
	for name, source := range map[string]intent.Source{
		"a group": groupOf(peer.Account, "sg-0p"),
		"a VPC":   vpc("vpc-0p"),
		"a CIDR":  cidr("10.1.1.0/24"),
	} {
		t.Run(name, func(t *testing.T) {
			s := readUnit(t, clientsOf(simOf(t, transitWorld)), wantFrom("transit-gateway", source))
			wantNoFailures(t, s)
			wantKeys(t, "VPCs", s.VPCs, "vpc-0c", "vpc-0p")
			wantKeys(t, "transit gateways", s.TransitGateways, "tgw-01")
			wantKeys(t, "attachments", s.TransitGatewayAttachments, "tgw-attach-0c", "tgw-attach-0p", "tgw-attach-0x")
			wantKeys(t, "transit gateway route tables", s.TransitGatewayRouteTables, "tgw-rtb-01")
			if g := s.TransitGateways["tgw-01"]; g.Owner != hub.Account || g.Location != hub || g.SecurityGroupReferencing != network.On {
				t.Errorf("tgw-01 is of %s at %s, group referencing %d", g.Owner, g.Location, g.SecurityGroupReferencing)
			}
			wantAttachments(t, s)
			wantTable(t, s.TransitGatewayRouteTables["tgw-rtb-01"])
			wantDependencyKeys(t, s, "tgw-01", "tgw-attach-0c", "tgw-attach-0p", "tgw-rtb-01", network.LocationKey(hub))
		})
	}
}

func wantAttachments(t *testing.T, s *network.Snapshot) {
	t.Helper()
	want := map[string]network.TransitGatewayAttachment{
		"tgw-attach-0c": {
			ID: "tgw-attach-0c", Gateway: "tgw-01", Location: home, GatewayOwner: hub.Account, ResourceType: "vpc", ResourceID: "vpc-0c",
			ResourceOwner: home.Account, State: "available", RouteTable: "tgw-rtb-01", AssociationState: "associated",
			Subnets: []string{"subnet-0c1"}, SecurityGroupReferencing: network.On, IPv6: network.Off,
		},
		"tgw-attach-0p": {
			ID: "tgw-attach-0p", Gateway: "tgw-01", Location: peer, GatewayOwner: hub.Account, ResourceType: "vpc", ResourceID: "vpc-0p",
			ResourceOwner: peer.Account, State: "available", RouteTable: "tgw-rtb-01", AssociationState: "associated",
			Subnets: []string{"subnet-0p1"}, SecurityGroupReferencing: network.Off, IPv6: network.On,
		},
		"tgw-attach-0x": {
			ID: "tgw-attach-0x", Gateway: "tgw-01", Location: hub, GatewayOwner: hub.Account, ResourceType: "peering", ResourceID: "tgw-02",
			ResourceOwner: hub.Account, State: "available", RouteTable: "tgw-rtb-01", AssociationState: "associated",
			PeerGateway: "tgw-02", PeerAccount: hub.Account, PeerRegion: "eu-west-1",
		},
	}
	if diff := cmp.Diff(want, s.TransitGatewayAttachments); diff != "" {
		t.Errorf("attachments (-want +got):\n%s", diff)
	}
}

func wantTable(t *testing.T, table network.TransitGatewayRouteTable) {
	t.Helper()
	if table.Location != hub || table.Gateway != "tgw-01" {
		t.Errorf("tgw-rtb-01 is of %s at %s", table.Gateway, table.Location)
	}
	for destination, attachment := range map[string]string{"10.0.0.0/16": "tgw-attach-0c", "10.1.0.0/16": "tgw-attach-0p", "10.7.0.0/16": "tgw-attach-0x"} {
		if !slices.ContainsFunc(table.Routes, func(r network.TransitGatewayRoute) bool {
			return r.Destination == netip.MustParsePrefix(destination) && slices.Equal(r.Attachments, []string{attachment}) && r.State == "active"
		}) {
			t.Errorf("no route of %s to %s; routes are %+v", destination, attachment, table.Routes)
		}
	}
	if !slices.ContainsFunc(table.Routes, func(r network.TransitGatewayRoute) bool { return r.State == "blackhole" }) {
		t.Error("the blackhole route is missing")
	}
	want := []network.TransitGatewayPropagation{{Attachment: "tgw-attach-0c", ResourceID: "vpc-0c", State: "enabled"}}
	if diff := cmp.Diff(want, table.Propagations); diff != "" {
		t.Errorf("propagations (-want +got):\n%s", diff)
	}
}

func TestAVPCInAnotherRegionIsFoundBehindThePeeredTransitGateway(t *testing.T) {
	for name, source := range map[string]intent.Source{
		"a VPC":   vpc("vpc-0w"),
		"a CIDR":  cidr("10.7.1.0/24"),
		"a group": groupOf(away.Account, "sg-0w"),
	} {
		t.Run(name, func(t *testing.T) {
			s := readRequest(t, clientsOf(simOf(t, transitWorld)), observe.Request{
				Unit: unit, Now: now, Intents: []intent.Intent{wantFrom("transit-gateway", source)}, Locations: []network.Location{home, away},
			})
			wantNoFailures(t, s)
			wantKeys(t, "VPCs", s.VPCs, "vpc-0c", "vpc-0w")
			wantKeys(t, "transit gateways", s.TransitGateways, "tgw-01", "tgw-02")
			wantKeys(t, "attachments", s.TransitGatewayAttachments, "tgw-attach-0c", "tgw-attach-0x", "tgw-attach-0w", "tgw-attach-0x@tgw-02")
			wantKeys(t, "transit gateway route tables", s.TransitGatewayRouteTables, "tgw-rtb-01", "tgw-rtb-02")
			near, far := s.TransitGatewayAttachments["tgw-attach-0x"], s.TransitGatewayAttachments["tgw-attach-0x@tgw-02"]
			if near.Gateway != "tgw-01" || near.PeerRegion != "eu-west-1" || near.RouteTable != "tgw-rtb-01" {
				t.Errorf("the near end of the peering is %+v at %s", near.Gateway, near.Location)
			}
			if far.ID != "tgw-attach-0x" || far.Gateway != "tgw-02" || far.PeerGateway != "tgw-01" || far.Location != hubAway {
				t.Errorf("the far end of the peering is of %s at %s", far.Gateway, far.Location)
			}
			if slices.Contains(s.DependencyKeys, "tgw-attach-0x@tgw-02") {
				t.Error("the far end's key, which no event names, is a dependency")
			}
		})
	}
}

func TestAReachedSourceReadsNoPeeredTransitGateway(t *testing.T) {
	clients := clientsOf(simOf(t, transitWorld))
	s := readUnit(t, clients, wantFrom("transit-gateway", vpc("vpc-0p")))
	if slices.Contains(s.DependencyKeys, network.LocationKey(hubAway)) {
		t.Error("the far Region of the peering was read")
	}
}

func TestTheBlocksOfEveryAttachedVPCDecideWhereARangeIs(t *testing.T) {
	s := readUnit(t, clientsOf(simOf(t, transitWorld)), wantFrom("transit-gateway", cidr("10.1.1.0/24")))
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c", "vpc-0p")
	wantDependencyKeys(t, s, "vpc-0i")
}

func TestWhatFillsAGatewaysTableIsADependency(t *testing.T) {
	propagating := strings.Replace(transitWorld, `          - {TransitGatewayAttachmentId: tgw-attach-0c, ResourceId: vpc-0c, ResourceType: vpc, State: enabled}
`, `          - {TransitGatewayAttachmentId: tgw-attach-0c, ResourceId: vpc-0c, ResourceType: vpc, State: enabled}
          - {TransitGatewayAttachmentId: tgw-attach-0i, ResourceId: vpc-0i, ResourceType: vpc, State: enabled}
`, 1)
	s := readUnit(t, clientsOf(simOf(t, propagating)), wantFrom("transit-gateway", vpc("vpc-0p")))
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c", "vpc-0p")
	wantDependencyKeys(t, s, "tgw-attach-0i", "vpc-0i", "tgw-attach-0x")
}

func TestADarkGatewayOwnerIsAFailureAndTheAttachmentStands(t *testing.T) {
	sim := simOf(t, transitWorld)
	sim.Fail(awssim.Injection{Account: hub.Account, Code: "UnauthorizedOperation"})
	s := readUnit(t, clientsOf(sim), wantFrom("transit-gateway", groupOf(peer.Account, "sg-0p")))
	wantKeys(t, "attachments", s.TransitGatewayAttachments, "tgw-attach-0c", "tgw-attach-0p")
	if a := s.TransitGatewayAttachments["tgw-attach-0p"]; a.SecurityGroupReferencing != network.Off || a.Location != peer {
		t.Errorf("the far attachment is %s, group referencing %d", a.Location, a.SecurityGroupReferencing)
	}
	for _, k := range []network.Kind{network.KindTransitGateway, network.KindTransitGatewayAttachment} {
		if f, ok := s.Failed(hub, k, ""); !ok || f.Code != "UnauthorizedOperation" {
			t.Errorf("no failure of %s in the owner's account", k)
		}
	}
	if g, ok := s.TransitGateways["tgw-01"]; ok && g.Location != home {
		t.Errorf("tgw-01 was read at %s", g.Location)
	}
}

func TestAPathWithoutTransitGatewaysReadsNone(t *testing.T) {
	for _, path := range []intent.Path{intent.SameVPC, intent.Peering, intent.TransitVPC} {
		clients := clientsOf(simOf(t, transitWorld))
		readUnit(t, clients, wantFrom(path, vpc("vpc-0p")))
		for op, n := range clients.Calls() {
			if strings.Contains(op, "TransitGateway") {
				t.Errorf("on %s there are %d calls of %s", path, n, op)
			}
		}
	}
}

func TestANamedGatewayThatIsNotAttachedIsRead(t *testing.T) {
	world := strings.Replace(transitWorld, "TransitGatewayId: tgw-01, VpcId: vpc-0c", "TransitGatewayId: tgw-01, VpcId: vpc-0d", 1)
	world = strings.Replace(world, "SubnetIds: [subnet-0c1],\n", "SubnetIds: [subnet-0d1],\n", 1)
	world = strings.Replace(world, "ResourceId: vpc-0c, ResourceType: vpc, State: enabled", "ResourceId: vpc-0d, ResourceType: vpc, State: enabled", 1)
	w := wantFrom("transit-gateway", cidr("10.0.2.0/24"))
	w.Via = "tgw-0k"
	s := readUnit(t, clientsOf(simOf(t, strings.Replace(world, "    TransitGatewayVpcAttachments:\n",
		"    TransitGateways: [{TransitGatewayId: tgw-0k}]\n    TransitGatewayVpcAttachments:\n", 1))), w)
	wantNoFailures(t, s)
	wantKeys(t, "transit gateways", s.TransitGateways, "tgw-0k")
}

func TestARefusedKindOfTheWayBetweenLeavesTheOthers(t *testing.T) {
	for operation, c := range map[string]struct {
		world  string
		path   intent.Path
		source intent.Source
		kind   network.Kind
	}{
		"ec2:DescribeTransitGateways":                            {transitWorld, "transit-gateway", vpc("vpc-0p"), network.KindTransitGateway},
		"ec2:DescribeTransitGatewayAttachments":                  {transitWorld, "transit-gateway", vpc("vpc-0p"), network.KindTransitGatewayAttachment},
		"ec2:DescribeTransitGatewayVpcAttachments":               {transitWorld, "transit-gateway", vpc("vpc-0p"), network.KindTransitGatewayAttachment},
		"ec2:DescribeTransitGatewayPeeringAttachments":           {transitWorld, "transit-gateway", vpc("vpc-0p"), network.KindTransitGatewayAttachment},
		"ec2:DescribeTransitGatewayRouteTables":                  {transitWorld, "transit-gateway", vpc("vpc-0p"), network.KindTransitGatewayRouteTable},
		"ec2:SearchTransitGatewayRoutes":                         {transitWorld, "transit-gateway", vpc("vpc-0p"), network.KindTransitGatewayRouteTable},
		"ec2:GetTransitGatewayRouteTablePropagations":            {transitWorld, "transit-gateway", vpc("vpc-0p"), network.KindTransitGatewayRouteTable},
		"ec2:DescribeVpnGateways":                                {vpnWorld, "vpn", office, network.KindVPNGateway},
		"ec2:DescribeVpnConnections":                             {vpnWorld, "vpn", office, network.KindVPNConnection},
		"ec2:DescribeCustomerGateways":                           {vpnWorld, "vpn", office, network.KindCustomerGateway},
		"directconnect:DescribeDirectConnectGatewayAssociations": {vpnWorld, "direct-connect", office, network.KindDirectConnectAssociation},
		"directconnect:DescribeDirectConnectGateways":            {vpnWorld, "direct-connect", office, network.KindDirectConnectGateway},
		"directconnect:DescribeDirectConnectGatewayAttachments":  {vpnWorld, "direct-connect", office, network.KindVirtualInterface},
		"directconnect:DescribeVirtualInterfaces":                {vpnWorld, "direct-connect", office, network.KindVirtualInterface},
	} {
		t.Run(operation, func(t *testing.T) {
			sim := simOf(t, c.world)
			sim.Fail(awssim.Injection{Operation: operation, Code: "UnauthorizedOperation"})
			s := readRequest(t, clientsOf(sim), observe.Request{
				Unit: unit, Now: now, Intents: []intent.Intent{wantFrom(c.path, c.source)}, Locations: []network.Location{home, peer},
			})
			if len(s.Failures) == 0 {
				t.Fatal("the refusal left no failure")
			}
			for _, f := range s.Failures {
				if f.Kind != c.kind || f.Operation != operation || f.Code != "UnauthorizedOperation" {
					t.Errorf("a failure of %s: %s: %s", f.Kind, f.Operation, f.Code)
				}
			}
			if len(s.RouteTables) == 0 || len(s.SecurityGroups) == 0 {
				t.Error("the own side is not read")
			}
		})
	}
}

func TestSmallPagesGiveTheSameWays(t *testing.T) {
	for _, c := range []struct {
		world string
		want  intent.Intent
	}{
		{transitWorld, wantFrom("", vpc("vpc-0w"))},
		{vpnWorld, wantFrom("", office)},
		{vpnOverTransit, wantFrom("", office)},
	} {
		req := observe.Request{Unit: unit, Now: now, Intents: []intent.Intent{c.want}, Locations: []network.Location{home, away}}
		whole := readRequest(t, clientsOf(simOf(t, c.world)), req)
		paged := readRequest(t, clientsOf(simOf(t, c.world, awssim.WithPageSize(1))), req)
		if diff := cmp.Diff(whole, paged, ignorePrefixFields); diff != "" {
			t.Errorf("in one page (-) and in pages of 1 (+):\n%s", diff)
		}
	}
}
