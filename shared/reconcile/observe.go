package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	request := p.request()
	for again := 0; ; again++ {
		request.Missing = p.before.declared.missing
		if err := p.read(ctx, request); err != nil || !p.records {
			return err
		}
		changed, err := p.depend(ctx)
		if err != nil {
			return err
		}
		if !changed || again == rereads {
			return nil
		}
		err = p.lookFirst(ctx)
		if err != nil {
			return err
		}
		_, p.before.declared.missing, err = p.clusters(ctx)
		if err != nil {
			return err
		}
	}
}

// read completes the read of the network, with the claims on what it shows. The claims at
// the points that the first look shows are read beside it; where they and the rules do not
// fit together, somebody wrote meanwhile, and they are read again.
func (p *pass) read(ctx context.Context, request observe.Request) error {
	near := points(p.first.Snapshot())
	err := allOf(
		func() (err error) {
			p.before.snapshot, err = p.first.Read(ctx, request)
			return err
		},
		func() (err error) {
			p.before.claims, err = p.claimsAt(ctx, p.known.Held, near)
			return err
		},
		func() error {
			if p.records && p.mayDoubt() {
				p.actors(ctx)
			}
			return nil
		},
	)
	if err != nil {
		return err
	}
	defer p.settleDoubts(ctx)
	all := points(p.before.snapshot)
	if p.unclaimed() {
		p.before.claims, err = p.claimsAt(ctx, p.known.Held, all)
		return err
	}
	far := slices.DeleteFunc(all, func(at change.Point) bool { return slices.Contains(near, at) })
	if len(far) == 0 {
		return nil
	}
	more, err := p.claimsAt(ctx, nil, far)
	p.before.claims = joinClaims(p.before.claims, more)
	return err
}

// settleDoubts looks which claims may not be cachegate's any more.
func (p *pass) settleDoubts(ctx context.Context) {
	p.doubted = nil
	if p.records && p.mayDoubt() {
		p.doubt(ctx)
	}
}

func (p *pass) claimsAt(ctx context.Context, held []string, at []change.Point) ([]change.Claim, error) {
	claims, err := p.Ledger.ClaimsAt(ctx, p.unit, held, at)
	if err != nil {
		return nil, fmt.Errorf("reading claims: %w", err)
	}
	return claims, nil
}

// unclaimed says whether a rule shows the tag of this deployment and no claim that is known.
func (p *pass) unclaimed() bool {
	for _, g := range p.before.snapshot.SecurityGroups {
		for _, rule := range g.Rules {
			tag := rule.Tags[change.ManagedTag]
			if strings.HasPrefix(tag, p.Deployment+"/") && !slices.ContainsFunc(p.before.claims, func(c change.Claim) bool { return c.RuleID == rule.ID || c.Made(tag) }) {
				return true
			}
		}
	}
	return false
}

// joinClaims gives claims of two reads in the order of their keys, each once.
func joinClaims(a, b []change.Claim) []change.Claim {
	out := slices.Concat(a, b)
	slices.SortStableFunc(out, func(a, b change.Claim) int { return strings.Compare(a.Key(), b.Key()) })
	return slices.CompactFunc(out, func(a, b change.Claim) bool { return a.Key() == b.Key() })
}

// depend writes down what the unit leans on and what it needs, which takes a judgement.
// It says whether the dependency index changed.
func (p *pass) depend(ctx context.Context) (changed bool, err error) {
	err = p.judge(ctx)
	if err != nil {
		return false, err
	}
	j := judged(p.unit, p.before.declared, p.before.snapshot, p.known.Judged)
	j.Needs = p.before.needs()
	for _, c := range p.before.claims {
		if c.Concerns(p.unit) {
			j.Open++
		}
	}
	if changed, err = p.Ledger.Depend(ctx, p.lease, j); err != nil {
		return false, fmt.Errorf("writing the dependency index: %w", err)
	}
	return changed, nil
}

// request says what to read for a unit.
func (p *pass) request() observe.Request {
	req := observe.Request{Unit: p.unit, Intents: p.before.declared.intents, Locations: p.Locations, Now: p.Clock()}
	for _, key := range p.known.Held {
		if at, ok := change.PointOfKey(key); ok {
			req.Points = appendPoint(req.Points, at)
		}
	}
	for _, u := range p.known.Tripped.Undone { // what it took away stands at no claim's point
		for _, c := range u.Changes {
			if u.Live(req.Now) && !u.Done && c.Outcome == change.Applied {
				req.Points = appendPoint(req.Points, c.Point())
			}
		}
	}
	return req
}

// appendPoint adds an enforcement point to those that are read.
func appendPoint(to []observe.Point, at change.Point) []observe.Point {
	kind, ok := change.PointKindOf(at.ID)
	p := observe.Point{Kind: kind, Location: at.Location, ID: at.ID}
	if !ok || slices.Contains(to, p) {
		return to
	}
	return append(to, p)
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
