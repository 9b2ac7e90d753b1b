package dispatch

import (
	"context"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Changed gives the units that an item of the intents table concerns, whether it
// came, changed or went: those that hold its cluster, or else the one of the
// clusters that are not there yet, which finds out where the cluster is. What
// says no cluster concerns all, and the home unit, should there be no other.
func (d *Dispatcher) Changed(ctx context.Context, key intent.Key) ([]network.Unit, error) {
	known, err := d.Index.Units(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the known units: %w", err)
	}
	cluster := key.Cluster
	if cluster == intent.Everything {
		cluster = key.Name
	}
	at, ok := resource.LocationOf(cluster)
	if !ok {
		return slices.Compact(ledger.SortUnits(append(all(known), d.home()...))), nil
	}
	return unitsOf(known, cluster, at), nil
}

// Sweep gives every unit there is something to look after in: those of all clusters, declared
// or not, those that were judged and still hold a claim, an open finding or one that was not
// sent yet, and in each watched account and Region the one that finds clusters which no unit
// knows.
func (d *Dispatcher) Sweep(ctx context.Context, set intent.Set) ([]network.Unit, error) {
	known, err := d.Index.Units(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the known units: %w", err)
	}
	units, err := d.leftover(ctx, known, set.Clusters())
	if err != nil {
		return nil, err
	}
	declared := false
	for _, cluster := range set.Clusters() {
		if at, ok := resource.LocationOf(cluster); ok {
			units = append(units, unitsOf(known, cluster, at)...)
			declared = true
		}
	}
	for _, at := range d.Locations {
		units = append(units, network.PendingUnit(at))
	}
	if !declared && len(set.Invalid)+len(set.InvalidPolicies) > 0 {
		units = append(units, d.home()...)
	}
	return slices.Compact(ledger.SortUnits(units)), nil
}

// leftover gives the judged units in which no cluster is declared and there is one all the
// same, or something is left: what cachegate put there, open findings, or findings that are
// to be sent still.
func (d *Dispatcher) leftover(ctx context.Context, known []ledger.Judged, declared []string) ([]network.Unit, error) {
	var out []network.Unit
	for _, j := range known {
		if slices.ContainsFunc(j.Clusters, func(arn string) bool { return slices.Contains(declared, arn) }) {
			continue
		}
		if len(d.Locations) > 0 && len(j.Clusters) > 0 {
			out = append(out, j.Unit)
			continue
		}
		claims, err := d.Claims.Claims(ctx, j.Unit, nil)
		if err != nil {
			return nil, fmt.Errorf("reading the claims of unit %s: %w", j.Unit, err)
		}
		findings, err := d.Journal.Findings(ctx, j.Unit)
		if err != nil {
			return nil, fmt.Errorf("reading the findings of unit %s: %w", j.Unit, err)
		}
		pending, err := d.Journal.Pending(ctx, j.Unit)
		if err != nil {
			return nil, fmt.Errorf("reading what is to be sent of unit %s: %w", j.Unit, err)
		}
		if len(claims)+len(findings)+len(pending) > 0 {
			out = append(out, j.Unit)
		}
	}
	return out, nil
}

// home gives the unit that tells what concerns no cluster, if there is one.
func (d *Dispatcher) home() []network.Unit {
	if d.Home.IsZero() {
		return nil
	}
	return []network.Unit{network.PendingUnit(d.Home)}
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
