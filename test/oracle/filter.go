package oracle

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// acl is the network ACL of a subnet.
type acl struct{ ec2types.NetworkAcl }

func (a acl) id() string { return aws.ToString(a.NetworkAclId) }

func (n *Network) aclOf(subnet string) acl {
	vpcID := aws.ToString(n.subnets[subnet].VpcId)
	var standard acl
	for _, id := range n.order["acl"] {
		a := n.acls[id]
		for _, s := range a.Associations {
			if aws.ToString(s.SubnetId) == subnet {
				return acl{a}
			}
		}
		if aws.ToBool(a.IsDefault) && aws.ToString(a.VpcId) == vpcID {
			standard = acl{a}
		}
	}
	return standard
}

// lets says whether TCP with a remote address passes in one direction, on every
// port of a range: entries by their numbers, the first that matches decides, and
// what none matches is denied.
// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
func (a acl) lets(egress bool, remote netip.Addr, from, to uint16) bool {
	entries := slices.Clone(a.Entries)
	slices.SortFunc(entries, func(x, y ec2types.NetworkAclEntry) int {
		return int(aws.ToInt32(x.RuleNumber) - aws.ToInt32(y.RuleNumber))
	})
	// Between two ports at which some entry begins or ends, all ports fare alike.
	ports := []uint16{from}
	for _, e := range entries {
		if e.PortRange == nil {
			continue
		}
		for _, p := range []int32{aws.ToInt32(e.PortRange.From), aws.ToInt32(e.PortRange.To) + 1} {
			if p > int32(from) && p <= int32(to) {
				ports = append(ports, uint16(p))
			}
		}
	}
	return !slices.ContainsFunc(ports, func(port uint16) bool { return !decide(entries, egress, remote, port) })
}

func decide(entries []ec2types.NetworkAclEntry, egress bool, remote netip.Addr, port uint16) bool {
	for _, e := range entries {
		if aws.ToBool(e.Egress) != egress {
			continue
		}
		protocol := aws.ToString(e.Protocol)
		if protocol != "-1" && protocol != "6" {
			continue
		}
		if protocol == "6" && e.PortRange != nil && (int32(port) < aws.ToInt32(e.PortRange.From) || int32(port) > aws.ToInt32(e.PortRange.To)) {
			continue
		}
		if slices.ContainsFunc(appendPrefix(appendPrefix(nil, e.CidrBlock), e.Ipv6CidrBlock), func(p netip.Prefix) bool { return p.Contains(remote) }) {
			return e.RuleAction == ec2types.RuleActionAllow
		}
	}
	return false
}

// admits says whether any rule of the groups together lets TCP through on a port,
// in one direction, with a remote end that has an address and, as far as rules may
// refer to them there, groups. All rules of all groups of an interface add up.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
func (n *Network) admits(groups []string, egress bool, port uint16, remote netip.Addr, remoteGroups []string) bool {
	for _, id := range groups {
		for _, r := range n.groups[id].rules {
			if aws.ToBool(r.IsEgress) == egress && touches(r, port) && n.matches(r, remote, remoteGroups) {
				return true
			}
		}
	}
	return false
}

// touches says whether a rule is about TCP on a port.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
func touches(r ec2types.SecurityGroupRule, port uint16) bool {
	switch aws.ToString(r.IpProtocol) {
	case "-1":
		return true
	case "tcp", "6":
		from, to := aws.ToInt32(r.FromPort), aws.ToInt32(r.ToPort)
		return from == -1 || from <= int32(port) && int32(port) <= to
	default:
		return false
	}
}

func (n *Network) matches(r ec2types.SecurityGroupRule, remote netip.Addr, remoteGroups []string) bool {
	holds := func(prefixes []netip.Prefix) bool {
		return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(remote) })
	}
	switch {
	case r.PrefixListId != nil:
		return holds(n.lists[*r.PrefixListId])
	case r.ReferencedGroupInfo == nil:
		return holds(appendPrefix(appendPrefix(nil, r.CidrIpv4), r.CidrIpv6))
	}
	id := aws.ToString(r.ReferencedGroupInfo.GroupId)
	g, ok := n.groups[id]
	if !ok || !slices.Contains(remoteGroups, id) {
		return false
	}
	owner := aws.ToString(r.ReferencedGroupInfo.UserId)
	return owner == "" || owner == g.place.Account
}

// refers says whether rules at one end of a way may refer to groups of the other:
// inside a VPC, over a peering connection, and, in ingress rules of what is no
// PrivateLink endpoint, over a transit gateway. Where nothing leads it is enough that
// some way of the two VPCs would do.
func (n *Network) refers(here, remote string, over []string, ingress bool) bool {
	on := func(path string) bool { return len(over) == 0 || slices.Contains(over, path) }
	return here == remote || on(Peering) && n.mayRefer(here, remote) || on(TransitGateway) && ingress && n.refersOverGateway(here, remote)
}

// mayRefer says whether a rule of one VPC's group may refer to a group of the
// other VPC: over an active peering connection in the same Region.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func (n *Network) mayRefer(a, b string) bool {
	for _, id := range n.order["peering"] {
		p := n.peerings[id]
		if joins(p, a, b) && p.Status.Code == ec2types.VpcPeeringConnectionStateReasonCodeActive &&
			aws.ToString(p.RequesterVpcInfo.Region) == aws.ToString(p.AccepterVpcInfo.Region) {
			return true
		}
	}
	return false
}
