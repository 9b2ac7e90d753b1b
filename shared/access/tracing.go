package access

import (
	"net/netip"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// tracing follows one source of the intent to the cluster, in one address family.
type tracing struct {
	*judging
	source intent.Source
	name   string // of the source
	v6     bool
	// leaveOut are routes that do not count where the way is looked for; nil: all count.
	leaveOut func(change.Requirement) bool
}

// trace begins with a source: a CIDR is judged in its own family, any other in that
// of the cluster.
func (j *judging) trace(s intent.Source) *tracing {
	t := &tracing{judging: j, source: s, name: s.String(), v6: j.cluster.V6()}
	if s.Kind == intent.CIDR {
		t.v6 = s.Prefix.Addr().Is6()
	}
	return t
}

// add appends a hop that is judged for the source.
func (t *tracing) add(h Hop) {
	h.Source = t.name
	t.judging.add(h)
}

// failSource adds the hop for which no need could be derived for the source.
func (t *tracing) failSource(h Hop) {
	t.add(h)
	t.noNeedKnown(h.Verdict == Unknown)
}

// family keeps the prefixes of the family that is judged.
func (t *tracing) family(prefixes []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range prefixes {
		if p.Addr().Is6() == t.v6 {
			out = append(out, p)
		}
	}
	return out
}

// familyOf gives the ranges of subnets in the family that is judged.
func (t *tracing) familyOf(subnets []network.Subnet) []netip.Prefix {
	var out []netip.Prefix
	for _, sn := range subnets {
		out = append(out, t.family(sn.CIDRs)...)
	}
	return out
}
