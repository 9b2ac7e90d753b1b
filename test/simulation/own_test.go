package simulation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/test/oracle"
)

// ownership is what cachegate put in place, as the world shows it: found from its
// writes and from the claims that the case begins with, not from its ledger.
type ownership struct {
	rules  map[string]ownRule  // by rule id
	routes map[ownRoute]string // targets
}

type ownRule struct{ group, content string }

type ownRoute struct{ table, to string }

// claimed is what the case says is cachegate's from the start.
func (h *harness) claimed() ownership {
	o := ownership{rules: map[string]ownRule{}, routes: map[ownRoute]string{}}
	n := h.read()
	for _, g := range h.Groups {
		for _, r := range n.Rules(g.ID) {
			for _, tag := range r.Tags {
				if aws.ToString(tag.Key) == managedTag && !aws.ToBool(r.IsEgress) {
					o.rules[aws.ToString(r.SecurityGroupRuleId)] = ownRule{g.ID, contentOf(r)}
				}
			}
		}
	}
	for _, r := range h.Routes {
		if len(r.Claimed) > 0 {
			o.routes[ownRoute{r.Table, r.To}] = r.Target
		}
	}
	return o
}

// contentOf is what makes a rule the rule that it is.
func contentOf(r ec2types.SecurityGroupRule) string {
	return fmt.Sprintf("%v %s %d-%d %s", aws.ToBool(r.IsEgress), aws.ToString(r.IpProtocol), aws.ToInt32(r.FromPort), aws.ToInt32(r.ToPort), peerOf(r))
}

// peerOf gives the source or destination of a rule as intents write it.
func peerOf(r ec2types.SecurityGroupRule) string {
	if g := r.ReferencedGroupInfo; g != nil {
		return aws.ToString(g.UserId) + "/" + aws.ToString(g.GroupId)
	}
	return aws.ToString(r.CidrIpv4) + aws.ToString(r.CidrIpv6) + aws.ToString(r.PrefixListId)
}

// holds says whether a rule is cachegate's: put in place by it, and not changed since.
func (o ownership) holds(r ec2types.SecurityGroupRule) bool {
	return o.rules[aws.ToString(r.SecurityGroupRuleId)].content == contentOf(r)
}

// after takes over what a write of cachegate's changed.
func (o ownership) after(w awssim.Write) {
	switch in := w.Input.(type) {
	case *ec2.AuthorizeSecurityGroupIngressInput:
		if out, ok := w.Output.(*ec2.AuthorizeSecurityGroupIngressOutput); ok {
			for _, r := range out.SecurityGroupRules {
				o.rules[aws.ToString(r.SecurityGroupRuleId)] = ownRule{aws.ToString(r.GroupId), contentOf(r)}
			}
		}
	case *ec2.RevokeSecurityGroupIngressInput:
		for _, id := range in.SecurityGroupRuleIds {
			delete(o.rules, id)
		}
	case *ec2.CreateRouteInput:
		o.routes[ownRoute{aws.ToString(in.RouteTableId), aws.ToString(in.DestinationCidrBlock) + aws.ToString(in.DestinationIpv6CidrBlock)}] = firstOf(in.VpcPeeringConnectionId, in.GatewayId, in.NetworkInterfaceId, in.TransitGatewayId)
	case *ec2.ReplaceRouteInput:
		o.routes[ownRoute{aws.ToString(in.RouteTableId), aws.ToString(in.DestinationCidrBlock) + aws.ToString(in.DestinationIpv6CidrBlock)}] = firstOf(in.VpcPeeringConnectionId, in.GatewayId, in.NetworkInterfaceId, in.TransitGatewayId)
	case *ec2.DeleteRouteInput:
		delete(o.routes, ownRoute{aws.ToString(in.RouteTableId), aws.ToString(in.DestinationCidrBlock) + aws.ToString(in.DestinationIpv6CidrBlock)})
	case *ec2.CreateTransitGatewayRouteInput:
		o.routes[ownRoute{aws.ToString(in.TransitGatewayRouteTableId), aws.ToString(in.DestinationCidrBlock)}] = aws.ToString(in.TransitGatewayAttachmentId)
	case *ec2.DeleteTransitGatewayRouteInput:
		delete(o.routes, ownRoute{aws.ToString(in.TransitGatewayRouteTableId), aws.ToString(in.DestinationCidrBlock)})
	case *ec2.EnableVgwRoutePropagationInput:
		o.routes[ownRoute{aws.ToString(in.RouteTableId), propagationOf(aws.ToString(in.GatewayId))}] = aws.ToString(in.GatewayId)
	case *ec2.DisableVgwRoutePropagationInput:
		delete(o.routes, ownRoute{aws.ToString(in.RouteTableId), propagationOf(aws.ToString(in.GatewayId))})
	}
}

// sawUnit gives up what a finished run of a unit must have seen changed by others
// in its own VPC: it is cachegate's no longer.
func (o ownership) sawUnit(vpc string, n *oracle.Network) {
	for id, own := range o.rules {
		home, _, ok := n.GroupVPC(own.group)
		if ok && home != vpc {
			continue
		}
		there := false
		for _, r := range n.Rules(own.group) {
			there = there || aws.ToString(r.SecurityGroupRuleId) == id && contentOf(r) == own.content
		}
		if !there {
			delete(o.rules, id)
		}
	}
	for key, target := range o.routes {
		routes, home := n.Routes(key.table)
		if home != vpc {
			continue
		}
		there := slices.Contains(n.Propagating(key.table), target) && key.to == propagationOf(target)
		for _, r := range routes {
			there = there || destinationOf(r) == key.to && targetOf(r) == target
		}
		if !there {
			delete(o.routes, key)
		}
	}
}

func destinationOf(r ec2types.Route) string {
	return aws.ToString(r.DestinationCidrBlock) + aws.ToString(r.DestinationIpv6CidrBlock) + aws.ToString(r.DestinationPrefixListId)
}

func targetOf(r ec2types.Route) string {
	return firstOf(r.VpcPeeringConnectionId, r.GatewayId, r.NetworkInterfaceId, r.TransitGatewayId, r.NatGatewayId)
}

func firstOf(ids ...*string) string {
	for _, id := range ids {
		if id != nil {
			return *id
		}
	}
	return ""
}

// describeWrite tells a write for the story.
func describeWrite(w awssim.Write) string {
	switch in := w.Input.(type) {
	case *ec2.AuthorizeSecurityGroupIngressInput:
		var rules []string
		if out, ok := w.Output.(*ec2.AuthorizeSecurityGroupIngressOutput); ok {
			for _, r := range out.SecurityGroupRules {
				rules = append(rules, aws.ToString(r.SecurityGroupRuleId)+" "+contentOf(r))
			}
		}
		return aws.ToString(in.GroupId) + " " + strings.Join(rules, ", ")
	case *ec2.RevokeSecurityGroupIngressInput:
		return aws.ToString(in.GroupId) + " " + strings.Join(in.SecurityGroupRuleIds, ", ")
	case *ec2.CreateRouteInput:
		return fmt.Sprint(aws.ToString(in.RouteTableId), " ", aws.ToString(in.DestinationCidrBlock)+aws.ToString(in.DestinationIpv6CidrBlock), " ", firstOf(in.VpcPeeringConnectionId, in.TransitGatewayId, in.GatewayId))
	case *ec2.ReplaceRouteInput:
		return fmt.Sprint(aws.ToString(in.RouteTableId), " ", aws.ToString(in.DestinationCidrBlock)+aws.ToString(in.DestinationIpv6CidrBlock), " ", firstOf(in.VpcPeeringConnectionId, in.TransitGatewayId, in.GatewayId))
	case *ec2.CreateTransitGatewayRouteInput:
		return fmt.Sprint(aws.ToString(in.TransitGatewayRouteTableId), " ", aws.ToString(in.DestinationCidrBlock), " ", aws.ToString(in.TransitGatewayAttachmentId))
	case *ec2.DeleteTransitGatewayRouteInput:
		return fmt.Sprint(aws.ToString(in.TransitGatewayRouteTableId), " ", aws.ToString(in.DestinationCidrBlock))
	case *ec2.EnableVgwRoutePropagationInput:
		return fmt.Sprint(aws.ToString(in.RouteTableId), " ", aws.ToString(in.GatewayId))
	case *ec2.DisableVgwRoutePropagationInput:
		return fmt.Sprint(aws.ToString(in.RouteTableId), " ", aws.ToString(in.GatewayId))
	case *ec2.DeleteRouteInput:
		return fmt.Sprint(aws.ToString(in.RouteTableId), " ", aws.ToString(in.DestinationCidrBlock)+aws.ToString(in.DestinationIpv6CidrBlock))
	default:
		return fmt.Sprintf("%+v", w.Input)
	}
}
