package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// makePlan plans the unit. Where the plan would close something, the units that share
// the enforcement point are judged too: what their open intents need stays, and where
// one of them cannot be read nothing is closed there.
func (p *pass) makePlan(ctx context.Context) error {
	v := &p.before
	in := plan.Input{
		Now: v.now, Unit: p.unit, Index: v.index, Judgements: v.live, Ended: v.ended, Invalid: v.declared.invalid,
		Policies: v.declared.policies, Claims: v.claims, Contests: p.contests,
	}
	v.plan = plan.Make(in)
	if closing := closingPoints(v.plan); len(closing) > 0 {
		sharers, err := p.sharers(ctx, closing)
		if err != nil {
			return err
		}
		in.Unread = map[change.Point]string{}
		for _, other := range sharers {
			needs, unread := p.otherUnit(ctx, other, closing)
			in.OtherUnits = append(in.OtherUnits, needs...)
			maps.Copy(in.Unread, unread)
		}
		if len(sharers) > 0 {
			v.plan = plan.Make(in)
		}
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

// sharers are the units that depend on one of the points, and those whose
// intents are not the ones that were judged last, so that nobody knows yet.
func (p *pass) sharers(ctx context.Context, closing []change.Point) ([]network.Unit, error) {
	keys := make([]string, 0, len(closing))
	for _, at := range closing {
		keys = append(keys, at.ID)
	}
	units, err := p.Ledger.Dependents(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("reading who depends on %v: %w", keys, err)
	}
	unjudged, err := p.unjudged(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range unjudged {
		if !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	return slices.DeleteFunc(units, func(u network.Unit) bool { return u == p.unit || u.IsPending() }), nil
}

// unjudged are the units whose intents changed since they were judged.
func (p *pass) unjudged(ctx context.Context) ([]network.Unit, error) {
	set, err := p.Intents.Declared(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading intents: %w", err)
	}
	known, err := p.units.list(ctx)
	if err != nil {
		return nil, err
	}
	unitOf, err := p.units.unitOf(ctx)
	if err != nil {
		return nil, err
	}
	digest := map[network.Unit]string{}
	for _, j := range known {
		digest[j.Unit] = j.Digest
	}
	var out []network.Unit
	found, err := Locate(ctx, p.Clients, unknownTo(unitOf, set))
	if err != nil {
		return nil, err
	}
	for _, u := range found {
		if !u.IsPending() && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	for u, old := range digest {
		now := selectIntents(set, func(arn string) bool { return unitOf[arn] == u })
		if now.digest != old && !u.IsPending() && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out, nil
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
