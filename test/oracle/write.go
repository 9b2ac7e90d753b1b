package oracle

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// ResourceOf gives the id of what a write would change: a security group, a route table or
// a peering connection; "" for any other operation.
func ResourceOf(input any) string {
	switch in := input.(type) {
	case *ec2.AuthorizeSecurityGroupIngressInput:
		return aws.ToString(in.GroupId)
	case *ec2.RevokeSecurityGroupIngressInput:
		return aws.ToString(in.GroupId)
	case *ec2.CreateRouteInput:
		return aws.ToString(in.RouteTableId)
	case *ec2.ReplaceRouteInput:
		return aws.ToString(in.RouteTableId)
	case *ec2.DeleteRouteInput:
		return aws.ToString(in.RouteTableId)
	case *ec2.CreateTransitGatewayRouteInput:
		return aws.ToString(in.TransitGatewayRouteTableId)
	case *ec2.DeleteTransitGatewayRouteInput:
		return aws.ToString(in.TransitGatewayRouteTableId)
	case *ec2.EnableVgwRoutePropagationInput:
		return aws.ToString(in.RouteTableId)
	case *ec2.DisableVgwRoutePropagationInput:
		return aws.ToString(in.RouteTableId)
	case *ec2.ModifyVpcPeeringConnectionOptionsInput:
		return aws.ToString(in.VpcPeeringConnectionId)
	default:
		return ""
	}
}

// AskedRule is a rule that an Authorize call asks for.
type AskedRule struct {
	Protocol string
	From, To int32
	Peer     string // a CIDR block, or the id of a prefix list or of a group, without its account
}

// AskedRules gives the rules that an Authorize call asks for.
func AskedRules(in *ec2.AuthorizeSecurityGroupIngressInput) []AskedRule {
	var out []AskedRule
	for _, p := range in.IpPermissions {
		add := func(peer string) {
			out = append(out, AskedRule{aws.ToString(p.IpProtocol), aws.ToInt32(p.FromPort), aws.ToInt32(p.ToPort), peer})
		}
		for _, r := range p.IpRanges {
			add(aws.ToString(r.CidrIp))
		}
		for _, r := range p.Ipv6Ranges {
			add(aws.ToString(r.CidrIpv6))
		}
		for _, l := range p.PrefixListIds {
			add(aws.ToString(l.PrefixListId))
		}
		for _, g := range p.UserIdGroupPairs {
			add(aws.ToString(g.GroupId))
		}
	}
	return out
}
