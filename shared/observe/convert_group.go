package observe

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/network"
)

// ruleOf reads a rule; ok is false where its peer cannot be told.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
func ruleOf(at network.Location, x ec2types.SecurityGroupRule, n *notes) (network.Rule, bool) {
	out := network.Rule{
		ID: aws.ToString(x.SecurityGroupRuleId), SecurityGroup: aws.ToString(x.GroupId),
		Egress: aws.ToBool(x.IsEgress), Protocol: aws.ToString(x.IpProtocol), Description: aws.ToString(x.Description),
		FromPort: -1, ToPort: -1,
	}
	if out.Protocol != network.AllProtocols {
		out.FromPort, out.ToPort = portOrAll(x.FromPort), portOrAll(x.ToPort)
	}
	out.Tags = tagsOf(x.Tags)
	text := firstOf(x.CidrIpv4, x.CidrIpv6)
	out.Peer.CIDR = n.prefix(&text)
	switch {
	case out.Peer.CIDR.IsValid():
	case text != "":
		return network.Rule{}, false
	case aws.ToString(x.PrefixListId) != "":
		out.Peer.PrefixList = *x.PrefixListId
	case x.ReferencedGroupInfo != nil && aws.ToString(x.ReferencedGroupInfo.GroupId) != "":
		out.Peer.SecurityGroup = *x.ReferencedGroupInfo.GroupId
		out.Peer.Account = foreign(aws.ToString(x.ReferencedGroupInfo.UserId), cmp.Or(aws.ToString(x.GroupOwnerId), at.Account))
	default:
		*n = append(*n, fmt.Sprintf("rule %s has no source that is known", out.ID))
		return network.Rule{}, false
	}
	return out, true
}

// foreign gives the account that owns a referenced group, nothing where that is
// the owner of the rule's own group.
func foreign(account, owner string) string {
	if account == owner {
		return ""
	}
	return account
}

// portOrAll gives a port, and every port where AWS names none.
func portOrAll(p *int32) int32 {
	if p == nil {
		return -1
	}
	return *p
}

func sortRules(rules []network.Rule) {
	slices.SortFunc(rules, func(a, b network.Rule) int { return cmp.Compare(a.ID, b.ID) })
}

// fillGroup takes over the rules where only the other account may read them.
func fillGroup(base, other network.SecurityGroup) network.SecurityGroup {
	if len(base.Rules) == 0 {
		base.Rules = other.Rules
	}
	return base
}

func interfaceOf(at network.Location, x ec2types.NetworkInterface, n *notes) network.NetworkInterface {
	out := network.NetworkInterface{
		ID: aws.ToString(x.NetworkInterfaceId), VPC: aws.ToString(x.VpcId), Subnet: aws.ToString(x.SubnetId), Location: at,
		Status: string(x.Status), Type: string(x.InterfaceType), RequesterID: aws.ToString(x.RequesterId),
		Description:     aws.ToString(x.Description),
		SourceDestCheck: x.SourceDestCheck == nil || *x.SourceDestCheck, // on is EC2's default
	}
	for _, g := range x.Groups {
		out.SecurityGroups = append(out.SecurityGroups, aws.ToString(g.GroupId))
	}
	out.SecurityGroups = network.SortedSet(out.SecurityGroups)
	out.Addresses = n.addAddr(out.Addresses, x.PrivateIpAddress)
	for _, a := range x.PrivateIpAddresses {
		out.Addresses = n.addAddr(out.Addresses, a.PrivateIpAddress)
	}
	for _, a := range x.Ipv6Addresses {
		out.Addresses = n.addAddr(out.Addresses, a.Ipv6Address)
	}
	if x.Association != nil {
		out.Public, _ = netip.ParseAddr(aws.ToString(x.Association.PublicIp))
	}
	if x.Attachment != nil {
		out.Instance = aws.ToString(x.Attachment.InstanceId)
	}
	return out
}

// tagsOf gives tags by their keys, nil where there are none.
func tagsOf(tags []ec2types.Tag) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	out := make(map[string]string, len(tags))
	for _, t := range tags {
		out[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}
