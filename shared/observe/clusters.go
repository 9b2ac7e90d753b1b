package observe

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/network"
)

// Clusters reads every cluster of a location with its VPC, sorted by ARN, so that
// the unit of a cluster's ARN is known. What AWS refuses is in the failures: while
// there is one, a cluster that is missing, or without a VPC, may exist. The
// error is that of the context.
func Clusters(ctx context.Context, clients Clients, at network.Location) ([]network.Cluster, []network.Failure, error) {
	r := newReader(clients, network.NewSnapshot(network.PendingUnit(at), time.Time{}))
	found, err := r.clusters(ctx, at)
	if err != nil {
		return nil, nil, err
	}
	return found, r.sortedFailures(), nil
}

// cacheLists is what ElastiCache tells of a location.
type cacheLists struct {
	groups     []cachetypes.ReplicationGroup
	nodes      []cachetypes.CacheCluster
	serverless []cachetypes.ServerlessCache
	subnets    []cachetypes.CacheSubnetGroup
	// vpcs are the VPCs of the serverless caches' subnets.
	vpcs map[string]string
}

func (r *reader) clusters(ctx context.Context, at network.Location) ([]network.Cluster, error) {
	var lists cacheLists
	err := together(ctx,
		func(ctx context.Context) (err error) { lists.groups, err = r.replicationGroups(ctx, at); return err },
		func(ctx context.Context) (err error) { lists.nodes, err = r.cacheClusters(ctx, at); return err },
		func(ctx context.Context) (err error) { lists.subnets, err = r.cacheSubnetGroups(ctx, at); return err },
		func(ctx context.Context) (err error) {
			if lists.serverless, err = r.serverlessCaches(ctx, at); err != nil {
				return err
			}
			lists.vpcs, err = r.serverlessVPCs(ctx, at, lists.serverless)
			return err
		},
	)
	if err != nil {
		return nil, err
	}
	clusters := lists.clusters(at)
	slices.SortFunc(clusters, func(a, b network.Cluster) int { return cmp.Compare(a.ARN, b.ARN) })
	return clusters, nil
}

func (r *reader) replicationGroups(ctx context.Context, at network.Location) ([]cachetypes.ReplicationGroup, error) {
	c := call{at: at, kind: network.KindCluster, action: "elasticache:DescribeReplicationGroups"}
	return read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]cachetypes.ReplicationGroup, *string, error) {
		out, err := api.ElastiCache.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{
			Marker: token, MaxRecords: aws.Int32(smallPageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.ReplicationGroups, out.Marker, nil
	})
}

func (r *reader) cacheClusters(ctx context.Context, at network.Location) ([]cachetypes.CacheCluster, error) {
	c := call{at: at, kind: network.KindCluster, action: "elasticache:DescribeCacheClusters"}
	return read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]cachetypes.CacheCluster, *string, error) {
		out, err := api.ElastiCache.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{
			Marker: token, MaxRecords: aws.Int32(smallPageSize),
			ShowCacheNodeInfo: aws.Bool(true), // the only place of a stand-alone cluster's port
		})
		if err != nil {
			return nil, nil, err
		}
		return out.CacheClusters, out.Marker, nil
	})
}

func (r *reader) cacheSubnetGroups(ctx context.Context, at network.Location) ([]cachetypes.CacheSubnetGroup, error) {
	c := call{at: at, kind: network.KindCluster, action: "elasticache:DescribeCacheSubnetGroups"}
	return read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]cachetypes.CacheSubnetGroup, *string, error) {
		out, err := api.ElastiCache.DescribeCacheSubnetGroups(ctx, &elasticache.DescribeCacheSubnetGroupsInput{
			Marker: token, MaxRecords: aws.Int32(smallPageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.CacheSubnetGroups, out.Marker, nil
	})
}

func (r *reader) serverlessCaches(ctx context.Context, at network.Location) ([]cachetypes.ServerlessCache, error) {
	c := call{at: at, kind: network.KindCluster, action: "elasticache:DescribeServerlessCaches"}
	return read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]cachetypes.ServerlessCache, *string, error) {
		out, err := api.ElastiCache.DescribeServerlessCaches(ctx, &elasticache.DescribeServerlessCachesInput{
			NextToken: token, MaxResults: aws.Int32(serverlessPageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.ServerlessCaches, out.NextToken, nil
	})
}

// serverlessVPCs finds the VPCs of serverless caches by their subnets, since
// ElastiCache does not tell them. A refusal hides which VPC a cluster is in, so it
// counts as one of clusters.
func (r *reader) serverlessVPCs(ctx context.Context, at network.Location, caches []cachetypes.ServerlessCache) (map[string]string, error) {
	var ids []string
	for _, s := range caches {
		ids = append(ids, s.SubnetIds...)
	}
	c := call{at: at, kind: network.KindCluster, action: "ec2:DescribeSubnets"}
	subnets, err := readBy(ctx, r, c, "subnet-id", ids, pageOfSubnets)
	vpcs := map[string]string{}
	for _, s := range subnets {
		vpcs[aws.ToString(s.SubnetId)] = aws.ToString(s.VpcId)
	}
	return vpcs, err
}

func pageOfSubnets(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.Subnet, *string, error) {
	out, err := api.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize)})
	if err != nil {
		return nil, nil, err
	}
	return out.Subnets, out.NextToken, nil
}
