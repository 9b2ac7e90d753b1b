package awssim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func authorizeIngress(c *call, in *ec2.AuthorizeSecurityGroupIngressInput) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	g, err := c.ownGroup(in.GroupId, in.GroupName)
	if err != nil {
		return nil, err
	}
	permissions := in.IpPermissions
	if len(permissions) == 0 {
		permissions = flatPermission(in.IpProtocol, in.FromPort, in.ToPort, in.CidrIp, in.SourceSecurityGroupName, in.SourceSecurityGroupOwnerId)
	}
	rules, err := c.authorize(g, permissions, in.TagSpecifications, false)
	if err != nil {
		return nil, err
	}
	return &ec2.AuthorizeSecurityGroupIngressOutput{Return: new(true), SecurityGroupRules: rules}, nil
}

func authorizeEgress(c *call, in *ec2.AuthorizeSecurityGroupEgressInput) (*ec2.AuthorizeSecurityGroupEgressOutput, error) {
	g, err := c.ownGroup(in.GroupId, nil)
	if err != nil {
		return nil, err
	}
	rules, err := c.authorize(g, in.IpPermissions, in.TagSpecifications, true)
	if err != nil {
		return nil, err
	}
	return &ec2.AuthorizeSecurityGroupEgressOutput{Return: new(true), SecurityGroupRules: rules}, nil
}

// flatPermission is the one permission of a request that does not use IpPermissions.
func flatPermission(protocol *string, from, to *int32, cidr, groupName, groupOwner *string) []ec2types.IpPermission {
	p := ec2types.IpPermission{IpProtocol: protocol, FromPort: from, ToPort: to}
	switch {
	case cidr != nil:
		p.IpRanges = []ec2types.IpRange{{CidrIp: cidr}}
	case groupName != nil:
		p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupName: groupName, UserId: groupOwner}}
		if protocol == nil {
			p.IpProtocol = new("-1")
		}
	default:
		return nil
	}
	return []ec2types.IpPermission{p}
}

// authorize adds the rules of a request: all of them, or none and the first thing that is wrong.
func (c *call) authorize(g *group, permissions []ec2types.IpPermission, tags []ec2types.TagSpecification, egress bool) ([]ec2types.SecurityGroupRule, error) {
	rules, err := c.requestedRules(g, permissions, egress)
	if err != nil {
		return nil, err
	}
	tagSet, err := tagsFor(tags, ec2types.ResourceTypeSecurityGroupRule)
	if err != nil {
		return nil, err
	}
	present := make(map[ruleKey]bool, len(g.rules))
	for i := range g.rules {
		present[keyOf(&g.rules[i])] = true
	}
	for i := range rules {
		if present[keyOf(&rules[i])] {
			return nil, apiError("InvalidPermission.Duplicate", "the specified rule \"%s\" already exists", ruleText(&rules[i]))
		}
		rules[i].SecurityGroupRuleId = new(c.newID("sgr"))
		rules[i].SecurityGroupRuleArn = arn("ec2", c.region, *g.OwnerId, "security-group-rule/"+*rules[i].SecurityGroupRuleId)
		rules[i].GroupId, rules[i].GroupOwnerId, rules[i].Tags = g.GroupId, g.OwnerId, tagSet
	}
	all := slices.Concat(g.rules, rules)
	if err := c.checkRuleQuota(all, egress); err != nil {
		return nil, err
	}
	c.edit().SecurityGroups.put(c.state.owner, *g.GroupId, g.withRules(all))
	return rules, nil
}

// requestedRules takes a request's permissions apart and checks them as AWS does.
func (c *call) requestedRules(g *group, permissions []ec2types.IpPermission, egress bool) ([]ec2types.SecurityGroupRule, error) {
	if len(permissions) == 0 {
		return nil, missingParameter("ipPermissions")
	}
	for i := range permissions {
		if err := checkPermission(&permissions[i]); err != nil {
			return nil, err
		}
	}
	rules := rulesOf(permissions, egress)
	names := groupNamesIn(permissions)
	seen := make(map[ruleKey]bool, len(rules))
	for i := range rules {
		if err := checkSource(&rules[i]); err != nil {
			return nil, err
		}
		if rules[i].PrefixListId != nil && c.r.ManagedPrefixLists.get(*rules[i].PrefixListId) == nil {
			return nil, notFound(errPrefixListNotFound, "prefix list ID", *rules[i].PrefixListId)
		}
		if info := rules[i].ReferencedGroupInfo; info != nil {
			resolved, err := c.reference(g, info, names[i], egress)
			if err != nil {
				return nil, err
			}
			rules[i].ReferencedGroupInfo = resolved
		}
		key := keyOf(&rules[i])
		if seen[key] {
			return nil, invalidParameter("The same permission must not appear multiple times")
		}
		seen[key] = true
	}
	return rules, nil
}

// groupNamesIn lists the group name of every rule that rulesOf makes of the permissions, in the same order.
func groupNamesIn(permissions []ec2types.IpPermission) []*string {
	var names []*string
	for i := range permissions {
		p := &permissions[i]
		names = append(names, make([]*string, len(p.IpRanges)+len(p.Ipv6Ranges)+len(p.PrefixListIds))...)
		for _, pair := range p.UserIdGroupPairs {
			names = append(names, pair.GroupName)
		}
	}
	return names
}

func checkPermission(p *ec2types.IpPermission) error {
	protocol := protocolName(aws.ToString(p.IpProtocol))
	if protocol == "" {
		return invalidParameter("Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.")
	}
	if len(p.IpRanges)+len(p.Ipv6Ranges)+len(p.PrefixListIds)+len(p.UserIdGroupPairs) == 0 {
		return missingParameter("groups, ipRanges, ipv6Ranges or prefixListIds")
	}
	if protocol != "tcp" && protocol != "udp" {
		return nil
	}
	if p.FromPort == nil || p.ToPort == nil {
		return invalidParameter("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
	}
	if *p.FromPort < 0 || *p.ToPort > 65535 || *p.FromPort > *p.ToPort {
		return invalidParameter("Invalid TCP/UDP port range (%d:%d)", *p.FromPort, *p.ToPort)
	}
	return nil
}

func checkSource(rule *ec2types.SecurityGroupRule) error {
	for _, cidr := range [...]*string{rule.CidrIpv4, rule.CidrIpv6} {
		if cidr == nil {
			continue
		}
		prefix, err := parsePrefix(*cidr)
		if err != nil || prefix.Addr().Is4() != (rule.CidrIpv4 != nil) {
			return invalidParameter("CIDR block %s is malformed", *cidr)
		}
	}
	return checkDescription(rule.Description)
}

// ruleDescriptionSet is what a rule's description may hold besides letters and digits.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
const ruleDescriptionSet = " ._-:/()#,@[]+=&;{}!$*"

func checkDescription(text *string) error {
	if text == nil {
		return nil
	}
	left := strings.TrimLeftFunc(*text, func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(ruleDescriptionSet, r)
	})
	if left != "" || len(*text) > 255 {
		return invalidParameter("Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9%s", ruleDescriptionSet)
	}
	return nil
}

// ruleText is how EC2's error messages write a rule.
func ruleText(rule *ec2types.SecurityGroupRule) string {
	key := keyOf(rule)
	peer := key.cidr4 + key.cidr6 + key.list + key.group
	return fmt.Sprintf("peer: %s, %s, from port: %d, to port: %d, ALLOW", peer, strings.ToUpper(key.protocol), key.from, key.to)
}

// checkRuleQuota counts the rules of a direction as AWS does: IPv4 and IPv6 apart, a group as one of each, and a
// prefix list as the entries it may hold.
func (c *call) checkRuleQuota(rules []ec2types.SecurityGroupRule, egress bool) error {
	v4, v6 := 0, 0
	for i := range rules {
		rule := &rules[i]
		if aws.ToBool(rule.IsEgress) != egress {
			continue
		}
		switch {
		case rule.CidrIpv4 != nil:
			v4++
		case rule.CidrIpv6 != nil:
			v6++
		case rule.PrefixListId != nil:
			weight, ipv6 := c.r.listWeight(*rule.PrefixListId)
			if ipv6 {
				v6 += weight
			} else {
				v4 += weight
			}
		default:
			v4, v6 = v4+1, v6+1
		}
	}
	if max(v4, v6) > c.sim.quotas.RulesPerGroup {
		return apiError("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	return nil
}

// listWeight is what a rule or a route on a prefix list counts towards a quota.
func (r *region) listWeight(id string) (weight int, ipv6 bool) {
	list := r.ManagedPrefixLists.get(id)
	if list == nil {
		return 1, false
	}
	return int(max(aws.ToInt32(list.MaxEntries), 1)), strings.EqualFold(aws.ToString(list.AddressFamily), "IPv6")
}
