package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// makePlan plans the unit. Where the plan would close something, the units that share
// the enforcement point are judged too: what their open intents need stays, and where
// one of them cannot be read nothing is closed there.
func (p *pass) makePlan(ctx context.Context) error {
	v := &p.before
	in := plan.Input{
		Now: v.now, Unit: p.unit, Deployment: p.Deployment, Index: v.index, Judgements: v.live, Ended: v.ended, Invalid: v.declared.invalid,
		Policies: v.declared.policies, Claims: v.claims, Contests: p.contests,
	}
	v.plan = plan.Make(in)
	if closing := closingPoints(v.plan); len(closing) > 0 {
		if err := p.askSharers(ctx, closing, &in); err != nil {
			return err
		}
		v.plan = plan.Make(in)
	}
	p.report.Before, p.report.After, p.report.Changes = v.live, v.live, v.plan.Changes
	p.report.Snapshot, p.report.Hash, p.report.Next = v.snapshot, v.plan.Hash(), v.next(p.Clock())
	p.after = *v
	return nil
}

// closingPoints are the enforcement points at which a plan takes something away,
// now or once a guard lets it.
func closingPoints(planned plan.Plan) []change.Point {
	var out []change.Point
	for _, c := range planned.Changes {
		takes := !c.Opens() || c.Action == change.ReplaceRoute
		if takes && c.Mode == intent.Enforce && !slices.Contains(out, c.Point()) {
			out = append(out, c.Point())
		}
	}
	return out
}

// askSharers adds to a plan's input what others need at the points at which it would
// close something, as far as that can be read.
func (p *pass) askSharers(ctx context.Context, closing []change.Point, in *plan.Input) error {
	set, err := p.Intents.Declared(ctx)
	if err != nil {
		return fmt.Errorf("reading intents: %w", err)
	}
	unitOf, err := p.units.unitOf(ctx)
	if err != nil {
		return err
	}
	sharers, err := p.dependents(ctx, closing)
	if err != nil {
		return err
	}
	unjudged, hidden, err := p.unjudged(ctx, set, unitOf)
	if err != nil {
		return err
	}
	sharers = slices.Compact(ledger.SortUnits(append(sharers, unjudged...)))
	in.Unread = hiddenNeeds(hidden, closing)
	for _, other := range sharers {
		needs, unread := p.otherUnit(ctx, other, closing)
		in.OtherUnits = append(in.OtherUnits, needs...)
		maps.Copy(in.Unread, unread)
	}
	// What is declared for these, or for a cluster that no unit was judged for yet, may
	// come to be needed before the close.
	p.before.sharing = func(arn string) bool {
		u, known := unitOf[arn]
		return !known || slices.Contains(sharers, u)
	}
	p.before.sharersDigest = selectIntents(set, p.before.sharing).digest
	return nil
}

// dependents are the other units that depend on one of the points.
func (p *pass) dependents(ctx context.Context, closing []change.Point) ([]network.Unit, error) {
	keys := make([]string, 0, len(closing))
	for _, at := range closing {
		keys = append(keys, at.ID)
	}
	units, err := p.Ledger.Dependents(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("reading who depends on %v: %w", keys, err)
	}
	return slices.DeleteFunc(units, func(u network.Unit) bool { return u == p.unit || u.IsPending() }), nil
}

// unjudged are the other units whose intents changed since they were judged, so that
// nobody knows what they need. hidden are clusters of which not even the unit can be
// read.
func (p *pass) unjudged(ctx context.Context, set intent.Set, unitOf map[string]network.Unit) (units []network.Unit, hidden map[string]network.Failure, err error) {
	located, hidden, err := locate(ctx, p.Clients, unknownTo(unitOf, set))
	if err != nil {
		return nil, nil, err
	}
	for _, u := range located {
		units = append(units, u)
	}
	known, err := p.units.list(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, j := range known {
		now := selectIntents(set, func(arn string) bool { return unitOf[arn] == j.Unit })
		if now.digest != j.Digest {
			units = append(units, j.Unit)
		}
	}
	return slices.DeleteFunc(units, func(u network.Unit) bool { return u == p.unit || u.IsPending() }), hidden, nil
}

// hiddenNeeds protects the points at which clusters may need something that cannot be
// read and were never judged: the routes of any account, and the groups of their own.
// What the deployment has no access to at all is none of its concern.
func hiddenNeeds(hidden map[string]network.Failure, closing []change.Point) map[change.Point]string {
	out := map[change.Point]string{}
	for arn, f := range hidden {
		for _, at := range closing {
			if f.Code != network.CodeNotConfigured && (!change.Rule.MayBeAt(at.ID) || at.Location == f.Location) {
				out[at] = fmt.Sprintf("what the intents of %s need at %s is not known: %s gave %s", intent.ShortName(arn), at.ID, f.Operation, f.Code)
			}
		}
	}
	return out
}

func unknownTo(unitOf map[string]network.Unit, set intent.Set) []string {
	var out []string
	for _, i := range set.Intents {
		if _, ok := unitOf[i.Cluster]; !ok && !slices.Contains(out, i.Cluster) {
			out = append(out, i.Cluster)
		}
	}
	return out
}

// otherUnit gives what the open intents of another unit need at the points, and
// the points of which that could not be found out.
func (p *pass) otherUnit(ctx context.Context, other network.Unit, closing []change.Point) ([]plan.OtherUnit, map[change.Point]string) {
	unread := map[change.Point]string{}
	v, err := p.lookAt(ctx, other)
	if err != nil {
		for _, at := range closing {
			unread[at] = fmt.Sprintf("unit %s, which shares %s, cannot be read: %v", other, at.ID, err)
		}
		return nil, unread
	}
	var out []plan.OtherUnit
	for _, j := range v.live {
		if j.Intent.Access == intent.Closed {
			continue
		}
		for _, n := range j.Needs {
			if slices.Contains(closing, n.Point()) {
				out = append(out, plan.OtherUnit{Holder: change.Holder{Unit: other, Intent: j.Key()}, Need: n})
			}
		}
		for _, b := range j.Unknown {
			for _, at := range closing {
				if b.Unread && (b.Location.IsZero() || b.Location == at.Location) && b.Kind.MayBeAt(at.ID) {
					unread[at] = fmt.Sprintf("what intent %s of unit %s needs at %s is not known", j.Intent.Name, other, at.ID)
				}
			}
		}
	}
	return out, unread
}
