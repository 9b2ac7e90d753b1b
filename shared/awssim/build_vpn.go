package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// vpn builds virtual private gateways, VPN connections and customer gateways.
func (b *builder) vpn() {
	for i, v := range b.in.VpnConnections {
		b.vpnConnection(i, v)
	}
	for i, v := range b.in.VpnGateways {
		b.vpnGateway(i, v)
	}
	for i, v := range b.r.VpnConnections.vals {
		if v.VpnGatewayId != nil && b.r.VpnGateways.get(*v.VpnGatewayId) == nil {
			b.problems.warn(b.path("VpnConnections", i, "VpnGatewayId"), "%s is not among the Region's VpnGateways", *v.VpnGatewayId)
		}
	}
}

func (b *builder) vpnConnection(i int, v ec2types.VpnConnection) {
	fill(&v.State, ec2types.VpnStateAvailable)
	fill(&v.Type, ec2types.GatewayTypeIpsec1)
	options := ec2types.VpnConnectionOptions{}
	if v.Options != nil {
		options = *v.Options
	}
	orDefault(&options.StaticRoutesOnly, false)
	v.Options = &options
	v.Routes = slices.Clone(v.Routes)
	for j := range v.Routes {
		prefix, ok := b.prefix("VpnConnections", i, "Routes.DestinationCidrBlock", v.Routes[j].DestinationCidrBlock)
		if !ok {
			return
		}
		v.Routes[j].DestinationCidrBlock = new(prefix.String())
		fill(&v.Routes[j].State, ec2types.VpnStateAvailable)
		fill(&v.Routes[j].Source, ec2types.VpnStaticRouteSourceStatic)
	}
	insert(b, &b.r.VpnConnections, "VpnConnections", i, &v)
}

func (b *builder) vpnGateway(i int, v VpnGateway) {
	const list = "VpnGateways"
	fill(&v.State, ec2types.VpnStateAvailable)
	fill(&v.Type, ec2types.GatewayTypeIpsec1)
	v.VpcAttachments = slices.Clone(v.VpcAttachments)
	for j := range v.VpcAttachments {
		fill(&v.VpcAttachments[j].State, ec2types.AttachmentStatusAttached)
		if vpc := v.VpcAttachments[j].VpcId; b.r.Vpcs.lookup(vpc) == nil {
			b.problems.warn(b.path(list, i, "VpcAttachments"), "%s is not among the Region's Vpcs", aws.ToString(vpc))
		}
	}
	v.Routes = slices.Clone(v.Routes)
	for j := range v.Routes {
		prefix, ok := b.prefix(list, i, "Routes.DestinationCidrBlock", v.Routes[j].DestinationCidrBlock)
		if !ok {
			return
		}
		v.Routes[j].DestinationCidrBlock = new(prefix.String())
	}
	b.learnt(&v)
	insert(b, &b.r.VpnGateways, list, i, &v)
}

// learnt takes what a gateway learnt by BGP from the route tables that it propagates to, the only place where AWS
// shows it.
func (b *builder) learnt(v *VpnGateway) {
	id := aws.ToString(v.VpnGatewayId)
	for _, table := range b.r.RouteTables.vals {
		propagated := false
		for _, route := range table.Routes {
			cidr := aws.ToString(firstOf(route.DestinationCidrBlock, route.DestinationIpv6CidrBlock))
			if route.Origin != ec2types.RouteOriginEnableVgwRoutePropagation || aws.ToString(route.GatewayId) != id || cidr == "" {
				continue
			}
			propagated = true
			static := slices.ContainsFunc(b.r.VpnConnections.vals, func(c *ec2types.VpnConnection) bool {
				return aws.ToString(c.VpnGatewayId) == id && vpnRoute(c, cidr) >= 0
			})
			have := slices.ContainsFunc(v.Routes, func(r ec2types.VpnStaticRoute) bool { return aws.ToString(r.DestinationCidrBlock) == cidr })
			if !static && !have {
				v.Routes = append(v.Routes, ec2types.VpnStaticRoute{DestinationCidrBlock: &cidr})
			}
		}
		if propagated && !propagatesFrom(table, id) {
			fuller := *table
			fuller.PropagatingVgws = append(slices.Clone(table.PropagatingVgws), ec2types.PropagatingVgw{GatewayId: &id})
			b.r.RouteTables.put(b.state.owner, *table.RouteTableId, &fuller)
			b.problems.warn(b.r.account+"/"+b.r.name+"/RouteTables", "%s has routes propagated from %s, which was added to its PropagatingVgws", *table.RouteTableId, id)
		}
	}
}

// directConnect builds connections, virtual interfaces and Direct Connect gateways. The gateways are global: AWS lists
// them in every Region of their owner, whatever Region of the file tells of them.
func (b *builder) directConnect() {
	for i, v := range b.in.Connections {
		orDefault(&v.OwnerAccount, b.r.account)
		orDefault(&v.Region, b.r.name)
		fill(&v.ConnectionState, dxtypes.ConnectionStateAvailable)
		insert(b, &b.r.Connections, "Connections", i, &v)
	}
	for i, v := range b.in.VirtualInterfaces {
		orDefault(&v.OwnerAccount, b.r.account)
		orDefault(&v.Region, b.r.name)
		orDefault(&v.VirtualInterfaceType, "private")
		fill(&v.VirtualInterfaceState, dxtypes.VirtualInterfaceStateAvailable)
		insert(b, &b.r.VirtualInterfaces, "VirtualInterfaces", i, &v)
	}
	for i, v := range b.in.DirectConnectGateways {
		orDefault(&v.OwnerAccount, b.r.account)
		fill(&v.DirectConnectGatewayState, dxtypes.DirectConnectGatewayStateAvailable)
		insert(b, &b.r.DirectConnectGateways, "DirectConnectGateways", i, &v)
	}
	for i, v := range b.in.DirectConnectGatewayAssociations {
		b.dxAssociation(i, v)
	}
	for i, v := range b.in.DirectConnectGatewayAttachments {
		fill(&v.AttachmentState, dxtypes.DirectConnectGatewayAttachmentStateAttached)
		insert(b, &b.r.DirectConnectGatewayAttachments, "DirectConnectGatewayAttachments", i, &v)
	}
}

func (b *builder) dxAssociation(i int, v dxtypes.DirectConnectGatewayAssociation) {
	fill(&v.AssociationState, dxtypes.DirectConnectGatewayAssociationStateAssociated)
	orDefault(&v.DirectConnectGatewayOwnerAccount, b.r.account)
	gateway := dxtypes.AssociatedGateway{Id: v.VirtualGatewayId, OwnerAccount: v.VirtualGatewayOwnerAccount}
	if v.AssociatedGateway != nil {
		gateway = *v.AssociatedGateway
	}
	kind := dxtypes.GatewayTypeVirtualPrivateGateway
	for r := range b.state.all {
		if r.TransitGateways.lookup(gateway.Id) != nil {
			kind = dxtypes.GatewayTypeTransitGateway
		}
	}
	fill(&gateway.Type, kind)
	orDefault(&gateway.OwnerAccount, b.r.account)
	orDefault(&gateway.Region, b.r.name)
	v.AssociatedGateway = &gateway
	if gateway.Type == dxtypes.GatewayTypeVirtualPrivateGateway {
		v.VirtualGatewayId, v.VirtualGatewayOwnerAccount = gateway.Id, gateway.OwnerAccount
	}
	orDefault(&v.AssociationId, derivedID("dxgwassoc", aws.ToString(v.DirectConnectGatewayId), aws.ToString(gateway.Id)))
	insert(b, &b.r.DirectConnectGatewayAssociations, "DirectConnectGatewayAssociations", i, &v)
}
