package dispatch

import (
	"context"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Changed gives the units that an item of the intents table concerns, whether it
// came, changed or went: those that hold its cluster, or else the one of the
// clusters that are not there yet, which finds out where the cluster is. What
// says no cluster concerns all.
func (d *Dispatcher) Changed(ctx context.Context, key intent.Key) ([]network.Unit, error) {
	known, err := d.Index.Units(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the known units: %w", err)
	}
	cluster := key.Cluster
	if cluster == intent.Everything {
		cluster = key.Name
	}
	at, ok := locationOf(cluster)
	if !ok {
		return all(known), nil
	}
	return unitsOf(known, cluster, at), nil
}

// Sweep gives every unit there is something to look after in: those that were
// judged, and those of all declared clusters.
func (d *Dispatcher) Sweep(ctx context.Context, set intent.Set) ([]network.Unit, error) {
	known, err := d.Index.Units(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the known units: %w", err)
	}
	units := all(known)
	for _, cluster := range set.Clusters() {
		if at, ok := locationOf(cluster); ok {
			units = append(units, unitsOf(known, cluster, at)...)
		}
	}
	return slices.Compact(ledger.SortUnits(units)), nil
}

func all(known []ledger.Judged) []network.Unit {
	out := make([]network.Unit, 0, len(known))
	for _, j := range known {
		out = append(out, j.Unit)
	}
	return out
}

func unitsOf(known []ledger.Judged, cluster string, at network.Location) []network.Unit {
	var out []network.Unit
	for _, j := range known {
		if slices.Contains(j.Clusters, cluster) {
			out = append(out, j.Unit)
		}
	}
	if len(out) == 0 {
		out = append(out, network.PendingUnit(at))
	}
	return out
}

func locationOf(cluster string) (at network.Location, ok bool) {
	arn, err := intent.ParseClusterARN(cluster)
	return network.Location{Account: arn.Account, Region: arn.Region}, err == nil
}
