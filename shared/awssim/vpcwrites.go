package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// vpcOrDefault is the VPC that a request names, or the default one where it names none.
func (c *call) vpcOrDefault(id *string) (*Vpc, error) {
	if id != nil {
		return c.vpc(id)
	}
	for _, v := range c.r.Vpcs.vals {
		if aws.ToBool(v.IsDefault) {
			return v, nil
		}
	}
	return nil, apiError("VPCIdNotSpecified", "No default VPC for this user")
}

// createVpc makes a VPC with what AWS gives it: a main route table, a default network ACL and a default group.
func createVpc(c *call, in *ec2.CreateVpcInput) (*ec2.CreateVpcOutput, error) {
	prefix, err := parsePrefix(aws.ToString(in.CidrBlock))
	if err != nil || !prefix.Addr().Is4() || prefix.Bits() < 16 || prefix.Bits() > 28 {
		return nil, apiError("InvalidVpc.Range", "The CIDR '%s' is invalid.", aws.ToString(in.CidrBlock))
	}
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeVpc)
	if err != nil {
		return nil, err
	}
	id, cidr := c.newID("vpc"), prefix.String()
	v := &Vpc{
		Vpc: ec2types.Vpc{
			VpcId: &id, CidrBlock: &cidr, OwnerId: &c.r.account, IsDefault: new(false), InstanceTenancy: ec2types.TenancyDefault,
			State: ec2types.VpcStateAvailable, Tags: tags,
			CidrBlockAssociationSet: []ec2types.VpcCidrBlockAssociation{{
				AssociationId: new(c.newID("vpc-cidr-assoc")), CidrBlock: &cidr,
				CidrBlockState: &ec2types.VpcCidrBlockState{State: ec2types.VpcCidrBlockStateCodeAssociated},
			}},
		},
		EnableDnsSupport:   &ec2types.AttributeBooleanValue{Value: new(true)},
		EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: new(false)},
	}
	r := c.edit()
	r.Vpcs.put(c.state.owner, id, v)
	main := c.newRouteTable(v)
	main.Associations = []ec2types.RouteTableAssociation{mainAssociationOf(main)}
	r.RouteTables.put(c.state.owner, *main.RouteTableId, main)
	acl := &ec2types.NetworkAcl{
		NetworkAclId: new(c.newID("acl")), VpcId: &id, OwnerId: &c.r.account, IsDefault: new(true), Entries: openEntries(false),
	}
	r.NetworkAcls.put(c.state.owner, *acl.NetworkAclId, acl)
	c.addGroup(v, "default", "default VPC security group", nil)
	shown := v.Vpc
	shown.State = ec2types.VpcStatePending
	return &ec2.CreateVpcOutput{Vpc: &shown}, nil
}

func (c *call) newRouteTable(vpc *Vpc) *ec2types.RouteTable {
	table := &ec2types.RouteTable{RouteTableId: new(c.newID("rtb")), VpcId: vpc.VpcId, OwnerId: &c.r.account}
	addLocalRoutes(table, vpc)
	return table
}

func deleteVpc(c *call, in *ec2.DeleteVpcInput) (*ec2.DeleteVpcOutput, error) {
	v, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	id := *v.VpcId
	if c.r.vpcInUse(id) {
		return nil, apiError("DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", id)
	}
	r := c.edit()
	r.Vpcs.drop(c.state.owner, id)
	for _, table := range slices.Clone(r.RouteTables.vals) {
		if aws.ToString(table.VpcId) == id {
			r.RouteTables.drop(c.state.owner, *table.RouteTableId)
		}
	}
	for _, acl := range slices.Clone(r.NetworkAcls.vals) {
		if aws.ToString(acl.VpcId) == id {
			r.NetworkAcls.drop(c.state.owner, *acl.NetworkAclId)
		}
	}
	for _, g := range slices.Clone(r.SecurityGroups.vals) {
		if aws.ToString(g.VpcId) == id {
			r.SecurityGroups.drop(c.state.owner, *g.GroupId)
		}
	}
	return &ec2.DeleteVpcOutput{}, nil
}

// vpcInUse says that a VPC holds more than AWS gave it, or that something is attached to it.
func (r *region) vpcInUse(id string) bool {
	of := func(vpc *string) bool { return aws.ToString(vpc) == id }
	for _, v := range r.Subnets.vals {
		if of(v.VpcId) {
			return true
		}
	}
	for _, v := range r.RouteTables.vals {
		if of(v.VpcId) && mainAssociation(v) == nil {
			return true
		}
	}
	for _, v := range r.NetworkAcls.vals {
		if of(v.VpcId) && !aws.ToBool(v.IsDefault) {
			return true
		}
	}
	for _, v := range r.SecurityGroups.vals {
		if of(v.VpcId) && *v.GroupName != "default" {
			return true
		}
	}
	for _, v := range r.InternetGateways.vals {
		if internetGatewayAt(v, id) {
			return true
		}
	}
	for _, v := range r.VpnGateways.vals {
		if attachedTo(v, id) {
			return true
		}
	}
	for _, p := range r.VpcPeeringConnections.vals {
		if joins(p, r.account, r.name, id) && p.Status.Code == ec2types.VpcPeeringConnectionStateReasonCodeActive {
			return true
		}
	}
	return false
}

func modifyVpcAttribute(c *call, in *ec2.ModifyVpcAttributeInput) (*ec2.ModifyVpcAttributeOutput, error) {
	v, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	changed := *v
	given := 0
	for _, attribute := range [...]struct {
		value, into **ec2types.AttributeBooleanValue
	}{
		{&in.EnableDnsSupport, &changed.EnableDnsSupport}, {&in.EnableDnsHostnames, &changed.EnableDnsHostnames},
	} {
		if *attribute.value != nil {
			given++
			*attribute.into = &ec2types.AttributeBooleanValue{Value: new(aws.ToBool((*attribute.value).Value))}
		}
	}
	if in.EnableNetworkAddressUsageMetrics != nil {
		given++
	}
	switch {
	case given == 0:
		return nil, missingParameter("enableDnsSupport or enableDnsHostnames")
	case given > 1:
		return nil, apiError("InvalidParameterCombination", "Fields for multiple attribute types specified: only one VPC attribute may be modified at a time")
	case in.EnableDnsHostnames != nil && aws.ToBool(in.EnableDnsHostnames.Value) && !aws.ToBool(v.EnableDnsSupport.Value):
		return nil, invalidParameter("You can't enable DNS hostnames for the VPC '%s' while DNS support is disabled", *v.VpcId)
	}
	c.edit().Vpcs.put(c.state.owner, *v.VpcId, &changed)
	return &ec2.ModifyVpcAttributeOutput{}, nil
}
