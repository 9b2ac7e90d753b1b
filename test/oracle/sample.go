package oracle

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"go4.org/netipx"
)

// boundaries are the addresses at which some range of the network begins, or
// just after it ends: between two of them all addresses fare alike.
func (n *Network) boundaries() []netip.Addr {
	var all []netip.Prefix
	for _, id := range n.order["subnet"] {
		all = append(all, ranges(n.subnets[id])...)
	}
	for id := range n.vpcs {
		all = append(all, n.Blocks(id)...)
	}
	for _, entries := range n.lists {
		all = append(all, entries...)
	}
	for _, t := range n.tables {
		for _, r := range t.Routes {
			all = append(all, n.Destinations(r)...)
		}
	}
	for _, a := range n.acls {
		for _, e := range a.Entries {
			all = appendPrefix(appendPrefix(all, e.CidrBlock), e.Ipv6CidrBlock)
		}
	}
	for _, g := range n.groups {
		for _, r := range g.rules {
			all = appendPrefix(appendPrefix(all, r.CidrIpv4), r.CidrIpv6)
		}
	}
	all = append(all, n.hybridRanges()...)
	var out []netip.Addr
	for _, p := range all {
		out = append(out, p.Addr())
		if after := netipx.PrefixLastIP(p).Next(); after.IsValid() {
			out = append(out, after)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}

// Addresses gives one address of every part of a range in which all addresses
// fare alike, and the last one of the range.
func (n *Network) Addresses(of netip.Prefix) []netip.Addr {
	out := []netip.Addr{of.Masked().Addr()}
	at, _ := slices.BinarySearchFunc(n.edges, out[0], netip.Addr.Compare)
	for ; at < len(n.edges) && of.Contains(n.edges[at]); at++ {
		out = append(out, n.edges[at])
	}
	return slices.Compact(append(out, netipx.PrefixLastIP(of)))
}

// Nodes gives the addresses, ports and groups that the nodes of a cache may have,
// in one address family: any address of any of its subnets.
func (n *Network) Nodes(c Cluster, v6 bool, ports []uint16) []Node {
	if len(ports) == 0 {
		ports = c.Ports
	}
	if v6 && !c.V6 || !v6 && !c.V4 {
		return nil
	}
	var out []Node
	for _, id := range c.Subnets {
		for _, r := range ranges(n.subnets[id]) {
			if r.Addr().Is6() != v6 {
				continue
			}
			for _, a := range n.Addresses(r) {
				for _, groups := range c.Groups {
					for _, port := range ports {
						out = append(out, Node{VPC: c.VPC, Subnet: id, Address: a, Groups: groups, Port: port, PrivateLink: c.PrivateLink})
					}
				}
			}
		}
	}
	return out
}

// Interfaces gives the clients that are interfaces with a security group now.
func (n *Network) Interfaces(groupID string, v6 bool) []Client {
	var out []Client
	for _, i := range n.Members(groupID) {
		var groups []string
		for _, g := range i.Groups {
			groups = append(groups, aws.ToString(g.GroupId))
		}
		addresses := make([]*string, 0, len(i.PrivateIpAddresses)+len(i.Ipv6Addresses))
		for _, a := range i.PrivateIpAddresses {
			addresses = append(addresses, a.PrivateIpAddress)
		}
		for _, a := range i.Ipv6Addresses {
			addresses = append(addresses, a.Ipv6Address)
		}
		for _, text := range addresses {
			if a, err := netip.ParseAddr(aws.ToString(text)); err == nil && a.Is6() == v6 {
				out = append(out, Client{VPC: aws.ToString(i.VpcId), Subnet: aws.ToString(i.SubnetId), Address: a, Groups: groups})
			}
		}
	}
	return out
}

// Neighbours gives the clients that a security group may have in the subnets in
// which it has interfaces now: any address there, with the groups of one of them.
func (n *Network) Neighbours(groupID string, v6 bool) []Client {
	var out []Client
	for _, c := range n.Interfaces(groupID, v6) {
		for _, r := range ranges(n.subnets[c.Subnet]) {
			if r.Addr().Is6() != v6 {
				continue
			}
			for _, a := range n.Addresses(r) {
				c.Address = a
				out = append(out, c)
			}
		}
	}
	return out
}

// Hosts gives the clients of a range inside a VPC: machines of which only the
// address is known. Where the VPC has no subnet there is no client.
func (n *Network) Hosts(vpcID string, of netip.Prefix) []Client {
	var out []Client
	for _, a := range n.Addresses(of) {
		if s := n.subnetAt(vpcID, a); s != "" {
			out = append(out, Client{VPC: vpcID, Subnet: s, Address: a})
		}
	}
	return out
}

// Premises gives the clients of a range in a data centre.
func (n *Network) Premises(of netip.Prefix) []Client {
	var out []Client
	for _, a := range n.Addresses(of) {
		out = append(out, Client{Address: a})
	}
	return out
}
