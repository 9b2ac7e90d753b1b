package observe

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// vpcSearch is the search for the VPCs behind one source of a way that leaves the
// cache VPC. One of group, vpc and cidr is set.
type vpcSearch struct {
	path intent.Path
	// group of an account; account is empty where the source names none.
	group, account string
	vpc            string
	cidr           netip.Prefix
	// places are the VPCs found so far, the cache VPC included.
	places map[place]struct{}
}

func (q *vpcSearch) add(p place) { q.places[p] = struct{}{} }

func (q *vpcSearch) found() bool { return len(q.places) > 0 }

// leaving are the intents whose way leaves the cache VPC, as far as that is known:
// an intent without a path whose sources are all in the cache VPC stays in it.
func (r *reader) leaving(all intents) intents {
	outside := r.usedOutside()
	return slices.DeleteFunc(all.crossing(), func(i intent.Intent) bool {
		return i.Path == "" && i.Via == "" && len(i.Sources) > 0 &&
			!slices.ContainsFunc(i.Sources, func(s intent.Source) bool { return !r.isHere(s, outside) })
	})
}

// isHere says whether a source is known to be in the cache VPC and nowhere else; outside
// are the groups that are in use in other VPCs.
func (r *reader) isHere(s intent.Source, outside map[string]bool) bool {
	unit := r.snap.Unit.VPC
	switch s.Kind {
	case intent.SecurityGroup:
		g, ok := r.snap.SecurityGroups[s.ID]
		return ok && g.VPC == unit && !outside[s.ID]
	case intent.VPC:
		return s.ID == unit
	case intent.PrefixList:
		entries := r.snap.PrefixLists[s.ID].Entries
		return len(entries) > 0 && !slices.ContainsFunc(entries, r.isOutside)
	default:
		return s.Prefix.IsValid() && !r.isOutside(s.Prefix)
	}
}

// usedOutside gives the groups that are in use in another VPC, which an association of a
// group with that VPC allows.
func (r *reader) usedOutside() map[string]bool {
	out := map[string]bool{}
	for _, i := range r.snap.NetworkInterfaces {
		if i.VPC != r.snap.Unit.VPC {
			for _, g := range i.SecurityGroups {
				out[g] = true
			}
		}
	}
	return out
}

func (r *reader) isOutside(p netip.Prefix) bool {
	return !r.snap.VPCs[r.snap.Unit.VPC].BlockHolding(p).IsValid()
}

// searches makes one search of each source on each path. Address ranges inside the
// cache VPC are at their goal, and those that a path calls on-premises have no
// VPC to be found.
func (r *reader) vpcSearches(leaving intents) []*vpcSearch {
	type key struct {
		path                intent.Path
		group, account, vpc string
		cidr                netip.Prefix
	}
	made := map[key]bool{}
	var out []*vpcSearch
	add := func(k key) {
		if made[k] {
			return
		}
		made[k] = true
		out = append(out, &vpcSearch{
			path: k.path, group: k.group, account: k.account, vpc: k.vpc, cidr: k.cidr, places: map[place]struct{}{},
		})
	}
	for _, i := range leaving {
		for _, s := range i.Sources {
			switch s.Kind {
			case intent.SecurityGroup:
				add(key{path: i.Path, group: s.ID, account: s.Account})
			case intent.VPC:
				add(key{path: i.Path, vpc: s.ID})
			default:
				for _, c := range r.rangesOf(s) {
					if r.isOutside(c) && i.Path.LeadsToVPC() {
						add(key{path: i.Path, cidr: c})
					}
				}
			}
		}
	}
	return out
}

// rangesOf are the address ranges of a CIDR or prefix-list source.
func (r *reader) rangesOf(s intent.Source) []netip.Prefix {
	if s.Kind == intent.PrefixList {
		return r.snap.PrefixLists[s.ID].Entries
	}
	if s.Prefix.IsValid() {
		return []netip.Prefix{s.Prefix.Masked()}
	}
	return nil
}

// locateGroups sets the places of the groups that were read: the VPC of the
// group, and the VPCs of its members.
func (r *reader) locateGroups(searches []*vpcSearch) {
	for _, q := range searches {
		g, ok := r.snap.SecurityGroups[q.group]
		if !ok || q.account != "" && g.Account != q.account {
			continue
		}
		q.add(place{g.Location, g.VPC})
	}
	members := map[string][]place{}
	for _, i := range r.snap.NetworkInterfaces {
		for _, g := range i.SecurityGroups {
			members[g] = append(members[g], place{i.Location, i.VPC})
		}
	}
	for _, q := range searches {
		if q.found() && q.group != "" {
			for _, p := range members[q.group] {
				q.add(p)
			}
		}
	}
}

// locateVPCs sets the places of the searched VPCs and ranges among all VPCs that
// were looked at. Overlap counts, not containment: a part of the source is there.
func (r *reader) locateVPCs(searches []*vpcSearch) {
	for p, v := range r.vpcs {
		for _, q := range searches {
			if q.vpc == p.vpc || q.cidr.IsValid() && p.vpc != r.snap.Unit.VPC && overlapsAny(v.CIDRs, q.cidr) {
				q.add(p)
			}
		}
	}
}

func overlapsAny(blocks []netip.Prefix, p netip.Prefix) bool {
	return slices.ContainsFunc(blocks, p.Overlaps)
}

// unfound are the searches of a kind without a place yet.
func unfound(searches []*vpcSearch, of func(*vpcSearch) bool) []*vpcSearch {
	return slices.DeleteFunc(slices.Clone(searches), func(q *vpcSearch) bool { return q.found() || !of(q) })
}

func forGroup(q *vpcSearch) bool { return q.group != "" }
func forVPC(q *vpcSearch) bool   { return q.vpc != "" }
func forCIDR(q *vpcSearch) bool  { return q.cidr.IsValid() }

// placesOf gives the VPCs other than the cache VPC that the searches found.
func (r *reader) placesOf(searches []*vpcSearch) map[place]struct{} {
	far := map[place]struct{}{}
	for _, q := range searches {
		for p := range q.places {
			if p.vpc != "" && p.vpc != r.snap.Unit.VPC {
				far[p] = struct{}{}
			}
		}
	}
	return far
}

// byLocation groups the ids of places by where they are read, in order.
func byLocation(places map[place]struct{}) map[network.Location][]string {
	out := map[network.Location][]string{}
	for p := range places {
		out[p.Location] = append(out[p.Location], p.vpc)
	}
	for at := range out {
		out[at] = network.SortedSet(out[at])
	}
	return out
}

func compareLocations(a, b network.Location) int {
	return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
}
