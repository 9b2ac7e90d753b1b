package network

import "net/netip"

// ClusterKind is the ElastiCache resource type, as its ARN spells it.
type ClusterKind string

// The kinds of cluster that an intent may name.
const (
	ReplicationGroup ClusterKind = "replicationgroup"
	CacheCluster     ClusterKind = "cluster"
	ServerlessCache  ClusterKind = "serverlesscache"
)

// NetworkType is ElastiCache's network type of a cluster.
type NetworkType string

// The network types of ElastiCache.
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

// Active says whether the membership is settled. ElastiCache gives an empty
// status for serverless caches, whose groups take effect with the call.
func (m Membership) Active() bool { return m.Status == "" || m.Status == "active" }

// Cluster is a replication group, a stand-alone cache cluster or a serverless cache.
type Cluster struct {
	ARN  string
	Name string
	Kind ClusterKind
	Location
	Engine         string
	Status         string
	VPC            string
	SubnetGroup    string
	Subnets        []string
	SecurityGroups []Membership
	// Ports are the client ports in ascending order: one for node-based clusters,
	// primary and reader for serverless Valkey and Redis OSS.
	Ports       []uint16
	NetworkType NetworkType
	// IPDiscovery is the address family that the endpoint's name resolves to
	// where NetworkType is DualStack.
	IPDiscovery NetworkType
	// Public is a serverless cache with a public endpoint: outside all six paths.
	Public bool
	// Members are the cache cluster ids of a replication group.
	Members []string
}

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
