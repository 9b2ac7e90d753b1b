package awssim

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// protocolName is the form in which security groups show a protocol: names for the four that have one.
func protocolName(protocol string) string {
	switch strings.ToLower(protocol) {
	case "6", "tcp":
		return "tcp"
	case "17", "udp":
		return "udp"
	case "1", "icmp":
		return "icmp"
	case "58", "icmpv6":
		return "icmpv6"
	case "-1", "all":
		return "-1"
	}
	return protocol
}

// protocolNumber is the form in which network ACLs show a protocol.
func protocolNumber(protocol string) string {
	switch protocolName(protocol) {
	case "tcp":
		return "6"
	case "udp":
		return "17"
	case "icmp":
		return "1"
	case "icmpv6":
		return "58"
	}
	return protocolName(protocol)
}

// canonicalCIDR is how AWS stores a CIDR: without host bits. What is no CIDR comes back as it is.
func canonicalCIDR(cidr string) string {
	if prefix, err := netip.ParsePrefix(cidr); err == nil {
		return prefix.Masked().String()
	}
	return cidr
}

// ruleKey is what makes two rules the same rule: direction, protocol, ports and source, and nothing else.
type ruleKey struct {
	egress                    bool
	protocol                  string
	from, to                  int32
	cidr4, cidr6, list, group string
}

func keyOf(r *ec2types.SecurityGroupRule) ruleKey {
	key := ruleKey{
		egress: aws.ToBool(r.IsEgress), protocol: aws.ToString(r.IpProtocol), from: portOf(r.FromPort), to: portOf(r.ToPort),
		cidr4: aws.ToString(r.CidrIpv4), cidr6: aws.ToString(r.CidrIpv6), list: aws.ToString(r.PrefixListId),
	}
	if r.ReferencedGroupInfo != nil {
		key.group = aws.ToString(r.ReferencedGroupInfo.GroupId)
	}
	return key
}

// portOf reads an absent port as -1, which is how rules show "all".
func portOf(p *int32) int32 {
	if p == nil {
		return -1
	}
	return *p
}

// normalizeRule brings a rule to the form that AWS shows.
func normalizeRule(r *ec2types.SecurityGroupRule) {
	r.IpProtocol = new(protocolName(aws.ToString(r.IpProtocol)))
	if *r.IpProtocol == "" {
		r.IpProtocol = new("-1")
	}
	if *r.IpProtocol == "-1" {
		r.FromPort, r.ToPort = new(int32(-1)), new(int32(-1))
	}
	orDefault(&r.FromPort, -1)
	orDefault(&r.ToPort, *r.FromPort)
	orDefault(&r.IsEgress, false)
	if r.CidrIpv4 != nil {
		r.CidrIpv4 = new(canonicalCIDR(*r.CidrIpv4))
	}
	if r.CidrIpv6 != nil {
		r.CidrIpv6 = new(canonicalCIDR(*r.CidrIpv6))
	}
}

// rulesOf takes permissions apart: one rule for every source.
func rulesOf(permissions []ec2types.IpPermission, egress bool) []ec2types.SecurityGroupRule {
	var rules []ec2types.SecurityGroupRule
	for i := range permissions {
		p := &permissions[i]
		add := func(rule ec2types.SecurityGroupRule) {
			rule.IpProtocol, rule.FromPort, rule.ToPort, rule.IsEgress = p.IpProtocol, p.FromPort, p.ToPort, &egress
			normalizeRule(&rule)
			rules = append(rules, rule)
		}
		for _, source := range p.IpRanges {
			add(ec2types.SecurityGroupRule{CidrIpv4: source.CidrIp, Description: source.Description})
		}
		for _, source := range p.Ipv6Ranges {
			add(ec2types.SecurityGroupRule{CidrIpv6: source.CidrIpv6, Description: source.Description})
		}
		for _, source := range p.PrefixListIds {
			add(ec2types.SecurityGroupRule{PrefixListId: source.PrefixListId, Description: source.Description})
		}
		for _, source := range p.UserIdGroupPairs {
			add(ec2types.SecurityGroupRule{Description: source.Description, ReferencedGroupInfo: &ec2types.ReferencedSecurityGroup{
				GroupId: source.GroupId, UserId: source.UserId, VpcId: source.VpcId,
				VpcPeeringConnectionId: source.VpcPeeringConnectionId, PeeringStatus: source.PeeringStatus,
			}})
		}
	}
	return rules
}

// permissionsOf puts rules together by protocol and ports, as DescribeSecurityGroups shows them.
func permissionsOf(rules []ec2types.SecurityGroupRule, egress bool) []ec2types.IpPermission {
	permissions := []ec2types.IpPermission{}
	for i := range rules {
		rule := &rules[i]
		if aws.ToBool(rule.IsEgress) != egress {
			continue
		}
		at := slices.IndexFunc(permissions, func(p ec2types.IpPermission) bool {
			return *p.IpProtocol == *rule.IpProtocol && portOf(p.FromPort) == portOf(rule.FromPort) && portOf(p.ToPort) == portOf(rule.ToPort)
		})
		if at < 0 {
			p := ec2types.IpPermission{IpProtocol: rule.IpProtocol}
			if *rule.IpProtocol != "-1" {
				p.FromPort, p.ToPort = rule.FromPort, rule.ToPort
			}
			at, permissions = len(permissions), append(permissions, p)
		}
		addSource(&permissions[at], rule)
	}
	return permissions
}

func addSource(p *ec2types.IpPermission, rule *ec2types.SecurityGroupRule) {
	switch {
	case rule.CidrIpv4 != nil:
		p.IpRanges = append(p.IpRanges, ec2types.IpRange{CidrIp: rule.CidrIpv4, Description: rule.Description})
	case rule.CidrIpv6 != nil:
		p.Ipv6Ranges = append(p.Ipv6Ranges, ec2types.Ipv6Range{CidrIpv6: rule.CidrIpv6, Description: rule.Description})
	case rule.PrefixListId != nil:
		p.PrefixListIds = append(p.PrefixListIds, ec2types.PrefixListId{PrefixListId: rule.PrefixListId, Description: rule.Description})
	case rule.ReferencedGroupInfo != nil:
		info := rule.ReferencedGroupInfo
		p.UserIdGroupPairs = append(p.UserIdGroupPairs, ec2types.UserIdGroupPair{
			GroupId: info.GroupId, UserId: info.UserId, VpcId: info.VpcId, Description: rule.Description,
			VpcPeeringConnectionId: info.VpcPeeringConnectionId, PeeringStatus: info.PeeringStatus,
		})
	}
}

// withRules returns a copy of the group that has these rules, and shows them as permissions too.
func (g *group) withRules(rules []ec2types.SecurityGroupRule) *group {
	out := *g
	out.rules = rules
	out.IpPermissions = permissionsOf(rules, false)
	out.IpPermissionsEgress = permissionsOf(rules, true)
	return &out
}

// allowAllEgress is the rule that AWS gives to every new security group.
func allowAllEgress() ec2types.SecurityGroupRule {
	return ec2types.SecurityGroupRule{
		IsEgress: new(true), IpProtocol: new("-1"), FromPort: new(int32(-1)), ToPort: new(int32(-1)), CidrIpv4: new("0.0.0.0/0"),
	}
}
