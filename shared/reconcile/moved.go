package reconcile

import (
	"context"
	"slices"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// findMoved finds the units that clusters went to since a unit was judged last: that
// of a cluster which is there at last, the pending one of a cluster that is gone.
// The pending unit also hands on what no unit was ever judged for: whoever
// declares something for a cluster need not know where it is.
func (p *pass) findMoved(ctx context.Context) error {
	var known map[string]network.Unit
	if p.unit.IsPending() {
		var err error
		if known, err = p.units.unitOf(ctx); err != nil {
			return err
		}
	}
	var out []network.Unit
	for arn, now := range p.before.declared.where {
		was := slices.Contains(p.known.Judged.Clusters, arn)
		if p.unit.IsPending() {
			_, judged := known[arn]
			was = !judged || slices.ContainsFunc(p.known.Judged.Keys, func(k string) bool { return k == waitingFor(arn) })
		}
		if was && now != p.unit && !slices.Contains(out, now) {
			out = append(out, now)
		}
	}
	p.report.Moved = ledger.SortUnits(out)
	return nil
}

// waitingFor is the key by which a pending unit depends on a cluster that is to come.
func waitingFor(arn string) string {
	cluster, _ := resource.Split(arn)
	return cluster.Key()
}
