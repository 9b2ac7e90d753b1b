package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// sourceSet is all that the sources of a closed intent name.
type sourceSet struct {
	groups map[string]bool // "sg-…" and "account/sg-…"
	vpcs   map[string]bool
	lists  map[string]bool
	ranges *netipx.IPSet
	// v4 and v6 are the families in which the cluster has addresses; everything
	// says that the sources are all addresses of these.
	v4, v6, everything bool
}

// newSourceSet collects the sources; ranges of prefix lists and VPCs count as far
// as the snapshot knows them.
func newSourceSet(ix *Index, sources []intent.Source, c network.Cluster) (*sourceSet, error) {
	s := &sourceSet{
		groups: map[string]bool{}, vpcs: map[string]bool{}, lists: map[string]bool{},
		v4: c.NetworkType != network.IPv6, v6: c.NetworkType == network.IPv6 || c.NetworkType == network.DualStack,
	}
	var b netipx.IPSetBuilder
	for _, src := range sources {
		switch src.Kind {
		case intent.SecurityGroup:
			account := src.Account
			if account == c.Account {
				account = ""
			}
			s.groups[network.Peer{SecurityGroup: src.ID, Account: account}.String()] = true
		case intent.VPC:
			s.vpcs[src.ID] = true
			addAll(&b, ix.VPCs[src.ID].CIDRs)
		case intent.PrefixList:
			s.lists[src.ID] = true
			addAll(&b, ix.PrefixLists[src.ID].Entries)
		case intent.CIDR:
			b.AddPrefix(src.Prefix.Masked())
		}
	}
	set, err := b.IPSet()
	if err != nil {
		return nil, fmt.Errorf("adding up the sources of a closed intent: %w", err)
	}
	s.ranges = set
	s.everything = (!s.v4 || set.ContainsPrefix(netip.MustParsePrefix("0.0.0.0/0"))) && (!s.v6 || set.ContainsPrefix(netip.MustParsePrefix("::/0")))
	return s, nil
}

func addAll(b *netipx.IPSetBuilder, prefixes []netip.Prefix) {
	for _, p := range prefixes {
		b.AddPrefix(p.Masked())
	}
}

// relation is what a rule's peer has to do with the sources.
type relation struct {
	// overlaps says that they have something in common, within that all of the
	// peer lies inside the sources, unknown that the peer's addresses are not known.
	overlaps, within, unknown bool
}

// relates compares a rule's peer with the sources, in the families of the
// cluster. A group lies inside ranges where all blocks of its VPC do, since its
// members may be anywhere in it.
func (s *sourceSet) relates(ix *Index, p network.Peer) relation {
	if p.SecurityGroup != "" && s.groups[p.String()] || p.PrefixList != "" && s.lists[p.PrefixList] {
		return relation{overlaps: true, within: true}
	}
	anyone := s.everything && len(ix.Ranges(p)) == 0 // a group, or a list that cannot be read
	in, all := s.inVPCs(ix, p)
	if anyone || all {
		return relation{overlaps: true, within: true}
	}
	prefixes := Families{V4: s.v4, V6: s.v6}.Keep(ix.RangesOf(p))
	r := relation{overlaps: in, within: len(prefixes) > 0, unknown: !ix.readable(p) && (len(s.ranges.Ranges()) > 0 || len(s.vpcs) > 0)}
	for _, prefix := range prefixes {
		r.overlaps = r.overlaps || s.ranges.OverlapsPrefix(prefix)
		r.within = r.within && s.ranges.ContainsPrefix(prefix)
	}
	if p.CIDR.IsValid() && !r.overlaps {
		r.overlaps = s.memberIn(ix, p.CIDR)
	}
	r.within = r.within && r.overlaps
	return r
}

// inVPCs says whether any, or every, VPC where members of a group may be is among the sources.
func (s *sourceSet) inVPCs(ix *Index, p network.Peer) (some, all bool) {
	vpcs := ix.vpcsOf(p.SecurityGroup)
	all = len(vpcs) > 0
	for _, v := range vpcs {
		some, all = some || s.vpcs[v], all && s.vpcs[v]
	}
	return some, all
}

// readable says whether the addresses of a peer are known: a list that was read
// and is empty lets nobody in.
func (ix *Index) readable(p network.Peer) bool {
	if p.PrefixList == "" {
		return len(ix.RangesOf(p)) > 0
	}
	list, ok := ix.PrefixLists[p.PrefixList]
	_, failed := ix.Failed(list.Location, network.KindPrefixList, p.PrefixList)
	return ok && !failed
}

// memberIn says whether an interface of one of the groups has an address in a range.
func (s *sourceSet) memberIn(ix *Index, r netip.Prefix) bool {
	for g := range s.groups {
		_, id, found := strings.Cut(g, "/")
		if !found {
			id = g
		}
		for _, eni := range ix.members[id] {
			if slices.ContainsFunc(eni.Addresses, r.Contains) {
				return true
			}
		}
	}
	return false
}

// closed judges a closed intent: whether any rule of the cluster's groups lets
// any part of the sources in. What is asked is the gate alone; whether a way
// leads to it does not make an open gate closed.
func (j *judging) closed() []Admission {
	set, err := newSourceSet(j.Index, j.Intent.Sources, j.cluster)
	if err != nil {
		j.add(Hop{Kind: HopSource, Resource: j.cluster.Name, Location: j.cluster.Location, Verdict: Unknown, Detail: err.Error()})
		return nil
	}
	var out []Admission
	for _, m := range j.cluster.SecurityGroups {
		h := Hop{Kind: HopIngress, Resource: m.SecurityGroup, Location: j.GroupHome(m.SecurityGroup)}
		if f, dark := j.unreadableGroup([]string{m.SecurityGroup}); dark {
			h = h.unread(f)
			j.add(h)
			continue
		}
		admissions, unknown := j.admissions(set, m.SecurityGroup)
		out = append(out, admissions...)
		h = closedHop(h, admissions, j.ports)
		if len(admissions) == 0 && len(unknown) > 0 {
			h.Verdict, h.Fixable = Unknown, false
			h.Detail = fmt.Sprintf("whom %s lets in is not known: its peer cannot be read", strings.Join(unknown, ", "))
			h.Fixes = fixes(say("let cachegate read the account of the rule's peer, or revoke the rule"))
		}
		j.add(h)
	}
	return out
}

// admissions gives the rules of a group that let sources in, and the ids of those
// of which that is not known.
func (j *judging) admissions(set *sourceSet, group string) (out []Admission, unknown []string) {
	seen := map[string]bool{}
	for _, port := range j.ports {
		gate, ok := j.Gate(group, port)
		if !ok {
			continue
		}
		admits, hidden := gate.Admits(set, j.ports)
		for _, a := range admits {
			if !seen[a.Rule.ID] {
				seen[a.Rule.ID] = true
				out = append(out, a)
			}
		}
		unknown = append(unknown, hidden...)
	}
	slices.Sort(unknown)
	return out, slices.Compact(unknown)
}

// closedHop passes where something is let in: the way is open, which is what a
// closed intent speaks against.
func closedHop(h Hop, admissions []Admission, ports []uint16) Hop {
	if len(admissions) == 0 {
		h.Verdict, h.Fixable = Fail, true
		h.Detail = "no rule lets any of the sources in on " + portsText(ports)
		return h
	}
	h.Verdict = Pass
	var exact, ranges, wider []string
	for _, a := range admissions {
		h.By = append(h.By, a.Rule.ID)
		switch {
		case !a.Wider:
			exact = append(exact, a.Rule.ID)
		case a.Within:
			ranges = append(ranges, a.Rule.ID)
		default:
			wider = append(wider, a.Rule.ID)
		}
	}
	h.Detail = fmt.Sprintf("%s lets sources of the intent in on %s", strings.Join(h.By, ", "), portsText(ports))
	if len(wider) > 0 {
		h.Detail += fmt.Sprintf("; %s admits more than the intent names and is never split", strings.Join(wider, ", "))
	}
	if len(ranges) > 0 {
		h.Detail += fmt.Sprintf("; %s is for more ports than the intent", strings.Join(ranges, ", "))
	}
	h.Fixes = closingSteps(h, exact, slices.Concat(ranges, wider))
	return h
}

// closingSteps says how what a closed intent speaks against is closed: what lies within
// it by cachegate, and what is wider by a person.
func closingSteps(h Hop, exact, wider []string) []fix.Fix {
	var out []fix.Fix
	if len(wider) > 0 {
		out = append(out, command(h.Location, "aws ec2 revoke-security-group-ingress --group-id %s --security-group-rule-ids %s", h.Resource, strings.Join(wider, " ")))
	}
	if len(exact) > 0 {
		out = append(out, say("nothing to do by hand for %s: in mode enforce cachegate revokes it, unless an open intent needs it", strings.Join(exact, ", ")))
	}
	return out
}

// KeepNeeded takes back, among judgements of the same time, what the closed intents say of
// rules that open ones are open by: who revokes these by hand cuts what is declared.
func KeepNeeded(judgements []Judgement) {
	needed := map[string][]string{}
	for _, j := range judgements {
		for _, n := range j.Needs {
			for _, id := range n.By {
				if name := j.Key().Short(); !slices.Contains(needed[id], name) {
					needed[id] = append(needed[id], name)
				}
			}
		}
	}
	for _, j := range judgements {
		for i, h := range j.Hops {
			if j.Intent.Access != intent.Closed || h.Kind != HopIngress || h.Verdict != Pass {
				continue
			}
			var names []string
			for _, id := range h.By {
				names = append(names, needed[id]...)
			}
			if slices.Sort(names); len(names) > 0 {
				j.Hops[i].Fixes = fixes(say("revoke nothing by hand: %s is open by it; make the sources of the intents disjoint, or delete one of them", strings.Join(slices.Compact(names), ", ")))
			}
		}
	}
}
