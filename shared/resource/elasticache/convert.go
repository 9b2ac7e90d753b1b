package elasticache

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// The ports that ElastiCache gives an engine where none was chosen, and the
// second one of serverless Valkey and Redis OSS, for reads.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/accessing-elasticache.html
const (
	redisPort     = 6379
	readerPort    = 6380
	memcachedPort = 11211
)

const memcached = "memcached"

// clusters makes one cluster of each replication group, stand-alone cache cluster
// and serverless cache. What ElastiCache does not tell yet, as of a cluster that
// is being created, stays empty.
func (l lists) clusters(at network.Location) []network.Cluster {
	subnets := map[string]types.CacheSubnetGroup{}
	for _, g := range l.subnets {
		subnets[strings.ToLower(aws.ToString(g.CacheSubnetGroupName))] = g
	}
	nodesOf := map[string][]types.CacheCluster{}
	var out []network.Cluster
	for _, n := range l.nodes {
		group := aws.ToString(n.ReplicationGroupId)
		if group == "" {
			out = append(out, nodeCluster(at, n, subnets))
			continue
		}
		nodesOf[strings.ToLower(group)] = append(nodesOf[strings.ToLower(group)], n)
	}
	for _, g := range l.groups {
		out = append(out, groupCluster(at, g, nodesOf[strings.ToLower(aws.ToString(g.ReplicationGroupId))], subnets))
	}
	for _, s := range l.serverless {
		out = append(out, serverlessCluster(at, s, l.vpcs))
	}
	return out
}

func nodeCluster(at network.Location, n types.CacheCluster, subnets map[string]types.CacheSubnetGroup) network.Cluster {
	c := network.Cluster{
		Name: aws.ToString(n.CacheClusterId), Kind: resource.CacheCluster, Location: at,
		Engine:      lower(aws.ToString(n.Engine)),
		Status:      lower(aws.ToString(n.CacheClusterStatus)),
		NetworkType: networkTypeOf(n.NetworkType),
		IPDiscovery: network.NetworkType(n.IpDiscovery),
	}
	c.ARN = cmp.Or(aws.ToString(n.ARN), resource.NewARN(resource.ElastiCache, at, c.Kind, c.Name).String())
	settle(&c, []types.CacheCluster{n}, subnets)
	serves(&c, n.TransitEncryptionEnabled, n.TransitEncryptionMode, n.AuthTokenEnabled, nil)
	if port := portOf(n.ConfigurationEndpoint); port != 0 {
		c.Ports = []uint16{port}
	}
	withDefaultPort(&c)
	return c
}

// groupCluster joins a replication group, which has no network of its own, with
// what its nodes tell.
func groupCluster(at network.Location, g types.ReplicationGroup, nodes []types.CacheCluster, subnets map[string]types.CacheSubnetGroup) network.Cluster {
	c := network.Cluster{
		Name: aws.ToString(g.ReplicationGroupId), Kind: resource.ReplicationGroup, Location: at,
		Engine:      lower(aws.ToString(g.Engine)),
		Status:      lower(aws.ToString(g.Status)),
		IPDiscovery: network.NetworkType(g.IpDiscovery),
		Members:     slices.Clone(g.MemberClusters),
	}
	c.ARN = cmp.Or(aws.ToString(g.ARN), resource.NewARN(resource.ElastiCache, at, c.Kind, c.Name).String())
	types := []types.NetworkType{g.NetworkType}
	for _, n := range nodes {
		c.Members = append(c.Members, aws.ToString(n.CacheClusterId))
		c.Engine = cmp.Or(c.Engine, lower(aws.ToString(n.Engine)))
		c.IPDiscovery = cmp.Or(c.IPDiscovery, network.NetworkType(n.IpDiscovery))
		types = append(types, n.NetworkType)
	}
	c.NetworkType = networkTypeOf(types...)
	c.Members = network.SortedSet(c.Members)
	settle(&c, nodes, subnets)
	serves(&c, g.TransitEncryptionEnabled, g.TransitEncryptionMode, g.AuthTokenEnabled, g.UserGroupIds)
	if ports := groupPorts(g); len(ports) > 0 {
		c.Ports = ports
	}
	withDefaultPort(&c)
	return c
}

// serves takes how clients are served: what ElastiCache leaves out stays empty.
func serves(c *network.Cluster, encrypted *bool, mode types.TransitEncryptionMode, token *bool, userGroups []string) {
	switch {
	case encrypted == nil:
	case !*encrypted:
		c.TransitEncryption = network.TLSOff
	case mode == types.TransitEncryptionModePreferred:
		c.TransitEncryption = network.TLSPreferred
	default:
		c.TransitEncryption = network.TLSRequired
	}
	switch {
	case len(userGroups) > 0:
		c.Authentication = network.AuthUsers
	case aws.ToBool(token):
		c.Authentication = network.AuthToken
	case token != nil || c.Engine == memcached:
		c.Authentication = network.AuthNone
	}
}

// settle takes the groups, the place and the port of a cluster from its nodes.
func settle(c *network.Cluster, nodes []types.CacheCluster, subnets map[string]types.CacheSubnetGroup) {
	status := map[string]string{}
	for _, n := range nodes {
		for _, m := range n.SecurityGroups {
			id := aws.ToString(m.SecurityGroupId)
			status[id] = unsettled(status[id], lower(aws.ToString(m.Status)))
		}
		c.SubnetGroup = cmp.Or(c.SubnetGroup, aws.ToString(n.CacheSubnetGroupName))
		for _, node := range n.CacheNodes {
			if port := portOf(node.Endpoint); port != 0 {
				c.Ports = append(c.Ports, port)
			}
		}
	}
	c.Ports = network.SortedSet(c.Ports)
	for id, s := range status {
		c.SecurityGroups = append(c.SecurityGroups, network.Membership{SecurityGroup: id, Status: s})
	}
	slices.SortFunc(c.SecurityGroups, func(a, b network.Membership) int { return cmp.Compare(a.SecurityGroup, b.SecurityGroup) })
	if g, ok := subnets[strings.ToLower(c.SubnetGroup)]; ok {
		c.VPC = aws.ToString(g.VpcId)
		for _, s := range g.Subnets {
			c.Subnets = append(c.Subnets, aws.ToString(s.SubnetIdentifier))
		}
		c.Subnets = network.SortedSet(c.Subnets)
	}
}

// unsettled gives the less settled of the states that two nodes have in a group:
// as long as one of them changes, the cluster's membership does.
func unsettled(a, b string) string {
	const active = "active"
	switch {
	case a == "" || a == active:
		return cmp.Or(b, a)
	case b == "" || b == active:
		return a
	default:
		return min(a, b)
	}
}

func groupPorts(g types.ReplicationGroup) []uint16 {
	ports := []uint16{portOf(g.ConfigurationEndpoint)}
	for _, n := range g.NodeGroups {
		ports = append(ports, portOf(n.PrimaryEndpoint), portOf(n.ReaderEndpoint))
		for _, m := range n.NodeGroupMembers {
			ports = append(ports, portOf(m.ReadEndpoint))
		}
	}
	return network.SortedSet(ports)
}

func serverlessCluster(at network.Location, s types.ServerlessCache, vpcs map[string]string) network.Cluster {
	c := network.Cluster{
		Name: aws.ToString(s.ServerlessCacheName), Kind: resource.ServerlessCache, Location: at,
		Engine:      lower(aws.ToString(s.Engine)),
		Status:      lower(aws.ToString(s.Status)),
		Subnets:     network.SortedSet(s.SubnetIds),
		NetworkType: networkTypeOf(s.NetworkType),
		Public:      s.ConnectionType == types.ConnectionTypePublic,
		PrivateLink: true,
		// A serverless cache takes no client without TLS.
		// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
		TransitEncryption: network.TLSRequired, Authentication: network.AuthNone,
	}
	if aws.ToString(s.UserGroupId) != "" {
		c.Authentication = network.AuthUsers
	}
	c.ARN = cmp.Or(aws.ToString(s.ARN), resource.NewARN(resource.ElastiCache, at, c.Kind, c.Name).String())
	for _, id := range c.Subnets {
		c.VPC = cmp.Or(c.VPC, vpcs[id])
	}
	for _, id := range network.SortedSet(s.SecurityGroupIds) {
		c.SecurityGroups = append(c.SecurityGroups, network.Membership{SecurityGroup: id})
	}
	if c.Engine == memcached {
		c.Ports = []uint16{cmp.Or(portOf(s.Endpoint), memcachedPort)}
		return c
	}
	c.Ports = network.SortedSet([]uint16{cmp.Or(portOf(s.Endpoint), redisPort), cmp.Or(portOf(s.ReaderEndpoint), readerPort)})
	return c
}

// withDefaultPort fills in the engine's port while there is no endpoint to tell it.
func withDefaultPort(c *network.Cluster) {
	switch {
	case len(c.Ports) > 0:
	case c.Engine == memcached:
		c.Ports = []uint16{memcachedPort}
	default:
		c.Ports = []uint16{redisPort}
	}
}

func portOf(e *types.Endpoint) uint16 {
	if e == nil || e.Port == nil || *e.Port < 1 || *e.Port > 65535 {
		return 0
	}
	return uint16(*e.Port)
}

// networkTypeOf gives the first network type that is told. ElastiCache leaves it
// out of clusters that are older than the choice, which are IPv4.
func networkTypeOf(types ...types.NetworkType) network.NetworkType {
	for _, t := range types {
		if t != "" {
			return network.NetworkType(lower(t))
		}
	}
	return network.IPv4
}

// lower gives an enumerated text in lower case: ElastiCache writes some of its
// states in capitals.
func lower[T ~string](v T) string { return strings.ToLower(string(v)) }
