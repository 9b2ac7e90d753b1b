package inventory

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Cluster is one cluster with all who can reach it.
type Cluster struct {
	network.Cluster
	Unit network.Unit
	// Accesses are in the order of their width, the widest first.
	Accesses []Access
	// Unread are the security groups of the cluster whose rules could not be read.
	Unread []string
	// Ends are the live intents of the cluster that expire, the first to do so first.
	Ends []intent.Intent
}

// Access is one rule that opens ports of a cluster, over one path.
type Access struct {
	// Group is the cluster's security group that has the rule; empty for a public endpoint,
	// which no group guards.
	Group string
	Rule  network.Rule
	// Ports are those of the cluster that the rule opens.
	Ports []uint16
	// Path is empty where no path leads to the source, or more than one may be meant.
	Path intent.Path
	// Via is what carries the path, as far as one thing does.
	Via string
	// Parts are what of the rule's peer the path leads to: the whole of it, or the ranges of
	// one VPC or data centre among those that a wide range covers.
	Parts []intent.Source
	// Reachable says whether traffic gets through; On also where only some of the
	// source's subnets, or some of the cluster's, are connected.
	Reachable network.Tri
	// Why says what stops the traffic, or some of it.
	Why string
	// Declared says that all the rule lets in on the ports is declared by intents that live.
	Declared bool
	// Intents are the names of the cluster's intents that declare some of it.
	Intents []string
	// Members are the interfaces that wear the source group, without those of caches. Behind
	// says what they are, as far as that shows.
	Members []network.NetworkInterface
	Behind  []string
	// MembersUnread says that the interfaces of the group's account could not be read.
	MembersUnread bool
	// Name is that of the source group or prefix list.
	Name string
	// Exposure is how severe the access is where nobody declared it.
	Exposure finding.Severity
	// Judgement is how the way was judged, of the first part that is like the row.
	Judgement access.Judgement
}

// Everywhere says whether a rule lets every address of a family in.
func (a Access) Everywhere() bool { return a.Rule.Peer.CIDR.IsValid() && a.Rule.Peer.CIDR.Bits() == 0 }

// Wider says whether the rule lets its peer in on more than ports of the cluster.
func (a Access) Wider(c network.Cluster) bool { return !access.OnlyPorts(a.Rule, c.Ports) }

// Declared are the intents of a unit's clusters, and the policy under which they are judged.
type Declared struct {
	Intents  []intent.Intent
	Policies intent.Policies
	Now      time.Time
}

// Asked gives the intents that a snapshot has to be read for, so that the inventory knows
// the far side of every rule: one for each peer of a rule that opens a port of a cluster.
// The snapshot given needs nothing but the clusters and their groups.
func Asked(s *network.Snapshot) []intent.Intent {
	seen := map[network.Peer]bool{}
	var out []intent.Intent
	for _, c := range clustersOf(s) {
		for _, m := range c.SecurityGroups {
			for _, r := range s.SecurityGroups[m.SecurityGroup].Ingress() {
				source, ok := sourceOf(r.Peer)
				if !ok || seen[r.Peer] || len(portsOf(c, r)) == 0 {
					continue
				}
				seen[r.Peer] = true
				out = append(out, intent.Intent{Cluster: c.ARN, Name: r.ID, Sources: []intent.Source{source}, Access: intent.Open})
			}
		}
	}
	return out
}

// Of gives the clusters of a unit, in the order of their ARNs. The snapshot has been read
// for what Asked gives.
func Of(ix *access.Index, d Declared) []Cluster {
	l := &lister{Index: ix, d: d, judged: map[question]answer{}, blocks: map[string][]netip.Prefix{}, away: premisesOf(ix)}
	l.judgeDeclared()
	var out []Cluster
	for _, c := range clustersOf(ix.Snapshot) {
		out = append(out, l.cluster(c))
	}
	return out
}

// clustersOf gives the clusters of the snapshot's unit, in the order of their ARNs.
func clustersOf(s *network.Snapshot) []network.Cluster {
	var out []network.Cluster
	for _, c := range s.Clusters {
		if c.Location == s.Unit.Location && c.VPC == s.Unit.VPC {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b network.Cluster) int { return cmp.Compare(a.ARN, b.ARN) })
	return out
}

// portsOf gives the cluster's ports that a rule opens.
func portsOf(c network.Cluster, r network.Rule) []uint16 {
	var out []uint16
	for _, port := range c.Ports {
		if r.HasPort(port) {
			out = append(out, port)
		}
	}
	return out
}

// sourceOf gives a rule's peer as an intent would name it; false for none.
func sourceOf(p network.Peer) (intent.Source, bool) {
	switch {
	case p.CIDR.IsValid():
		return intent.Source{Kind: intent.CIDR, Prefix: p.CIDR.Masked()}, true
	case p.PrefixList != "":
		return intent.Source{Kind: intent.PrefixList, ID: p.PrefixList}, true
	case p.SecurityGroup != "":
		return intent.Source{Kind: intent.SecurityGroup, ID: p.SecurityGroup, Account: p.Account}, true
	default:
		return intent.Source{}, false
	}
}
