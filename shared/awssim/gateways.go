package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// gatewayOperations are the reads of what routes can lead to besides; the simulator only has them stand there.
func gatewayOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeInternetGateways", describeInternetGateways),
		read(ec2Service, "DescribeNatGateways", describeNatGateways),
	}
}

var internetGatewayFilters = filters[ec2types.InternetGateway]{
	"internet-gateway-id": func(v *ec2types.InternetGateway, m matcher) bool { return m.text(v.InternetGatewayId) },
	"owner-id":            func(v *ec2types.InternetGateway, m matcher) bool { return m.text(v.OwnerId) },
	"attachment.vpc-id": func(v *ec2types.InternetGateway, m matcher) bool {
		return slices.ContainsFunc(v.Attachments, func(a ec2types.InternetGatewayAttachment) bool { return m.text(a.VpcId) })
	},
	"attachment.state": func(v *ec2types.InternetGateway, m matcher) bool {
		return slices.ContainsFunc(v.Attachments, func(a ec2types.InternetGatewayAttachment) bool { return m(string(a.State)) })
	},
}

func describeInternetGateways(c *call, in *ec2.DescribeInternetGatewaysInput) (*ec2.DescribeInternetGatewaysOutput, error) {
	found, next, err := describe(c, &c.r.InternetGateways, query[ec2types.InternetGateway]{
		ids: in.InternetGatewayIds, missing: "InvalidInternetGatewayID.NotFound", what: "internetGateway ID", filters: in.Filters,
		by: internetGatewayFilters, tags: func(v *ec2types.InternetGateway) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeInternetGatewaysOutput{NextToken: next, InternetGateways: values(found)}, nil
}

var natGatewayFilters = filters[ec2types.NatGateway]{
	"nat-gateway-id": func(v *ec2types.NatGateway, m matcher) bool { return m.text(v.NatGatewayId) },
	"state":          func(v *ec2types.NatGateway, m matcher) bool { return m(string(v.State)) },
	"subnet-id":      func(v *ec2types.NatGateway, m matcher) bool { return m.text(v.SubnetId) },
	"vpc-id":         func(v *ec2types.NatGateway, m matcher) bool { return m.text(v.VpcId) },
}

func describeNatGateways(c *call, in *ec2.DescribeNatGatewaysInput) (*ec2.DescribeNatGatewaysOutput, error) {
	found, next, err := describe(c, &c.r.NatGateways, query[ec2types.NatGateway]{
		ids: in.NatGatewayIds, missing: "NatGatewayNotFound", what: "natGateway ID", filters: in.Filter, by: natGatewayFilters,
		tags: func(v *ec2types.NatGateway) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeNatGatewaysOutput{NextToken: next, NatGateways: values(found)}, nil
}
