package awssim

import (
	"net/netip"
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
	for _, v := range c.r.vpcs.vals {
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
	r.vpcs.put(c.state.owner, id, v)
	main := c.newRouteTable(v)
	main.Associations = []ec2types.RouteTableAssociation{mainAssociationOf(main)}
	r.routeTables.put(c.state.owner, *main.RouteTableId, main)
	acl := &ec2types.NetworkAcl{
		NetworkAclId: new(c.newID("acl")), VpcId: &id, OwnerId: &c.r.account, IsDefault: new(true), Entries: openEntries(false),
	}
	r.acls.put(c.state.owner, *acl.NetworkAclId, acl)
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
	r.vpcs.drop(c.state.owner, id)
	for _, table := range slices.Clone(r.routeTables.vals) {
		if aws.ToString(table.VpcId) == id {
			r.routeTables.drop(c.state.owner, *table.RouteTableId)
		}
	}
	for _, acl := range slices.Clone(r.acls.vals) {
		if aws.ToString(acl.VpcId) == id {
			r.acls.drop(c.state.owner, *acl.NetworkAclId)
		}
	}
	for _, g := range slices.Clone(r.groups.vals) {
		if aws.ToString(g.VpcId) == id {
			r.groups.drop(c.state.owner, *g.GroupId)
		}
	}
	return &ec2.DeleteVpcOutput{}, nil
}

// vpcInUse says that a VPC holds more than AWS gave it, or that something is attached to it.
func (r *region) vpcInUse(id string) bool {
	of := func(vpc *string) bool { return aws.ToString(vpc) == id }
	for _, v := range r.subnets.vals {
		if of(v.VpcId) {
			return true
		}
	}
	for _, v := range r.routeTables.vals {
		if of(v.VpcId) && mainAssociation(v) == nil {
			return true
		}
	}
	for _, v := range r.acls.vals {
		if of(v.VpcId) && !aws.ToBool(v.IsDefault) {
			return true
		}
	}
	for _, v := range r.groups.vals {
		if of(v.VpcId) && *v.GroupName != "default" {
			return true
		}
	}
	for _, v := range r.internetGateways.vals {
		if internetGatewayAt(v, id) {
			return true
		}
	}
	for _, v := range r.vpnGateways.vals {
		if attachedTo(v, id) {
			return true
		}
	}
	for _, p := range r.peerings.vals {
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
	c.edit().vpcs.put(c.state.owner, *v.VpcId, &changed)
	return &ec2.ModifyVpcAttributeOutput{}, nil
}

func associateVpcCIDRBlock(c *call, in *ec2.AssociateVpcCidrBlockInput) (*ec2.AssociateVpcCidrBlockOutput, error) {
	v, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	cidr := firstOf(in.CidrBlock, in.Ipv6CidrBlock)
	if cidr == nil {
		return nil, missingParameter("cidrBlock")
	}
	prefix, err := parsePrefix(*cidr)
	if err != nil || prefix.Addr().Is4() != (in.CidrBlock != nil) {
		return nil, apiError("InvalidVpc.Range", "The CIDR '%s' is invalid.", *cidr)
	}
	for _, have := range vpcPrefixes(v) {
		if have.Overlaps(prefix) {
			return nil, apiError("InvalidVpc.Range", "The CIDR '%s' conflicts with %s of the VPC.", prefix, have)
		}
	}
	if table := c.r.routeInto(*v.VpcId, prefix); table != "" {
		return nil, apiError("InvalidVpc.Range", "The CIDR '%s' is equal to or more specific than a route of %s.", prefix, table)
	}
	changed := *v
	id, text := c.newID("vpc-cidr-assoc"), prefix.String()
	state := &ec2types.VpcCidrBlockState{State: ec2types.VpcCidrBlockStateCodeAssociated}
	out := &ec2.AssociateVpcCidrBlockOutput{VpcId: v.VpcId}
	if prefix.Addr().Is4() {
		out.CidrBlockAssociation = &ec2types.VpcCidrBlockAssociation{AssociationId: &id, CidrBlock: &text, CidrBlockState: state}
		changed.CidrBlockAssociationSet = append(slices.Clone(v.CidrBlockAssociationSet), *out.CidrBlockAssociation)
	} else {
		out.Ipv6CidrBlockAssociation = &ec2types.VpcIpv6CidrBlockAssociation{AssociationId: &id, Ipv6CidrBlock: &text, Ipv6CidrBlockState: state}
		changed.Ipv6CidrBlockAssociationSet = append(slices.Clone(v.Ipv6CidrBlockAssociationSet), *out.Ipv6CidrBlockAssociation)
	}
	r := c.edit()
	r.vpcs.put(c.state.owner, *v.VpcId, &changed)
	for _, table := range r.routeTables.vals {
		if same(table.VpcId, v.VpcId) {
			wider := *table
			addLocalRoutes(&wider, &changed)
			r.routeTables.put(c.state.owner, *table.RouteTableId, &wider)
		}
	}
	return out, nil
}

// routeInto finds a route of the VPC that leads elsewhere with what would become the VPC's own addresses.
func (r *region) routeInto(vpc string, prefix netip.Prefix) string {
	for _, table := range r.routeTables.vals {
		if aws.ToString(table.VpcId) != vpc {
			continue
		}
		for i := range table.Routes {
			d := destinationOf(&table.Routes[i])
			if to, err := netip.ParsePrefix(d.cidr4 + d.cidr6); err == nil && to.Bits() >= prefix.Bits() && prefix.Overlaps(to) {
				return *table.RouteTableId
			}
		}
	}
	return ""
}

func disassociateVpcCIDRBlock(c *call, in *ec2.DisassociateVpcCidrBlockInput) (*ec2.DisassociateVpcCidrBlockOutput, error) {
	for _, v := range c.r.vpcs.vals {
		changed := *v
		out := &ec2.DisassociateVpcCidrBlockOutput{VpcId: v.VpcId}
		var gone *string
		for i, a := range v.CidrBlockAssociationSet {
			if same(a.AssociationId, in.AssociationId) {
				changed.CidrBlockAssociationSet = slices.Delete(slices.Clone(v.CidrBlockAssociationSet), i, i+1)
				gone, out.CidrBlockAssociation = a.CidrBlock, &a
			}
		}
		for i, a := range v.Ipv6CidrBlockAssociationSet {
			if same(a.AssociationId, in.AssociationId) {
				changed.Ipv6CidrBlockAssociationSet = slices.Delete(slices.Clone(v.Ipv6CidrBlockAssociationSet), i, i+1)
				gone, out.Ipv6CidrBlockAssociation = a.Ipv6CidrBlock, &a
			}
		}
		if gone == nil {
			continue
		}
		if same(gone, v.CidrBlock) {
			return nil, apiError("OperationNotPermitted", "The vpc CIDR block with association ID %s may not be disassociated. It is the primary IPv4 CIDR block of the VPC", *in.AssociationId)
		}
		for _, subnet := range c.r.subnets.vals {
			prefix, err := netip.ParsePrefix(aws.ToString(subnet.CidrBlock))
			if own, _ := netip.ParsePrefix(*gone); err == nil && same(subnet.VpcId, v.VpcId) && own.Overlaps(prefix) {
				return nil, apiError("CidrBlockInUse", "The vpc %s currently has a subnet within CIDR block %s", *v.VpcId, *gone)
			}
		}
		c.edit().vpcs.put(c.state.owner, *v.VpcId, &changed)
		c.dropLocalRoute(*v.VpcId, *gone)
		return out, nil
	}
	return nil, notFound("InvalidVpcCidrBlockAssociationID.NotFound", "vpc CIDR block association ID", aws.ToString(in.AssociationId))
}

func (c *call) dropLocalRoute(vpc, cidr string) {
	for _, table := range c.r.routeTables.vals {
		if aws.ToString(table.VpcId) != vpc {
			continue
		}
		changed := *table
		changed.Routes = slices.DeleteFunc(slices.Clone(table.Routes), func(route ec2types.Route) bool {
			return destinationOf(&route).String() == cidr && route.Origin == ec2types.RouteOriginCreateRouteTable
		})
		c.r.routeTables.put(c.state.owner, *table.RouteTableId, &changed)
	}
}

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
	for _, other := range c.r.subnets.vals {
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
	r.subnets.put(c.state.owner, id, subnet)
	for _, acl := range r.acls.vals {
		if same(acl.VpcId, v.VpcId) && aws.ToBool(acl.IsDefault) {
			c.guardSubnet(acl, id)
			break
		}
	}
	shown := *subnet
	return &ec2.CreateSubnetOutput{Subnet: &shown}, nil
}

func deleteSubnet(c *call, in *ec2.DeleteSubnetInput) (*ec2.DeleteSubnetOutput, error) {
	if c.r.subnets.lookup(in.SubnetId) == nil {
		return nil, notFound(errSubnetNotFound, "subnet ID", aws.ToString(in.SubnetId))
	}
	id := *in.SubnetId
	if c.r.subnetInUse(id) {
		return nil, apiError("DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", id)
	}
	r := c.edit()
	r.subnets.drop(c.state.owner, id)
	for _, table := range r.routeTables.vals {
		changed := *table
		changed.Associations = slices.DeleteFunc(slices.Clone(table.Associations), func(a ec2types.RouteTableAssociation) bool {
			return aws.ToString(a.SubnetId) == id
		})
		if len(changed.Associations) != len(table.Associations) {
			r.routeTables.put(c.state.owner, *table.RouteTableId, &changed)
		}
	}
	c.unguardSubnet(id)
	return &ec2.DeleteSubnetOutput{}, nil
}

func (r *region) subnetInUse(id string) bool {
	for _, eni := range r.interfaces.vals {
		if aws.ToString(eni.SubnetId) == id {
			return true
		}
	}
	for _, g := range r.subnetGroups.vals {
		for _, subnet := range g.Subnets {
			if aws.ToString(subnet.SubnetIdentifier) == id {
				return true
			}
		}
	}
	for _, v := range r.serverless.vals {
		if slices.Contains(v.SubnetIds, id) {
			return true
		}
	}
	for _, a := range r.attachments.vals {
		if a.vpc != nil && slices.Contains(a.vpc.SubnetIds, id) && a.State == ec2types.TransitGatewayAttachmentStateAvailable {
			return true
		}
	}
	return false
}
