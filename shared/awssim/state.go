package awssim

import (
	"maps"
	"slices"
	"strings"

	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// place names an account's Region.
type regionKey struct{ account, name string }

func (k regionKey) String() string { return k.account + "/" + k.name }

// state is the whole simulated network.
type state struct {
	owner   *token
	regions map[regionKey]*region
	keys    []regionKey // sorted, so that everything that walks the Regions does so in one order
}

func newState() *state {
	return &state{owner: &token{}, regions: map[regionKey]*region{}}
}

// clone returns an independent copy. It costs a few pointers: what is written later copies only what it touches.
func (s *state) clone() *state {
	s.owner = &token{}
	return &state{owner: &token{}, regions: maps.Clone(s.regions), keys: s.keys}
}

// fork is clone for a state that nobody writes to any more, and that several may fork at once.
func (s *state) fork() *state {
	return &state{owner: &token{}, regions: maps.Clone(s.regions), keys: s.keys}
}

func (s *state) add(r *region) {
	key := regionKey{r.account, r.name}
	r.owner = s.owner
	s.regions[key] = r
	at, _ := slices.BinarySearchFunc(s.keys, key, func(a, b regionKey) int { return strings.Compare(a.String(), b.String()) })
	s.keys = slices.Insert(slices.Clone(s.keys), at, key)
}

// region returns an account's Region for reading, or nil where the world does not have it.
func (s *state) region(account, name string) *region { return s.regions[regionKey{account, name}] }

// edit returns an account's Region for writing, or nil where the world does not have it.
func (s *state) edit(account, name string) *region {
	key := regionKey{account, name}
	r := s.regions[key]
	if r == nil || r.owner == s.owner {
		return r
	}
	mine := *r
	mine.owner = s.owner
	s.regions[key] = &mine
	return &mine
}

// all lists the Regions in order.
func (s *state) all(yield func(*region) bool) {
	for _, key := range s.keys {
		if !yield(s.regions[key]) {
			return
		}
	}
}

// sameRegion lists every account's part of a Region, in order.
func (s *state) sameRegion(name string) func(yield func(*region) bool) {
	return func(yield func(*region) bool) {
		for _, key := range s.keys {
			if key.name == name && !yield(s.regions[key]) {
				return
			}
		}
	}
}

// region is one account's part of one Region, with every default filled in. Its tables register the lists: see list.
type region struct {
	owner         *token
	account, name string

	Vpcs                             table[Vpc]                                     `id:"VpcId" read:"own"`
	Subnets                          table[ec2types.Subnet]                         `id:"SubnetId" read:"own"`
	AvailabilityZones                table[ec2types.AvailabilityZone]               `id:"ZoneName" read:"own"`
	SecurityGroups                   table[group]                                   `id:"GroupId" read:"own"`
	SecurityGroupVpcAssociations     table[ec2types.SecurityGroupVpcAssociation]    `id:"GroupId,VpcId" read:"own"`
	RouteTables                      table[ec2types.RouteTable]                     `id:"RouteTableId" read:"own"`
	NetworkAcls                      table[ec2types.NetworkAcl]                     `id:"NetworkAclId" read:"own"`
	NetworkInterfaces                table[ec2types.NetworkInterface]               `id:"NetworkInterfaceId" read:"own"`
	Instances                        table[ec2types.Instance]                       `id:"InstanceId" read:"own"`
	VpcPeeringConnections            table[ec2types.VpcPeeringConnection]           `id:"VpcPeeringConnectionId" read:"own" order:"id"`
	ManagedPrefixLists               table[PrefixList]                              `id:"PrefixListId" read:"own"`
	InternetGateways                 table[ec2types.InternetGateway]                `id:"InternetGatewayId" read:"own"`
	EgressOnlyInternetGateways       table[ec2types.EgressOnlyInternetGateway]      `id:"EgressOnlyInternetGatewayId"`
	NatGateways                      table[ec2types.NatGateway]                     `id:"NatGatewayId"`
	VpcEndpoints                     table[ec2types.VpcEndpoint]                    `id:"VpcEndpointId"`
	TransitGateways                  table[ec2types.TransitGateway]                 `id:"TransitGatewayId" read:"own" order:"id"`
	TransitGatewayAttachments        table[attachment]                              `id:"TransitGatewayAttachmentId" read:"own" order:"id"`
	TransitGatewayRouteTables        table[TransitGatewayRouteTable]                `id:"TransitGatewayRouteTableId" read:"own"`
	TransitGatewayPolicyTables       table[TransitGatewayPolicyTable]               `id:"TransitGatewayPolicyTableId" read:"own"`
	TransitGatewayMulticastDomains   table[ec2types.TransitGatewayMulticastDomain]  `id:"TransitGatewayMulticastDomainId"`
	VpnGateways                      table[VpnGateway]                              `id:"VpnGatewayId" read:"own"`
	VpnConnections                   table[ec2types.VpnConnection]                  `id:"VpnConnectionId" read:"own"`
	CustomerGateways                 table[ec2types.CustomerGateway]                `id:"CustomerGatewayId"`
	Connections                      table[dxtypes.Connection]                      `id:"ConnectionId" read:"own"`
	VirtualInterfaces                table[VirtualInterface]                        `id:"VirtualInterfaceId" read:"own"`
	VirtualGateways                  table[dxtypes.VirtualGateway]                  `id:"VirtualGatewayId"`
	DirectConnectGateways            table[dxtypes.DirectConnectGateway]            `id:"DirectConnectGatewayId" read:"own"`
	DirectConnectGatewayAssociations table[dxtypes.DirectConnectGatewayAssociation] `id:"AssociationId" read:"own"`
	DirectConnectGatewayAttachments  table[dxtypes.DirectConnectGatewayAttachment]  `id:"DirectConnectGatewayId,VirtualInterfaceId" read:"own"`
	CacheClusters                    table[CacheCluster]                            `id:"CacheClusterId" read:"own"`
	ReplicationGroups                table[ReplicationGroup]                        `id:"ReplicationGroupId" read:"own"`
	ServerlessCaches                 table[ServerlessCache]                         `id:"ServerlessCacheName" read:"own"`
	CacheSubnetGroups                table[cachetypes.CacheSubnetGroup]             `id:"CacheSubnetGroupName" read:"own"`

	claims []Claim
	unread []unread // what the world tells of and does not hold
}

// group is a security group with its rules; IpPermissions of the SDK's type are always made from the rules.
type group struct {
	ec2types.SecurityGroup
	rules []ec2types.SecurityGroupRule
}

// attachment is a transit gateway attachment: what every kind has, and what its own kind has besides.
type attachment struct {
	ec2types.TransitGatewayAttachment
	vpc     *ec2types.TransitGatewayVpcAttachment
	peering *ec2types.TransitGatewayPeeringAttachment
}
