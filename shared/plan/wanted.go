package plan

import (
	"net/netip"

	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// declaredAccess answers whether an access is declared: what all desired together
// let into a group on a port.
type declaredAccess struct {
	ix    *access.Index
	gates map[gate]*admitted
}

type gate struct {
	group string
	port  uint16
}

type admitted struct {
	peers  map[network.Peer]bool
	ranges *netipx.IPSet
}

func newDeclaredAccess(ix *access.Index, desired map[change.Requirement]*desiredRule) *declaredAccess {
	w := &declaredAccess{ix: ix, gates: map[gate]*admitted{}}
	builders := map[gate]*netipx.IPSetBuilder{}
	for req, d := range desired {
		if req.Kind != change.Rule {
			continue
		}
		for _, group := range append([]string{req.Resource}, d.Groups...) {
			key := gate{group, req.Port}
			g, ok := w.gates[key]
			if !ok {
				g = &admitted{peers: map[network.Peer]bool{}}
				w.gates[key] = g
				builders[key] = &netipx.IPSetBuilder{}
			}
			g.peers[req.Peer] = true
			for _, prefix := range ix.Ranges(network.Peer{CIDR: req.Peer.CIDR, PrefixList: req.Peer.PrefixList}) {
				builders[key].AddPrefix(prefix)
			}
		}
	}
	for key, b := range builders {
		if set, err := b.IPSet(); err == nil {
			w.gates[key].ranges = set
		}
	}
	return w
}

// declared says whether all that a rule lets into a group on a port is desired.
func (w *declaredAccess) declared(group string, port uint16, p network.Peer) bool {
	g, ok := w.gates[gate{group, port}]
	if !ok {
		return false
	}
	if g.peers[p] {
		return true
	}
	return w.within(g, w.ix.FamiliesOf(group).Keep(w.ix.RangesOf(p)))
}

func (w *declaredAccess) within(g *admitted, prefixes []netip.Prefix) bool {
	if len(prefixes) == 0 || g.ranges == nil {
		return false
	}
	for _, prefix := range prefixes {
		if !g.ranges.ContainsPrefix(prefix) {
			return false
		}
	}
	return true
}

// overlaps says whether any desire has something in common with a rule's peer.
func (w *declaredAccess) overlaps(group string, port uint16, p network.Peer) bool {
	g, ok := w.gates[gate{group, port}]
	if !ok {
		return false
	}
	if g.peers[p] {
		return true
	}
	for _, prefix := range w.ix.RangesOf(p) {
		if g.ranges != nil && g.ranges.OverlapsPrefix(prefix) {
			return true
		}
	}
	return false
}
