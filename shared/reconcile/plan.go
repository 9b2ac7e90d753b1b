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

// makePlan plans the unit. Where the plan would close something, what the open intents of
// other units need at the enforcement point stays, and where that is not known nothing is
// closed there.
func (p *pass) makePlan(ctx context.Context) error {
	v := &p.before
	in := plan.Input{
		Now: v.now, Unit: p.unit, Deployment: p.Deployment, Index: v.index, Judgements: v.live, Ended: v.ended, Invalid: v.declared.invalid,
		Policies: v.declared.policies, Claims: v.claims, Contests: p.contests, TryNow: p.wake.Now,
		Deployed: p.deployed, Tripped: p.tripped,
	}
	v.plan = plan.Make(in)
	if closing := closingPoints(v.plan); len(closing) > 0 {
		if err := p.askSharers(ctx, closing, &in); err != nil {
			return err
		}
		v.plan = plan.Make(in)
	}
	v.input = in
	p.show()
	return nil
}

// show puts the plan into the report.
func (p *pass) show() {
	v := &p.before
	p.report.Before, p.report.After, p.report.Changes = v.live, v.live, v.plan.Changes
	p.report.Stayed = v.plan.Stayed
	p.report.Snapshot, p.report.Hash, p.report.Next = v.snapshot, v.plan.Hash(), v.next(p.Clock())
	p.after = *v
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
// close something, as the ledger knows it: nobody else is judged. Who has to be judged
// first is woken.
func (p *pass) askSharers(ctx context.Context, closing []change.Point, in *plan.Input) error {
	set, err := p.Intents.Declared(ctx)
	if err != nil {
		return fmt.Errorf("reading intents: %w", err)
	}
	unitOf, err := p.units.unitOf(ctx)
	if err != nil {
		return err
	}
	o, err := p.others(ctx, set, unitOf, closing)
	if err != nil {
		return err
	}
	in.Unread, in.Awaited = map[change.Point]string{}, map[change.Point]string{}
	asked := ledger.SortUnits(slices.Collect(maps.Keys(o.now)))
	for _, other := range asked {
		if p.askOther(ctx, other, o, closing, in) {
			p.report.Awaited = append(p.report.Awaited, other)
		}
	}
	// What is declared for these, or for a cluster that no unit was judged for yet, may
	// come to be needed before the close.
	p.before.sharing = func(arn string) bool {
		u, known := unitOf[arn]
		return !known || o.depend[u]
	}
	p.before.sharersDigest = selectIntents(set, p.before.sharing).digest
	return nil
}

// others finds out which other units have intents that may need something at the points.
// What the deployment has no access to at all is none of its concern.
func (p *pass) others(ctx context.Context, set intent.Set, unitOf map[string]network.Unit, closing []change.Point) (others, error) {
	o := others{now: p.before.othersOf(set, unitOf, p.before.now), depend: map[network.Unit]bool{}}
	for u := range o.now {
		if !slices.Contains(p.Locations, u.Location) {
			delete(o.now, u)
		}
	}
	keys := make([]string, 0, len(closing))
	for _, at := range closing {
		keys = append(keys, at.ID)
	}
	dependents, err := p.Ledger.Dependents(ctx, keys)
	if err != nil {
		return o, fmt.Errorf("reading who depends on %v: %w", keys, err)
	}
	for _, u := range dependents {
		o.depend[u] = u != p.unit
	}
	return o, nil
}
