package access

import (
	"iter"
	"net/netip"

	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// Wanted is what rules are wanted to let into security groups, all together: it answers
// whether an access is declared.
type Wanted struct {
	ix    *Index
	gates map[wantedKey]*wantedGate
}

type wantedKey struct {
	group string
	port  uint16
}

type wantedGate struct {
	peers  map[network.Peer]bool
	ranges *netipx.IPSet
}

// Wanted adds up what is wanted: requirements, each with the groups in which a covering
// rule counts beside its own. Those that are no rules count for nothing.
func (ix *Index) Wanted(all iter.Seq2[change.Requirement, []string]) *Wanted {
	w := &Wanted{ix: ix, gates: map[wantedKey]*wantedGate{}}
	builders := map[wantedKey]*netipx.IPSetBuilder{}
	for req, groups := range all {
		if req.Kind != change.Rule {
			continue
		}
		for _, group := range append([]string{req.Resource}, groups...) {
			key := wantedKey{group, req.Port}
			g, ok := w.gates[key]
			if !ok {
				g = &wantedGate{peers: map[network.Peer]bool{}}
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

// Holds says whether all that a rule for a peer lets into a group on a port is wanted.
func (w *Wanted) Holds(group string, port uint16, p network.Peer) bool {
	g, ok := w.gates[wantedKey{group, port}]
	if !ok {
		return false
	}
	return g.peers[p] || g.within(w.ix.FamiliesOf(group).Keep(w.ix.RangesOf(p)))
}

func (g *wantedGate) within(prefixes []netip.Prefix) bool {
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

// Overlaps says whether anything that is wanted has something in common with a peer.
func (w *Wanted) Overlaps(group string, port uint16, p network.Peer) bool {
	g, ok := w.gates[wantedKey{group, port}]
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
