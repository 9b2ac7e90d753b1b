// Package elasticache lists the resources of ElastiCache: replication groups, cache
// clusters that are in none, and serverless caches, each with the VPC and the
// security groups that it is in and the ports that it listens on.
package elasticache

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"golang.org/x/sync/errgroup"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Client is the part of the ElastiCache client that this package uses.
type Client interface {
	DescribeCacheClusters(context.Context, *elasticache.DescribeCacheClustersInput, ...func(*elasticache.Options)) (*elasticache.DescribeCacheClustersOutput, error)
	DescribeCacheSubnetGroups(context.Context, *elasticache.DescribeCacheSubnetGroupsInput, ...func(*elasticache.Options)) (*elasticache.DescribeCacheSubnetGroupsOutput, error)
	DescribeReplicationGroups(context.Context, *elasticache.DescribeReplicationGroupsInput, ...func(*elasticache.Options)) (*elasticache.DescribeReplicationGroupsOutput, error)
	DescribeServerlessCaches(context.Context, *elasticache.DescribeServerlessCachesInput, ...func(*elasticache.Options)) (*elasticache.DescribeServerlessCachesOutput, error)
}

// Page sizes: the largest that the APIs take.
const (
	pageSize           = 100
	serverlessPageSize = 50
)

// Lister lists what a client sees.
type Lister struct{ Client Client }

// New makes a lister of an account and Region from its configuration.
func New(cfg aws.Config) resource.Lister { return Lister{elasticache.NewFromConfig(cfg)} }

// Service implements resource.Lister.
func (Lister) Service() string { return resource.ElastiCache }

// lists is what ElastiCache tells of an account and Region.
type lists struct {
	groups     []types.ReplicationGroup
	nodes      []types.CacheCluster
	serverless []types.ServerlessCache
	subnets    []types.CacheSubnetGroup
	// vpcs are the VPCs of the serverless caches' subnets, which ElastiCache does not tell.
	vpcs map[string]string
}

// List implements resource.Lister.
func (l Lister) List(ctx context.Context, r resource.Reader) ([]network.Cluster, error) {
	var found lists
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return r.Pages(ctx, "elasticache:DescribeReplicationGroups", l.replicationGroups(&found))
	})
	g.Go(func() error { return r.Pages(ctx, "elasticache:DescribeCacheClusters", l.cacheClusters(&found)) })
	g.Go(func() error { return r.Pages(ctx, "elasticache:DescribeCacheSubnetGroups", l.subnetGroups(&found)) })
	g.Go(func() error {
		if err := r.Pages(ctx, "elasticache:DescribeServerlessCaches", l.serverlessCaches(&found)); err != nil {
			return err
		}
		var ids []string
		for _, s := range found.serverless {
			ids = append(ids, s.SubnetIds...)
		}
		var err error
		found.vpcs, err = r.VPCs(ctx, ids)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return found.clusters(r.Location()), nil
}

// page reads a page into a list, and gives the token of the next one.
type page = func(ctx context.Context, token *string) (*string, error)

func (l Lister) replicationGroups(into *lists) page {
	return func(ctx context.Context, token *string) (*string, error) {
		out, err := l.Client.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{
			Marker: token, MaxRecords: aws.Int32(pageSize),
		})
		if err != nil {
			return nil, err
		}
		into.groups = append(into.groups, out.ReplicationGroups...)
		return out.Marker, nil
	}
}

func (l Lister) cacheClusters(into *lists) page {
	return func(ctx context.Context, token *string) (*string, error) {
		out, err := l.Client.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{
			Marker: token, MaxRecords: aws.Int32(pageSize),
			ShowCacheNodeInfo: aws.Bool(true), // the only place of a stand-alone cluster's port
		})
		if err != nil {
			return nil, err
		}
		into.nodes = append(into.nodes, out.CacheClusters...)
		return out.Marker, nil
	}
}

func (l Lister) subnetGroups(into *lists) page {
	return func(ctx context.Context, token *string) (*string, error) {
		out, err := l.Client.DescribeCacheSubnetGroups(ctx, &elasticache.DescribeCacheSubnetGroupsInput{
			Marker: token, MaxRecords: aws.Int32(pageSize),
		})
		if err != nil {
			return nil, err
		}
		into.subnets = append(into.subnets, out.CacheSubnetGroups...)
		return out.Marker, nil
	}
}

func (l Lister) serverlessCaches(into *lists) page {
	return func(ctx context.Context, token *string) (*string, error) {
		out, err := l.Client.DescribeServerlessCaches(ctx, &elasticache.DescribeServerlessCachesInput{
			NextToken: token, MaxResults: aws.Int32(serverlessPageSize),
		})
		if err != nil {
			return nil, err
		}
		into.serverless = append(into.serverless, out.ServerlessCaches...)
		return out.NextToken, nil
	}
}
