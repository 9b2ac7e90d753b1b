package awssim

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

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
		return nil, apiError("InvalidVpc.Range", "The CIDR '%s' is the same as or larger than the destination of a route of %s.", prefix, table)
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
	r.Vpcs.put(c.state.owner, *v.VpcId, &changed)
	for _, table := range r.RouteTables.vals {
		if same(table.VpcId, v.VpcId) {
			wider := *table
			addLocalRoutes(&wider, &changed)
			r.RouteTables.put(c.state.owner, *table.RouteTableId, &wider)
		}
	}
	return out, nil
}

// routeInto finds a route of the VPC that leads elsewhere with what would become the VPC's own addresses.
func (r *region) routeInto(vpc string, prefix netip.Prefix) string {
	for _, table := range r.RouteTables.vals {
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
	for _, v := range c.r.Vpcs.vals {
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
		for _, subnet := range c.r.Subnets.vals {
			prefix, err := netip.ParsePrefix(aws.ToString(subnet.CidrBlock))
			if own, _ := netip.ParsePrefix(*gone); err == nil && same(subnet.VpcId, v.VpcId) && own.Overlaps(prefix) {
				return nil, apiError("CidrBlockInUse", "The vpc %s currently has a subnet within CIDR block %s", *v.VpcId, *gone)
			}
		}
		c.edit().Vpcs.put(c.state.owner, *v.VpcId, &changed)
		c.dropLocalRoute(*v.VpcId, *gone)
		return out, nil
	}
	return nil, notFound("InvalidVpcCidrBlockAssociationID.NotFound", "vpc CIDR block association ID", aws.ToString(in.AssociationId))
}

func (c *call) dropLocalRoute(vpc, cidr string) {
	for _, table := range c.r.RouteTables.vals {
		if aws.ToString(table.VpcId) != vpc {
			continue
		}
		changed := *table
		changed.Routes = slices.DeleteFunc(slices.Clone(table.Routes), func(route ec2types.Route) bool {
			return destinationOf(&route).String() == cidr && route.Origin == ec2types.RouteOriginCreateRouteTable
		})
		c.r.RouteTables.put(c.state.owner, *table.RouteTableId, &changed)
	}
}
