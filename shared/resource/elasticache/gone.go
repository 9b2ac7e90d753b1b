package elasticache

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/resource"
)

// Gone implements resource.Lister.
func (l Lister) Gone(ctx context.Context, arn resource.ARN) (bool, error) {
	var err error
	switch arn.Kind {
	case resource.ReplicationGroup:
		_, err = l.Client.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String(arn.Name)})
		return answered[*types.ReplicationGroupNotFoundFault](err)
	case resource.CacheCluster:
		_, err = l.Client.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{CacheClusterId: aws.String(arn.Name)})
		return answered[*types.CacheClusterNotFoundFault](err)
	case resource.ServerlessCache:
		_, err = l.Client.DescribeServerlessCaches(ctx, &elasticache.DescribeServerlessCachesInput{ServerlessCacheName: aws.String(arn.Name)})
		return answered[*types.ServerlessCacheNotFoundFault](err)
	default:
		return false, fmt.Errorf("asking for %s: %s is no kind of resource that ElastiCache lists", arn, arn.Kind)
	}
}

// answered says whether an error is the answer that there is no such resource.
func answered[NotFound error](err error) (bool, error) {
	if _, gone := errors.AsType[NotFound](err); gone {
		return true, nil
	}
	return false, err
}
