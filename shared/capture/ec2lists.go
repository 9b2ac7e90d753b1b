package capture

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// The lists of EC2 that are read as they are.

func subnets(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeSubnets", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.Subnets = append(r.out.Subnets, out.Subnets...)
		return out.NextToken, nil
	})
}

func securityGroups(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeSecurityGroups", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.SecurityGroups = append(r.out.SecurityGroups, out.SecurityGroups...)
		return out.NextToken, nil
	})
}

func rules(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeSecurityGroupRules", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.SecurityGroupRules = append(r.out.SecurityGroupRules, out.SecurityGroupRules...)
		return out.NextToken, nil
	})
}

func groupAssociations(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeSecurityGroupVpcAssociations", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeSecurityGroupVpcAssociations(ctx, &ec2.DescribeSecurityGroupVpcAssociationsInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.SecurityGroupVpcAssociations = append(r.out.SecurityGroupVpcAssociations, out.SecurityGroupVpcAssociations...)
		return out.NextToken, nil
	})
}

func routeTables(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeRouteTables", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{NextToken: token, MaxResults: aws.Int32(smallPageSize)})
		if err != nil {
			return nil, err
		}
		r.out.RouteTables = append(r.out.RouteTables, out.RouteTables...)
		return out.NextToken, nil
	})
}

func networkACLs(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeNetworkAcls", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.NetworkAcls = append(r.out.NetworkAcls, out.NetworkAcls...)
		return out.NextToken, nil
	})
}

func networkInterfaces(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeNetworkInterfaces", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.NetworkInterfaces = append(r.out.NetworkInterfaces, out.NetworkInterfaces...)
		return out.NextToken, nil
	})
}

func peerings(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeVpcPeeringConnections", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.VpcPeeringConnections = append(r.out.VpcPeeringConnections, out.VpcPeeringConnections...)
		return out.NextToken, nil
	})
}

func internetGateways(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeInternetGateways", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.InternetGateways = append(r.out.InternetGateways, out.InternetGateways...)
		return out.NextToken, nil
	})
}

func natGateways(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeNatGateways", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.NatGateways = append(r.out.NatGateways, out.NatGateways...)
		return out.NextToken, nil
	})
}

func transitGateways(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeTransitGateways", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeTransitGateways(ctx, &ec2.DescribeTransitGatewaysInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.TransitGateways = append(r.out.TransitGateways, out.TransitGateways...)
		return out.NextToken, nil
	})
}

func attachments(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeTransitGatewayAttachments", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeTransitGatewayAttachments(ctx, &ec2.DescribeTransitGatewayAttachmentsInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.TransitGatewayAttachments = append(r.out.TransitGatewayAttachments, out.TransitGatewayAttachments...)
		return out.NextToken, nil
	})
}

func vpcAttachments(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeTransitGatewayVpcAttachments", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.TransitGatewayVpcAttachments = append(r.out.TransitGatewayVpcAttachments, out.TransitGatewayVpcAttachments...)
		return out.NextToken, nil
	})
}

func peeringAttachments(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeTransitGatewayPeeringAttachments", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeTransitGatewayPeeringAttachments(ctx, &ec2.DescribeTransitGatewayPeeringAttachmentsInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		r.out.TransitGatewayPeeringAttachments = append(r.out.TransitGatewayPeeringAttachments, out.TransitGatewayPeeringAttachments...)
		return out.NextToken, nil
	})
}
