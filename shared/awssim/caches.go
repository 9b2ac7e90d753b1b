package awssim

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

func cacheOperations() []*operation {
	return []*operation{
		read(elasticacheService, "DescribeCacheClusters", describeCacheClusters),
		read(elasticacheService, "DescribeReplicationGroups", describeReplicationGroups),
		read(elasticacheService, "DescribeServerlessCaches", describeServerlessCaches),
		read(elasticacheService, "DescribeCacheSubnetGroups", describeCacheSubnetGroups),
		read(elasticacheService, "ListTagsForResource", listTagsForResource),
	}
}

// ElastiCache has typed errors, one for each kind of resource; callers use errors.As with them.

func noCluster(id string) error {
	return &cachetypes.CacheClusterNotFoundFault{Message: new("CacheCluster not found: " + id)}
}

func noReplicationGroup(id string) error {
	return &cachetypes.ReplicationGroupNotFoundFault{Message: new("ReplicationGroup " + id + " not found.")}
}

func noServerlessCache(name string) error {
	return &cachetypes.ServerlessCacheNotFoundFault{Message: new("ServerlessCache " + name + " not found.")}
}

func noSubnetGroup(name string) error {
	return &cachetypes.CacheSubnetGroupNotFoundFault{Message: new("CacheSubnetGroup " + name + " not found.")}
}

// one is the resource of a name, or all of them where none is named.
func one[T any](t *table[T], name *string, missing func(string) error) ([]*T, error) {
	if name == nil {
		return t.vals, nil
	}
	if v := t.get(*name); v != nil {
		return []*T{v}, nil
	}
	return nil, missing(*name)
}

func describeCacheClusters(c *call, in *elasticache.DescribeCacheClustersInput) (*elasticache.DescribeCacheClustersOutput, error) {
	found, err := one(&c.r.CacheClusters, in.CacheClusterId, noCluster)
	if err != nil {
		return nil, err
	}
	if aws.ToBool(in.ShowCacheClustersNotInReplicationGroups) {
		var alone []*CacheCluster
		for _, v := range found {
			if v.ReplicationGroupId == nil {
				alone = append(alone, v)
			}
		}
		found = alone
	}
	found, next, err := paginate(c, found, in.MaxRecords, in.Marker, 20, 100, 0)
	if err != nil {
		return nil, err
	}
	out := &elasticache.DescribeCacheClustersOutput{Marker: next, CacheClusters: make([]cachetypes.CacheCluster, len(found))}
	for i, v := range found {
		out.CacheClusters[i] = v.CacheCluster
		if !aws.ToBool(in.ShowCacheNodeInfo) {
			out.CacheClusters[i].CacheNodes = nil
		}
	}
	return out, nil
}

func describeReplicationGroups(c *call, in *elasticache.DescribeReplicationGroupsInput) (*elasticache.DescribeReplicationGroupsOutput, error) {
	found, err := one(&c.r.ReplicationGroups, in.ReplicationGroupId, noReplicationGroup)
	if err != nil {
		return nil, err
	}
	found, next, err := paginate(c, found, in.MaxRecords, in.Marker, 20, 100, 0)
	if err != nil {
		return nil, err
	}
	out := &elasticache.DescribeReplicationGroupsOutput{Marker: next, ReplicationGroups: make([]cachetypes.ReplicationGroup, len(found))}
	for i, v := range found {
		out.ReplicationGroups[i] = v.ReplicationGroup
	}
	return out, nil
}

func describeServerlessCaches(c *call, in *elasticache.DescribeServerlessCachesInput) (*elasticache.DescribeServerlessCachesOutput, error) {
	found, err := one(&c.r.ServerlessCaches, in.ServerlessCacheName, noServerlessCache)
	if err != nil {
		return nil, err
	}
	found, next, err := paginate(c, found, in.MaxResults, in.NextToken, 1, 100, 50)
	if err != nil {
		return nil, err
	}
	out := &elasticache.DescribeServerlessCachesOutput{NextToken: next, ServerlessCaches: make([]cachetypes.ServerlessCache, len(found))}
	for i, v := range found {
		out.ServerlessCaches[i] = v.ServerlessCache
	}
	return out, nil
}

func describeCacheSubnetGroups(c *call, in *elasticache.DescribeCacheSubnetGroupsInput) (*elasticache.DescribeCacheSubnetGroupsOutput, error) {
	found, err := one(&c.r.CacheSubnetGroups, in.CacheSubnetGroupName, noSubnetGroup)
	if err != nil {
		return nil, err
	}
	found, next, err := paginate(c, found, in.MaxRecords, in.Marker, 20, 100, 0)
	if err != nil {
		return nil, err
	}
	return &elasticache.DescribeCacheSubnetGroupsOutput{Marker: next, CacheSubnetGroups: values(found)}, nil
}

func listTagsForResource(c *call, in *elasticache.ListTagsForResourceInput) (*elasticache.ListTagsForResourceOutput, error) {
	name := aws.ToString(in.ResourceName)
	for _, v := range c.r.CacheClusters.vals {
		if *v.ARN == name {
			return &elasticache.ListTagsForResourceOutput{TagList: v.TagList}, nil
		}
	}
	for _, v := range c.r.ReplicationGroups.vals {
		if *v.ARN == name {
			return &elasticache.ListTagsForResourceOutput{TagList: v.TagList}, nil
		}
	}
	for _, v := range c.r.ServerlessCaches.vals {
		if *v.ARN == name {
			return &elasticache.ListTagsForResourceOutput{TagList: v.TagList}, nil
		}
	}
	for _, v := range c.r.CacheSubnetGroups.vals {
		if *v.ARN == name {
			return &elasticache.ListTagsForResourceOutput{}, nil
		}
	}
	return nil, &cachetypes.InvalidARNFault{Message: new(name + " is not the ARN of a resource of this account and Region.")}
}
