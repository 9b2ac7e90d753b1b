package capture

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

// vpcs reads the VPCs with their DNS attributes: each of the two is a call of its own.
func vpcs(ctx context.Context, r *reader) error {
	err := r.pages(ctx, "ec2:DescribeVpcs", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		for _, v := range out.Vpcs {
			r.out.Vpcs = append(r.out.Vpcs, awssim.Vpc{Vpc: v})
		}
		return out.NextToken, nil
	})
	if err != nil {
		return err
	}
	for i := range r.out.Vpcs {
		if err := r.dnsAttributes(ctx, &r.out.Vpcs[i]); err != nil {
			return err
		}
	}
	return nil
}

// dnsAttributes reads the two attributes of a VPC. Of one that another account shares they
// cannot be read.
func (r *reader) dnsAttributes(ctx context.Context, v *awssim.Vpc) error {
	if owner := aws.ToString(v.OwnerId); owner != "" && owner != r.at.Account {
		return nil
	}
	for _, name := range []ec2types.VpcAttributeName{ec2types.VpcAttributeNameEnableDnsSupport, ec2types.VpcAttributeNameEnableDnsHostnames} {
		err := r.pages(ctx, "ec2:DescribeVpcAttribute", func(ctx context.Context, _ *string) (*string, error) {
			out, err := r.ec2.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: v.VpcId, Attribute: name})
			if err != nil {
				return nil, err
			}
			if out.EnableDnsSupport != nil {
				v.EnableDnsSupport = out.EnableDnsSupport
			}
			if out.EnableDnsHostnames != nil {
				v.EnableDnsHostnames = out.EnableDnsHostnames
			}
			return nil, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func zones(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeAvailabilityZones", func(ctx context.Context, _ *string) (*string, error) {
		out, err := r.ec2.DescribeAvailabilityZones(ctx, &ec2.DescribeAvailabilityZonesInput{})
		if err != nil {
			return nil, err
		}
		r.out.AvailabilityZones = out.AvailabilityZones
		return nil, nil
	})
}

func vpnGateways(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeVpnGateways", func(ctx context.Context, _ *string) (*string, error) {
		out, err := r.ec2.DescribeVpnGateways(ctx, &ec2.DescribeVpnGatewaysInput{})
		if err != nil {
			return nil, err
		}
		for _, g := range out.VpnGateways {
			r.out.VpnGateways = append(r.out.VpnGateways, awssim.VpnGateway{VpnGateway: g})
		}
		return nil, nil
	})
}

func vpnConnections(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeVpnConnections", func(ctx context.Context, _ *string) (*string, error) {
		out, err := r.ec2.DescribeVpnConnections(ctx, &ec2.DescribeVpnConnectionsInput{})
		if err != nil {
			return nil, err
		}
		for _, v := range out.VpnConnections {
			v.CustomerGatewayConfiguration, v.PreSharedKeyArn = nil, nil // the configuration holds the keys of the tunnels
			if v.Options != nil {
				options := *v.Options
				options.TunnelOptions = nil
				v.Options = &options
			}
			r.out.VpnConnections = append(r.out.VpnConnections, v)
		}
		return nil, nil
	})
}

func customerGateways(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeCustomerGateways", func(ctx context.Context, _ *string) (*string, error) {
		out, err := r.ec2.DescribeCustomerGateways(ctx, &ec2.DescribeCustomerGatewaysInput{})
		if err != nil {
			return nil, err
		}
		r.out.CustomerGateways = out.CustomerGateways
		return nil, nil
	})
}

func prefixLists(ctx context.Context, r *reader) error {
	err := r.pages(ctx, "ec2:DescribeManagedPrefixLists", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeManagedPrefixLists(ctx, &ec2.DescribeManagedPrefixListsInput{NextToken: token, MaxResults: aws.Int32(smallPageSize)})
		if err != nil {
			return nil, err
		}
		for _, l := range out.PrefixLists {
			r.out.ManagedPrefixLists = append(r.out.ManagedPrefixLists, awssim.PrefixList{ManagedPrefixList: l})
		}
		return out.NextToken, nil
	})
	if err != nil {
		return err
	}
	for i := range r.out.ManagedPrefixLists {
		l := &r.out.ManagedPrefixLists[i]
		err := r.pages(ctx, "ec2:GetManagedPrefixListEntries", func(ctx context.Context, token *string) (*string, error) {
			out, err := r.ec2.GetManagedPrefixListEntries(ctx, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: l.PrefixListId, NextToken: token, MaxResults: aws.Int32(smallPageSize)})
			if err != nil {
				return nil, err
			}
			l.Entries = append(l.Entries, out.Entries...)
			return out.NextToken, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
