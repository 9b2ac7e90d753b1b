package observe

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/network"
)

// Refresh gives a snapshot in which enforcement points are as they are now, and all else
// as it was; the one given stays as it is. What AWS refuses is in its Failures, and the
// point as it was. The error is that of the context.
func Refresh(ctx context.Context, clients Clients, s *network.Snapshot, points []Point, now time.Time) (*network.Snapshot, error) {
	r := newReader(clients, network.NewSnapshot(s.Unit, now))
	fresh := *s
	fresh.Taken = now
	var tasks []task
	ids := map[network.Kind]map[network.Location][]string{}
	for _, p := range points {
		if ids[p.Kind] == nil {
			ids[p.Kind] = map[network.Location][]string{}
		}
		ids[p.Kind][p.Location] = append(ids[p.Kind][p.Location], p.ID)
	}
	rules := &rulesRead{of: map[string][]network.Rule{}}
	for kind, at := range ids {
		switch kind {
		case network.KindSecurityGroup:
			tasks = append(tasks, eachLocation(at, func(ctx context.Context, l network.Location, ids []string) error { return rules.read(ctx, r, l, ids) })...)
		case network.KindRouteTable:
			tasks = append(tasks, eachLocation(at, func(ctx context.Context, l network.Location, ids []string) error {
				return r.routeTables(ctx, l, "route-table-id", ids)
			})...)
		case network.KindTransitGatewayRouteTable:
			tasks = append(tasks, eachLocation(at, r.transitTables)...)
		case network.KindPeeringConnection:
			tasks = append(tasks, eachLocation(at, func(ctx context.Context, l network.Location, ids []string) error {
				return r.peerings(ctx, l, "vpc-peering-connection-id", ids)
			})...)
		default: // no enforcement point
		}
	}
	if err := together(ctx, tasks...); err != nil {
		return nil, fmt.Errorf("reading what was written in unit %s: %w", s.Unit, err)
	}
	fresh.SecurityGroups = rules.into(s.SecurityGroups)
	fresh.RouteTables = renewed(r, network.KindRouteTable, ids, s.RouteTables, r.snap.RouteTables)
	fresh.TransitGatewayRouteTables = renewed(r, network.KindTransitGatewayRouteTable, ids, s.TransitGatewayRouteTables, r.snap.TransitGatewayRouteTables)
	fresh.PeeringConnections = maps.Clone(s.PeeringConnections)
	for id, p := range r.snap.PeeringConnections { // a side that is not told anew stays as it was
		fresh.PeeringConnections[id] = fillPeering(p, s.PeeringConnections[id])
	}
	fresh.Failures = slices.Concat(s.Failures, r.sortedFailures())
	return &fresh, nil
}

// renewed gives the tables of a snapshot, those that were read again as they are now. One
// that AWS does not list any more goes, unless a part of the list was refused.
func renewed[T any](r *reader, kind network.Kind, asked map[network.Kind]map[network.Location][]string, was, is map[string]T) map[string]T {
	out := maps.Clone(was)
	for at, ids := range asked[kind] {
		if r.failedAt(at, kind) {
			continue
		}
		for _, id := range ids {
			delete(out, id)
			if t, ok := is[id]; ok {
				out[id] = t
			}
		}
	}
	return out
}

// failedAt says whether a kind of resource could not be read in a location.
func (r *reader) failedAt(at network.Location, kind network.Kind) bool {
	return slices.ContainsFunc(r.sortedFailures(), func(f network.Failure) bool { return f.Location == at && f.Kind == kind })
}

// rulesRead are the rules of groups that were read again.
type rulesRead struct {
	of map[string][]network.Rule
}

func (x *rulesRead) read(ctx context.Context, r *reader, at network.Location, groups []string) error {
	found, err := r.rules(ctx, at, groups)
	if err != nil || r.failedAt(at, network.KindRule) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range groups {
		x.of[g] = found[g]
	}
	return nil
}

// into gives groups with their rules as they are now.
func (x *rulesRead) into(was map[string]network.SecurityGroup) map[string]network.SecurityGroup {
	out := maps.Clone(was)
	for id, rules := range x.of {
		if g, ok := out[id]; ok {
			g.Rules = rules
			out[id] = g
		}
	}
	return out
}
