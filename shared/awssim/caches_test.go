package awssim_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

func startCaches(t *testing.T) (*awssim.Sim, *elasticache.Client) {
	t.Helper()
	sim := awssim.New(load(t, twoVPCs))
	return sim, elasticache.NewFromConfig(sim.Config(hub, home, awssim.Actor{Session: "tester"}))
}

func wantFault[E error](t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[E](err); !ok {
		t.Errorf("error is %v, expected a %T", err, *new(E))
	}
}

func TestEveryKindOfCacheHasItsOwnFault(t *testing.T) {
	_, c := startCaches(t)
	ctx := t.Context()
	_, err := c.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: new("x")})
	wantFault[*cachetypes.ReplicationGroupNotFoundFault](t, err)
	_, err = c.DescribeServerlessCaches(ctx, &elasticache.DescribeServerlessCachesInput{ServerlessCacheName: new("x")})
	wantFault[*cachetypes.ServerlessCacheNotFoundFault](t, err)
	_, err = c.DescribeCacheSubnetGroups(ctx, &elasticache.DescribeCacheSubnetGroupsInput{CacheSubnetGroupName: new("x")})
	wantFault[*cachetypes.CacheSubnetGroupNotFoundFault](t, err)
	_, err = c.ListTagsForResource(ctx, &elasticache.ListTagsForResourceInput{ResourceName: new("arn:aws:elasticache:us-east-1:111122223333:cluster:x")})
	wantFault[*cachetypes.InvalidARNFault](t, err)
	_, err = c.ModifyCacheCluster(ctx, &elasticache.ModifyCacheClusterInput{CacheClusterId: new("sessions-001"), SecurityGroupIds: []string{"sg-other"}})
	wantFault[*cachetypes.InvalidParameterValueException](t, err) // a group of another VPC
	_, err = c.DeleteCacheCluster(ctx, &elasticache.DeleteCacheClusterInput{CacheClusterId: new("sessions-001")})
	wantFault[*cachetypes.InvalidCacheClusterStateFault](t, err) // the last member
}

func TestAReplicaComesAndGoes(t *testing.T) {
	_, c := startCaches(t)
	ctx := t.Context()
	must[*elasticache.CreateCacheClusterOutput](t)(c.CreateCacheCluster(ctx, &elasticache.CreateCacheClusterInput{
		CacheClusterId: new("sessions-002"), ReplicationGroupId: new("sessions"),
	}))
	members := func() []string {
		t.Helper()
		out := must[*elasticache.DescribeReplicationGroupsOutput](t)(c.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: new("sessions")}))
		return out.ReplicationGroups[0].MemberClusters
	}
	if got := members(); len(got) != 2 {
		t.Fatalf("the members are %v", got)
	}
	out := must[*elasticache.DescribeCacheClustersOutput](t)(c.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{CacheClusterId: new("sessions-002")}))
	if v := out.CacheClusters[0]; *v.Engine != "valkey" || *v.SecurityGroups[0].SecurityGroupId != "sg-cache" || v.CacheNodes != nil {
		t.Errorf("the replica is %+v, expected its primary's engine and groups, and no nodes unless they are asked for", v)
	}
	must[*elasticache.DeleteCacheClusterOutput](t)(c.DeleteCacheCluster(ctx, &elasticache.DeleteCacheClusterInput{CacheClusterId: new("sessions-002")}))
	if got := members(); len(got) != 1 {
		t.Errorf("the members are %v", got)
	}
}

func TestMemcachedListensOnItsOwnPort(t *testing.T) {
	_, c := startCaches(t)
	made := must[*elasticache.CreateCacheClusterOutput](t)(c.CreateCacheCluster(t.Context(), &elasticache.CreateCacheClusterInput{
		CacheClusterId: new("pages"), Engine: new("memcached"), NumCacheNodes: new(int32(2)), CacheSubnetGroupName: new("caches"), SecurityGroupIds: []string{"sg-cache"},
	})).CacheCluster
	if *made.ConfigurationEndpoint.Port != 11211 || *made.CacheClusterStatus != "creating" {
		t.Errorf("made %+v", made)
	}
	out := must[*elasticache.DescribeCacheClustersOutput](t)(c.DescribeCacheClusters(t.Context(), &elasticache.DescribeCacheClustersInput{
		ShowCacheNodeInfo: new(true), ShowCacheClustersNotInReplicationGroups: new(true),
	}))
	if len(out.CacheClusters) != 1 || len(out.CacheClusters[0].CacheNodes) != 2 {
		t.Errorf("clusters outside replication groups: %+v", out.CacheClusters)
	}
}

func TestAServerlessCacheChangesItsGroups(t *testing.T) {
	sim, c := startCaches(t)
	ctx := t.Context()
	must[*elasticache.CreateServerlessCacheOutput](t)(c.CreateServerlessCache(ctx, &elasticache.CreateServerlessCacheInput{
		ServerlessCacheName: new("flags"), Engine: new("memcached"), SubnetIds: []string{"subnet-c1"}, SecurityGroupIds: []string{"sg-cache"},
	}))
	must[*elasticache.ModifyServerlessCacheOutput](t)(c.ModifyServerlessCache(ctx, &elasticache.ModifyServerlessCacheInput{
		ServerlessCacheName: new("flags"), SecurityGroupIds: []string{"sg-app"},
	}))
	event := lastEvent(t, sim)
	if dig(event, "detail.requestParameters.serverlessCacheName") != "flags" || dig(event, "detail.responseElements.securityGroupIds.0") != "sg-app" {
		t.Errorf("the event is %v", event)
	}
	out := must[*elasticache.DescribeServerlessCachesOutput](t)(c.DescribeServerlessCaches(ctx, nil))
	if v := out.ServerlessCaches[0]; v.SecurityGroupIds[0] != "sg-app" || *v.Endpoint.Port != 11211 || v.ReaderEndpoint != nil {
		t.Errorf("the cache is %+v", v)
	}
	_, err := c.CreateServerlessCache(ctx, &elasticache.CreateServerlessCacheInput{ServerlessCacheName: new("flags"), Engine: new("valkey"), SubnetIds: []string{"subnet-c1"}})
	wantFault[*cachetypes.ServerlessCacheAlreadyExistsFault](t, err)
	_, err = c.CreateServerlessCache(ctx, &elasticache.CreateServerlessCacheInput{ServerlessCacheName: new("other"), Engine: new("valkey")})
	wantFault[*cachetypes.InvalidParameterValueException](t, err) // the default VPC has no subnets
}

func TestASubnetGroupStaysInItsVPC(t *testing.T) {
	_, c := startCaches(t)
	ctx := t.Context()
	_, err := c.DeleteCacheSubnetGroup(ctx, &elasticache.DeleteCacheSubnetGroupInput{CacheSubnetGroupName: new("caches")})
	wantFault[*cachetypes.CacheSubnetGroupInUse](t, err)
	must[*elasticache.ModifyCacheSubnetGroupOutput](t)(c.ModifyCacheSubnetGroup(ctx, &elasticache.ModifyCacheSubnetGroupInput{
		CacheSubnetGroupName: new("caches"), SubnetIds: []string{"subnet-c1", "subnet-c2"},
	}))
	made := must[*elasticache.CreateCacheSubnetGroupOutput](t)(c.CreateCacheSubnetGroup(ctx, &elasticache.CreateCacheSubnetGroupInput{
		CacheSubnetGroupName: new("spare"), CacheSubnetGroupDescription: new("spare"), SubnetIds: []string{"subnet-c2"},
	}))
	if *made.CacheSubnetGroup.VpcId != "vpc-cache" {
		t.Errorf("made %+v", made.CacheSubnetGroup)
	}
	out := must[*elasticache.DescribeCacheSubnetGroupsOutput](t)(c.DescribeCacheSubnetGroups(ctx, &elasticache.DescribeCacheSubnetGroupsInput{CacheSubnetGroupName: new("caches")}))
	if n := len(out.CacheSubnetGroups[0].Subnets); n != 2 {
		t.Errorf("%d subnets, expected 2", n)
	}
	must[*elasticache.DeleteCacheSubnetGroupOutput](t)(c.DeleteCacheSubnetGroup(ctx, &elasticache.DeleteCacheSubnetGroupInput{CacheSubnetGroupName: new("spare")}))
}

func TestTagsOfCachesAreSetAndRemoved(t *testing.T) {
	_, c := startCaches(t)
	ctx := t.Context()
	arn := new("arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions")
	must[*elasticache.AddTagsToResourceOutput](t)(c.AddTagsToResource(ctx, &elasticache.AddTagsToResourceInput{
		ResourceName: arn, Tags: []cachetypes.Tag{{Key: new("a"), Value: new("1")}, {Key: new("b"), Value: new("2")}},
	}))
	left := must[*elasticache.RemoveTagsFromResourceOutput](t)(c.RemoveTagsFromResource(ctx, &elasticache.RemoveTagsFromResourceInput{ResourceName: arn, TagKeys: []string{"a"}}))
	if len(left.TagList) != 1 || *left.TagList[0].Key != "b" {
		t.Errorf("left are %+v", left.TagList)
	}
}
