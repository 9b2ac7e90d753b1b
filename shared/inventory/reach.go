package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// question is what is asked of the network; the same one is asked once.
type question struct {
	cluster string
	source  intent.Source
	path    intent.Path
	ports   string
}

func portsKey(ports []uint16) string { return fmt.Sprint(ports) }

// answer is whether a source reaches a cluster.
type answer struct {
	path      intent.Path
	via       string
	reachable network.Tri
	why       string
	judgement access.Judgement
}

// permissive is the policy under which questions are asked: how wide a source may be, and
// what may be written, is no question of what is reached.
func permissive() intent.Policy {
	p := intent.DefaultPolicy()
	p.Widest = intent.Widths{}
	p.SharedGroups = intent.Allow
	return p
}

// answer says whether a source that a rule lets in reaches a cluster.
func (l *lister) answer(q question, ports []uint16) answer {
	if a, ok := l.judged[q]; ok {
		return a
	}
	a := l.ask(q, ports)
	l.judged[q] = a
	return a
}

func (l *lister) ask(q question, ports []uint16) answer {
	j := l.judge(q, ports, access.Part{})
	if undecided(j) {
		return l.overAny(q, ports, l.answerOf(j))
	}
	a := l.answerOf(j)
	if a.reachable == network.On {
		return a
	}
	return l.inParts(q, ports, a)
}

func (l *lister) judge(q question, ports []uint16, part access.Part) access.Judgement {
	return l.Judge(access.Declared{
		Intent: intent.Intent{Cluster: q.cluster, Name: "asked", Sources: []intent.Source{q.source}, Path: q.path, Ports: ports, Access: intent.Open},
		Policy: permissive(), Part: part,
	})
}

// undecided says that no path was found: none leads there, or more than one may be meant.
func undecided(j access.Judgement) bool { return j.Path == "" }

// overAny asks about each path in turn, where the network does not tell which one is meant.
func (l *lister) overAny(q question, ports []uint16, none answer) answer {
	out := none
	for _, p := range intent.Paths() {
		one := q
		one.path = p
		a := l.answer(one, ports)
		if better(a.reachable, out.reachable) && a.path != "" {
			out = a
		}
	}
	if out.reachable != network.On {
		return none
	}
	return out
}

// answerOf reads a judgement. That a rule lets the source in is given: what is asked is
// whether traffic comes to the rule.
func (l *lister) answerOf(j access.Judgement) answer {
	a := answer{path: j.Path, via: viaOf(j), reachable: network.On, judgement: j}
	for _, h := range j.Hops {
		tri := network.On
		switch {
		case h.Kind == access.HopIngress && h.Verdict != access.Unknown:
		case h.Verdict == access.Fail && (l.ambiguous(h) || h.Kind == access.HopPath && j.Path != ""):
			tri = network.Unknown
		case h.Verdict == access.Fail, h.Verdict == access.Pending:
			tri = network.Off
		case h.Verdict == access.Unknown:
			tri = network.Unknown
		}
		if better(a.reachable, tri) {
			a.reachable, a.why = tri, h.Detail
		}
	}
	if a.reachable == network.On && onlyByRange(j) {
		a.reachable, a.why = network.Off, "no rule can refer to a security group on this path"
	}
	return a
}

// ambiguous says that a hop fails because a question is not precise enough, and not for what
// the network does (so does a hop about a path that is known: several carriers may be meant):
// the members of a group may be in several VPCs. Whom no group and no list
// stands for reaches nothing.
func (l *lister) ambiguous(h access.Hop) bool {
	_, there := l.SecurityGroups[h.Resource]
	return h.Kind == access.HopSource && there
}

// onlyByRange says whether the rule of a group does not count on its path.
func onlyByRange(j access.Judgement) bool {
	return slices.ContainsFunc(j.Needs, func(n access.Need) bool { return n.RangesOnly && n.Peer.SecurityGroup != "" })
}

// viaOf gives what carries the path.
func viaOf(j access.Judgement) string {
	for _, kind := range []access.HopKind{access.HopPeering, access.HopTransitGateway, access.HopVPNGateway} {
		for _, h := range j.Hops {
			if h.Kind == kind && intent.CarrierOf(h.Resource) != intent.NoCarrier {
				return h.Resource
			}
		}
	}
	return ""
}

// inParts asks about each piece of the source, each subnet of the cluster and each port alone,
// where all of them together are not connected: some may be.
func (l *lister) inParts(q question, ports []uint16, whole answer) answer {
	out, tried := whole, 0
	for _, cache := range l.subnetsOfCluster(q.cluster) {
		for _, from := range l.pieces(q) {
			one := q
			one.path, one.source = cmp.Or(q.path, whole.path), from.source
			a := l.onAnyPort(one, ports, access.Part{Client: from.client, Cache: cache})
			tried += len(ports)
			if a.reachable == network.Off && (l.finer(l.Subnets[cache].CIDRs) || l.finer(l.rangesOf(from))) {
				a.reachable = network.Unknown
			}
			if better(a.reachable, out.reachable) {
				out.reachable = a.reachable
			}
		}
	}
	if tried > 1 && out.reachable == network.On {
		out.why = "for some, not for all: " + whole.why
	}
	return out
}

func (l *lister) subnetsOfCluster(arn string) []string {
	c, _ := l.Cluster(arn)
	return c.Subnets
}

// onAnyPort asks about each port alone: the egress of a client may leave some out.
func (l *lister) onAnyPort(q question, ports []uint16, part access.Part) answer {
	var out answer
	for i, port := range ports {
		a := l.answerOf(l.judge(q, []uint16{port}, part))
		if i == 0 || better(a.reachable, out.reachable) {
			out = a
		}
	}
	return out
}

// piece is a source, or what of it fares alike.
type piece struct {
	source intent.Source
	// client is an interface that stands for all of its groups and subnet.
	client string
	// subnet is where the source is, empty outside VPCs.
	subnet string
}

// pieces divides a source by its subnets, and the interfaces of a group by their groups too,
// since any of these may let them out; the source itself where neither is known.
func (l *lister) pieces(q question) []piece {
	var out []piece
	s := q.source
	switch s.Kind {
	case intent.SecurityGroup:
		seen := map[string]bool{}
		c, _ := l.Cluster(q.cluster)
		for _, i := range l.Members(s.ID) {
			if !slices.ContainsFunc(i.Addresses, func(a netip.Addr) bool { return a.Is6() == c.V6() }) {
				continue // the cluster's name leads nowhere from there
			}
			if alike := fmt.Sprint(i.Subnet, i.SecurityGroups); !seen[alike] {
				seen[alike] = true
				out = append(out, piece{s, i.ID, i.Subnet})
			}
		}
	case intent.CIDR:
		out = l.hostsIn(s.Prefix)
	case intent.PrefixList, intent.VPC:
	}
	if inSubnet := slices.ContainsFunc(out, func(p piece) bool { return p.subnet != "" }); !inSubnet {
		out = append(out, piece{source: s})
	}
	return out
}

// hostsIn gives what of a range is in each subnet that was read, and what routes and
// announcements single out of it.
func (l *lister) hostsIn(r netip.Prefix) []piece {
	var out []piece
	for _, id := range l.subnetIDs() {
		for _, block := range l.Subnets[id].CIDRs {
			if part, ok := common(block, r); ok {
				out = append(out, piece{source: cidr(part), subnet: id})
			}
		}
	}
	for _, known := range l.away.ranges {
		if part, ok := common(known, r); ok && part != r && len(out) < mostPieces {
			out = append(out, piece{source: cidr(part)})
		}
	}
	return out
}

func (l *lister) subnetIDs() []string {
	if l.subnets == nil {
		for id := range l.Subnets {
			l.subnets = append(l.subnets, id)
		}
		slices.Sort(l.subnets)
	}
	return l.subnets
}

// rangesOf gives the addresses that a piece of a source may have.
func (l *lister) rangesOf(p piece) []netip.Prefix {
	if p.source.Kind == intent.CIDR {
		return []netip.Prefix{p.source.Prefix}
	}
	return l.Subnets[p.subnet].CIDRs
}

// finer says whether a route or an ACL singles out some addresses of ranges: then what is
// true of all of them together is not true of each.
func (l *lister) finer(ranges []netip.Prefix) bool {
	for _, r := range ranges {
		for _, e := range l.singledOut() {
			if e.Bits() > r.Bits() && r.Contains(e.Addr()) {
				return true
			}
		}
	}
	return false
}

// singledOut gives the ranges that routes, ACLs and egress rules are about, each once.
func (l *lister) singledOut() []netip.Prefix {
	if l.edges != nil {
		return l.edges
	}
	seen := map[netip.Prefix]bool{}
	for _, t := range l.RouteTables {
		for _, r := range t.Routes {
			seen[r.Destination] = true
		}
	}
	for _, t := range l.TransitGatewayRouteTables {
		for _, r := range t.Routes {
			seen[r.Destination] = true
		}
	}
	for _, acl := range l.NetworkACLs {
		for _, e := range acl.Entries {
			seen[e.CIDR] = true
		}
	}
	for _, list := range l.PrefixLists {
		for _, e := range list.Entries {
			seen[e] = true
		}
	}
	for _, g := range l.SecurityGroups {
		for _, r := range g.EgressRules() {
			seen[r.Peer.CIDR] = true
		}
	}
	delete(seen, netip.Prefix{})
	l.edges = slices.Collect(maps.Keys(seen))
	return l.edges
}
