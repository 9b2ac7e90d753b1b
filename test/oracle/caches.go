package oracle

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// caching reads the caches. A replication group has no network of its own: its
// member clusters tell it.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html
func (r reader) caching() error {
	subnets := map[string]cachetypes.CacheSubnetGroup{}
	sets, err := r.caches.DescribeCacheSubnetGroups(r.ctx, nil)
	if err != nil {
		return err
	}
	for _, g := range sets.CacheSubnetGroups {
		subnets[aws.ToString(g.CacheSubnetGroupName)] = g
	}
	nodes, err := r.caches.DescribeCacheClusters(r.ctx, &elasticache.DescribeCacheClustersInput{ShowCacheNodeInfo: aws.Bool(true)})
	if err != nil {
		return err
	}
	members := map[string][]cachetypes.CacheCluster{}
	for _, c := range nodes.CacheClusters {
		if id := aws.ToString(c.ReplicationGroupId); id != "" {
			members[id] = append(members[id], c)
			continue
		}
		one := nodeBased(r.arn("cluster", c.CacheClusterId), []cachetypes.CacheCluster{c}, subnets)
		one.Ports = portsOr(one.Ports, []*cachetypes.Endpoint{c.ConfigurationEndpoint}, defaultPort(c.Engine))
		r.clusters[one.ARN] = one
	}
	groups, err := r.caches.DescribeReplicationGroups(r.ctx, nil)
	if err != nil {
		return err
	}
	for _, g := range groups.ReplicationGroups {
		one := nodeBased(r.arn("replicationgroup", g.ReplicationGroupId), members[aws.ToString(g.ReplicationGroupId)], subnets)
		endpoints := []*cachetypes.Endpoint{g.ConfigurationEndpoint}
		for _, n := range g.NodeGroups {
			endpoints = append(endpoints, n.PrimaryEndpoint, n.ReaderEndpoint)
		}
		one.Ports = portsOr(one.Ports, endpoints, 6379)
		r.clusters[one.ARN] = one
	}
	return r.serverless()
}

// nodeBased takes the network of a cache from its nodes.
func nodeBased(arn string, nodes []cachetypes.CacheCluster, subnets map[string]cachetypes.CacheSubnetGroup) Cluster {
	c := Cluster{ARN: arn}
	var settled, moving []string
	for _, n := range nodes {
		set := subnets[aws.ToString(n.CacheSubnetGroupName)]
		c.VPC = aws.ToString(set.VpcId)
		for _, s := range set.Subnets {
			c.Subnets = add(c.Subnets, aws.ToString(s.SubnetIdentifier))
		}
		for _, m := range n.SecurityGroups {
			if aws.ToString(m.Status) == "active" || m.Status == nil {
				settled = add(settled, aws.ToString(m.SecurityGroupId))
			} else {
				moving = add(moving, aws.ToString(m.SecurityGroupId))
			}
		}
		for _, node := range n.CacheNodes {
			if p := portOf(node.Endpoint); p != 0 {
				c.Ports = add(c.Ports, p)
			}
		}
		c.families(n.NetworkType, n.IpDiscovery)
	}
	for _, set := range [][]string{settled, moving} {
		if len(set) > 0 {
			c.Groups = append(c.Groups, set)
		}
	}
	return c
}

// families says which addresses the nodes have, and which of them the name gives.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/network-type.html
func (c *Cluster) families(t cachetypes.NetworkType, named cachetypes.IpDiscovery) {
	c.V4 = t != cachetypes.NetworkTypeIpv6
	c.V6 = t == cachetypes.NetworkTypeIpv6 || t == cachetypes.NetworkTypeDualStack
	c.Named6 = t == cachetypes.NetworkTypeIpv6 || t == cachetypes.NetworkTypeDualStack && named == cachetypes.IpDiscoveryIpv6
}

func defaultPort(engine *string) uint16 {
	if aws.ToString(engine) == "memcached" {
		return 11211
	}
	return 6379
}

func portsOr(known []uint16, endpoints []*cachetypes.Endpoint, otherwise uint16) []uint16 {
	for _, e := range endpoints {
		if p := portOf(e); p != 0 {
			known = add(known, p)
		}
	}
	if len(known) == 0 {
		known = []uint16{otherwise}
	}
	slices.Sort(known)
	return known
}

// serverless reads the serverless caches: 6379 is the primary port of Valkey and
// Redis OSS, 6380 the reader's.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
func (r reader) serverless() error {
	out, err := r.caches.DescribeServerlessCaches(r.ctx, nil)
	if err != nil {
		return err
	}
	for _, s := range out.ServerlessCaches {
		c := Cluster{
			ARN: r.arn("serverlesscache", s.ServerlessCacheName), Subnets: s.SubnetIds,
			Public: s.ConnectionType == cachetypes.ConnectionTypePublic, PrivateLink: true,
		}
		for _, id := range s.SubnetIds {
			c.VPC = aws.ToString(r.subnets[id].VpcId)
		}
		if len(s.SecurityGroupIds) > 0 {
			c.Groups = [][]string{s.SecurityGroupIds}
		}
		if aws.ToString(s.Engine) == "memcached" {
			c.Ports = portsOr(nil, []*cachetypes.Endpoint{s.Endpoint}, 11211)
		} else {
			c.Ports = portsOr(nil, []*cachetypes.Endpoint{s.Endpoint}, 6379)
			c.Ports = append(c.Ports, portsOr(nil, []*cachetypes.Endpoint{s.ReaderEndpoint}, 6380)...)
		}
		c.families(s.NetworkType, "")
		r.clusters[c.ARN] = c
	}
	return nil
}

func add[T comparable](to []T, v T) []T {
	if slices.Contains(to, v) {
		return to
	}
	return append(to, v)
}
