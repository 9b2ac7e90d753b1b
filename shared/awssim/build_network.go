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

func (b *builder) vpc(i int, v Vpc) {
	if v.CidrBlock == nil && len(v.CidrBlockAssociationSet) > 0 {
		v.CidrBlock = v.CidrBlockAssociationSet[0].CidrBlock
	}
	main, ok := b.prefix("Vpcs", i, "CidrBlock", v.CidrBlock)
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
		prefix, ok := b.prefix("Vpcs", i, "CidrBlockAssociationSet.CidrBlock", a.CidrBlock)
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
		prefix, ok := b.prefix("Vpcs", i, "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock", a.Ipv6CidrBlock)
		if !ok {
			return
		}
		a.Ipv6CidrBlock = new(prefix.String())
		orDefault(&a.AssociationId, derivedID("vpc-cidr-assoc", aws.ToString(v.VpcId), *a.Ipv6CidrBlock))
		orDefault(&a.Ipv6CidrBlockState, ec2types.VpcCidrBlockState{State: ec2types.VpcCidrBlockStateCodeAssociated})
	}
	insert(b, &b.r.Vpcs, "Vpcs", i, &v)
}

func (b *builder) subnet(i int, v ec2types.Subnet) {
	owner := b.r.account
	if shared := aws.ToString(v.OwnerId); shared != "" && shared != b.r.account {
		owner = shared // a participant sees the owner's subnet, and its VPC may stand with the owner only
	}
	if owner == b.r.account || b.r.Vpcs.lookup(v.VpcId) == nil {
		if holder := b.state.region(owner, b.r.name); holder == nil {
			b.problems.warn(b.path("Subnets", i, "VpcId"), "the subnet is shared by account %s, which is not in the world", owner)
		} else if owner == b.r.account && known(b, &b.r.Vpcs, "Subnets", i, "VpcId", v.VpcId) == nil {
			return
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
