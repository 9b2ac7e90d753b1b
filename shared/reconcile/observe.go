package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// rereads is how often a unit is read again because its dependencies changed
// while it was read: once in practice, since the second read sees the same.
const rereads = 3

// observe reads the network of the unit, and the claims on it. Where the pass is
// recorded, it is read again until the dependency index named all that the last read
// leaned on before that read began, so that a change in between wakes the unit again.
func (p *pass) observe(ctx context.Context) error {
	held, err := p.Ledger.Claims(ctx, p.unit, nil)
	if err != nil {
		return fmt.Errorf("reading claims: %w", err)
	}
	request := p.request(held)
	request.Clusters = &p.before.declared.clusters
	for again := 0; ; again++ {
		if err := p.read(ctx, request); err != nil || !p.records {
			return err
		}
		if lost := p.fence(ctx); lost != nil {
			return lost
		}
		changed, err := p.depend(ctx)
		if err != nil {
			return err
		}
		if !changed || again == rereads {
			return nil
		}
		list, err := p.clusters(ctx)
		if err != nil {
			return err
		}
		request.Clusters = &list
	}
}

// read reads the network once, with the claims on what it shows.
func (p *pass) read(ctx context.Context, request observe.Request) (err error) {
	if p.before.snapshot, err = observe.Read(ctx, p.Clients, request); err != nil {
		return err
	}
	if p.before.claims, err = p.Ledger.Claims(ctx, p.unit, points(p.before.snapshot)); err != nil {
		return fmt.Errorf("reading claims: %w", err)
	}
	return nil
}

// depend writes down what the unit leans on and what it needs, which takes a judgement.
// It says whether the dependency index changed.
func (p *pass) depend(ctx context.Context) (changed bool, err error) {
	err = p.judge(ctx)
	if err != nil {
		return false, err
	}
	j := judged(p.unit, p.before.declared, p.before.snapshot, p.last)
	j.Needs = p.before.needs()
	for _, c := range p.before.claims {
		if c.Concerns(p.unit) {
			j.Open++
		}
	}
	if changed, err = p.Ledger.Depend(ctx, j); err != nil {
		return false, fmt.Errorf("writing the dependency index: %w", err)
	}
	return changed, nil
}

// request says what to read for a unit.
func (p *pass) request(held []change.Claim) observe.Request {
	req := observe.Request{Unit: p.unit, Intents: p.before.declared.intents, Locations: p.Locations, Now: p.Clock()}
	for _, c := range held {
		req.Points = append(req.Points, observe.Point{Kind: c.Kind.Point(), Location: c.Location, ID: c.Resource})
	}
	for _, u := range p.tripped.Undone { // what it took away stands at no claim's point
		for _, c := range u.Changes {
			if u.Live(req.Now) && !u.Done && c.Outcome == change.Applied {
				req.Points = append(req.Points, observe.Point{Kind: c.Kind.Point(), Location: c.Location, ID: c.Resource})
			}
		}
	}
	return req
}

// judged is what the index keeps of a read. What could not be read this time
// stays as it was known: an event about it must still find the unit.
func judged(unit network.Unit, own declared, s *network.Snapshot, last ledger.Judged) ledger.Judged {
	j := ledger.Judged{Unit: unit, Keys: s.DependencyKeys, Digest: own.digest}
	for arn := range s.Clusters {
		j.Clusters = append(j.Clusters, arn)
	}
	if !unit.IsPending() { // an intent may name a node: whoever withdraws it must find the unit
		for _, i := range own.intents {
			j.Clusters = append(j.Clusters, i.Cluster)
		}
		for _, i := range own.invalid {
			j.Clusters = append(j.Clusters, i.Key.Cluster)
		}
	}
	if len(s.Failures) > 0 {
		j.Keys = sortedUnion(j.Keys, last.Keys)
	}
	if _, dark := s.ReadFailure(unit.Location, network.KindCluster); dark {
		j.Clusters = append(j.Clusters, last.Clusters...)
	}
	slices.Sort(j.Clusters)
	j.Clusters = slices.Compact(j.Clusters)
	return j
}

func sortedUnion(a, b []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

// points are the enforcement points that a snapshot shows.
func points(s *network.Snapshot) []change.Point {
	var out []change.Point
	for _, c := range s.Clusters {
		for _, m := range c.SecurityGroups {
			out = append(out, change.Point{Location: c.Location, ID: m.SecurityGroup})
		}
	}
	for _, t := range s.RouteTables {
		out = append(out, change.Point{Location: t.Location, ID: t.ID})
	}
	for _, p := range s.PeeringConnections {
		if own, _, ok := p.Sides(s.Unit.VPC); ok {
			out = append(out, change.Point{Location: own.Location, ID: p.ID})
		}
	}
	for _, t := range s.TransitGatewayRouteTables {
		out = append(out, change.Point{Location: t.Location, ID: t.ID})
	}
	return out
}
