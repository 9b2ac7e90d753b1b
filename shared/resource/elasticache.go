package resource

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/network"
)

// ElastiCache is the service's name.
const ElastiCache = "elasticache"

// The types in ElastiCache's ARNs.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticache.html#amazonelasticache-resources-for-iam-policies
const (
	ReplicationGroup network.ClusterKind = "replicationgroup"
	CacheCluster     network.ClusterKind = "cluster"
	ServerlessCache  network.ClusterKind = "serverlesscache"
)

// What events and dependency keys call the resources of ElastiCache.
const (
	NameReplicationGroup       = "replication-group"
	NameGlobalReplicationGroup = "global-replication-group"
	NameCacheCluster           = "cache-cluster"
	NameServerlessCache        = "serverless-cache"
	NameCacheSubnetGroup       = "cache-subnet-group"
	NameCacheParameterGroup    = "cache-parameter-group"
)

var elastiCache = Service{
	Name: ElastiCache, Title: "ElastiCache",
	MakePrivate: "create the cache anew with connection type vpc",
	ShowGroups:  "aws elasticache describe-cache-clusters --show-cache-node-info",
	Example:     "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions", Separator: ":",
	Kinds: []Kind{
		{
			Name: NameReplicationGroup, Type: ReplicationGroup, Noun: "replication group", Keyed: true,
			Fields: []string{"replicationgroupid", "replicationgroupids", "primaryreplicationgroupid"},
		},
		{
			Name: NameCacheCluster, Type: CacheCluster, Noun: "cache cluster", Keyed: true, Spellings: []string{"cachecluster"},
			Fields: []string{"cacheclusterid", "cacheclusterids", "memberclusters", "primaryclusterid", "snapshottingclusterid"},
		},
		{
			Name: NameServerlessCache, Type: ServerlessCache, Noun: "serverless cache", Keyed: true,
			Fields: []string{"serverlesscachename"},
		},
		{
			Name: NameGlobalReplicationGroup, Type: "globalreplicationgroup",
			Fields: []string{"globalreplicationgroupid"},
		},
		{
			Name: NameCacheSubnetGroup, Type: "subnetgroup", Keyed: true, Spellings: []string{"cachesubnetgroup"},
			Fields: []string{"cachesubnetgroupname"},
		},
		{
			Name: NameCacheParameterGroup, Type: "parametergroup", Common: true, Spellings: []string{"cacheparametergroup"},
			Fields: []string{"cacheparametergroupname"},
		},
	},
	Node: CacheCluster, SubnetGroup: NameCacheSubnetGroup,
	// Letters, digits and single hyphens, beginning with a letter; 40 characters for
	// replication groups, 50 for cache clusters.
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html
	Names: regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`), LongestName: 50,
	OfEndpoint: ofElastiCacheEndpoint,
	Lists: []string{
		"elasticache:DescribeCacheClusters", "elasticache:DescribeCacheSubnetGroups",
		"elasticache:DescribeReplicationGroups", "elasticache:DescribeServerlessCaches",
	},
	Throttled: "APICallRateForCustomerExceeded",
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Nodes.viewing.html
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ServerlessCache.html
	Making: []string{"creating"}, Ending: []string{"deleting", "deleted"},
	Broken: []string{"create-failed", "incompatible-network", "incompatible-parameters", "incompatible-subnet", "restore-failed"},
	Watched: []Watched{
		{Family: "elasticache", Rule: "elasticache", Names: elastiCacheCalls},
		{Family: "cache_notifications", Rule: "cache-notification", Native: true, Names: elastiCacheNotifications},
	},
	Prose: []string{"cachesubnetgroupdescription", "replicationgroupdescription"},
	Owns:  ownedByElastiCache,
}

// elastiCacheCalls are the API names to watch.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_Operations.html
var elastiCacheCalls = []string{
	"CreateCacheCluster", "ModifyCacheCluster", "DeleteCacheCluster", "RebootCacheCluster",
	"CreateReplicationGroup", "ModifyReplicationGroup", "DeleteReplicationGroup",
	"IncreaseReplicaCount", "DecreaseReplicaCount",
	"ModifyReplicationGroupShardConfiguration", "TestFailover",
	"CreateServerlessCache", "ModifyServerlessCache", "DeleteServerlessCache",
	"CreateCacheSubnetGroup", "ModifyCacheSubnetGroup", "DeleteCacheSubnetGroup",
	"CreateGlobalReplicationGroup", "ModifyGlobalReplicationGroup",
	"DeleteGlobalReplicationGroup", "DisassociateGlobalReplicationGroup",
	"FailoverGlobalReplicationGroup",
	"IncreaseNodeGroupsInGlobalReplicationGroup", "DecreaseNodeGroupsInGlobalReplicationGroup",
	"RebalanceSlotsInGlobalReplicationGroup",
	"BatchApplyUpdateAction", "StartMigration", "CompleteMigration",
	"AddTagsToResource", "RemoveTagsFromResource",
}

// elastiCacheNotifications are the detail-types to watch.
// https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-elasticache.html
var elastiCacheNotifications = []string{
	"Cache Created", "Cache Creation Failed", "Cache Updated", "Cache Update Failed", "Cache Deleted",
}

// ownedByElastiCache knows the interfaces of nodes by their requester or
// description, the endpoint of a serverless cache by its subnet.
func ownedByElastiCache(i network.NetworkInterface, guarded []network.Cluster) bool {
	if i.RequesterID == "amazon-elasticache" || strings.HasPrefix(i.Description, "ElastiCache") {
		return true
	}
	return i.Type == "vpc_endpoint" && slices.ContainsFunc(guarded, func(c network.Cluster) bool {
		return c.Kind == ServerlessCache && slices.Contains(c.Subnets, i.Subnet)
	})
}
