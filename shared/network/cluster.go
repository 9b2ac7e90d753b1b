package network

import "net/netip"

// ClusterKind is what a service calls a kind of resource in its ARNs; package resource
// has the kinds.
type ClusterKind string

// NetworkType is the address families in which a cluster has addresses.
type NetworkType string

// The network types.
const (
	IPv4      NetworkType = "ipv4"
	IPv6      NetworkType = "ipv6"
	DualStack NetworkType = "dual_stack"
)

// Membership is a security group of a cluster and the state of that membership.
type Membership struct {
	SecurityGroup string
	Status        string
}

// Active says whether the membership is settled. The status is empty where a group
// takes effect with the call.
func (m Membership) Active() bool { return m.Status == "" || m.Status == "active" }

// Leaving says whether the group is being taken from the cluster.
func (m Membership) Leaving() bool { return m.Status == "removing" }

// Cluster is a protected resource: with ElastiCache a replication group, a cache
// cluster that is in none, or a serverless cache.
type Cluster struct {
	ARN  string
	Name string
	Kind ClusterKind
	Location
	Engine string
	// Status is creating or deleting while AWS makes it or takes it away.
	Status         string
	VPC            string
	SubnetGroup    string
	Subnets        []string
	SecurityGroups []Membership
	// Ports are the client ports in ascending order.
	Ports       []uint16
	NetworkType NetworkType
	// IPDiscovery is the address family that the endpoint's name resolves to
	// where NetworkType is DualStack.
	IPDiscovery NetworkType
	// Public says that the endpoint is public: outside all six paths.
	Public bool
	// PrivateLink says that the endpoint is one of PrivateLink: its rules cannot refer to
	// groups behind a transit gateway.
	PrivateLink bool
	// Members are the names of the nodes, each of which stands for the cluster.
	Members []string
	// TransitEncryption and Authentication are how clients are served, as the service says;
	// empty where it does not.
	TransitEncryption TransitEncryption
	Authentication    Authentication
}

// TransitEncryption is whether clients speak TLS to a cluster.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
type TransitEncryption string

// What may be required of clients.
const (
	TLSRequired  TransitEncryption = "required"
	TLSPreferred TransitEncryption = "preferred" // with and without
	TLSOff       TransitEncryption = "off"
)

// Authentication is how a cluster knows its clients.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-redis.html
type Authentication string

// What clients show.
const (
	AuthUsers Authentication = "users" // role-based access control, by user groups
	AuthToken Authentication = "token"
	AuthNone  Authentication = "none"
)

// V6 says whether clients reach the cluster by IPv6.
func (c Cluster) V6() bool {
	return c.NetworkType == IPv6 || c.NetworkType == DualStack && c.IPDiscovery == IPv6
}

// Accepts says whether the cluster has an address of the prefix's family.
func (c Cluster) Accepts(p netip.Prefix) bool {
	if c.NetworkType == DualStack {
		return true
	}
	return p.Addr().Is6() == (c.NetworkType == IPv6)
}
