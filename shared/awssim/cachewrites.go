package awssim

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

func cacheWrites() []*operation {
	return []*operation{
		write(elasticacheService, "CreateCacheCluster", createCacheCluster),
		write(elasticacheService, "ModifyCacheCluster", modifyCacheCluster),
		write(elasticacheService, "DeleteCacheCluster", deleteCacheCluster),
		write(elasticacheService, "CreateReplicationGroup", createReplicationGroup),
		write(elasticacheService, "ModifyReplicationGroup", modifyReplicationGroup),
		write(elasticacheService, "DeleteReplicationGroup", deleteReplicationGroup),
	}
}

func wrongValue(message string, args ...any) error {
	return &cachetypes.InvalidParameterValueException{Message: new(fmt.Sprintf(message, args...))}
}

// The states of a cache: AWS shows the passing ones in the answer; the simulator is through with them at once.
const (
	cacheCreating  = "creating"
	cacheModifying = "modifying"
	cacheDeleting  = "deleting"
	cacheAvailable = "available"
)

// ports a cache listens on where its owner says nothing.
const (
	redisPort     = 6379
	memcachedPort = 11211
)

// memberships checks the security groups that are to guard a cache: they belong to the VPC of its subnets.
func (c *call) memberships(vpc *string, ids []string) ([]cachetypes.SecurityGroupMembership, error) {
	if len(ids) == 0 {
		for _, g := range c.r.SecurityGroups.vals {
			if same(g.VpcId, vpc) && *g.GroupName == "default" {
				ids = []string{*g.GroupId}
			}
		}
	}
	var out []cachetypes.SecurityGroupMembership
	for _, id := range ids {
		g := c.r.SecurityGroups.get(id)
		if g == nil || vpc != nil && !same(g.VpcId, vpc) && !c.r.usableIn(id, *vpc) {
			return nil, wrongValue("Some security group ids are invalid: %s", id)
		}
		out = append(out, cachetypes.SecurityGroupMembership{SecurityGroupId: &id, Status: new("active")})
	}
	return out, nil
}

// vpcOf tells in which VPC a cluster is; nil where its subnet group does not say.
func (c *call) vpcOf(v *cachetypes.CacheCluster) *string {
	if g := c.r.CacheSubnetGroups.lookup(v.CacheSubnetGroupName); g != nil {
		return g.VpcId
	}
	return nil
}

// newCluster makes a node-based cluster of its own, or a member of a replication group.
func (c *call) newCluster(id, engine string, subnetGroup *string, groups []string, port *int32, nodes int32) (*CacheCluster, error) {
	name := aws.ToString(subnetGroup)
	if name == "" {
		name = "default"
	}
	subnets := c.r.CacheSubnetGroups.get(name)
	if subnets == nil {
		return nil, noSubnetGroup(name)
	}
	memberships, err := c.memberships(subnets.VpcId, groups)
	if err != nil {
		return nil, err
	}
	standard := int32(redisPort)
	if engine == "memcached" {
		standard = memcachedPort
	}
	orDefault(&port, standard)
	v := &CacheCluster{CacheCluster: cachetypes.CacheCluster{
		CacheClusterId: &id, CacheClusterStatus: new(cacheAvailable), Engine: &engine, CacheSubnetGroupName: &name, NumCacheNodes: &nodes,
		ARN: arn("elasticache", c.region, c.account, "cluster:"+id), SecurityGroups: memberships, CacheClusterCreateTime: new(c.sim.now()),
		NetworkType: cachetypes.NetworkTypeIpv4, IpDiscovery: cachetypes.IpDiscoveryIpv4,
	}}
	for n := range nodes {
		v.CacheNodes = append(v.CacheNodes, cachetypes.CacheNode{
			CacheNodeId: new(fmt.Sprintf("%04d", n+1)), CacheNodeStatus: new(cacheAvailable), Endpoint: c.endpoint(fmt.Sprintf("%s.%04d", id, n+1), *port),
		})
	}
	if engine == "memcached" {
		v.ConfigurationEndpoint = c.endpoint(id+".cfg", *port)
	}
	return v, nil
}

func (c *call) endpoint(name string, port int32) *cachetypes.Endpoint {
	return &cachetypes.Endpoint{Address: new(name + "." + c.region + ".cache.amazonaws.com"), Port: &port}
}

func createCacheCluster(c *call, in *elasticache.CreateCacheClusterInput) (*elasticache.CreateCacheClusterOutput, error) {
	if c.r.CacheClusters.lookup(in.CacheClusterId) != nil {
		return nil, &cachetypes.CacheClusterAlreadyExistsFault{Message: new("Cache cluster " + *in.CacheClusterId + " already exists.")}
	}
	nodes := max(aws.ToInt32(in.NumCacheNodes), 1)
	engine := aws.ToString(firstOf(in.Engine, new("redis")))
	subnetGroup, groups, port := in.CacheSubnetGroupName, in.SecurityGroupIds, in.Port
	if in.ReplicationGroupId != nil {
		parent := c.r.ReplicationGroups.get(*in.ReplicationGroupId)
		if parent == nil {
			return nil, noReplicationGroup(*in.ReplicationGroupId)
		}
		if primary := c.primaryOf(parent); primary != nil {
			engine, subnetGroup, groups = *primary.Engine, primary.CacheSubnetGroupName, groupsOf(primary)
		}
	}
	v, err := c.newCluster(*in.CacheClusterId, engine, subnetGroup, groups, port, nodes)
	if err != nil {
		return nil, err
	}
	v.ReplicationGroupId, v.CacheNodeType, v.EngineVersion, v.TagList = in.ReplicationGroupId, in.CacheNodeType, in.EngineVersion, in.Tags
	r := c.edit()
	r.CacheClusters.put(c.state.owner, *v.CacheClusterId, v)
	if in.ReplicationGroupId != nil {
		parent := *r.ReplicationGroups.get(*in.ReplicationGroupId)
		parent.MemberClusters = append(slices.Clone(parent.MemberClusters), *v.CacheClusterId)
		r.ReplicationGroups.put(c.state.owner, *in.ReplicationGroupId, &parent)
	}
	return &elasticache.CreateCacheClusterOutput{CacheCluster: shownCluster(v, cacheCreating)}, nil
}

// shownCluster is a cluster in a passing state. While it is made or deleted AWS shows no nodes.
func shownCluster(v *CacheCluster, status string) *cachetypes.CacheCluster {
	shown := v.CacheCluster
	shown.CacheClusterStatus = &status
	if status != cacheModifying {
		shown.CacheNodes = nil
	}
	return &shown
}

func (c *call) primaryOf(v *ReplicationGroup) *CacheCluster {
	for _, member := range v.MemberClusters {
		if cluster := c.r.CacheClusters.get(member); cluster != nil {
			return cluster
		}
	}
	return nil
}

func groupsOf(v *CacheCluster) []string {
	var ids []string
	for _, membership := range v.SecurityGroups {
		ids = append(ids, aws.ToString(membership.SecurityGroupId))
	}
	return ids
}

// modifyCacheCluster changes a cluster; SecurityGroupIds replace the whole list.
func modifyCacheCluster(c *call, in *elasticache.ModifyCacheClusterInput) (*elasticache.ModifyCacheClusterOutput, error) {
	v := c.r.CacheClusters.lookup(in.CacheClusterId)
	if v == nil {
		return nil, noCluster(aws.ToString(in.CacheClusterId))
	}
	changed := *v
	if len(in.SecurityGroupIds) > 0 {
		memberships, err := c.memberships(c.vpcOf(&v.CacheCluster), in.SecurityGroupIds)
		if err != nil {
			return nil, err
		}
		changed.SecurityGroups = memberships
	}
	changed.CacheNodeType = firstOf(in.CacheNodeType, v.CacheNodeType)
	changed.EngineVersion = firstOf(in.EngineVersion, v.EngineVersion)
	c.edit().CacheClusters.put(c.state.owner, *v.CacheClusterId, &changed)
	return &elasticache.ModifyCacheClusterOutput{CacheCluster: shownCluster(&changed, cacheModifying)}, nil
}

func deleteCacheCluster(c *call, in *elasticache.DeleteCacheClusterInput) (*elasticache.DeleteCacheClusterOutput, error) {
	v := c.r.CacheClusters.lookup(in.CacheClusterId)
	if v == nil {
		return nil, noCluster(aws.ToString(in.CacheClusterId))
	}
	r := c.edit()
	if parent := r.ReplicationGroups.lookup(v.ReplicationGroupId); parent != nil {
		if len(parent.MemberClusters) < 2 {
			return nil, &cachetypes.InvalidCacheClusterStateFault{Message: new("Cache cluster " + *v.CacheClusterId + " is serving as primary for replication group " + *v.ReplicationGroupId + " and cannot be deleted.")}
		}
		left := *parent
		left.MemberClusters = slices.DeleteFunc(slices.Clone(parent.MemberClusters), func(id string) bool { return id == *v.CacheClusterId })
		r.ReplicationGroups.put(c.state.owner, *v.ReplicationGroupId, &left)
	}
	r.CacheClusters.drop(c.state.owner, *v.CacheClusterId)
	return &elasticache.DeleteCacheClusterOutput{CacheCluster: shownCluster(v, cacheDeleting)}, nil
}
