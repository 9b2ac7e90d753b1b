// Package record reads for people what the ledger keeps: what is open, what was done, when,
// why and by whom, and what stands there now.
//
// It decides nothing, reads no network and writes nothing. Times are those of the ledger; how
// far back it reaches is how long runs are kept.
package record

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Ledger is what is read.
type Ledger interface {
	Units(ctx context.Context) ([]ledger.Judged, error)
	Findings(ctx context.Context, unit network.Unit) ([]finding.Finding, error)
	// Runs gives the runs of a unit from a time on and before another, in their order;
	// without a second time, all from the first on.
	Runs(ctx context.Context, unit network.Unit, since, before time.Time) ([]ledger.Run, error)
	Begun(ctx context.Context, unit network.Unit) ([]ledger.Run, error)
	Claims(ctx context.Context, unit network.Unit, points []change.Point) ([]change.Claim, error)
	Tripped(ctx context.Context, unit network.Unit) (change.Tripped, bool, error)
}

// Reader reads a ledger.
type Reader struct{ Ledger Ledger }

// atOnce bounds the units that are read at once.
const atOnce = 8

// each reads something of every unit, and gives it in the order of the units.
func each[T any](ctx context.Context, units []network.Unit, read func(context.Context, network.Unit) ([]T, error)) ([]T, error) {
	found := make([][]T, len(units))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, u := range units {
		group.Go(func() (err error) {
			found[i], err = read(ctx, u)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("reading the record: %w", err)
	}
	return slices.Concat(found...), nil
}

// Units gives the units that were judged, those of a cluster where its ARN is given.
func (r Reader) Units(ctx context.Context, cluster string) ([]network.Unit, error) {
	known, err := r.Ledger.Units(ctx)
	if err != nil {
		return nil, err
	}
	var out []network.Unit
	for _, j := range known {
		if cluster == "" || slices.Contains(j.Clusters, cluster) {
			out = append(out, j.Unit)
		}
	}
	return out, nil
}

// Clusters gives the ARNs of the clusters of all units.
func (r Reader) Clusters(ctx context.Context) ([]string, error) {
	known, err := r.Ledger.Units(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, j := range known {
		out = append(out, j.Clusters...)
	}
	return slices.Compact(slices.Sorted(slices.Values(out))), nil
}

// runs gives the runs of units from a time on and before another, the last first.
func (r Reader) runs(ctx context.Context, units []network.Unit, since, before time.Time) ([]ledger.Run, error) {
	found, err := each(ctx, units, func(ctx context.Context, u network.Unit) ([]ledger.Run, error) {
		return r.Ledger.Runs(ctx, u, since, before)
	})
	slices.SortStableFunc(found, func(a, b ledger.Run) int { return b.At.Compare(a.At) })
	return found, err
}
