package oracle

import (
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// Place is an account in a Region.
type Place struct{ Account, Region string }

// Network is what AWS shows of every account and Region of a simulation, at one
// moment.
type Network struct {
	vpcs       map[string]vpc
	subnets    map[string]ec2types.Subnet
	tables     map[string]ec2types.RouteTable
	acls       map[string]ec2types.NetworkAcl
	groups     map[string]group
	interfaces map[string]ec2types.NetworkInterface
	peerings   map[string]ec2types.VpcPeeringConnection
	lists      map[string][]netip.Prefix
	clusters   map[string]Cluster

	gateways      map[string]ec2types.TransitGateway
	attachments   map[seen]attachment
	transitRoutes map[string][]ec2types.TransitGatewayRoute
	hybrid

	edges []netip.Addr
	// order keeps ids in a fixed order, so that answers repeat exactly.
	order          map[string][]string
	attachmentKeys []seen
}

type vpc struct {
	ec2types.Vpc
	place Place
}

type group struct {
	ec2types.SecurityGroup
	place Place
	rules []ec2types.SecurityGroupRule
}

// Cluster is a cache as its clients see it.
type Cluster struct {
	ARN     string
	VPC     string
	Subnets []string
	// Groups are the sets of security groups that its nodes may have just now: one
	// set, or two while the cluster moves from one to the other.
	Groups [][]string
	// Ports are those that clients connect to.
	Ports []uint16
	// V4 and V6 are the families of its nodes' addresses; Named6 says that its name
	// leads to the IPv6 ones.
	V4, V6, Named6 bool
	Public         bool
	// PrivateLink says that its endpoint is one of PrivateLink's: a serverless cache.
	PrivateLink bool
}

// Cluster gives a cache by its ARN.
func (n *Network) Cluster(arn string) (Cluster, bool) {
	c, ok := n.clusters[arn]
	return c, ok
}

// Clusters gives the ARNs of all caches, sorted.
func (n *Network) Clusters() []string { return n.order["cluster"] }

// Guarded gives the ARNs of the caches that have a security group.
func (n *Network) Guarded(groupID string) []string {
	var out []string
	for _, arn := range n.Clusters() {
		for _, set := range n.clusters[arn].Groups {
			for _, id := range set {
				if id == groupID {
					out = append(out, arn)
				}
			}
		}
	}
	return out
}

// Members gives the interfaces that have a security group, by id.
func (n *Network) Members(groupID string) []ec2types.NetworkInterface {
	var out []ec2types.NetworkInterface
	for _, id := range n.order["interface"] {
		for _, g := range n.interfaces[id].Groups {
			if aws.ToString(g.GroupId) == groupID {
				out = append(out, n.interfaces[id])
			}
		}
	}
	return out
}

// Rules gives the rules of a security group, both ways.
func (n *Network) Rules(groupID string) []ec2types.SecurityGroupRule { return n.groups[groupID].rules }

// GroupVPC gives the VPC and the place of a security group; ok is false where
// there is no such group.
func (n *Network) GroupVPC(groupID string) (vpcID string, at Place, ok bool) {
	g, ok := n.groups[groupID]
	return aws.ToString(g.VpcId), g.place, ok
}

// Routes gives the routes of a route table, and its VPC.
func (n *Network) Routes(tableID string) ([]ec2types.Route, string) {
	t := n.tables[tableID]
	return t.Routes, aws.ToString(t.VpcId)
}

// Tables gives the ids of all route tables, sorted.
func (n *Network) Tables() []string { return n.order["table"] }

// Peering gives a peering connection.
func (n *Network) Peering(id string) (ec2types.VpcPeeringConnection, bool) {
	p, ok := n.peerings[id]
	return p, ok
}

// PeersOf gives the VPCs that a VPC has peering connections with, whatever their state.
func (n *Network) PeersOf(vpc string) []string {
	var out []string
	for _, id := range n.order["peering"] {
		p := n.peerings[id]
		ends := []string{aws.ToString(p.RequesterVpcInfo.VpcId), aws.ToString(p.AccepterVpcInfo.VpcId)}
		for i, end := range ends {
			if end == vpc {
				out = append(out, ends[1-i])
			}
		}
	}
	return out
}

// PrefixList gives the entries of a prefix list.
func (n *Network) PrefixList(id string) []netip.Prefix { return n.lists[id] }

// Blocks gives the CIDR blocks that are associated with a VPC.
func (n *Network) Blocks(vpcID string) []netip.Prefix {
	var out []netip.Prefix
	v := n.vpcs[vpcID]
	for _, a := range v.CidrBlockAssociationSet {
		if a.CidrBlockState == nil || a.CidrBlockState.State == ec2types.VpcCidrBlockStateCodeAssociated {
			out = appendPrefix(out, a.CidrBlock)
		}
	}
	for _, a := range v.Ipv6CidrBlockAssociationSet {
		if a.Ipv6CidrBlockState == nil || a.Ipv6CidrBlockState.State == ec2types.VpcCidrBlockStateCodeAssociated {
			out = appendPrefix(out, a.Ipv6CidrBlock)
		}
	}
	return out
}

// PlaceOf gives whose VPC it is.
func (n *Network) PlaceOf(vpcID string) Place { return n.vpcs[vpcID].place }

// ranges gives the CIDRs of a subnet.
func ranges(s ec2types.Subnet) []netip.Prefix {
	out := appendPrefix(nil, s.CidrBlock)
	for _, a := range s.Ipv6CidrBlockAssociationSet {
		out = appendPrefix(out, a.Ipv6CidrBlock)
	}
	return out
}

// subnetsOf gives the subnets of a VPC.
func (n *Network) subnetsOf(vpcID string) []ec2types.Subnet {
	var out []ec2types.Subnet
	for _, id := range n.order["subnet"] {
		if aws.ToString(n.subnets[id].VpcId) == vpcID {
			out = append(out, n.subnets[id])
		}
	}
	return out
}

// subnetAt gives the subnet of a VPC that holds an address, empty where none does.
func (n *Network) subnetAt(vpcID string, a netip.Addr) string {
	for _, s := range n.subnetsOf(vpcID) {
		for _, r := range ranges(s) {
			if r.Contains(a) {
				return aws.ToString(s.SubnetId)
			}
		}
	}
	return ""
}

func appendPrefix(to []netip.Prefix, text *string) []netip.Prefix {
	if p, err := netip.ParsePrefix(aws.ToString(text)); err == nil {
		return append(to, p.Masked())
	}
	return to
}

func portOf(e *cachetypes.Endpoint) uint16 {
	if e == nil {
		return 0
	}
	return uint16(aws.ToInt32(e.Port))
}

// ACLOf gives the network ACL of a subnet, and the subnet's VPC.
func (n *Network) ACLOf(subnetID string) (aclID, vpcID string) {
	return n.aclOf(subnetID).id(), aws.ToString(n.subnets[subnetID].VpcId)
}

// Propagating gives the virtual private gateways that propagate into a route table.
func (n *Network) Propagating(tableID string) []string {
	var out []string
	for _, g := range n.tables[tableID].PropagatingVgws {
		out = append(out, aws.ToString(g.GatewayId))
	}
	return out
}
