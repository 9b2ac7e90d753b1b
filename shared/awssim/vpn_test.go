package awssim_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

// dataCentre is a cache VPC that a data centre reaches by a static VPN and, over a Direct Connect gateway, by BGP.
const dataCentre = `{"111122223333": {"us-east-1": {
  "Vpcs": [{"VpcId": "vpc-cache", "CidrBlock": "10.0.0.0/16"}],
  "RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-cache", "PropagatingVgws": [{"GatewayId": "vgw-1"}], "Routes": [
    {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
    {"DestinationCidrBlock": "192.168.0.0/24", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation"},
    {"DestinationCidrBlock": "192.168.9.0/24", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation"},
    {"DestinationCidrBlock": "172.16.0.0/12", "GatewayId": "vgw-1", "Origin": "CreateRoute"}]}],
  "VpnGateways": [{"VpnGatewayId": "vgw-1", "VpcAttachments": [{"VpcId": "vpc-cache"}]}],
  "VpnConnections": [{"VpnConnectionId": "vpn-1", "VpnGatewayId": "vgw-1", "Options": {"StaticRoutesOnly": true},
    "Routes": [{"DestinationCidrBlock": "192.168.0.0/24"}], "VgwTelemetry": [{"Status": "UP"}]}],
  "virtualInterfaces": [{"virtualInterfaceId": "dxvif-1", "directConnectGatewayId": "dxgw-1", "vlan": 101,
    "bgpPeers": [{"bgpStatus": "up"}], "routes": [{"cidr": "192.168.9.0/24", "routeDirection": "accepted"}]}],
  "directConnectGateways": [{"directConnectGatewayId": "dxgw-1"}],
  "directConnectGatewayAssociations": [{"associationId": "assoc-1", "directConnectGatewayId": "dxgw-1", "virtualGatewayId": "vgw-1"}]
}}}`

func startDataCentre(t *testing.T) (*awssim.Sim, *ec2.Client, *directconnect.Client) {
	t.Helper()
	world, warnings, err := awssim.Load("world.json", []byte(dataCentre))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		t.Log(w)
	}
	sim := awssim.New(world)
	return sim, client(sim, hub, home), directconnect.NewFromConfig(sim.Config(hub, home, awssim.Actor{Session: "tester"}))
}

// vpcRoutes tells the routes of rtb-1 that are not local as "CIDR origin state".
func vpcRoutes(t *testing.T, c *ec2.Client) []string {
	t.Helper()
	out := must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: []string{"rtb-1"}}))
	var routes []string
	for _, r := range out.RouteTables[0].Routes {
		if aws.ToString(r.GatewayId) != "local" {
			routes = append(routes, aws.ToString(r.DestinationCidrBlock)+" "+string(r.Origin)+" "+string(r.State))
		}
	}
	slices.Sort(routes)
	return routes
}

func TestPropagationFollowsTheVPNsStaticRoutes(t *testing.T) {
	_, c, _ := startDataCentre(t)
	ctx := t.Context()
	must[*ec2.CreateVpnConnectionRouteOutput](t)(c.CreateVpnConnectionRoute(ctx, &ec2.CreateVpnConnectionRouteInput{
		VpnConnectionId: new("vpn-1"), DestinationCidrBlock: new("192.168.1.0/24"),
	}))
	must[*ec2.DeleteVpnConnectionRouteOutput](t)(c.DeleteVpnConnectionRoute(ctx, &ec2.DeleteVpnConnectionRouteInput{
		VpnConnectionId: new("vpn-1"), DestinationCidrBlock: new("192.168.0.0/24"),
	}))
	wantRoutes(t, vpcRoutes(t, c), "172.16.0.0/12 CreateRoute active", "192.168.1.0/24 EnableVgwRoutePropagation active",
		"192.168.9.0/24 EnableVgwRoutePropagation active")
	must[*ec2.DisableVgwRoutePropagationOutput](t)(c.DisableVgwRoutePropagation(ctx, &ec2.DisableVgwRoutePropagationInput{GatewayId: new("vgw-1"), RouteTableId: new("rtb-1")}))
	wantRoutes(t, vpcRoutes(t, c), "172.16.0.0/12 CreateRoute active")
	must[*ec2.EnableVgwRoutePropagationOutput](t)(c.EnableVgwRoutePropagation(ctx, &ec2.EnableVgwRoutePropagationInput{GatewayId: new("vgw-1"), RouteTableId: new("rtb-1")}))
	wantRoutes(t, vpcRoutes(t, c), "172.16.0.0/12 CreateRoute active", "192.168.1.0/24 EnableVgwRoutePropagation active",
		"192.168.9.0/24 EnableVgwRoutePropagation active")
}

func TestDetachingTheGatewayBlackholesAndWithdraws(t *testing.T) {
	_, c, _ := startDataCentre(t)
	ctx := t.Context()
	must[*ec2.DetachVpnGatewayOutput](t)(c.DetachVpnGateway(ctx, &ec2.DetachVpnGatewayInput{VpcId: new("vpc-cache"), VpnGatewayId: new("vgw-1")}))
	wantRoutes(t, vpcRoutes(t, c), "172.16.0.0/12 CreateRoute blackhole")
	_, err := c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: new("rtb-1"), DestinationCidrBlock: new("10.9.0.0/16"), GatewayId: new("vgw-1")})
	wantCode(t, err, "InvalidGatewayID.NotFound")
	must[*ec2.AttachVpnGatewayOutput](t)(c.AttachVpnGateway(ctx, &ec2.AttachVpnGatewayInput{VpcId: new("vpc-cache"), VpnGatewayId: new("vgw-1")}))
	wantRoutes(t, vpcRoutes(t, c), "172.16.0.0/12 CreateRoute active", "192.168.0.0/24 EnableVgwRoutePropagation active",
		"192.168.9.0/24 EnableVgwRoutePropagation active")
}

func TestDeletingAVPNConnectionWithdrawsItsRoutes(t *testing.T) {
	_, c, _ := startDataCentre(t)
	must[*ec2.DeleteVpnConnectionOutput](t)(c.DeleteVpnConnection(t.Context(), &ec2.DeleteVpnConnectionInput{VpnConnectionId: new("vpn-1")}))
	wantRoutes(t, vpcRoutes(t, c), "172.16.0.0/12 CreateRoute active", "192.168.9.0/24 EnableVgwRoutePropagation active")
	out := must[*ec2.DescribeVpnConnectionsOutput](t)(c.DescribeVpnConnections(t.Context(), &ec2.DescribeVpnConnectionsInput{
		Filters: []ec2types.Filter{filter("vpn-gateway-id", "vgw-1")},
	}))
	if len(out.VpnConnections) != 1 || out.VpnConnections[0].State != ec2types.VpnStateDeleted {
		t.Errorf("the connection is shown as %+v", out.VpnConnections)
	}
}

func TestEndingDirectConnectWithdrawsWhatItBrought(t *testing.T) {
	for name, end := range map[string]func(context.Context, *directconnect.Client) error{
		"the virtual interface": func(ctx context.Context, dx *directconnect.Client) error {
			_, err := dx.DeleteVirtualInterface(ctx, &directconnect.DeleteVirtualInterfaceInput{VirtualInterfaceId: new("dxvif-1")})
			return err
		},
		"the association": func(ctx context.Context, dx *directconnect.Client) error {
			_, err := dx.DeleteDirectConnectGatewayAssociation(ctx, &directconnect.DeleteDirectConnectGatewayAssociationInput{AssociationId: new("assoc-1")})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, c, dx := startDataCentre(t)
			if err := end(t.Context(), dx); err != nil {
				t.Fatal(err)
			}
			wantRoutes(t, vpcRoutes(t, c), "172.16.0.0/12 CreateRoute active", "192.168.0.0/24 EnableVgwRoutePropagation active")
		})
	}
}

func TestDirectConnectReadsAndItsOneError(t *testing.T) {
	sim, _, dx := startDataCentre(t)
	ctx := t.Context()
	routes := must[*directconnect.ListVirtualInterfaceRoutesOutput](t)(dx.ListVirtualInterfaceRoutes(ctx, &directconnect.ListVirtualInterfaceRoutesInput{
		VirtualInterfaceId: new("dxvif-1"), Filters: &dxtypes.RouteFilters{RouteDirection: dxtypes.RouteDirectionAccepted},
	}))
	attachments := must[*directconnect.DescribeDirectConnectGatewayAttachmentsOutput](t)(dx.DescribeDirectConnectGatewayAttachments(ctx,
		&directconnect.DescribeDirectConnectGatewayAttachmentsInput{DirectConnectGatewayId: new("dxgw-1")}))
	associations := must[*directconnect.DescribeDirectConnectGatewayAssociationsOutput](t)(dx.DescribeDirectConnectGatewayAssociations(ctx,
		&directconnect.DescribeDirectConnectGatewayAssociationsInput{AssociatedGatewayId: new("vgw-1")}))
	if len(routes.Routes) != 1 || len(attachments.DirectConnectGatewayAttachments) != 1 || len(associations.DirectConnectGatewayAssociations) != 1 {
		t.Errorf("%d routes, %d attachments, %d associations, expected one of each", len(routes.Routes),
			len(attachments.DirectConnectGatewayAttachments), len(associations.DirectConnectGatewayAssociations))
	}
	_, err := dx.DescribeVirtualInterfaces(ctx, &directconnect.DescribeVirtualInterfacesInput{VirtualInterfaceId: new("dxvif-0")})
	if _, ok := errors.AsType[*dxtypes.DirectConnectClientException](err); !ok {
		t.Errorf("error is %v, expected a DirectConnectClientException", err)
	}
	must[*directconnect.UpdateDirectConnectGatewayAssociationOutput](t)(dx.UpdateDirectConnectGatewayAssociation(ctx, &directconnect.UpdateDirectConnectGatewayAssociationInput{
		AssociationId: new("assoc-1"), AddAllowedPrefixesToDirectConnectGateway: []dxtypes.RouteFilterPrefix{{Cidr: new("10.0.0.0/16")}},
	}))
	event := lastEvent(t, sim)
	if got := dig(event, "detail.requestParameters.associationId"); got != "assoc-1" || dig(event, "source") != "aws.directconnect" {
		t.Errorf("the event is %v", event)
	}
}

func TestIPv6ComesOverDirectConnectWhileItsSessionIsUp(t *testing.T) {
	for status, want := range map[string]int{"up": 1, "down": 0} {
		world, _, err := awssim.Load("world.json", []byte(strings.NewReplacer(
			`"bgpPeers": [{"bgpStatus": "up"}]`, `"bgpPeers": [{"bgpStatus": "up"}, {"addressFamily": "ipv6", "bgpStatus": "`+status+`"}]`,
			`"routes": [`, `"routes": [{"cidr": "2001:db8:9::/48", "routeDirection": "accepted"}, `,
		).Replace(dataCentre)))
		if err != nil {
			t.Fatal(err)
		}
		c := client(awssim.New(world), hub, home)
		must[*ec2.DisableVgwRoutePropagationOutput](t)(c.DisableVgwRoutePropagation(t.Context(), &ec2.DisableVgwRoutePropagationInput{GatewayId: new("vgw-1"), RouteTableId: new("rtb-1")}))
		must[*ec2.EnableVgwRoutePropagationOutput](t)(c.EnableVgwRoutePropagation(t.Context(), &ec2.EnableVgwRoutePropagationInput{GatewayId: new("vgw-1"), RouteTableId: new("rtb-1")}))
		out := must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{
			Filters: []ec2types.Filter{filter("route.destination-ipv6-cidr-block", "2001:db8:9::/48")},
		}))
		if len(out.RouteTables) != want {
			t.Errorf("with the IPv6 session %s, %d tables have the route, expected %d", status, len(out.RouteTables), want)
		}
	}
}

func TestANewAssociationBringsItsRoutesBack(t *testing.T) {
	_, c, dx := startDataCentre(t)
	ctx := t.Context()
	associate := func(gateway string) error {
		_, err := dx.CreateDirectConnectGatewayAssociation(ctx, &directconnect.CreateDirectConnectGatewayAssociationInput{
			DirectConnectGatewayId: new("dxgw-1"), GatewayId: &gateway,
		})
		return err
	}
	for _, gateway := range []string{"vgw-1", "vgw-missing"} {
		if _, ok := errors.AsType[*dxtypes.DirectConnectClientException](associate(gateway)); !ok {
			t.Errorf("%s could be associated", gateway)
		}
	}
	must[*directconnect.DeleteDirectConnectGatewayAssociationOutput](t)(dx.DeleteDirectConnectGatewayAssociation(ctx,
		&directconnect.DeleteDirectConnectGatewayAssociationInput{DirectConnectGatewayId: new("dxgw-1"), VirtualGatewayId: new("vgw-1")}))
	if err := associate("vgw-1"); err != nil {
		t.Fatal(err)
	}
	wantRoutes(t, vpcRoutes(t, c), "172.16.0.0/12 CreateRoute active", "192.168.0.0/24 EnableVgwRoutePropagation active",
		"192.168.9.0/24 EnableVgwRoutePropagation active")
	gateways := must[*directconnect.DescribeDirectConnectGatewaysOutput](t)(dx.DescribeDirectConnectGateways(ctx, nil))
	virtual := must[*directconnect.DescribeVirtualGatewaysOutput](t)(dx.DescribeVirtualGateways(ctx, nil))
	if len(gateways.DirectConnectGateways) != 1 || len(virtual.VirtualGateways) != 1 {
		t.Errorf("%d Direct Connect gateways and %d virtual gateways, expected one of each", len(gateways.DirectConnectGateways), len(virtual.VirtualGateways))
	}
}

func TestATransitGatewayHearsAVPNOnlyWhileATunnelIsUp(t *testing.T) {
	const world = `
"111122223333":
  us-east-1:
    TransitGateways: [{TransitGatewayId: tgw-1}]
    VpnConnections: [{VpnConnectionId: vpn-1, TransitGatewayId: tgw-1, VgwTelemetry: [{Status: DOWN}, {Status: %s}]}]
    TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-v, TransitGatewayId: tgw-1, ResourceType: vpn, ResourceId: vpn-1}]
    TransitGatewayRouteTables:
      - TransitGatewayRouteTableId: tgw-rtb-1
        TransitGatewayId: tgw-1
        Routes: [{DestinationCidrBlock: 192.168.0.0/24, Type: propagated, TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-v}]}]
`
	up := client(awssim.New(load(t, strings.Replace(world, "%s", "UP", 1))), hub, home)
	wantRoutes(t, routesOf(t, up), "192.168.0.0/24 propagated active")
	down := client(awssim.New(load(t, strings.Replace(world, "%s", "DOWN", 1))), hub, home)
	wantRoutes(t, routesOf(t, down))
	must[*ec2.DeleteVpnConnectionOutput](t)(up.DeleteVpnConnection(t.Context(), &ec2.DeleteVpnConnectionInput{VpnConnectionId: new("vpn-1")}))
	wantRoutes(t, routesOf(t, up))
}
