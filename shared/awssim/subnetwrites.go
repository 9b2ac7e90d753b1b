package awssim

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// reservedAddresses is how many addresses of a subnet AWS keeps for itself.
const reservedAddresses = 5

func createSubnet(c *call, in *ec2.CreateSubnetInput) (*ec2.CreateSubnetOutput, error) {
	v, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	prefix, err := parsePrefix(aws.ToString(in.CidrBlock))
	if err != nil || !prefix.Addr().Is4() || prefix.Bits() < 16 || prefix.Bits() > 28 {
		return nil, invalidParameter("Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", aws.ToString(in.CidrBlock))
	}
	inside := slices.ContainsFunc(vpcPrefixes(v), func(p netip.Prefix) bool { return p.Bits() <= prefix.Bits() && p.Contains(prefix.Addr()) })
	if !inside {
		return nil, apiError("InvalidSubnet.Range", "The CIDR '%s' is invalid.", prefix)
	}
	for _, other := range c.r.Subnets.vals {
		if have, bad := netip.ParsePrefix(aws.ToString(other.CidrBlock)); bad == nil && same(other.VpcId, v.VpcId) && have.Overlaps(prefix) {
			return nil, apiError("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", prefix)
		}
	}
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeSubnet)
	if err != nil {
		return nil, err
	}
	id := c.newID("subnet")
	subnet := &ec2types.Subnet{
		SubnetId: &id, VpcId: v.VpcId, CidrBlock: new(prefix.String()), OwnerId: &c.r.account, State: ec2types.SubnetStateAvailable,
		SubnetArn: arn("ec2", c.region, c.account, "subnet/"+id), DefaultForAz: new(false), MapPublicIpOnLaunch: new(false),
		AvailabilityZone: firstOf(in.AvailabilityZone, new(c.region+"a")), AvailabilityZoneId: in.AvailabilityZoneId, Tags: tags,
		AvailableIpAddressCount: new(int32(1<<(32-prefix.Bits()) - reservedAddresses)),
	}
	r := c.edit()
	r.Subnets.put(c.state.owner, id, subnet)
	for _, acl := range r.NetworkAcls.vals {
		if same(acl.VpcId, v.VpcId) && aws.ToBool(acl.IsDefault) {
			c.guardSubnet(acl, id)
			break
		}
	}
	shown := *subnet
	return &ec2.CreateSubnetOutput{Subnet: &shown}, nil
}

func deleteSubnet(c *call, in *ec2.DeleteSubnetInput) (*ec2.DeleteSubnetOutput, error) {
	if c.r.Subnets.lookup(in.SubnetId) == nil {
		return nil, notFound(errSubnetNotFound, "subnet ID", aws.ToString(in.SubnetId))
	}
	id := *in.SubnetId
	if c.r.subnetInUse(id) {
		return nil, apiError("DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", id)
	}
	r := c.edit()
	r.Subnets.drop(c.state.owner, id)
	for _, table := range r.RouteTables.vals {
		changed := *table
		changed.Associations = slices.DeleteFunc(slices.Clone(table.Associations), func(a ec2types.RouteTableAssociation) bool {
			return aws.ToString(a.SubnetId) == id
		})
		if len(changed.Associations) != len(table.Associations) {
			r.RouteTables.put(c.state.owner, *table.RouteTableId, &changed)
		}
	}
	c.unguardSubnet(id)
	return &ec2.DeleteSubnetOutput{}, nil
}

func (r *region) subnetInUse(id string) bool {
	for _, eni := range r.NetworkInterfaces.vals {
		if aws.ToString(eni.SubnetId) == id {
			return true
		}
	}
	for _, g := range r.CacheSubnetGroups.vals {
		for _, subnet := range g.Subnets {
			if aws.ToString(subnet.SubnetIdentifier) == id {
				return true
			}
		}
	}
	for _, v := range r.ServerlessCaches.vals {
		if slices.Contains(v.SubnetIds, id) {
			return true
		}
	}
	for _, a := range r.TransitGatewayAttachments.vals {
		if a.vpc != nil && slices.Contains(a.vpc.SubnetIds, id) && stands(a.State) {
			return true
		}
	}
	return false
}
