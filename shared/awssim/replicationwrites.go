package awssim

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

func createReplicationGroup(c *call, in *elasticache.CreateReplicationGroupInput) (*elasticache.CreateReplicationGroupOutput, error) {
	id := aws.ToString(in.ReplicationGroupId)
	if c.r.ReplicationGroups.get(id) != nil {
		return nil, &cachetypes.ReplicationGroupAlreadyExistsFault{Message: new("Replication group " + id + " already exists.")}
	}
	engine := aws.ToString(firstOf(in.Engine, new("redis")))
	port := in.Port
	orDefault(&port, int32(redisPort))
	v := &ReplicationGroup{TagList: in.Tags, ReplicationGroup: cachetypes.ReplicationGroup{
		ReplicationGroupId: &id, ARN: arn("elasticache", c.region, c.account, "replicationgroup:"+id), Description: in.ReplicationGroupDescription,
		Status: new(cacheAvailable), Engine: &engine, CacheNodeType: in.CacheNodeType, ReplicationGroupCreateTime: new(c.sim.now()),
		ClusterEnabled: new(aws.ToInt32(in.NumNodeGroups) > 1), NetworkType: cachetypes.NetworkTypeIpv4,
	}}
	r := c.edit()
	for _, group := range memberNames(in) {
		node := cachetypes.NodeGroup{NodeGroupId: new(fmt.Sprintf("%04d", len(v.NodeGroups)+1)), Status: new(cacheAvailable)}
		for _, name := range group {
			member, err := c.newCluster(name, engine, in.CacheSubnetGroupName, in.SecurityGroupIds, port, 1)
			if err != nil {
				return nil, err
			}
			member.ReplicationGroupId, member.TagList, member.EngineVersion = &id, in.Tags, in.EngineVersion
			r.CacheClusters.put(c.state.owner, name, member)
			v.MemberClusters = append(v.MemberClusters, name)
			node.NodeGroupMembers = append(node.NodeGroupMembers, cachetypes.NodeGroupMember{
				CacheClusterId: &name, CacheNodeId: new("0001"), ReadEndpoint: member.CacheNodes[0].Endpoint,
			})
		}
		if !*v.ClusterEnabled {
			node.PrimaryEndpoint, node.ReaderEndpoint = c.endpoint(id+".primary", *port), c.endpoint(id+".replica", *port)
		}
		v.NodeGroups = append(v.NodeGroups, node)
	}
	if *v.ClusterEnabled {
		v.ConfigurationEndpoint = c.endpoint("clustercfg."+id, *port)
	}
	r.ReplicationGroups.put(c.state.owner, id, v)
	return &elasticache.CreateReplicationGroupOutput{ReplicationGroup: shownReplicationGroup(v, cacheCreating)}, nil
}

// memberNames are the ids that AWS gives to the members of a new replication group, by shard.
func memberNames(in *elasticache.CreateReplicationGroupInput) [][]string {
	id := aws.ToString(in.ReplicationGroupId)
	shards := max(aws.ToInt32(in.NumNodeGroups), 1)
	each := max(aws.ToInt32(in.NumCacheClusters), aws.ToInt32(in.ReplicasPerNodeGroup)+1)
	names := make([][]string, shards)
	for shard := range shards {
		for n := range each {
			name := fmt.Sprintf("%s-%03d", id, n+1)
			if shards > 1 {
				name = fmt.Sprintf("%s-%04d-%03d", id, shard+1, n+1)
			}
			names[shard] = append(names[shard], name)
		}
	}
	return names
}

func shownReplicationGroup(v *ReplicationGroup, status string) *cachetypes.ReplicationGroup {
	shown := v.ReplicationGroup
	shown.Status = &status
	if status != cacheModifying {
		shown.NodeGroups = nil
	}
	return &shown
}

// modifyReplicationGroup changes a group; SecurityGroupIds replace the list of every member.
func modifyReplicationGroup(c *call, in *elasticache.ModifyReplicationGroupInput) (*elasticache.ModifyReplicationGroupOutput, error) {
	v := c.r.ReplicationGroups.lookup(in.ReplicationGroupId)
	if v == nil {
		return nil, noReplicationGroup(aws.ToString(in.ReplicationGroupId))
	}
	changed := *v
	changed.Description = firstOf(in.ReplicationGroupDescription, v.Description)
	changed.CacheNodeType = firstOf(in.CacheNodeType, v.CacheNodeType)
	r := c.edit()
	r.ReplicationGroups.put(c.state.owner, *v.ReplicationGroupId, &changed)
	for _, name := range v.MemberClusters {
		member := r.CacheClusters.get(name)
		if member == nil || len(in.SecurityGroupIds) == 0 {
			continue
		}
		memberships, err := c.memberships(c.vpcOf(&member.CacheCluster), in.SecurityGroupIds)
		if err != nil {
			return nil, err
		}
		next := *member
		next.SecurityGroups = memberships
		r.CacheClusters.put(c.state.owner, name, &next)
	}
	return &elasticache.ModifyReplicationGroupOutput{ReplicationGroup: shownReplicationGroup(&changed, cacheModifying)}, nil
}

// deleteReplicationGroup deletes a group and its members; the first one stays where the request retains it.
func deleteReplicationGroup(c *call, in *elasticache.DeleteReplicationGroupInput) (*elasticache.DeleteReplicationGroupOutput, error) {
	v := c.r.ReplicationGroups.lookup(in.ReplicationGroupId)
	if v == nil {
		return nil, noReplicationGroup(aws.ToString(in.ReplicationGroupId))
	}
	r := c.edit()
	for i, name := range v.MemberClusters {
		member := r.CacheClusters.get(name)
		if i == 0 && aws.ToBool(in.RetainPrimaryCluster) && member != nil {
			alone := *member
			alone.ReplicationGroupId = nil
			r.CacheClusters.put(c.state.owner, name, &alone)
			continue
		}
		r.CacheClusters.drop(c.state.owner, name)
	}
	r.ReplicationGroups.drop(c.state.owner, *v.ReplicationGroupId)
	return &elasticache.DeleteReplicationGroupOutput{ReplicationGroup: shownReplicationGroup(v, cacheDeleting)}, nil
}
