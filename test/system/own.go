package system

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/test/oracle"
)

// ownRules takes over the rules that an Authorize call made.
func (s *System) ownRules(w awssim.Write) {
	out, ok := w.Output.(*ec2.AuthorizeSecurityGroupIngressOutput)
	if !ok {
		return
	}
	for _, r := range out.SecurityGroupRules {
		s.rules[aws.ToString(r.SecurityGroupRuleId)] = &ownRule{group: aws.ToString(r.GroupId), content: contentOf(r), peer: peerOf(r), port: aws.ToInt32(r.FromPort)}
	}
}

// owns says whether a rule is cachegate's: put in place by it, and not changed since.
func (s *System) owns(r ec2types.SecurityGroupRule) bool {
	own := s.rules[aws.ToString(r.SecurityGroupRuleId)]
	return own != nil && own.content == contentOf(r)
}

func contentOf(r ec2types.SecurityGroupRule) string {
	return fmt.Sprintf("%s %d-%d %s", aws.ToString(r.IpProtocol), aws.ToInt32(r.FromPort), aws.ToInt32(r.ToPort), peerOf(r))
}

func peerOf(r ec2types.SecurityGroupRule) string {
	if g := r.ReferencedGroupInfo; g != nil {
		return aws.ToString(g.GroupId)
	}
	return aws.ToString(r.CidrIpv4) + aws.ToString(r.CidrIpv6) + aws.ToString(r.PrefixListId)
}

// turned brings up to date which of cachegate's rules and routes something still needs.
func (s *System) turned() {
	now := s.elapsed()
	needed := slices.DeleteFunc(s.countedBetween(now, now), func(i Intent) bool {
		return i.Closed || s.gone[i.Cluster] || now < i.From || i.Until != 0 && now >= i.Until
	})
	held := slices.ContainsFunc(s.spans, func(d span) bool { return d.Wrong && d.until == 0 })
	set := func(n *need, is bool) {
		switch {
		case is || held: // a malformed intent holds what it has
			n.unneeded = 0
		case n.unneeded == 0:
			n.unneeded = max(now, 1)
		}
	}
	for _, r := range s.rules {
		set(&r.need, slices.ContainsFunc(needed, func(i Intent) bool {
			return s.asksForRule(i, r.group, r.peer, r.port, now, now) || s.had(i.Cluster, r.group, now, now) && s.nowhere(i)
		}))
	}
	for at, r := range s.routes {
		set(&r.need, slices.ContainsFunc(needed, func(i Intent) bool { return s.asksForRoute(i, at, r.target) || s.nowhere(i) }))
	}
}

func describeInput(input any) string {
	switch in := input.(type) {
	case *ec2.AuthorizeSecurityGroupIngressInput:
		var peers []string
		for _, a := range oracle.AskedRules(in) {
			peers = append(peers, fmt.Sprintf("%s:%d", a.Peer, a.From))
		}
		return aws.ToString(in.GroupId) + " for " + strings.Join(peers, ", ")
	case *ec2.RevokeSecurityGroupIngressInput:
		return aws.ToString(in.GroupId) + " " + strings.Join(in.SecurityGroupRuleIds, ", ")
	case *ec2.CreateRouteInput:
		return aws.ToString(in.RouteTableId) + " " + aws.ToString(in.DestinationCidrBlock)
	case *ec2.DeleteRouteInput:
		return aws.ToString(in.RouteTableId) + " " + aws.ToString(in.DestinationCidrBlock)
	default:
		return oracle.ResourceOf(input)
	}
}

// sorted gives the keys of a map in a fixed order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

type rule = ec2types.SecurityGroupRule
