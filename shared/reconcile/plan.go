package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// makePlan plans the unit. Where the plan would close something, what the open intents of
// other units need at the enforcement point stays, where that is not known nothing is
// closed there, and what all units closed lately counts.
func (p *pass) makePlan(ctx context.Context) error {
	v := &p.before
	in := plan.Input{
		Now: v.now, Unit: p.unit, Deployment: p.Deployment, Index: v.index, Judgements: v.live, Ended: v.ended, Invalid: v.declared.invalid,
		Policies: v.declared.policies, Claims: v.claims, Contests: p.known.Contests, TryNow: p.wake.Now,
		Deployed: p.deployed, Tripped: p.known.Tripped,
	}
	v.plan = plan.Make(in)
	if closing := closingPoints(v.plan); len(closing) > 0 {
		if err := p.askOthers(ctx, closing); err != nil {
			return err
		}
		in.OtherUnits, in.Unread, in.Awaited, in.Deployed = p.sharers.needs, p.sharers.unread, p.sharers.awaited, p.deployed
		v.plan = plan.Make(in)
	}
	v.input = in
	p.show()
	if v.plan.Tripped.Hash != "" {
		return p.countCloses(ctx, 0)
	}
	return nil
}

// show puts the plan into the report.
func (p *pass) show() {
	v := &p.before
	p.report.Before, p.report.After, p.report.Changes = v.live, v.live, v.plan.Changes
	p.report.Stayed, p.report.Tripped = v.plan.Stayed, v.plan.Tripped
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

// sharers is what the ledger and the intents say of what other units need at the
// enforcement points at which this one would close something.
type sharers struct {
	at []change.Point
	// needs, unread and awaited are as in plan.Input.
	needs           []plan.OtherUnit
	unread, awaited map[change.Point]string
	// concern says whose intents the closes lean on beside the unit's own, digest
	// identifies these; nil where nobody was asked.
	concern func(arn string) bool
	digest  string
}

// askOthers finds out what others need at points, and what they closed lately. Nobody else
// is judged; who has to be judged first is woken. What was asked already is not asked again.
func (p *pass) askOthers(ctx context.Context, closing []change.Point) error {
	if !slices.ContainsFunc(closing, func(at change.Point) bool { return !slices.Contains(p.sharers.at, at) }) {
		return nil
	}
	s := sharers{at: closing, unread: map[change.Point]string{}, awaited: map[change.Point]string{}}
	depend := map[network.Unit]bool{}
	err := allOf(
		func() error { return p.askUnits(ctx) },
		func() (err error) {
			depend, err = p.dependents(ctx, closing)
			return err
		},
	)
	if err != nil {
		return err
	}
	unitOf, err := p.units.unitOf(ctx)
	if err != nil {
		return err
	}
	o := p.others(unitOf, depend)
	needs, failed := p.needsOf(ctx, o)
	for _, other := range ledger.SortUnits(slices.Collect(maps.Keys(o.now))) {
		if p.askOther(other, o, needs[other], failed[other], &s) {
			p.report.Awaited = append(p.report.Awaited, other)
		}
	}
	// What is declared for these, or for a cluster that no unit was judged for yet, may
	// come to be needed before the close.
	s.concern = func(arn string) bool {
		u, known := unitOf[arn]
		return !known || depend[u]
	}
	s.digest = selectIntents(p.set, s.concern).digest
	p.sharers = s
	return nil
}

// dependents gives the units that depend on one of the points, without this one.
func (p *pass) dependents(ctx context.Context, closing []change.Point) (map[network.Unit]bool, error) {
	keys := make([]string, 0, len(closing))
	for _, at := range closing {
		keys = append(keys, at.ID)
	}
	found, err := p.Ledger.Dependents(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("reading who depends on %v: %w", keys, err)
	}
	out := map[network.Unit]bool{}
	for _, u := range found {
		out[u] = u != p.unit
	}
	return out, nil
}

// others finds out which other units have intents that may need something at the points.
// What the deployment has no access to at all is none of its concern; nor is a unit that
// was judged with all that is declared for it now, that could read all it needs, and that
// depends on none of the points.
func (p *pass) others(unitOf map[string]network.Unit, depend map[network.Unit]bool) others {
	o := others{now: p.before.othersOf(p.set, unitOf, p.before.now), depend: depend}
	for u := range o.now {
		if !slices.Contains(p.Locations, u.Location) {
			delete(o.now, u)
		}
	}
	digests, started := digestsOf(p.set, unitOf), startedLately(p.set, unitOf, beganLately(p.before.now))
	for _, j := range p.units.all {
		if !depend[j.Unit] && !j.Hidden && digests[j.Unit] == j.Digest && !started[j.Unit] {
			delete(o.now, j.Unit)
		}
	}
	return o
}

// needsOf reads what other units need, several at once, and says which could not be read.
func (p *pass) needsOf(ctx context.Context, o others) (map[network.Unit]ledger.Needs, map[network.Unit]error) {
	var mu sync.Mutex
	needs, failed := map[network.Unit]ledger.Needs{}, map[network.Unit]error{}
	var group errgroup.Group
	group.SetLimit(needsAtOnce)
	for _, j := range p.units.all { // of one that was never judged nothing is known
		u := j.Unit
		if _, ok := o.now[u]; !ok {
			continue
		}
		group.Go(func() error {
			n, _, err := p.Ledger.Needs(ctx, u)
			mu.Lock()
			defer mu.Unlock()
			needs[u] = n
			if err != nil {
				failed[u] = err
			}
			return nil
		})
	}
	_ = group.Wait() // what failed is in failed
	return needs, failed
}

// needsAtOnce is how many units' needs are read at once.
const needsAtOnce = 10
