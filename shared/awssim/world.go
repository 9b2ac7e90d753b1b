package awssim

import (
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// Accounts is the plain content of a world: account id → Region name → resources. Tests fill it in Go, Load reads
// it from a file, World.Accounts gives it back.
type Accounts map[string]map[string]*Region

// Region returns the content of a Region and adds an empty one where there is none: from then on it can be read.
func (a Accounts) Region(account, region string) *Region {
	if a[account] == nil {
		a[account] = map[string]*Region{}
	}
	if a[account][region] == nil {
		a[account][region] = &Region{}
	}
	return a[account][region]
}

// Region holds the resources of one account in one Region, as lists under the names that the AWS CLI prints them.
type Region struct {
	Vpcs                         []Vpc
	Subnets                      []ec2types.Subnet
	AvailabilityZones            []ec2types.AvailabilityZone
	SecurityGroups               []ec2types.SecurityGroup
	SecurityGroupRules           []ec2types.SecurityGroupRule
	SecurityGroupVpcAssociations []ec2types.SecurityGroupVpcAssociation
	RouteTables                  []ec2types.RouteTable
	NetworkAcls                  []ec2types.NetworkAcl
	NetworkInterfaces            []ec2types.NetworkInterface
	Instances                    []ec2types.Instance
	Reservations                 []ec2types.Reservation
	VpcPeeringConnections        []ec2types.VpcPeeringConnection
	ManagedPrefixLists           []PrefixList
	PrefixLists                  []PrefixList // the CLI prints managed prefix lists under this name
	InternetGateways             []ec2types.InternetGateway
	EgressOnlyInternetGateways   []ec2types.EgressOnlyInternetGateway
	NatGateways                  []ec2types.NatGateway
	VpcEndpoints                 []ec2types.VpcEndpoint

	TransitGateways                  []ec2types.TransitGateway
	TransitGatewayAttachments        []ec2types.TransitGatewayAttachment
	TransitGatewayVpcAttachments     []ec2types.TransitGatewayVpcAttachment
	TransitGatewayPeeringAttachments []ec2types.TransitGatewayPeeringAttachment
	TransitGatewayRouteTables        []TransitGatewayRouteTable
	TransitGatewayPolicyTables       []TransitGatewayPolicyTable
	TransitGatewayMulticastDomains   []ec2types.TransitGatewayMulticastDomain
	VpnGateways                      []VpnGateway
	VpnConnections                   []ec2types.VpnConnection
	CustomerGateways                 []ec2types.CustomerGateway
	Connections                      []dxtypes.Connection
	VirtualInterfaces                []VirtualInterface
	VirtualGateways                  []dxtypes.VirtualGateway
	DirectConnectGateways            []dxtypes.DirectConnectGateway
	DirectConnectGatewayAssociations []dxtypes.DirectConnectGatewayAssociation
	DirectConnectGatewayAttachments  []dxtypes.DirectConnectGatewayAttachment
	CacheClusters                    []CacheCluster
	ReplicationGroups                []ReplicationGroup
	ServerlessCaches                 []ServerlessCache
	CacheSubnetGroups                []cachetypes.CacheSubnetGroup

	CachegateClaims []Claim
}

// Vpc is a VPC with the attributes that describe-vpc-attribute prints. Absent, AWS's default holds: DNS support on,
// DNS hostnames off.
type Vpc struct {
	ec2types.Vpc
	EnableDnsSupport   *ec2types.AttributeBooleanValue //nolint:revive // the AWS CLI's own name, by which it is read and written
	EnableDnsHostnames *ec2types.AttributeBooleanValue //nolint:revive // the AWS CLI's own name, by which it is read and written
}

// PrefixList is a managed prefix list with what get-managed-prefix-list-entries prints.
type PrefixList struct {
	ec2types.ManagedPrefixList
	Entries []ec2types.PrefixListEntry
}

// TransitGatewayRouteTable is a route table of a transit gateway with what search-transit-gateway-routes,
// get-transit-gateway-route-table-associations and …-propagations print.
type TransitGatewayRouteTable struct {
	ec2types.TransitGatewayRouteTable
	Routes                               []ec2types.TransitGatewayRoute
	Associations                         []ec2types.TransitGatewayRouteTableAssociation
	TransitGatewayRouteTablePropagations []ec2types.TransitGatewayRouteTablePropagation
}

// TransitGatewayPolicyTable is a policy table of a transit gateway with what
// get-transit-gateway-policy-table-associations prints.
type TransitGatewayPolicyTable struct {
	ec2types.TransitGatewayPolicyTable
	Associations []ec2types.TransitGatewayPolicyTableAssociation
}

// VpnGateway is a virtual private gateway. Routes are the prefixes that it learnt by BGP; AWS shows them only in
// the route tables that it propagates to, from where Load takes them too.
type VpnGateway struct {
	ec2types.VpnGateway
	Routes []ec2types.VpnStaticRoute
}

// VirtualInterface is a Direct Connect virtual interface with what list-virtual-interface-routes prints.
type VirtualInterface struct {
	dxtypes.VirtualInterface
	Routes []dxtypes.Route
}

// CacheCluster is a node-based cache cluster with what list-tags-for-resource prints.
type CacheCluster struct {
	cachetypes.CacheCluster
	TagList []cachetypes.Tag
}

// ReplicationGroup is a replication group with what list-tags-for-resource prints.
type ReplicationGroup struct {
	cachetypes.ReplicationGroup
	TagList []cachetypes.Tag
}

// ServerlessCache is a serverless cache with what list-tags-for-resource prints.
type ServerlessCache struct {
	cachetypes.ServerlessCache
	TagList []cachetypes.Tag
}

// Claim says that a route counts as cachegate's own. AWS has no tags on routes, so a world file says it here. The
// simulator only carries it.
type Claim struct {
	RouteTableId             *string //nolint:revive // the AWS CLI's own name, by which it is read and written
	DestinationCidrBlock     *string
	DestinationIpv6CidrBlock *string
	DestinationPrefixListId  *string //nolint:revive // the AWS CLI's own name, by which it is read and written
	Intents                  []string
}
