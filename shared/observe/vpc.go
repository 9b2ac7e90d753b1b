package observe

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/network"
)

// insides reads what is inside VPCs of a location: subnets, route tables and
// network ACLs.
func (r *reader) insides(ctx context.Context, at network.Location, vpcs []string) error {
	return together(ctx,
		func(ctx context.Context) error { return r.subnets(ctx, at, vpcs) },
		func(ctx context.Context) error { return r.routeTables(ctx, at, "vpc-id", vpcs) },
		func(ctx context.Context) error { return r.networkACLs(ctx, at, vpcs) },
	)
}

// keepVPCs puts VPCs into the snapshot.
func (r *reader) keepVPCs(ctx context.Context, at network.Location, ids []string) error {
	if err := r.lookUpVPCs(ctx, at, ids); err != nil {
		return err
	}
	for _, id := range ids {
		if v, ok := r.vpcAt(place{at, id}); ok {
			keep(r, r.snap.VPCs, reading[network.VPC]{at: at, id: id, value: v}, nil)
		}
	}
	return nil
}

// lookUpVPCs reads those VPCs of a location that are not known yet, without
// putting them into the snapshot: not all that are looked at lie on the way.
func (r *reader) lookUpVPCs(ctx context.Context, at network.Location, ids []string) error {
	var missing []string
	for _, id := range ids {
		if _, ok := r.vpcAt(place{at, id}); !ok {
			missing = append(missing, id)
		}
	}
	c := call{at: at, kind: network.KindVPC, action: "ec2:DescribeVpcs"}
	found, err := readBy(ctx, r, c, "vpc-id", missing, pageOfVPCs)
	r.rememberVPCs(c, found)
	return err
}

// lookUpAllVPCs reads every VPC of a location.
func (r *reader) lookUpAllVPCs(ctx context.Context, at network.Location) error {
	c := call{at: at, kind: network.KindVPC, action: "ec2:DescribeVpcs"}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]ec2types.Vpc, *string, error) {
		return pageOfVPCs(ctx, api.EC2, nil, token)
	})
	r.rememberVPCs(c, found)
	for _, v := range found {
		r.dependOn(aws.ToString(v.VpcId)) // what blocks it has decides whether a source is there
	}
	return err
}

func pageOfVPCs(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.Vpc, *string, error) {
	out, err := api.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize)})
	if err != nil {
		return nil, nil, err
	}
	return out.Vpcs, out.NextToken, nil
}

func (r *reader) rememberVPCs(c call, found []ec2types.Vpc) {
	for _, v := range found {
		var n notes
		vpc := vpcOf(c.at, v, &n)
		r.report(c, vpc.ID, n)
		r.mu.Lock()
		r.vpcs[place{c.at, vpc.ID}] = vpc
		r.mu.Unlock()
	}
}

func (r *reader) vpcAt(p place) (network.VPC, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.vpcs[p]
	return v, ok
}

func (r *reader) subnets(ctx context.Context, at network.Location, vpcs []string) error {
	c := call{at: at, kind: network.KindSubnet, action: "ec2:DescribeSubnets"}
	found, err := readBy(ctx, r, c, "vpc-id", vpcs, pageOfSubnets)
	for _, s := range found {
		var n notes
		v := subnetOf(at, s, &n)
		r.report(c, v.ID, n)
		keep(r, r.snap.Subnets, reading[network.Subnet]{at: at, owner: aws.ToString(s.OwnerId), id: v.ID, value: v}, nil)
	}
	other := slices.ContainsFunc(found, func(s ec2types.Subnet) bool { return !isAvailabilityZone(at.Region, aws.ToString(s.AvailabilityZone)) })
	if err != nil || !other {
		return err
	}
	return r.zoneTypes(ctx, at)
}

// isAvailabilityZone says whether a zone is an Availability Zone by its name: that of the
// Region and a letter. Local and Wavelength Zones have longer ones.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
func isAvailabilityZone(region, name string) bool {
	letter, ok := strings.CutPrefix(name, region)
	return ok && len(letter) == 1 && letter[0] >= 'a' && letter[0] <= 'z'
}

// routeTables reads the tables that a filter ("vpc-id", "route-table-id") lets through.
func (r *reader) routeTables(ctx context.Context, at network.Location, filter string, values []string) error {
	c := call{at: at, kind: network.KindRouteTable, action: "ec2:DescribeRouteTables"}
	found, err := readBy(ctx, r, c, filter, values,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.RouteTable, *string, error) {
			out, err := api.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(smallPageSize)})
			if err != nil {
				return nil, nil, err
			}
			return out.RouteTables, out.NextToken, nil
		})
	for _, t := range found {
		var n notes
		v := routeTableOf(at, t, &n)
		r.report(c, v.ID, n)
		keep(r, r.snap.RouteTables, reading[network.RouteTable]{at: at, owner: aws.ToString(t.OwnerId), id: v.ID, value: v}, nil)
		for _, route := range v.Routes {
			r.referTo(at, route.PrefixList)
		}
	}
	return err
}

func (r *reader) networkACLs(ctx context.Context, at network.Location, vpcs []string) error {
	c := call{at: at, kind: network.KindNetworkACL, action: "ec2:DescribeNetworkAcls"}
	found, err := readBy(ctx, r, c, "vpc-id", vpcs,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.NetworkAcl, *string, error) {
			out, err := api.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize)})
			if err != nil {
				return nil, nil, err
			}
			return out.NetworkAcls, out.NextToken, nil
		})
	for _, a := range found {
		var n notes
		v := networkACLOf(at, a, &n)
		r.report(c, v.ID, n)
		keep(r, r.snap.NetworkACLs, reading[network.NetworkACL]{at: at, owner: aws.ToString(a.OwnerId), id: v.ID, value: v}, nil)
	}
	return err
}

// zoneTypes reads the types of a location's zones, once a run. All zones are
// read: a subnet stays in a Local Zone that the account opted out of.
func (r *reader) zoneTypes(ctx context.Context, at network.Location) error {
	r.mu.Lock()
	_, known := r.zones[at]
	types := map[string]zone{}
	if !known {
		r.zones[at] = types
	}
	r.mu.Unlock()
	if known {
		return nil
	}
	c := call{at: at, kind: KindAvailabilityZone, action: "ec2:DescribeAvailabilityZones"}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, _ *string) ([]ec2types.AvailabilityZone, *string, error) {
		out, err := api.EC2.DescribeAvailabilityZones(ctx, &ec2.DescribeAvailabilityZonesInput{AllAvailabilityZones: aws.Bool(true)})
		if err != nil {
			return nil, nil, err
		}
		return out.AvailabilityZones, nil, nil
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, z := range found {
		types[aws.ToString(z.ZoneName)] = zone{kind: aws.ToString(z.ZoneType), parent: aws.ToString(z.ParentZoneName)}
	}
	return err
}

// dnsAttributes are the two attributes that DescribeVpcs does not tell.
type dnsAttributes struct {
	support, hostnames network.Tri
}

// dnsOf reads the DNS attributes of VPCs: two calls each, since AWS gives one
// attribute of one VPC at a time.
func (r *reader) dnsOf(ctx context.Context, at network.Location, vpcs []string) error {
	var tasks []task
	for _, id := range network.SortedSet(vpcs) {
		tasks = append(tasks,
			func(ctx context.Context) error {
				return r.dnsAttribute(ctx, at, id, ec2types.VpcAttributeNameEnableDnsSupport)
			},
			func(ctx context.Context) error {
				return r.dnsAttribute(ctx, at, id, ec2types.VpcAttributeNameEnableDnsHostnames)
			},
		)
	}
	return together(ctx, tasks...)
}

func (r *reader) dnsAttribute(ctx context.Context, at network.Location, vpc string, name ec2types.VpcAttributeName) error {
	c := call{at: at, kind: network.KindDNSAttributes, action: "ec2:DescribeVpcAttribute", resource: vpc}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, _ *string) ([]ec2.DescribeVpcAttributeOutput, *string, error) {
		out, err := api.EC2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: aws.String(vpc), Attribute: name})
		if err != nil {
			return nil, nil, err
		}
		return []ec2.DescribeVpcAttributeOutput{*out}, nil, nil
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, out := range found {
		d := r.dns[vpc]
		if v := out.EnableDnsSupport; v != nil {
			d.support = network.TriOf(v.Value)
		}
		if v := out.EnableDnsHostnames; v != nil {
			d.hostnames = network.TriOf(v.Value)
		}
		r.dns[vpc] = d
	}
	return err
}
