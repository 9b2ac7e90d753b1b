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
		Vpcs: values(r.vpcs.vals), Subnets: values(r.subnets.vals), AvailabilityZones: values(r.zones.vals),
		SecurityGroupVpcAssociations: values(r.groupVpcs.vals), RouteTables: values(r.routeTables.vals), NetworkAcls: values(r.acls.vals),
		NetworkInterfaces: values(r.interfaces.vals), Instances: values(r.instances.vals), VpcPeeringConnections: values(byID(&r.peerings)),
		ManagedPrefixLists: values(r.prefixLists.vals), InternetGateways: values(r.internetGateways.vals),
		EgressOnlyInternetGateways: values(r.egressGateways.vals), NatGateways: values(r.natGateways.vals), VpcEndpoints: values(r.endpoints.vals),
		TransitGateways: values(byID(&r.transitGateways)), TransitGatewayMulticastDomains: values(r.multicastDomains.vals),
		VpnGateways: values(r.vpnGateways.vals), VpnConnections: values(r.vpnConnections.vals), CustomerGateways: values(r.customerGateways.vals),
		Connections: values(r.connections.vals), VirtualInterfaces: values(r.virtualInterfaces.vals), VirtualGateways: values(r.virtualGateways.vals),
		DirectConnectGateways: values(r.dxGateways.vals), DirectConnectGatewayAssociations: values(r.dxAssociations.vals),
		DirectConnectGatewayAttachments: values(r.dxAttachments.vals), CacheClusters: values(r.clusters.vals),
		ReplicationGroups: values(r.replicationGroups.vals), ServerlessCaches: values(r.serverless.vals),
		CacheSubnetGroups: values(r.subnetGroups.vals), CachegateClaims: r.claims,
	}
	for _, g := range r.groups.vals {
		out.SecurityGroups = append(out.SecurityGroups, g.SecurityGroup)
		out.SecurityGroupRules = append(out.SecurityGroupRules, g.rules...)
	}
	for _, a := range byID(&r.attachments) {
		out.TransitGatewayAttachments = append(out.TransitGatewayAttachments, a.TransitGatewayAttachment)
		if a.vpc != nil {
			out.TransitGatewayVpcAttachments = append(out.TransitGatewayVpcAttachments, a.asVPC())
		}
		if a.peering != nil {
			out.TransitGatewayPeeringAttachments = append(out.TransitGatewayPeeringAttachments, a.asPeering())
		}
	}
	for _, table := range r.transitTables.vals {
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
