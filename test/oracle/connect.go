package oracle

import (
	"fmt"
	"net/netip"
	"slices"
)

// Client is where a connection starts. Without a VPC it is in a data centre.
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
	// PrivateLink nodes are endpoints.
	PrivateLink bool
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
	Transit     Hop = "transit gateway"
	Gateway     Hop = "virtual private gateway"
	Tunnel      Hop = "VPN connection or virtual interface"
	Circuit     Hop = "Direct Connect gateway"
)

// Way is what becomes of a connection.
type Way struct {
	// Through is the peering connection or gateway by which the answer leaves the
	// cache's VPC, empty inside a VPC.
	Through string
	// Paths are what both directions go over. There are several where a data centre
	// is reached in several ways, and none where the two directions differ.
	Paths []string
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
func (w Way) Works() bool { return len(w.Blockers) == 0 }

// Ephemeral ports that the answers go to: those of Linux, the narrowest range
// that AWS's page names for clients on instances.
// https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
const (
	ephemeralFrom = 32768
	ephemeralTo   = 60999
)

// Over says whether both directions go over a path; the empty one is any.
func (w Way) Over(path string) bool { return path == "" || slices.Contains(w.Paths, path) }

// Connect says whether a client reaches a node.
func (n *Network) Connect(c Client, to Node) Way {
	here := end{vpc: c.VPC, subnet: c.Subnet, address: c.Address, acl: ClientACL, route: ClientRoute}
	there := end{vpc: to.VPC, subnet: to.Subnet, address: to.Address, acl: CacheACL, route: CacheRoute}
	back := n.travel(there, here, ephemeralFrom, ephemeralTo)
	var forth *trip
	if here.premises() {
		forth = n.arrive(here, there, to.Port, back)
	} else {
		forth = n.travel(here, there, to.Port, to.Port)
	}
	w := Way{Through: back.by, Blockers: slices.Concat(forth.stops, back.stops)}
	for _, path := range forth.paths {
		if slices.Contains(back.paths, path) {
			w.Paths = append(w.Paths, path)
		}
	}
	if len(c.Groups) > 0 && !n.admits(c.Groups, true, to.Port, to.Address, n.named(to.Groups, c.VPC, to.VPC, forth.paths, false)) {
		w.Blockers = append(w.Blockers, Blocker{Egress, fmt.Sprint(c.Groups)})
	}
	if !n.admits(to.Groups, false, to.Port, c.Address, n.named(c.Groups, to.VPC, c.VPC, forth.paths, !to.PrivateLink)) {
		w.Blockers = append(w.Blockers, Blocker{Ingress, fmt.Sprint(to.Groups)})
	}
	return w
}

// named gives the groups of a remote end as far as rules may refer to them.
func (n *Network) named(groups []string, here, remote string, over []string, ingress bool) []string {
	if n.refers(here, remote, over, ingress) {
		return groups
	}
	return nil
}

// LetsIn says whether the groups of a node let an address in by itself.
func (n *Network) LetsIn(from netip.Addr, to Node) bool {
	return n.admits(to.Groups, false, to.Port, from, nil)
}

// LetsInFromAnywhere says whether the groups of a node let a client in for one of
// its groups alone, whatever address of its VPC it has.
func (n *Network) LetsInFromAnywhere(c Client, groupID string, to Node) bool {
	named := n.named([]string{groupID}, to.VPC, c.VPC, n.Connect(c, to).Paths, !to.PrivateLink)
	for _, block := range n.Blocks(c.VPC) {
		if block.Addr().Is6() != c.Address.Is6() {
			continue
		}
		for _, a := range n.Addresses(block) {
			if !n.admits(to.Groups, false, to.Port, a, named) {
				return false
			}
		}
	}
	return true
}
