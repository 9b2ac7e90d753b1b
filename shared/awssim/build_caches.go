package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// caches builds ElastiCache's clusters, replication groups, serverless caches and subnet groups.
func (b *builder) caches() {
	for i, v := range b.in.CacheSubnetGroups {
		b.subnetGroup(i, v)
	}
	for i, v := range b.in.CacheClusters {
		b.cacheCluster(i, v)
	}
	for i, v := range b.in.ReplicationGroups {
		b.replicationGroup(i, v)
	}
	for i, v := range b.in.ServerlessCaches {
		b.serverlessCache(i, v)
	}
}

func (b *builder) subnetGroup(i int, v cachetypes.CacheSubnetGroup) {
	const list = "CacheSubnetGroups"
	if v.VpcId == nil && len(v.Subnets) > 0 {
		if subnet := b.r.Subnets.lookup(v.Subnets[0].SubnetIdentifier); subnet != nil {
			v.VpcId = subnet.VpcId
		}
	}
	if _, ok := known(b, &b.r.Vpcs, list, i, "VpcId", v.VpcId); !ok {
		return
	}
	for _, subnet := range v.Subnets {
		known(b, &b.r.Subnets, list, i, "Subnets", subnet.SubnetIdentifier, v.VpcId)
	}
	orDefault(&v.ARN, *arn("elasticache", b.r.name, b.r.account, "subnetgroup:"+aws.ToString(v.CacheSubnetGroupName)))
	insert(b, &b.r.CacheSubnetGroups, list, i, &v)
}

func (b *builder) cacheCluster(i int, v CacheCluster) {
	const list = "CacheClusters"
	orDefault(&v.ARN, *arn("elasticache", b.r.name, b.r.account, "cluster:"+aws.ToString(v.CacheClusterId)))
	orDefault(&v.CacheClusterStatus, "available")
	orDefault(&v.Engine, "redis")
	for _, membership := range v.SecurityGroups {
		if b.r.SecurityGroups.lookup(membership.SecurityGroupId) == nil {
			b.problems.warn(b.path(list, i, "SecurityGroups"), "%s is not among the Region's SecurityGroups", aws.ToString(membership.SecurityGroupId))
		}
	}
	if v.CacheSubnetGroupName != nil && b.r.CacheSubnetGroups.get(*v.CacheSubnetGroupName) == nil {
		b.problems.warn(b.path(list, i, "CacheSubnetGroupName"), "%s is not among the Region's CacheSubnetGroups, so the cluster's VPC cannot be told", *v.CacheSubnetGroupName)
	}
	if v.CacheClusterStatus != nil && *v.CacheClusterStatus == "available" && v.ReplicationGroupId == nil && !tellsPort(&v) {
		b.problems.leaveOut(b.problems.lineOf(b.path(list, i, "")), list+" without ports", b.path(list, i, "CacheNodes"), aws.ToString(v.CacheClusterId),
			"tells no port, so the default of its engine was taken: capture describe-cache-clusters with --show-cache-node-info")
	}
	insert(b, &b.r.CacheClusters, list, i, &v)
}

// tellsPort says whether a cluster that stands alone has an endpoint.
func tellsPort(v *CacheCluster) bool {
	return v.ConfigurationEndpoint != nil || slices.ContainsFunc(v.CacheNodes, func(n cachetypes.CacheNode) bool { return n.Endpoint != nil })
}

func (b *builder) replicationGroup(i int, v ReplicationGroup) {
	const list = "ReplicationGroups"
	orDefault(&v.ARN, *arn("elasticache", b.r.name, b.r.account, "replicationgroup:"+aws.ToString(v.ReplicationGroupId)))
	orDefault(&v.Status, "available")
	if v.MemberClusters == nil {
		for _, cluster := range b.r.CacheClusters.vals {
			if v.ReplicationGroupId != nil && aws.ToString(cluster.ReplicationGroupId) == *v.ReplicationGroupId {
				v.MemberClusters = append(v.MemberClusters, *cluster.CacheClusterId)
			}
		}
	}
	for _, member := range v.MemberClusters {
		cluster := b.r.CacheClusters.get(member)
		if cluster == nil {
			b.problems.warn(b.path(list, i, "MemberClusters"), "%s is not among the Region's CacheClusters, which say what guards it", member)
			continue
		}
		if cluster.ReplicationGroupId == nil {
			joined := *cluster
			joined.ReplicationGroupId = v.ReplicationGroupId
			b.r.CacheClusters.put(b.state.owner, member, &joined)
		}
	}
	insert(b, &b.r.ReplicationGroups, list, i, &v)
}

func (b *builder) serverlessCache(i int, v ServerlessCache) {
	const list = "ServerlessCaches"
	orDefault(&v.ARN, *arn("elasticache", b.r.name, b.r.account, "serverlesscache:"+aws.ToString(v.ServerlessCacheName)))
	orDefault(&v.Status, "available")
	for _, id := range v.SubnetIds {
		if b.r.Subnets.get(id) == nil {
			b.problems.warn(b.path(list, i, "SubnetIds"), "%s is not among the Region's Subnets", id)
		}
	}
	insert(b, &b.r.ServerlessCaches, list, i, &v)
}
