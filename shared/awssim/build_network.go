package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// network builds VPCs, subnets, route tables and network ACLs.
func (b *builder) network() {
	for i := range b.in.Vpcs {
		b.vpc(i, b.in.Vpcs[i])
	}
	b.impliedVPCs()
	for i := range b.in.Subnets {
		b.subnet(i, b.in.Subnets[i])
	}
	b.availabilityZones()
	b.routeTables()
	b.networkACLs()
	for i, v := range b.in.InternetGateways {
		orDefault(&v.OwnerId, b.r.account)
		insert(b, &b.r.InternetGateways, "InternetGateways", i, &v)
	}
}

func (b *builder) vpc(i int, v Vpc) { b.addVPC("Vpcs", i, v) }

// addVPC adds a VPC that an element of a list tells of.
func (b *builder) addVPC(list string, i int, v Vpc) {
	if v.CidrBlock == nil && len(v.CidrBlockAssociationSet) > 0 {
		v.CidrBlock = v.CidrBlockAssociationSet[0].CidrBlock
	}
	main, ok := b.prefix(list, i, "CidrBlock", v.CidrBlock)
	if !ok {
		return
	}
	v.CidrBlock = new(main.String())
	orDefault(&v.OwnerId, b.r.account)
	orDefault(&v.IsDefault, false)
	orDefault(&v.EnableDnsSupport, ec2types.AttributeBooleanValue{Value: new(true)})
	orDefault(&v.EnableDnsHostnames, ec2types.AttributeBooleanValue{Value: new(false)})
	if v.State == "" {
		v.State = ec2types.VpcStateAvailable
	}
	if v.InstanceTenancy == "" {
		v.InstanceTenancy = ec2types.TenancyDefault
	}
	v.CidrBlockAssociationSet = slices.Clone(v.CidrBlockAssociationSet)
	if len(v.CidrBlockAssociationSet) == 0 {
		v.CidrBlockAssociationSet = []ec2types.VpcCidrBlockAssociation{{CidrBlock: v.CidrBlock}}
	}
	for j := range v.CidrBlockAssociationSet {
		a := &v.CidrBlockAssociationSet[j]
		if !isAssociated(a.CidrBlockState) {
			continue
		}
		prefix, ok := b.prefix(list, i, "CidrBlockAssociationSet.CidrBlock", a.CidrBlock)
		if !ok {
			return
		}
		a.CidrBlock = new(prefix.String())
		orDefault(&a.AssociationId, derivedID("vpc-cidr-assoc", aws.ToString(v.VpcId), *a.CidrBlock))
		orDefault(&a.CidrBlockState, ec2types.VpcCidrBlockState{State: ec2types.VpcCidrBlockStateCodeAssociated})
	}
	v.Ipv6CidrBlockAssociationSet = slices.Clone(v.Ipv6CidrBlockAssociationSet)
	for j := range v.Ipv6CidrBlockAssociationSet {
		a := &v.Ipv6CidrBlockAssociationSet[j]
		if !isAssociated(a.Ipv6CidrBlockState) {
			continue // AWS has not chosen a block yet, or has taken it back
		}
		prefix, ok := b.prefix(list, i, "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock", a.Ipv6CidrBlock)
		if !ok {
			return
		}
		a.Ipv6CidrBlock = new(prefix.String())
		orDefault(&a.AssociationId, derivedID("vpc-cidr-assoc", aws.ToString(v.VpcId), *a.Ipv6CidrBlock))
		orDefault(&a.Ipv6CidrBlockState, ec2types.VpcCidrBlockState{State: ec2types.VpcCidrBlockStateCodeAssociated})
	}
	insert(b, &b.r.Vpcs, list, i, &v)
}

// impliedVPCs makes the VPCs that are not listed from the local routes of their route tables: AWS has one there for each
// CIDR block of a VPC. What else there is to know of them is unread.
func (b *builder) impliedVPCs() {
	for i, table := range b.in.RouteTables {
		if table.VpcId == nil || b.r.Vpcs.get(*table.VpcId) != nil || b.isUnread("Vpcs", *table.VpcId) {
			continue
		}
		v := Vpc{Vpc: ec2types.Vpc{VpcId: table.VpcId, OwnerId: table.OwnerId}}
		for _, route := range table.Routes {
			switch {
			case aws.ToString(route.GatewayId) != localGateway:
			case route.DestinationCidrBlock != nil:
				v.CidrBlockAssociationSet = append(v.CidrBlockAssociationSet, ec2types.VpcCidrBlockAssociation{CidrBlock: route.DestinationCidrBlock})
			case route.DestinationIpv6CidrBlock != nil:
				v.Ipv6CidrBlockAssociationSet = append(v.Ipv6CidrBlockAssociationSet, ec2types.VpcIpv6CidrBlockAssociation{Ipv6CidrBlock: route.DestinationIpv6CidrBlock})
			}
		}
		if len(v.CidrBlockAssociationSet) == 0 {
			continue
		}
		path := b.path("RouteTables", i, "VpcId")
		b.problems.leaveOut(b.problems.lineOf(path), "Vpcs that are not listed", path, *table.VpcId,
			"is not among the Region's Vpcs; its CIDR blocks were taken from its local routes, and its attributes are unknown")
		b.unread("DescribeVpcAttribute", table.VpcId, *table.VpcId+" is not among its Vpcs")
		b.addVPC("RouteTables", i, v)
	}
}

func isAssociated(state *ec2types.VpcCidrBlockState) bool {
	return state == nil || state.State == "" || state.State == ec2types.VpcCidrBlockStateCodeAssociated
}

func (b *builder) subnet(i int, v ec2types.Subnet) {
	owner := b.r.account
	if shared := aws.ToString(v.OwnerId); shared != "" && shared != b.r.account {
		owner = shared // a participant sees the owner's subnet, and its VPC may stand with the owner only
	}
	if owner == b.r.account || b.r.Vpcs.lookup(v.VpcId) == nil {
		if holder := b.state.region(owner, b.r.name); holder == nil {
			b.problems.warn(b.path("Subnets", i, "VpcId"), "the subnet is shared by account %s, which is not in the world", owner)
		} else if owner == b.r.account {
			if _, ok := known(b, &b.r.Vpcs, "Subnets", i, "VpcId", v.VpcId); !ok {
				return
			}
		}
	}
	if v.CidrBlock != nil || len(v.Ipv6CidrBlockAssociationSet) == 0 {
		prefix, ok := b.prefix("Subnets", i, "CidrBlock", v.CidrBlock)
		if !ok {
			return
		}
		v.CidrBlock = new(prefix.String())
	}
	v.OwnerId = new(owner)
	orDefault(&v.SubnetArn, *arn("ec2", b.r.name, owner, "subnet/"+aws.ToString(v.SubnetId)))
	orDefault(&v.AvailabilityZone, b.r.name+"a")
	orDefault(&v.DefaultForAz, false)
	if v.State == "" {
		v.State = ec2types.SubnetStateAvailable
	}
	insert(b, &b.r.Subnets, "Subnets", i, &v)
}

// availabilityZones takes the listed zones and adds those that only subnets name.
func (b *builder) availabilityZones() {
	for i, v := range b.in.AvailabilityZones {
		orDefault(&v.RegionName, b.r.name)
		insert(b, &b.r.AvailabilityZones, "AvailabilityZones", i, &v)
	}
	for _, subnet := range b.r.Subnets.vals {
		if b.r.AvailabilityZones.lookup(subnet.AvailabilityZone) != nil {
			continue
		}
		b.r.AvailabilityZones.put(b.state.owner, *subnet.AvailabilityZone, &ec2types.AvailabilityZone{
			ZoneName: subnet.AvailabilityZone, ZoneId: subnet.AvailabilityZoneId, RegionName: &b.r.name,
			State: ec2types.AvailabilityZoneStateAvailable, ZoneType: new("availability-zone"),
		})
	}
}
