package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// sourceSet is all that the sources of a closed intent name.
type sourceSet struct {
	groups map[string]bool // "sg-…" and "account/sg-…"
	vpcs   map[string]bool
	lists  map[string]bool
	ranges *netipx.IPSet
}

// newSourceSet collects the sources; ranges of prefix lists and VPCs count as far
// as the snapshot knows them.
func newSourceSet(ix *Index, sources []intent.Source, home network.Location) (*sourceSet, error) {
	s := &sourceSet{groups: map[string]bool{}, vpcs: map[string]bool{}, lists: map[string]bool{}}
	var b netipx.IPSetBuilder
	for _, src := range sources {
		switch src.Kind {
		case intent.SecurityGroup:
			account := src.Account
			if account == home.Account {
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
	return s, nil
}

func addAll(b *netipx.IPSetBuilder, prefixes []netip.Prefix) {
	for _, p := range prefixes {
		b.AddPrefix(p.Masked())
	}
}

// relates says whether a rule's peer has anything in common with the sources,
// and whether all of it lies inside them. A group lies inside ranges where all
// blocks of its VPC do, since its members may be anywhere in it.
func (s *sourceSet) relates(ix *Index, p network.Peer) (overlaps, within bool) {
	if p.SecurityGroup != "" && s.groups[p.String()] || p.PrefixList != "" && s.lists[p.PrefixList] {
		return true, true
	}
	if p.SecurityGroup != "" && s.vpcs[ix.SecurityGroups[p.SecurityGroup].VPC] {
		return true, true
	}
	prefixes := ix.RangesOf(p)
	within = len(prefixes) > 0
	for _, prefix := range prefixes {
		overlaps = overlaps || s.ranges.OverlapsPrefix(prefix)
		within = within && s.ranges.ContainsPrefix(prefix)
	}
	if p.CIDR.IsValid() && !overlaps {
		overlaps = s.memberIn(ix, p.CIDR)
	}
	return overlaps, within && overlaps
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
func (w *walk) closed() []Admission {
	set, err := newSourceSet(w.Index, w.Intent.Sources, w.cluster.Location)
	if err != nil {
		w.add(Hop{Kind: HopSource, Resource: w.cluster.Name, Location: w.cluster.Location, Verdict: Unknown, Detail: err.Error()})
		return nil
	}
	var out []Admission
	for _, m := range w.cluster.SecurityGroups {
		h := Hop{Kind: HopIngress, Resource: m.SecurityGroup, Location: w.cluster.Location}
		if f, dark := w.unreadableGroup([]string{m.SecurityGroup}); dark {
			h.Verdict = Unknown
			h.Detail, h.Fix = missingRead(f)
			w.add(h)
			continue
		}
		admissions := w.admissions(set, m.SecurityGroup)
		out = append(out, admissions...)
		w.add(closedHop(h, admissions, w.ports))
	}
	return out
}

func (w *walk) admissions(set *sourceSet, group string) []Admission {
	var out []Admission
	seen := map[string]bool{}
	for _, port := range w.ports {
		gate, ok := w.Gate(group, port)
		if !ok {
			continue
		}
		for _, a := range gate.Admits(set, w.ports) {
			if !seen[a.Rule.ID] {
				seen[a.Rule.ID] = true
				out = append(out, a)
			}
		}
	}
	return out
}

// closedHop passes where something is let in: the way is open, which is what a
// closed intent speaks against.
func closedHop(h Hop, admissions []Admission, ports []uint16) Hop {
	if len(admissions) == 0 {
		h.Verdict, h.Mendable = Fail, true
		h.Detail = "no rule lets any of the sources in on " + portsText(ports)
		return h
	}
	h.Verdict = Pass
	var wider []string
	for _, a := range admissions {
		h.By = append(h.By, a.Rule.ID)
		if a.Wider {
			wider = append(wider, a.Rule.ID)
		}
	}
	h.Detail = fmt.Sprintf("%s lets sources of the intent in on %s", strings.Join(h.By, ", "), portsText(ports))
	if len(wider) > 0 {
		h.Detail += fmt.Sprintf("; %s admits more than the intent names and is never split", strings.Join(wider, ", "))
	}
	h.Fix = command(h.Location, "aws ec2 revoke-security-group-ingress --group-id %s --security-group-rule-ids %s", h.Resource, strings.Join(h.By, " "))
	return h
}
