package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func vpcOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeVpcs", describeVpcs),
		read(ec2Service, "DescribeVpcAttribute", describeVpcAttribute),
		read(ec2Service, "DescribeSubnets", describeSubnets),
		read(ec2Service, "DescribeAvailabilityZones", describeAvailabilityZones),
		write(ec2Service, "CreateVpc", createVpc),
		write(ec2Service, "DeleteVpc", deleteVpc),
		write(ec2Service, "ModifyVpcAttribute", modifyVpcAttribute),
		write(ec2Service, "AssociateVpcCidrBlock", associateVpcCIDRBlock),
		write(ec2Service, "DisassociateVpcCidrBlock", disassociateVpcCIDRBlock),
		write(ec2Service, "CreateSubnet", createSubnet),
		write(ec2Service, "DeleteSubnet", deleteSubnet),
	}
}

var vpcFilters = filters[Vpc]{
	"vpc-id":     func(v *Vpc, m matcher) bool { return m.text(v.VpcId) },
	"cidr":       func(v *Vpc, m matcher) bool { return m.text(v.CidrBlock) },
	"owner-id":   func(v *Vpc, m matcher) bool { return m.text(v.OwnerId) },
	"state":      func(v *Vpc, m matcher) bool { return m(string(v.State)) },
	"is-default": func(v *Vpc, m matcher) bool { return m.truth(v.IsDefault) },
	"isDefault":  func(v *Vpc, m matcher) bool { return m.truth(v.IsDefault) },
	"dhcp-options-id": func(v *Vpc, m matcher) bool {
		return m.text(v.DhcpOptionsId)
	},
	"cidr-block-association.cidr-block":     vpcCIDR(func(a ec2types.VpcCidrBlockAssociation) *string { return a.CidrBlock }),
	"cidr-block-association.association-id": vpcCIDR(func(a ec2types.VpcCidrBlockAssociation) *string { return a.AssociationId }),
	"cidr-block-association.state": vpcCIDR(func(a ec2types.VpcCidrBlockAssociation) *string {
		return new(string(a.CidrBlockState.State))
	}),
	"ipv6-cidr-block-association.ipv6-cidr-block": vpcIPv6(func(a ec2types.VpcIpv6CidrBlockAssociation) *string { return a.Ipv6CidrBlock }),
	"ipv6-cidr-block-association.ipv6-pool":       vpcIPv6(func(a ec2types.VpcIpv6CidrBlockAssociation) *string { return a.Ipv6Pool }),
	"ipv6-cidr-block-association.association-id":  vpcIPv6(func(a ec2types.VpcIpv6CidrBlockAssociation) *string { return a.AssociationId }),
	"ipv6-cidr-block-association.state": vpcIPv6(func(a ec2types.VpcIpv6CidrBlockAssociation) *string {
		return new(string(a.Ipv6CidrBlockState.State))
	}),
}

func vpcCIDR(of func(ec2types.VpcCidrBlockAssociation) *string) func(*Vpc, matcher) bool {
	return func(v *Vpc, m matcher) bool {
		for _, a := range v.CidrBlockAssociationSet {
			if m.text(of(a)) {
				return true
			}
		}
		return false
	}
}

func vpcIPv6(of func(ec2types.VpcIpv6CidrBlockAssociation) *string) func(*Vpc, matcher) bool {
	return func(v *Vpc, m matcher) bool {
		for _, a := range v.Ipv6CidrBlockAssociationSet {
			if m.text(of(a)) {
				return true
			}
		}
		return false
	}
}

func describeVpcs(c *call, in *ec2.DescribeVpcsInput) (*ec2.DescribeVpcsOutput, error) {
	found, next, err := describe(c, &c.r.Vpcs, query[Vpc]{
		ids: in.VpcIds, missing: errVpcNotFound, what: "vpc ID", filters: in.Filters, by: vpcFilters,
		tags: func(v *Vpc) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeVpcsOutput{NextToken: next, Vpcs: make([]ec2types.Vpc, len(found))}
	for i, v := range found {
		out.Vpcs[i] = v.Vpc
	}
	return out, nil
}

func (c *call) vpc(id *string) (*Vpc, error) {
	if id == nil {
		return nil, missingParameter("vpcId")
	}
	if v := c.r.Vpcs.get(*id); v != nil {
		return v, nil
	}
	return nil, notFound(errVpcNotFound, "vpc ID", *id)
}

func describeVpcAttribute(c *call, in *ec2.DescribeVpcAttributeInput) (*ec2.DescribeVpcAttributeOutput, error) {
	v, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeVpcAttributeOutput{VpcId: v.VpcId}
	switch in.Attribute {
	case ec2types.VpcAttributeNameEnableDnsSupport:
		out.EnableDnsSupport = v.EnableDnsSupport
	case ec2types.VpcAttributeNameEnableDnsHostnames:
		out.EnableDnsHostnames = v.EnableDnsHostnames
	case ec2types.VpcAttributeNameEnableNetworkAddressUsageMetrics:
		out.EnableNetworkAddressUsageMetrics = &ec2types.AttributeBooleanValue{Value: new(false)}
	default:
		return nil, invalidParameter("Value (%s) for parameter attribute is invalid. Unknown attribute.", in.Attribute)
	}
	return out, nil
}

var subnetFilters = filters[ec2types.Subnet]{
	"subnet-id":            func(v *ec2types.Subnet, m matcher) bool { return m.text(v.SubnetId) },
	"subnet-arn":           func(v *ec2types.Subnet, m matcher) bool { return m.text(v.SubnetArn) },
	"vpc-id":               func(v *ec2types.Subnet, m matcher) bool { return m.text(v.VpcId) },
	"owner-id":             func(v *ec2types.Subnet, m matcher) bool { return m.text(v.OwnerId) },
	"state":                func(v *ec2types.Subnet, m matcher) bool { return m(string(v.State)) },
	"cidr-block":           func(v *ec2types.Subnet, m matcher) bool { return m.text(v.CidrBlock) },
	"cidr":                 func(v *ec2types.Subnet, m matcher) bool { return m.text(v.CidrBlock) },
	"cidrBlock":            func(v *ec2types.Subnet, m matcher) bool { return m.text(v.CidrBlock) },
	"availability-zone":    func(v *ec2types.Subnet, m matcher) bool { return m.text(v.AvailabilityZone) },
	"availabilityZone":     func(v *ec2types.Subnet, m matcher) bool { return m.text(v.AvailabilityZone) },
	"availability-zone-id": func(v *ec2types.Subnet, m matcher) bool { return m.text(v.AvailabilityZoneId) },
	"availabilityZoneId":   func(v *ec2types.Subnet, m matcher) bool { return m.text(v.AvailabilityZoneId) },
	"available-ip-address-count": func(v *ec2types.Subnet, m matcher) bool {
		return m.number(v.AvailableIpAddressCount)
	},
	"default-for-az":          func(v *ec2types.Subnet, m matcher) bool { return m.truth(v.DefaultForAz) },
	"defaultForAz":            func(v *ec2types.Subnet, m matcher) bool { return m.truth(v.DefaultForAz) },
	"ipv6-native":             func(v *ec2types.Subnet, m matcher) bool { return m.truth(v.Ipv6Native) },
	"map-public-ip-on-launch": func(v *ec2types.Subnet, m matcher) bool { return m.truth(v.MapPublicIpOnLaunch) },
	"outpost-arn":             func(v *ec2types.Subnet, m matcher) bool { return m.text(v.OutpostArn) },
	"ipv6-cidr-block-association.ipv6-cidr-block": func(v *ec2types.Subnet, m matcher) bool {
		for _, a := range v.Ipv6CidrBlockAssociationSet {
			if m.text(a.Ipv6CidrBlock) {
				return true
			}
		}
		return false
	},
	"ipv6-cidr-block-association.association-id": func(v *ec2types.Subnet, m matcher) bool {
		for _, a := range v.Ipv6CidrBlockAssociationSet {
			if m.text(a.AssociationId) {
				return true
			}
		}
		return false
	},
}

func describeSubnets(c *call, in *ec2.DescribeSubnetsInput) (*ec2.DescribeSubnetsOutput, error) {
	found, next, err := describe(c, &c.r.Subnets, query[ec2types.Subnet]{
		ids: in.SubnetIds, missing: errSubnetNotFound, what: "subnet ID", filters: in.Filters, by: subnetFilters,
		tags: func(v *ec2types.Subnet) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeSubnetsOutput{NextToken: next, Subnets: values(found)}, nil
}

// values copies what the answer points to.
func values[T any](found []*T) []T {
	if len(found) == 0 {
		return nil
	}
	out := make([]T, len(found))
	for i, v := range found {
		out[i] = *v
	}
	return out
}

var zoneFilters = filters[ec2types.AvailabilityZone]{
	"zone-name":   func(v *ec2types.AvailabilityZone, m matcher) bool { return m.text(v.ZoneName) },
	"zone-id":     func(v *ec2types.AvailabilityZone, m matcher) bool { return m.text(v.ZoneId) },
	"zone-type":   func(v *ec2types.AvailabilityZone, m matcher) bool { return m.text(v.ZoneType) },
	"region-name": func(v *ec2types.AvailabilityZone, m matcher) bool { return m.text(v.RegionName) },
	"group-name":  func(v *ec2types.AvailabilityZone, m matcher) bool { return m.text(v.GroupName) },
	"state":       func(v *ec2types.AvailabilityZone, m matcher) bool { return m(string(v.State)) },
	"opt-in-status": func(v *ec2types.AvailabilityZone, m matcher) bool {
		return m(string(v.OptInStatus))
	},
	"parent-zone-id":   func(v *ec2types.AvailabilityZone, m matcher) bool { return m.text(v.ParentZoneId) },
	"parent-zone-name": func(v *ec2types.AvailabilityZone, m matcher) bool { return m.text(v.ParentZoneName) },
}

func describeAvailabilityZones(c *call, in *ec2.DescribeAvailabilityZonesInput) (*ec2.DescribeAvailabilityZonesOutput, error) {
	found, err := pick(&c.r.AvailabilityZones, in.ZoneNames, "InvalidParameterValue", "availability zone")
	if err != nil {
		return nil, err
	}
	asked := in.Filters
	if len(in.ZoneIds) > 0 {
		asked = append(slices.Clip(asked), ec2types.Filter{Name: aws.String("zone-id"), Values: in.ZoneIds})
	}
	found, err = choose(found, query[ec2types.AvailabilityZone]{filters: asked, by: zoneFilters})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeAvailabilityZonesOutput{AvailabilityZones: values(found)}, nil
}
