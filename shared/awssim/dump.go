package awssim

import (
	"slices"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Accounts gives the world back as plain content, with every default that was filled in. It shares memory with the
// world and is not to be changed.
func (w *World) Accounts() Accounts {
	accounts := Accounts{}
	for r := range w.state.all {
		*accounts.Region(r.account, r.name) = r.content()
	}
	return accounts
}

// MarshalJSON writes the world as a world file, which Load reads into the same world.
func (w *World) MarshalJSON() ([]byte, error) { return w.Accounts().MarshalJSON() }

// byID lists what Regions and accounts show to each other, whose order depends on who was read first.
func byID[T any](t *table[T]) []*T {
	var sorted []*T
	for _, id := range slices.Sorted(slices.Values(t.keys)) {
		sorted = append(sorted, t.get(id))
	}
	return sorted
}

func (r *region) content() Region {
	out := Region{
		Vpcs: values(r.Vpcs.vals), Subnets: values(r.Subnets.vals), AvailabilityZones: values(r.AvailabilityZones.vals),
		SecurityGroupVpcAssociations: values(r.SecurityGroupVpcAssociations.vals), RouteTables: values(r.RouteTables.vals), NetworkAcls: values(r.NetworkAcls.vals),
		NetworkInterfaces: values(r.NetworkInterfaces.vals), Instances: values(r.Instances.vals), VpcPeeringConnections: values(byID(&r.VpcPeeringConnections)),
		ManagedPrefixLists: values(r.ManagedPrefixLists.vals), InternetGateways: values(r.InternetGateways.vals),
		EgressOnlyInternetGateways: values(r.EgressOnlyInternetGateways.vals), NatGateways: values(r.NatGateways.vals), VpcEndpoints: values(r.VpcEndpoints.vals),
		TransitGateways: values(byID(&r.TransitGateways)), TransitGatewayMulticastDomains: values(r.TransitGatewayMulticastDomains.vals),
		VpnGateways: values(r.VpnGateways.vals), VpnConnections: values(r.VpnConnections.vals), CustomerGateways: values(r.CustomerGateways.vals),
		Connections: values(r.Connections.vals), VirtualInterfaces: values(r.VirtualInterfaces.vals), VirtualGateways: values(r.VirtualGateways.vals),
		DirectConnectGateways: values(r.DirectConnectGateways.vals), DirectConnectGatewayAssociations: values(r.DirectConnectGatewayAssociations.vals),
		DirectConnectGatewayAttachments: values(r.DirectConnectGatewayAttachments.vals), CacheClusters: values(r.CacheClusters.vals),
		ReplicationGroups: values(r.ReplicationGroups.vals), ServerlessCaches: values(r.ServerlessCaches.vals),
		CacheSubnetGroups: values(r.CacheSubnetGroups.vals), CachegateClaims: r.claims,
	}
	for _, g := range r.SecurityGroups.vals {
		out.SecurityGroups = append(out.SecurityGroups, g.SecurityGroup)
		out.SecurityGroupRules = append(out.SecurityGroupRules, g.rules...)
	}
	for _, a := range byID(&r.TransitGatewayAttachments) {
		out.TransitGatewayAttachments = append(out.TransitGatewayAttachments, a.TransitGatewayAttachment)
		if a.vpc != nil {
			out.TransitGatewayVpcAttachments = append(out.TransitGatewayVpcAttachments, a.asVPC())
		}
		if a.peering != nil {
			out.TransitGatewayPeeringAttachments = append(out.TransitGatewayPeeringAttachments, a.asPeering())
		}
	}
	for _, table := range r.TransitGatewayRouteTables.vals {
		whole := *table
		// Empty is not absent: where these are absent, a default table is given every attachment.
		if whole.Associations == nil {
			whole.Associations = []ec2types.TransitGatewayRouteTableAssociation{}
		}
		if whole.TransitGatewayRouteTablePropagations == nil {
			whole.TransitGatewayRouteTablePropagations = []ec2types.TransitGatewayRouteTablePropagation{}
		}
		out.TransitGatewayRouteTables = append(out.TransitGatewayRouteTables, whole)
	}
	return out
}
