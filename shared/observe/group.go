package observe

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/network"
)

// groups reads security groups with their rules. A group goes into the snapshot
// even where its rules could not be read: the failure of their kind says so.
func (r *reader) groups(ctx context.Context, at network.Location, ids []string) error {
	c := call{at: at, kind: network.KindSecurityGroup, action: "ec2:DescribeSecurityGroups"}
	var found []ec2types.SecurityGroup
	var rules map[string][]network.Rule
	err := together(ctx,
		func(ctx context.Context) (err error) {
			found, err = readBy(ctx, r, c, "group-id", ids, pageOfGroups)
			return err
		},
		func(ctx context.Context) (err error) {
			rules, err = r.rules(ctx, at, ids)
			return err
		},
	)
	for _, g := range found {
		v := network.SecurityGroup{
			ID: aws.ToString(g.GroupId), Name: aws.ToString(g.GroupName), VPC: aws.ToString(g.VpcId), Owner: aws.ToString(g.OwnerId), Location: at, Tags: tagsOf(g.Tags),
			Rules: rules[aws.ToString(g.GroupId)],
		}
		keep(r, r.snap.SecurityGroups, reading[network.SecurityGroup]{at: at, owner: aws.ToString(g.OwnerId), id: v.ID, value: v}, fillGroup)
		for _, rule := range v.Rules {
			r.referTo(at, rule.Peer.PrefixList)
		}
	}
	return err
}

func pageOfGroups(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.SecurityGroup, *string, error) {
	out, err := api.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize)})
	if err != nil {
		return nil, nil, err
	}
	return out.SecurityGroups, out.NextToken, nil
}

// rules reads the rules of groups, in the order of their ids.
func (r *reader) rules(ctx context.Context, at network.Location, groups []string) (map[string][]network.Rule, error) {
	c := call{at: at, kind: network.KindRule, action: "ec2:DescribeSecurityGroupRules"}
	found, err := readBy(ctx, r, c, "group-id", groups,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.SecurityGroupRule, *string, error) {
			out, err := api.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize)})
			if err != nil {
				return nil, nil, err
			}
			return out.SecurityGroupRules, out.NextToken, nil
		})
	rules := map[string][]network.Rule{}
	unread := map[string]notes{}
	for _, x := range found {
		n := unread[aws.ToString(x.GroupId)]
		if v, ok := ruleOf(at, x, &n); ok {
			rules[v.SecurityGroup] = append(rules[v.SecurityGroup], v)
		}
		unread[aws.ToString(x.GroupId)] = n
	}
	for group, n := range unread {
		sortRules(rules[group])
		r.report(c, group, n)
	}
	return rules, err
}

// interfaces reads network interfaces by a filter ("group-id", "network-interface-id").
func (r *reader) interfaces(ctx context.Context, at network.Location, filter string, values []string) error {
	c := call{at: at, kind: network.KindNetworkInterface, action: "ec2:DescribeNetworkInterfaces"}
	found, err := readBy(ctx, r, c, filter, values,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.NetworkInterface, *string, error) {
			out, err := api.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize)})
			if err != nil {
				return nil, nil, err
			}
			return out.NetworkInterfaces, out.NextToken, nil
		})
	for _, x := range found {
		var n notes
		v := interfaceOf(at, x, &n)
		r.report(c, v.ID, n)
		keep(r, r.snap.NetworkInterfaces, reading[network.NetworkInterface]{at: at, owner: aws.ToString(x.OwnerId), id: v.ID, value: v}, nil)
		if x.Attachment != nil {
			// DetachNetworkInterface names nothing but the attachment.
			r.dependOn(aws.ToString(x.Attachment.AttachmentId))
		}
	}
	return err
}
