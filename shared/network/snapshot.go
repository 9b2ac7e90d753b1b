package network

import (
	"cmp"
	"slices"
	"time"
)

// Kind names a kind of resource that is read as one list.
type Kind string

// The kinds of resource that a snapshot holds.
const (
	KindCluster                  Kind = "cluster"
	KindVPC                      Kind = "vpc"
	KindDNSAttributes            Kind = "dns-attributes"
	KindSubnet                   Kind = "subnet"
	KindSecurityGroup            Kind = "security-group"
	KindRule                     Kind = "security-group-rule"
	KindRouteTable               Kind = "route-table"
	KindNetworkACL               Kind = "network-acl"
	KindNetworkInterface         Kind = "network-interface"
	KindPeeringConnection        Kind = "vpc-peering-connection"
	KindPrefixList               Kind = "prefix-list"
	KindTransitGateway           Kind = "transit-gateway"
	KindTransitGatewayAttachment Kind = "transit-gateway-attachment"
	KindTransitGatewayRouteTable Kind = "transit-gateway-route-table"
	KindVPNGateway               Kind = "vpn-gateway"
	KindVPNConnection            Kind = "vpn-connection"
	KindVirtualInterface         Kind = "virtual-interface"
	KindDirectConnectGateway     Kind = "direct-connect-gateway"
	KindDirectConnectAssociation Kind = "direct-connect-gateway-association"
)

// CodeNotConfigured is the code of a Failure where nobody was asked: the deployment
// has no access to the location, and Message says what it lacks.
const CodeNotConfigured = "NotConfigured"

// Failure is a read that AWS refused or that failed after its retries.
type Failure struct {
	Location
	Kind Kind
	// Operation is service and API name, such as "ec2:DescribeRouteTables": the
	// IAM action that a reader lacks where Code says that access is denied.
	Operation string
	Code      string
	Message   string
	// Resource narrows the failure to one id where the call was for one.
	Resource string
}

// Snapshot is the network of a unit, and whatever of the far side its intents
// need, as read at one time. Maps are keyed by id, clusters by ARN.
type Snapshot struct {
	Taken time.Time
	Unit  Unit

	Clusters map[string]Cluster
	// Neighbours are clusters of other VPCs that share a security group with one of
	// the unit's: a group may be associated with several VPCs.
	Neighbours                       map[string]Cluster
	VPCs                             map[string]VPC
	Subnets                          map[string]Subnet
	SecurityGroups                   map[string]SecurityGroup
	RouteTables                      map[string]RouteTable
	NetworkACLs                      map[string]NetworkACL
	NetworkInterfaces                map[string]NetworkInterface
	PeeringConnections               map[string]PeeringConnection
	PrefixLists                      map[string]PrefixList
	TransitGateways                  map[string]TransitGateway
	TransitGatewayAttachments        map[string]TransitGatewayAttachment
	TransitGatewayRouteTables        map[string]TransitGatewayRouteTable
	VPNGateways                      map[string]VPNGateway
	VPNConnections                   map[string]VPNConnection
	CustomerGateways                 map[string]CustomerGateway
	VirtualInterfaces                map[string]VirtualInterface
	DirectConnectGateways            map[string]DirectConnectGateway
	DirectConnectGatewayAssociations map[string]DirectConnectGatewayAssociation

	Failures []Failure
	// DependencyKeys are the dependency keys of all that was read and all that was asked
	// for, ids that were not found included; see package ledger.
	DependencyKeys []string
}

// NewSnapshot makes an empty snapshot of a unit.
func NewSnapshot(unit Unit, taken time.Time) *Snapshot {
	return &Snapshot{
		Taken: taken, Unit: unit,
		Clusters:                         map[string]Cluster{},
		Neighbours:                       map[string]Cluster{},
		VPCs:                             map[string]VPC{},
		Subnets:                          map[string]Subnet{},
		SecurityGroups:                   map[string]SecurityGroup{},
		RouteTables:                      map[string]RouteTable{},
		NetworkACLs:                      map[string]NetworkACL{},
		NetworkInterfaces:                map[string]NetworkInterface{},
		PeeringConnections:               map[string]PeeringConnection{},
		PrefixLists:                      map[string]PrefixList{},
		TransitGateways:                  map[string]TransitGateway{},
		TransitGatewayAttachments:        map[string]TransitGatewayAttachment{},
		TransitGatewayRouteTables:        map[string]TransitGatewayRouteTable{},
		VPNGateways:                      map[string]VPNGateway{},
		VPNConnections:                   map[string]VPNConnection{},
		CustomerGateways:                 map[string]CustomerGateway{},
		VirtualInterfaces:                map[string]VirtualInterface{},
		DirectConnectGateways:            map[string]DirectConnectGateway{},
		DirectConnectGatewayAssociations: map[string]DirectConnectGatewayAssociation{},
	}
}

// SortedSet gives values in order, each once, without the zero value: lists of ids and
// ports stand so in a snapshot.
func SortedSet[T cmp.Ordered](in []T) []T {
	var zero T
	out := slices.DeleteFunc(slices.Clone(in), func(v T) bool { return v == zero })
	slices.Sort(out)
	return slices.Compact(out)
}

// Failed gives the first failure to read a kind in a location that may hide the
// resource id; an empty id asks for the whole kind.
func (s *Snapshot) Failed(l Location, k Kind, id string) (Failure, bool) {
	for _, f := range s.Failures {
		if f.Location == l && f.Kind == k && (id == "" || f.Resource == "" || f.Resource == id) {
			return f, true
		}
	}
	return Failure{}, false
}

// ReadFailure gives the first failure of any of the kinds in a location.
func (s *Snapshot) ReadFailure(l Location, kinds ...Kind) (Failure, bool) {
	for _, f := range s.Failures {
		if f.Location == l && slices.Contains(kinds, f.Kind) {
			return f, true
		}
	}
	return Failure{}, false
}
