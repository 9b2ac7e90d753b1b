package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// moved gives the units that clusters went to since a unit was judged last: that
// of a cluster which is there at last, the pending one of a cluster that is gone.
// The pending unit also hands on what no unit was ever judged for: whoever
// declares something for a cluster need not know where it is.
func (r *Runner) moved(ctx context.Context, unit network.Unit, before ledger.Judged, where map[string]network.Unit) ([]network.Unit, error) {
	var known map[string]bool
	if unit.IsPending() {
		units, err := r.Ledger.Units(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the known units: %w", err)
		}
		known = map[string]bool{}
		for _, j := range units {
			for _, arn := range j.Clusters {
				known[arn] = true
			}
		}
	}
	var out []network.Unit
	for arn, now := range where {
		was := slices.Contains(before.Clusters, arn)
		if unit.IsPending() {
			was = !known[arn] || slices.ContainsFunc(before.Keys, func(k string) bool { return k == waitingFor(arn) })
		}
		if was && now != unit && !slices.Contains(out, now) {
			out = append(out, now)
		}
	}
	return ledger.SortUnits(out), nil
}

// waitingFor is the key by which a pending unit depends on a cluster that is to come.
func waitingFor(arn string) string {
	key, _ := observe.ClusterKey(arn)
	return key
}
