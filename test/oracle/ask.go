package oracle

import (
	"net/netip"
	"slices"
	"strings"
)

// Ask is a declared access: who should reach which cache, on which ports, over
// which path.
type Ask struct {
	Cluster string // ARN
	// Sources as people write them: sg-…, account/sg-…, a CIDR, pl-…, vpc-….
	Sources []string
	Ports   []uint16 // none: all of the cache's
	// Path is one of the paths, Via a peering connection or gateway; either may be empty.
	Path, Via string
}

// Pair is one connection of an Ask.
type Pair struct {
	Source string
	Client Client
	Node   Node
}

// Pairs are connections of an Ask.
type Pairs []Pair

// SamplesOf chooses the clients that stand for a source.
type SamplesOf int

// What stands for a source.
const (
	// Present are the machines that are there: the interfaces of a group. For a
	// range or a VPC, of which AWS does not say what uses it, any address that has a
	// subnet.
	Present SamplesOf = iota
	// Possible are also those that may come: any address of the subnets in which the
	// group has interfaces.
	Possible
)

// Pairs gives the connections that an Ask is about. ok is false where it cannot
// be told where the clients are: a source is in no VPC that the path leads to, or in
// several, or some are in the cache's VPC or in a data centre and some are not, which
// one path cannot serve.
func (n *Network) Pairs(a Ask, samples SamplesOf) (out Pairs, ok bool) {
	c, found := n.clusters[a.Cluster]
	if !found || c.VPC == "" {
		return nil, false
	}
	first := ""
	for _, source := range a.Sources {
		clients, home, ok := n.clients(c, a, source, samples)
		kind := "far"
		if home == c.VPC || home == "" {
			kind = "in " + home
		}
		if !ok || first != "" && first != kind {
			return nil, false
		}
		first = kind
		for _, client := range clients {
			for _, node := range n.Nodes(c, client.Address.Is6(), a.Ports) {
				out = append(out, Pair{Source: source, Client: client, Node: node})
			}
		}
	}
	return out, true
}

// Working gives those of the connections that are established now, over the path
// that the Ask names.
func (n *Network) Working(a Ask, pairs Pairs) Pairs {
	var out Pairs
	for _, p := range pairs {
		if w := n.Connect(p.Client, p.Node); w.Works() && w.Over(a.Path) && (a.Via == "" || w.Through == a.Via) {
			out = append(out, p)
		}
	}
	return out
}

// clients gives the clients of one source, and the VPC that they are in, none for a
// data centre.
func (n *Network) clients(c Cluster, a Ask, source string, samples SamplesOf) (out []Client, home string, ok bool) {
	if id, isGroup := groupID(source); isGroup {
		home, _, ok = n.GroupVPC(id)
		if !ok || !slices.Contains(n.Behind(c, a), home) {
			return nil, "", false
		}
		if samples == Possible {
			return n.Neighbours(id, c.Named6), home, true
		}
		return n.Interfaces(id, c.Named6), home, true
	}
	if home, ok = n.home(c, a, source); !ok {
		return nil, "", false
	}
	for _, r := range n.rangesOf(c, source) {
		if home == "" {
			out = append(out, n.Premises(r)...)
		} else {
			out = append(out, n.Hosts(home, r)...)
		}
	}
	return out, home, true
}

// GroupID gives the id of a security group as sources name it.
func GroupID(source string) string {
	id, _ := groupID(source)
	return id
}

func groupID(source string) (string, bool) {
	_, id, qualified := strings.Cut(source, "/")
	if !qualified {
		id = source
	}
	return id, strings.HasPrefix(id, "sg-")
}

// rangesOf gives the ranges of a VPC, prefix list or CIDR source, in the families
// in which the cache has addresses: a VPC or list is asked for by the cache's name.
func (n *Network) rangesOf(c Cluster, source string) []netip.Prefix {
	var all []netip.Prefix
	switch {
	case strings.HasPrefix(source, "vpc-"):
		all = n.Blocks(source)
	case strings.HasPrefix(source, "pl-"):
		all = n.lists[source]
	default:
		if a, err := netip.ParseAddr(source); err == nil {
			return []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}
		}
		return appendPrefix(nil, &source)
	}
	return slices.DeleteFunc(all, func(p netip.Prefix) bool { return p.Addr().Is6() != c.Named6 })
}
