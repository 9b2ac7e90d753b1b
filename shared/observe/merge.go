package observe

import (
	"cmp"

	"github.com/cachegate/cachegate/shared/network"
)

// reading is a value as one account sees it.
type reading[T any] struct {
	at network.Location
	// owner is the account that owns the resource, where AWS tells.
	owner string
	id    string
	value T
}

// keep stores what was read. A resource that two accounts see (a shared subnet,
// a transit gateway, a peering connection) is stored as its owner sees it, else
// as the clusters' account does; fill takes over what only the other one was
// told, and may be nil.
func keep[T any](r *reader, m map[string]T, in reading[T], fill func(base, other T) T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := m[in.id]
	if !ok {
		m[in.id], r.from[in.id] = in.value, in.at
		return
	}
	base, other := old, in.value
	if r.closer(in.at, r.from[in.id], in.owner) {
		base, other = in.value, old
		r.from[in.id] = in.at
	}
	if fill != nil {
		base = fill(base, other)
	}
	m[in.id] = base
}

// closer says whether a knows a resource of an owner better than b does.
func (r *reader) closer(a, b network.Location, owner string) bool {
	rank := func(l network.Location) int {
		switch {
		case owner != "" && l.Account == owner:
			return 0
		case l == r.home:
			return 1
		default:
			return 2
		}
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region)) < 0
}

func fillPeering(base, other network.PeeringConnection) network.PeeringConnection {
	base.Requester = fillSide(base.Requester, other.Requester)
	base.Accepter = fillSide(base.Accepter, other.Accepter)
	return base
}

func fillSide(base, other network.PeeringSide) network.PeeringSide {
	base.DNSFromRemote = cmp.Or(base.DNSFromRemote, other.DNSFromRemote)
	if len(base.CIDRs) == 0 {
		base.CIDRs = other.CIDRs
	}
	return base
}

func fillPrefixList(base, other network.PrefixList) network.PrefixList {
	if len(base.Entries) == 0 {
		base.Entries = other.Entries
	}
	base.Owner = cmp.Or(base.Owner, other.Owner)
	return base
}
