package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

func serverlessWrites() []*operation {
	return []*operation{
		write(elasticacheService, "CreateServerlessCache", createServerlessCache),
		write(elasticacheService, "ModifyServerlessCache", modifyServerlessCache),
		write(elasticacheService, "DeleteServerlessCache", deleteServerlessCache),
		write(elasticacheService, "CreateCacheSubnetGroup", createCacheSubnetGroup),
		write(elasticacheService, "ModifyCacheSubnetGroup", modifyCacheSubnetGroup),
		write(elasticacheService, "DeleteCacheSubnetGroup", deleteCacheSubnetGroup),
		write(elasticacheService, "AddTagsToResource", addTagsToResource),
		write(elasticacheService, "RemoveTagsFromResource", removeTagsFromResource),
	}
}

// serverlessReaderPort is where a serverless Valkey or Redis cache is read from replicas, under the same name.
const serverlessReaderPort = 6380

// serverlessSubnets is how many subnets of the default VPC AWS chooses where none are named.
const serverlessSubnets = 3

func createServerlessCache(c *call, in *elasticache.CreateServerlessCacheInput) (*elasticache.CreateServerlessCacheOutput, error) {
	name := aws.ToString(in.ServerlessCacheName)
	if c.r.ServerlessCaches.get(name) != nil {
		return nil, &cachetypes.ServerlessCacheAlreadyExistsFault{Message: new("Serverless cache " + name + " already exists.")}
	}
	subnets := in.SubnetIds
	if len(subnets) == 0 {
		subnets = c.defaultSubnets()
	}
	vpc, err := c.vpcOfSubnets(subnets)
	if err != nil {
		return nil, err
	}
	memberships, err := c.memberships(vpc, in.SecurityGroupIds)
	if err != nil {
		return nil, err
	}
	port, engine := int32(redisPort), aws.ToString(in.Engine)
	if engine == "memcached" {
		port = memcachedPort
	}
	v := &ServerlessCache{TagList: in.Tags, ServerlessCache: cachetypes.ServerlessCache{
		ServerlessCacheName: &name, ARN: arn("elasticache", c.region, c.account, "serverlesscache:"+name), Status: new(cacheAvailable),
		Engine: &engine, MajorEngineVersion: in.MajorEngineVersion, Description: in.Description, SubnetIds: slices.Clone(subnets),
		ConnectionType: in.ConnectionType, NetworkType: cachetypes.NetworkTypeIpv4, CreateTime: new(c.sim.now()),
		Endpoint: c.endpoint(name+".serverless", port),
	}}
	if v.ConnectionType == "" {
		v.ConnectionType = cachetypes.ConnectionTypeVpc
	}
	if engine != "memcached" {
		v.ReaderEndpoint = c.endpoint(name+".serverless", serverlessReaderPort)
	}
	for _, membership := range memberships {
		v.SecurityGroupIds = append(v.SecurityGroupIds, *membership.SecurityGroupId)
	}
	c.edit().ServerlessCaches.put(c.state.owner, name, v)
	return &elasticache.CreateServerlessCacheOutput{ServerlessCache: shownServerless(v, cacheCreating)}, nil
}

func (c *call) defaultSubnets() []string {
	var chosen []string
	for _, subnet := range c.r.Subnets.vals {
		if vpc := c.r.Vpcs.lookup(subnet.VpcId); vpc != nil && aws.ToBool(vpc.IsDefault) && len(chosen) < serverlessSubnets {
			chosen = append(chosen, *subnet.SubnetId)
		}
	}
	return chosen
}

// vpcOfSubnets is the one VPC that all the subnets belong to.
func (c *call) vpcOfSubnets(ids []string) (*string, error) {
	var vpc *string
	for _, id := range ids {
		subnet := c.r.Subnets.get(id)
		switch {
		case subnet == nil:
			return nil, wrongValue("The subnet ID %s is invalid.", id)
		case vpc != nil && !same(vpc, subnet.VpcId):
			return nil, wrongValue("The subnets are not all in one VPC.")
		}
		vpc = subnet.VpcId
	}
	if vpc == nil {
		return nil, wrongValue("No subnets are named, and there is no default VPC.")
	}
	return vpc, nil
}

func shownServerless(v *ServerlessCache, status string) *cachetypes.ServerlessCache {
	shown := v.ServerlessCache
	shown.Status = &status
	return &shown
}

// modifyServerlessCache changes a serverless cache; SecurityGroupIds replace the whole list.
func modifyServerlessCache(c *call, in *elasticache.ModifyServerlessCacheInput) (*elasticache.ModifyServerlessCacheOutput, error) {
	v := c.r.ServerlessCaches.lookup(in.ServerlessCacheName)
	if v == nil {
		return nil, noServerlessCache(aws.ToString(in.ServerlessCacheName))
	}
	changed := *v
	if len(in.SecurityGroupIds) > 0 {
		vpc, err := c.vpcOfSubnets(v.SubnetIds)
		if err != nil {
			return nil, err
		}
		if _, err := c.memberships(vpc, in.SecurityGroupIds); err != nil {
			return nil, err
		}
		changed.SecurityGroupIds = slices.Clone(in.SecurityGroupIds)
	}
	changed.Description = firstOf(in.Description, v.Description)
	c.edit().ServerlessCaches.put(c.state.owner, *v.ServerlessCacheName, &changed)
	return &elasticache.ModifyServerlessCacheOutput{ServerlessCache: shownServerless(&changed, cacheModifying)}, nil
}

func deleteServerlessCache(c *call, in *elasticache.DeleteServerlessCacheInput) (*elasticache.DeleteServerlessCacheOutput, error) {
	v := c.r.ServerlessCaches.lookup(in.ServerlessCacheName)
	if v == nil {
		return nil, noServerlessCache(aws.ToString(in.ServerlessCacheName))
	}
	c.edit().ServerlessCaches.drop(c.state.owner, *v.ServerlessCacheName)
	return &elasticache.DeleteServerlessCacheOutput{ServerlessCache: shownServerless(v, cacheDeleting)}, nil
}

func (c *call) cacheSubnets(ids []string) []cachetypes.Subnet {
	var subnets []cachetypes.Subnet
	for _, id := range ids {
		subnet := cachetypes.Subnet{SubnetIdentifier: &id, SupportedNetworkTypes: []cachetypes.NetworkType{cachetypes.NetworkTypeIpv4}}
		if known := c.r.Subnets.get(id); known != nil {
			subnet.SubnetAvailabilityZone = &cachetypes.AvailabilityZone{Name: known.AvailabilityZone}
		}
		subnets = append(subnets, subnet)
	}
	return subnets
}

func createCacheSubnetGroup(c *call, in *elasticache.CreateCacheSubnetGroupInput) (*elasticache.CreateCacheSubnetGroupOutput, error) {
	name := aws.ToString(in.CacheSubnetGroupName)
	if c.r.CacheSubnetGroups.get(name) != nil {
		return nil, &cachetypes.CacheSubnetGroupAlreadyExistsFault{Message: new("Cache subnet group " + name + " already exists.")}
	}
	vpc, err := c.vpcOfSubnets(in.SubnetIds)
	if err != nil {
		return nil, err
	}
	v := &cachetypes.CacheSubnetGroup{
		CacheSubnetGroupName: &name, CacheSubnetGroupDescription: in.CacheSubnetGroupDescription, VpcId: vpc, Subnets: c.cacheSubnets(in.SubnetIds),
		ARN:                   arn("elasticache", c.region, c.account, "subnetgroup:"+name),
		SupportedNetworkTypes: []cachetypes.NetworkType{cachetypes.NetworkTypeIpv4},
	}
	c.edit().CacheSubnetGroups.put(c.state.owner, name, v)
	shown := *v
	return &elasticache.CreateCacheSubnetGroupOutput{CacheSubnetGroup: &shown}, nil
}

func modifyCacheSubnetGroup(c *call, in *elasticache.ModifyCacheSubnetGroupInput) (*elasticache.ModifyCacheSubnetGroupOutput, error) {
	v := c.r.CacheSubnetGroups.lookup(in.CacheSubnetGroupName)
	if v == nil {
		return nil, noSubnetGroup(aws.ToString(in.CacheSubnetGroupName))
	}
	changed := *v
	changed.CacheSubnetGroupDescription = firstOf(in.CacheSubnetGroupDescription, v.CacheSubnetGroupDescription)
	if len(in.SubnetIds) > 0 {
		vpc, err := c.vpcOfSubnets(in.SubnetIds)
		if err != nil {
			return nil, err
		}
		if !same(vpc, v.VpcId) {
			return nil, wrongValue("The new subnets are not in the VPC %s of the group.", aws.ToString(v.VpcId))
		}
		changed.Subnets = c.cacheSubnets(in.SubnetIds)
	}
	c.edit().CacheSubnetGroups.put(c.state.owner, *v.CacheSubnetGroupName, &changed)
	shown := changed
	return &elasticache.ModifyCacheSubnetGroupOutput{CacheSubnetGroup: &shown}, nil
}

func deleteCacheSubnetGroup(c *call, in *elasticache.DeleteCacheSubnetGroupInput) (*elasticache.DeleteCacheSubnetGroupOutput, error) {
	v := c.r.CacheSubnetGroups.lookup(in.CacheSubnetGroupName)
	if v == nil {
		return nil, noSubnetGroup(aws.ToString(in.CacheSubnetGroupName))
	}
	for _, cluster := range c.r.CacheClusters.vals {
		if same(cluster.CacheSubnetGroupName, v.CacheSubnetGroupName) {
			return nil, &cachetypes.CacheSubnetGroupInUse{Message: new("Cache subnet group " + *v.CacheSubnetGroupName + " is currently in use by a cache cluster.")}
		}
	}
	c.edit().CacheSubnetGroups.drop(c.state.owner, *v.CacheSubnetGroupName)
	return &elasticache.DeleteCacheSubnetGroupOutput{}, nil
}

func addTagsToResource(c *call, in *elasticache.AddTagsToResourceInput) (*elasticache.AddTagsToResourceOutput, error) {
	tags, err := c.retagCache(in.ResourceName, func(have []cachetypes.Tag) []cachetypes.Tag {
		left := slices.DeleteFunc(slices.Clone(have), func(t cachetypes.Tag) bool {
			return slices.ContainsFunc(in.Tags, func(set cachetypes.Tag) bool { return same(set.Key, t.Key) })
		})
		return append(left, in.Tags...)
	})
	return &elasticache.AddTagsToResourceOutput{TagList: tags}, err
}

func removeTagsFromResource(c *call, in *elasticache.RemoveTagsFromResourceInput) (*elasticache.RemoveTagsFromResourceOutput, error) {
	tags, err := c.retagCache(in.ResourceName, func(have []cachetypes.Tag) []cachetypes.Tag {
		return slices.DeleteFunc(slices.Clone(have), func(t cachetypes.Tag) bool { return slices.Contains(in.TagKeys, aws.ToString(t.Key)) })
	})
	return &elasticache.RemoveTagsFromResourceOutput{TagList: tags}, err
}

// retagCache changes the tags of the cache that an ARN names, and returns them.
func (c *call) retagCache(name *string, change func([]cachetypes.Tag) []cachetypes.Tag) ([]cachetypes.Tag, error) {
	r := c.edit()
	for id, v := range r.CacheClusters.entries {
		if same(v.ARN, name) {
			changed := *v
			changed.TagList = change(v.TagList)
			r.CacheClusters.put(c.state.owner, id, &changed)
			return changed.TagList, nil
		}
	}
	for id, v := range r.ReplicationGroups.entries {
		if same(v.ARN, name) {
			changed := *v
			changed.TagList = change(v.TagList)
			r.ReplicationGroups.put(c.state.owner, id, &changed)
			return changed.TagList, nil
		}
	}
	for id, v := range r.ServerlessCaches.entries {
		if same(v.ARN, name) {
			changed := *v
			changed.TagList = change(v.TagList)
			r.ServerlessCaches.put(c.state.owner, id, &changed)
			return changed.TagList, nil
		}
	}
	return nil, &cachetypes.InvalidARNFault{Message: new(aws.ToString(name) + " is not the ARN of a cache of this account and Region.")}
}
