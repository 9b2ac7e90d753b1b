package awssim_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"pgregory.net/rapid"
)

// action is one operation with arguments that are drawn.
type action struct {
	name string
	call func(c *chaos, ctx context.Context, to *ec2.Client) error
}

// GoString is how a draw is printed.
func (a action) GoString() string { return a.name }

// failing drops the answer of a call.
func failing[T any](_ T, err error) error { return err }

var actions = []action{
	{"AuthorizeSecurityGroupIngress", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: c.group(), IpPermissions: c.permissions()}))
	}},
	{"RevokeSecurityGroupIngress", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: c.group(), IpPermissions: c.permissions()}))
	}},
	{"RevokeSecurityGroupEgress", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		rule := c.some("rule", ids(c.region.SecurityGroupRules, func(v ec2types.SecurityGroupRule) *string { return v.SecurityGroupRuleId }))
		return failing(to.RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: c.group(), SecurityGroupRuleIds: []string{*rule}}))
	}},
	{"ModifySecurityGroupRules", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		rule := c.some("rule", ids(c.region.SecurityGroupRules, func(v ec2types.SecurityGroupRule) *string { return v.SecurityGroupRuleId }))
		return failing(to.ModifySecurityGroupRules(ctx, &ec2.ModifySecurityGroupRulesInput{GroupId: c.group(), SecurityGroupRules: []ec2types.SecurityGroupRuleUpdate{
			{SecurityGroupRuleId: rule, SecurityGroupRule: &ec2types.SecurityGroupRuleRequest{IpProtocol: new("tcp"), FromPort: new(int32(6379)), ToPort: new(int32(6380)), CidrIpv4: c.cidr()}},
		}}))
	}},
	{"CreateSecurityGroup", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		name := rapid.SampledFrom([]string{"web", "batch"}).Draw(c.T, "name")
		return failing(to.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: &name, Description: &name, VpcId: c.vpc()}))
	}},
	{"DeleteSecurityGroup", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: c.group()}))
	}},
	{"CreateTags", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{*c.group(), *c.vpc()}, Tags: []ec2types.Tag{{Key: new("k"), Value: new("v")}}}))
	}},
	{"CreateRoute", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		in := &ec2.CreateRouteInput{RouteTableId: c.table(), DestinationCidrBlock: c.cidr()}
		switch rapid.IntRange(0, 2).Draw(c.T, "target") {
		case 0:
			in.VpcPeeringConnectionId = c.peering()
		case 1:
			in.TransitGatewayId = new("tgw-1")
		default:
			in.GatewayId = new("vgw-1")
		}
		return failing(to.CreateRoute(ctx, in))
	}},
	{"DeleteRoute", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		table := c.table()
		return failing(to.DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: table, DestinationCidrBlock: c.destination(table)}))
	}},
	{"ReplaceRoute", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		table := c.table()
		return failing(to.ReplaceRoute(ctx, &ec2.ReplaceRouteInput{RouteTableId: table, DestinationCidrBlock: c.destination(table), VpcPeeringConnectionId: c.peering()}))
	}},
	{"CreateRouteTable", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: c.vpc()}))
	}},
	{"DeleteRouteTable", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: c.table()}))
	}},
	{"AssociateRouteTable", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{RouteTableId: c.table(), SubnetId: c.subnet()}))
	}},
	{"ReplaceRouteTableAssociation", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.ReplaceRouteTableAssociation(ctx, &ec2.ReplaceRouteTableAssociationInput{RouteTableId: c.table(), AssociationId: c.association()}))
	}},
	{"DisassociateRouteTable", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.DisassociateRouteTable(ctx, &ec2.DisassociateRouteTableInput{AssociationId: c.association()}))
	}},
	{"CreateVpcPeeringConnection", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		peer := rapid.SampledFrom([]string{"vpc-app", "vpc-near", "vpc-cache"}).Draw(c.T, "peer")
		owner := rapid.SampledFrom([]string{hub, spoke, "123456789012"}).Draw(c.T, "peer owner")
		return failing(to.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{VpcId: c.vpc(), PeerVpcId: &peer, PeerOwnerId: &owner}))
	}},
	{"AcceptVpcPeeringConnection", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: c.peering()}))
	}},
	{"DeleteVpcPeeringConnection", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.DeleteVpcPeeringConnection(ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: c.peering()}))
	}},
	{"CreateVpc", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: c.cidr()}))
	}},
	{"DeleteVpc", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: c.vpc()}))
	}},
	{"AssociateVpcCidrBlock", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.AssociateVpcCidrBlock(ctx, &ec2.AssociateVpcCidrBlockInput{VpcId: c.vpc(), CidrBlock: c.cidr()}))
	}},
	{"CreateSubnet", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		cidr := rapid.SampledFrom([]string{"10.0.2.0/24", "10.1.2.0/24", "10.2.2.0/24"}).Draw(c.T, "subnet cidr")
		return failing(to.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: c.vpc(), CidrBlock: &cidr}))
	}},
	{"DeleteSubnet", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: c.subnet()}))
	}},
	{"RunInstances", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.RunInstances(ctx, &ec2.RunInstancesInput{MinCount: new(int32(1)), MaxCount: new(int32(1)), SubnetId: c.subnet(), SecurityGroupIds: []string{*c.group()}}))
	}},
	{"TerminateInstances", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		instance := c.some("instance", ids(c.region.Instances, func(v ec2types.Instance) *string { return v.InstanceId }))
		return failing(to.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{*instance}}))
	}},
	{"CreateNetworkAcl", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.CreateNetworkAcl(ctx, &ec2.CreateNetworkAclInput{VpcId: c.vpc()}))
	}},
	{"ReplaceNetworkAclAssociation", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		var associations []string
		for _, acl := range c.region.NetworkAcls {
			associations = append(associations, ids(acl.Associations, func(a ec2types.NetworkAclAssociation) *string { return a.NetworkAclAssociationId })...)
		}
		acl := c.some("acl", ids(c.region.NetworkAcls, func(v ec2types.NetworkAcl) *string { return v.NetworkAclId }))
		return failing(to.ReplaceNetworkAclAssociation(ctx, &ec2.ReplaceNetworkAclAssociationInput{NetworkAclId: acl, AssociationId: c.some("association", associations)}))
	}},
	{"CreateTransitGatewayVpcAttachment", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.CreateTransitGatewayVpcAttachment(ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: new("tgw-1"), VpcId: c.vpc(), SubnetIds: []string{*c.subnet()}}))
	}},
	{"AcceptTransitGatewayVpcAttachment", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.AcceptTransitGatewayVpcAttachment(ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: c.attachment()}))
	}},
	{"DeleteTransitGatewayVpcAttachment", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.DeleteTransitGatewayVpcAttachment(ctx, &ec2.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: c.attachment()}))
	}},
	{"AssociateTransitGatewayRouteTable", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.AssociateTransitGatewayRouteTable(ctx, &ec2.AssociateTransitGatewayRouteTableInput{TransitGatewayRouteTableId: new("tgw-rtb-1"), TransitGatewayAttachmentId: c.attachment()}))
	}},
	{"DisassociateTransitGatewayRouteTable", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.DisassociateTransitGatewayRouteTable(ctx, &ec2.DisassociateTransitGatewayRouteTableInput{TransitGatewayRouteTableId: new("tgw-rtb-1"), TransitGatewayAttachmentId: c.attachment()}))
	}},
	{"CreateTransitGatewayRoute", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.CreateTransitGatewayRoute(ctx, &ec2.CreateTransitGatewayRouteInput{TransitGatewayRouteTableId: new("tgw-rtb-1"), DestinationCidrBlock: c.cidr(), TransitGatewayAttachmentId: c.attachment()}))
	}},
	{"AttachVpnGateway", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.AttachVpnGateway(ctx, &ec2.AttachVpnGatewayInput{VpnGatewayId: new("vgw-1"), VpcId: c.vpc()}))
	}},
	{"DetachVpnGateway", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.DetachVpnGateway(ctx, &ec2.DetachVpnGatewayInput{VpnGatewayId: new("vgw-1"), VpcId: c.vpc()}))
	}},
	{"EnableVgwRoutePropagation", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.EnableVgwRoutePropagation(ctx, &ec2.EnableVgwRoutePropagationInput{GatewayId: new("vgw-1"), RouteTableId: c.table()}))
	}},
	{"CreateVpnConnectionRoute", func(c *chaos, ctx context.Context, to *ec2.Client) error {
		return failing(to.CreateVpnConnectionRoute(ctx, &ec2.CreateVpnConnectionRouteInput{VpnConnectionId: new("vpn-1"), DestinationCidrBlock: c.cidr()}))
	}},
}

func (c *chaos) association() *string {
	var associations []string
	for _, table := range c.region.RouteTables {
		associations = append(associations, ids(table.Associations, func(a ec2types.RouteTableAssociation) *string { return a.RouteTableAssociationId })...)
	}
	return c.some("association", associations)
}
