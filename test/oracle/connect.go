package oracle

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Client is where a connection starts.
type Client struct {
	VPC, Subnet string
	Address     netip.Addr
	// Groups are those of its interface. Without any it is a machine of which only
	// the address is known: no rule that refers to a group admits it, and what its
	// own groups let out is not asked.
	Groups []string
}

// Node is where a connection ends: a cache node, at an address that it may have.
type Node struct {
	VPC, Subnet string
	Address     netip.Addr
	Groups      []string
	Port        uint16
}

// Hop names what a connection has to pass.
type Hop string

// The hops of a connection.
const (
	Egress      Hop = "security group of the client"
	ClientACL   Hop = "network ACL of the client"
	ClientRoute Hop = "route of the client"
	CacheRoute  Hop = "route of the cache"
	CacheACL    Hop = "network ACL of the cache"
	Ingress     Hop = "security group of the cache"
	Names       Hop = "names over the peering connection"
)

// Way is what becomes of a connection.
type Way struct {
	// Through is the peering connection that carries it, empty inside a VPC.
	Through string
	// Blockers are what stops it, each once, with where.
	Blockers []Blocker
}

// Blocker is a hop that stops a connection.
type Blocker struct {
	Hop   Hop
	Where string
}

// String gives the hop and where it is.
func (b Blocker) String() string { return fmt.Sprintf("%s (%s)", b.Hop, b.Where) }

// Works says whether the connection is established.
func (w Way) Works() bool {
	return !slices.ContainsFunc(w.Blockers, func(b Blocker) bool { return b.Hop != Names })
}

// Ephemeral ports that the answers go to: those of Linux, the narrowest range
// that AWS's page names for clients on instances.
// https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
const (
	ephemeralFrom = 32768
	ephemeralTo   = 60999
)

// Connect says whether a client reaches a node.
func (n *Network) Connect(c Client, to Node) Way {
	w := Way{}
	stop := func(h Hop, where string) { w.Blockers = append(w.Blockers, Blocker{h, where}) }
	if len(c.Groups) > 0 && !n.admits(c.Groups, true, to.Port, to.Address, to.Groups, c.VPC, to.VPC) {
		stop(Egress, fmt.Sprint(c.Groups))
	}
	if c.Subnet != to.Subnet {
		if acl := n.aclOf(c.Subnet); !acl.lets(true, to.Address, to.Port, to.Port) || !acl.lets(false, to.Address, ephemeralFrom, ephemeralTo) {
			stop(ClientACL, acl.id())
		}
		if acl := n.aclOf(to.Subnet); !acl.lets(false, c.Address, to.Port, to.Port) || !acl.lets(true, c.Address, ephemeralFrom, ephemeralTo) {
			stop(CacheACL, acl.id())
		}
	}
	there, ok := n.leads(c.VPC, c.Subnet, to.VPC, to.Address)
	if !ok {
		stop(ClientRoute, n.tableOf(c.VPC, c.Subnet)+" to "+there)
	}
	back, ok := n.leads(to.VPC, to.Subnet, c.VPC, c.Address)
	if !ok {
		stop(CacheRoute, n.tableOf(to.VPC, to.Subnet)+" to "+back)
	}
	w.Through = there
	if !n.admits(to.Groups, false, to.Port, c.Address, c.Groups, to.VPC, c.VPC) {
		stop(Ingress, fmt.Sprint(to.Groups))
	}
	if c.VPC != to.VPC && !n.resolves(c.VPC, to.VPC) {
		stop(Names, to.VPC)
	}
	return w
}

// resolves says whether the client gets the cache's private address from its name
// over a peering connection: DNS support and hostnames of both VPCs, and the
// option of the cache's side.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-dns.html
func (n *Network) resolves(client, cache string) bool {
	for _, id := range []string{client, cache} {
		if v, ok := n.vpcs[id]; !ok || !v.dnsSupport || !v.dnsHostname {
			return false
		}
	}
	for _, id := range n.order["peering"] {
		p := n.peerings[id]
		if !joins(p, client, cache) || p.Status.Code != ec2types.VpcPeeringConnectionStateReasonCodeActive {
			continue
		}
		side := p.RequesterVpcInfo
		if aws.ToString(p.AccepterVpcInfo.VpcId) == cache {
			side = p.AccepterVpcInfo
		}
		if side.PeeringOptions != nil && aws.ToBool(side.PeeringOptions.AllowDnsResolutionFromRemoteVpc) {
			return true
		}
	}
	return false
}

// LetsIn says whether the groups of a node let an address in by itself.
func (n *Network) LetsIn(from netip.Addr, to Node) bool {
	return n.admits(to.Groups, false, to.Port, from, nil, to.VPC, "")
}

// LetsInFromAnywhere says whether the groups of a node let a client in for one of
// its groups alone, whatever address of its VPC it has.
func (n *Network) LetsInFromAnywhere(c Client, groupID string, to Node) bool {
	for _, block := range n.Blocks(c.VPC) {
		if block.Addr().Is6() != c.Address.Is6() {
			continue
		}
		for _, a := range n.Addresses(block) {
			if !n.admits(to.Groups, false, to.Port, a, []string{groupID}, to.VPC, c.VPC) {
				return false
			}
		}
	}
	return true
}
