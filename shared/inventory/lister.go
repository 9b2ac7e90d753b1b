package inventory

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// lister makes the inventory of one snapshot.
type lister struct {
	*access.Index
	d      Declared
	judged map[question]answer
	wanted *access.Wanted
	// needed are the rules that each live intent needs, by cluster.
	needed map[string][]neededBy
	// away are ranges that routes and announcements put into data centres.
	away premises
	// subnets are the ids of all that were read, in order.
	subnets []string
	edges   []netip.Prefix
	// blocks are those of the VPCs other than one.
	blocks map[string][]netip.Prefix
}

// neededBy is what one intent lets into a group.
type neededBy struct {
	intent intent.Intent
	alone  *access.Wanted
}

// judgeDeclared finds out what the live intents let in.
func (l *lister) judgeDeclared() {
	l.needed = map[string][]neededBy{}
	var all []access.Need
	for _, i := range l.d.Intents {
		c, ok := l.Cluster(i.Cluster)
		if !ok || i.Access != intent.Open || !i.Live(l.d.Now) {
			continue
		}
		j := l.Judge(access.Declared{Intent: i, Policy: l.d.Policies.For(i.Cluster)})
		all = append(all, j.Needs...)
		l.needed[c.ARN] = append(l.needed[c.ARN], neededBy{i, l.wantedOf(j.Needs)})
	}
	l.wanted = l.wantedOf(all)
}

func (l *lister) wantedOf(needs []access.Need) *access.Wanted {
	return l.Wanted(func(yield func(change.Requirement, []string) bool) {
		for _, n := range needs {
			if !yield(n.Requirement, n.Groups) {
				return
			}
		}
	})
}

// cluster lists who can reach one cluster.
func (l *lister) cluster(c network.Cluster) Cluster {
	out := Cluster{Cluster: c, Unit: network.Unit{Location: c.Location, VPC: c.VPC}}
	if c.Public {
		out.Accesses = append(out.Accesses, public(c))
		return out // no group and no route guards it
	}
	for _, m := range c.SecurityGroups {
		g, read := l.SecurityGroups[m.SecurityGroup]
		if _, failed := l.Failed(c.Location, network.KindRule, m.SecurityGroup); !read || failed {
			out.Unread = append(out.Unread, m.SecurityGroup)
		}
		for _, r := range g.Ingress() {
			if ports := portsOf(c, r); len(ports) > 0 && !l.forNodesAlone(r) {
				out.Accesses = append(out.Accesses, l.accesses(c, m.SecurityGroup, r, ports)...)
			}
		}
	}
	slices.SortStableFunc(out.Accesses, func(a, b Access) int {
		return cmp.Or(cmp.Compare(l.width(b.Rule.Peer), l.width(a.Rule.Peer)), cmp.Compare(a.Rule.Peer.String(), b.Rule.Peer.String()),
			cmp.Compare(a.Rule.ID, b.Rule.ID), cmp.Compare(a.Path, b.Path))
	})
	for _, n := range l.needed[c.ARN] {
		if !n.intent.ExpiresAt.IsZero() {
			out.Ends = append(out.Ends, n.intent)
		}
	}
	slices.SortStableFunc(out.Ends, func(a, b intent.Intent) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	return out
}

// forNodesAlone says whether a rule refers to its own group, and nothing but caches wears
// that: it serves the nodes of a cluster among themselves.
func (l *lister) forNodesAlone(r network.Rule) bool {
	return r.Peer.SecurityGroup == r.SecurityGroup && r.Peer.Account == "" && len(l.Bystanders(r.SecurityGroup)) == 0
}

// public is the access to an endpoint that is public.
func public(c network.Cluster) Access {
	return Access{
		Rule: network.Rule{Peer: network.Peer{CIDR: everything}, Protocol: network.TCP}, Ports: c.Ports, Reachable: network.On,
		Why: "the endpoint is public: no security group and no route guards it", Exposure: finding.Critical,
	}
}

// accesses lists what one rule of a cluster's group lets in, a row for each path.
func (l *lister) accesses(c network.Cluster, group string, r network.Rule, ports []uint16) []Access {
	base := Access{Group: group, Rule: r, Ports: ports, Exposure: plan.Exposure(l.Index, c.VPC, r.Peer)}
	base.Declared = !slices.ContainsFunc(ports, func(port uint16) bool { return !l.wanted.Holds(group, port, r.Peer) })
	for _, n := range l.needed[c.ARN] {
		if slices.ContainsFunc(ports, func(port uint16) bool { return n.alone.Overlaps(group, port, r.Peer) }) {
			base.Intents = append(base.Intents, n.intent.Name)
		}
	}
	l.describe(&base)
	var out []Access
	for _, part := range l.parts(c, r.Peer) {
		a := l.answer(question{cluster: c.ARN, source: part.source, path: part.path, ports: portsKey(ports)}, ports)
		if part.guess && a.reachable != network.On {
			continue
		}
		out = l.addTo(out, base, part.source, a)
	}
	return withoutDeadEnds(out)
}

// describe fills in who stands behind a rule's peer.
func (l *lister) describe(a *Access) {
	p := a.Rule.Peer
	a.Behind = l.Behind(p)
	switch {
	case p.SecurityGroup != "":
		a.Name = l.SecurityGroups[p.SecurityGroup].Name
		_, known := l.Addresses(p.SecurityGroup)
		a.MembersUnread = !known
		a.Members = l.Members(p.SecurityGroup)
		if len(l.Guarded(p.SecurityGroup)) > 0 {
			a.Members = l.Bystanders(p.SecurityGroup)
		}
	case p.PrefixList != "":
		a.Name = l.PrefixLists[p.PrefixList].Name
	}
}

// addTo adds what is known of a part to the row of its path.
func (l *lister) addTo(rows []Access, base Access, part intent.Source, a answer) []Access {
	i := slices.IndexFunc(rows, func(r Access) bool { return r.Path == a.path })
	if i < 0 {
		base.Path, base.Via, base.Reachable, base.Why, base.Judgement = a.path, a.via, a.reachable, a.why, a.judgement
		base.Parts = []intent.Source{part}
		return append(rows, base)
	}
	row := &rows[i]
	row.Parts = append(slices.Clone(row.Parts), part)
	if row.Via != a.via {
		row.Via = ""
	}
	if better(a.reachable, row.Reachable) {
		row.Reachable, row.Why, row.Judgement = a.reachable, a.why, a.judgement
	}
	return rows
}

// better says whether one answer says more of what can be reached than another.
func better(a, b network.Tri) bool {
	rank := map[network.Tri]int{network.Off: 0, network.Unknown: 1, network.On: 2}
	return rank[a] > rank[b]
}

// withoutDeadEnds leaves out the parts of a range that nothing leads to, where something
// leads to others.
func withoutDeadEnds(rows []Access) []Access {
	dead := func(a Access) bool { return a.Path == "" && a.Reachable == network.Off }
	if kept := slices.DeleteFunc(slices.Clone(rows), dead); len(kept) > 0 {
		return kept
	}
	return rows
}

// width orders peers by how many addresses they may stand for: everything first, groups
// last.
func (l *lister) width(p network.Peer) int {
	if p.SecurityGroup != "" {
		return 0
	}
	widest := 1
	for _, r := range l.Ranges(p) {
		widest = max(widest, r.Addr().BitLen()-r.Bits()+1)
		if r.Bits() == 0 {
			return everywhere
		}
	}
	return widest
}

const everywhere = 1000
