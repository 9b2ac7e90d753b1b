package awssim

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func tagOperations() []*operation {
	return []*operation{
		write(ec2Service, "CreateTags", createTags),
		write(ec2Service, "DeleteTags", deleteTags),
	}
}

// maxTags is how many tags a resource may have.
const maxTags = 50

// tagsFor picks the tags of a request for one kind of resource; EC2 refuses specifications for other kinds.
func tagsFor(specifications []ec2types.TagSpecification, kind ec2types.ResourceType) ([]ec2types.Tag, error) {
	var tags []ec2types.Tag
	for _, s := range specifications {
		if s.ResourceType != kind {
			return nil, invalidParameter("'%s' is not a valid taggable resource type for this operation.", s.ResourceType)
		}
		tags = append(tags, s.Tags...)
	}
	return mergeTags(nil, tags)
}

// mergeTags sets tags beside those that are there.
func mergeTags(have, set []ec2types.Tag) ([]ec2types.Tag, error) {
	merged := slices.Clone(have)
	for _, tag := range set {
		key := aws.ToString(tag.Key)
		switch {
		case key == "":
			return nil, invalidParameter("Tag key cannot be null or empty")
		case len(key) > 128:
			return nil, invalidParameter("Tag key exceeds the maximum length of 128 characters")
		case len(aws.ToString(tag.Value)) > 256:
			return nil, invalidParameter("Tag value exceeds the maximum length of 256 characters")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return nil, invalidParameter("Tag keys starting with 'aws:' are reserved for internal use")
		}
		tag.Value = new(aws.ToString(tag.Value))
		if i := slices.IndexFunc(merged, func(t ec2types.Tag) bool { return aws.ToString(t.Key) == key }); i >= 0 {
			merged[i] = tag
		} else {
			merged = append(merged, tag)
		}
	}
	if len(merged) > maxTags {
		return nil, apiError("TagLimitExceeded", "More than %d tags specified", maxTags)
	}
	return merged, nil
}

func createTags(c *call, in *ec2.CreateTagsInput) (*ec2.CreateTagsOutput, error) {
	c.edit()
	for _, id := range in.Resources {
		if err := c.retag(id, func(have []ec2types.Tag) ([]ec2types.Tag, error) { return mergeTags(have, in.Tags) }); err != nil {
			return nil, err
		}
	}
	return &ec2.CreateTagsOutput{}, nil
}

// deleteTags takes tags away: by key, or by key and value where the request gives one; all of them where it names none.
func deleteTags(c *call, in *ec2.DeleteTagsInput) (*ec2.DeleteTagsOutput, error) {
	c.edit()
	for _, id := range in.Resources {
		err := c.retag(id, func(have []ec2types.Tag) ([]ec2types.Tag, error) {
			if len(in.Tags) == 0 {
				return nil, nil
			}
			return slices.DeleteFunc(slices.Clone(have), func(t ec2types.Tag) bool {
				return slices.ContainsFunc(in.Tags, func(gone ec2types.Tag) bool {
					return same(gone.Key, t.Key) && (gone.Value == nil || same(gone.Value, t.Value))
				})
			}), nil
		})
		if err != nil {
			return nil, err
		}
	}
	return &ec2.DeleteTagsOutput{}, nil
}

// retag changes the tags of any taggable resource, which CreateTags names by id alone.
func (c *call) retag(id string, change func([]ec2types.Tag) ([]ec2types.Tag, error)) error {
	if g, i := c.r.rule(id); i >= 0 {
		rules := slices.Clone(g.rules)
		tags, err := change(rules[i].Tags)
		rules[i].Tags = tags
		c.r.SecurityGroups.put(c.state.owner, *g.GroupId, g.withRules(rules))
		return err
	}
	for _, tagged := range c.r.taggable() {
		if found, err := tagged.retag(c.state.owner, id, change); found {
			return err
		}
	}
	return notFound("InvalidID", "ID", id)
}

// taggedTable is a table whose resources have tags.
type taggedTable interface {
	retag(by *token, id string, change func([]ec2types.Tag) ([]ec2types.Tag, error)) (bool, error)
}

type tagsOf[T any] struct {
	table *table[T]
	tags  func(*T) *[]ec2types.Tag
}

func (t tagsOf[T]) retag(by *token, id string, change func([]ec2types.Tag) ([]ec2types.Tag, error)) (bool, error) {
	have := t.table.get(id)
	if have == nil {
		return false, nil
	}
	changed := *have
	tags := t.tags(&changed)
	next, err := change(*tags)
	if err != nil {
		return true, err
	}
	*tags = next
	t.table.put(by, id, &changed)
	return true, nil
}

func (r *region) taggable() []taggedTable {
	return []taggedTable{
		tagsOf[Vpc]{&r.Vpcs, func(v *Vpc) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.Subnet]{&r.Subnets, func(v *ec2types.Subnet) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[group]{&r.SecurityGroups, func(v *group) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.RouteTable]{&r.RouteTables, func(v *ec2types.RouteTable) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.NetworkAcl]{&r.NetworkAcls, func(v *ec2types.NetworkAcl) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.NetworkInterface]{&r.NetworkInterfaces, func(v *ec2types.NetworkInterface) *[]ec2types.Tag { return &v.TagSet }},
		tagsOf[ec2types.Instance]{&r.Instances, func(v *ec2types.Instance) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.VpcPeeringConnection]{&r.VpcPeeringConnections, func(v *ec2types.VpcPeeringConnection) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[PrefixList]{&r.ManagedPrefixLists, func(v *PrefixList) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.InternetGateway]{&r.InternetGateways, func(v *ec2types.InternetGateway) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.NatGateway]{&r.NatGateways, func(v *ec2types.NatGateway) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.VpcEndpoint]{&r.VpcEndpoints, func(v *ec2types.VpcEndpoint) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.TransitGateway]{&r.TransitGateways, func(v *ec2types.TransitGateway) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[attachment]{&r.TransitGatewayAttachments, func(v *attachment) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[TransitGatewayRouteTable]{&r.TransitGatewayRouteTables, func(v *TransitGatewayRouteTable) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[VpnGateway]{&r.VpnGateways, func(v *VpnGateway) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.VpnConnection]{&r.VpnConnections, func(v *ec2types.VpnConnection) *[]ec2types.Tag { return &v.Tags }},
		tagsOf[ec2types.CustomerGateway]{&r.CustomerGateways, func(v *ec2types.CustomerGateway) *[]ec2types.Tag { return &v.Tags }},
	}
}
