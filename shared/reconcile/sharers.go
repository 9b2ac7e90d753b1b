package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/plan"
)

// plan assesses a unit and plans it. Where the plan would close something, the
// units that share the enforcement point are judged too: what their open intents
// need stays, and where one of them cannot be read nothing is closed there. remember
// writes down what the unit depends on.
func (r *Runner) plan(ctx context.Context, unit network.Unit, remember bool) (assessment, error) {
	a, err := r.assess(ctx, unit, remember)
	if err != nil {
		return a, err
	}
	contests, err := r.Ledger.Contests(ctx, unit, a.now.Add(-change.ContestedWithin))
	if err != nil {
		return a, fmt.Errorf("reading contests: %w", err)
	}
	in := plan.Input{
		Now: a.now, Unit: unit, Index: a.index, Judgements: a.live, Ended: a.ended, Invalid: a.declared.invalid,
		Policies: a.declared.policies, Claims: a.claims, Contests: contests,
	}
	a.plan = plan.Make(in)
	closing := closingPoints(a.plan)
	if len(closing) == 0 {
		return a, nil
	}
	sharers, err := r.sharers(ctx, unit, closing)
	if err != nil {
		return a, err
	}
	if len(sharers) == 0 {
		return a, nil
	}
	in.Unread = map[change.Point]string{}
	for _, other := range sharers {
		foreign, unread := r.foreign(ctx, other, closing)
		in.Foreign = append(in.Foreign, foreign...)
		maps.Copy(in.Unread, unread)
	}
	a.plan = plan.Make(in)
	return a, nil
}

// closingPoints are the enforcement points at which a plan takes something away,
// now or once a guard lets it.
func closingPoints(p plan.Plan) []change.Point {
	var out []change.Point
	for _, c := range p.Changes {
		takes := !c.Opens() || c.Action == change.ReplaceRoute
		if takes && c.Mode == intent.Enforce && !slices.Contains(out, c.Point()) {
			out = append(out, c.Point())
		}
	}
	return out
}

// sharers are the units that depend on one of the points, and those whose
// intents are not the ones that were judged last, so that nobody knows yet.
func (r *Runner) sharers(ctx context.Context, unit network.Unit, closing []change.Point) ([]network.Unit, error) {
	keys := make([]string, 0, len(closing))
	for _, p := range closing {
		keys = append(keys, p.ID)
	}
	units, err := r.Ledger.Dependents(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("reading who depends on %v: %w", keys, err)
	}
	unjudged, err := r.unjudged(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range unjudged {
		if !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	return slices.DeleteFunc(units, func(u network.Unit) bool { return u == unit || u.IsPending() }), nil
}

// unjudged are the units whose intents changed since they were judged.
func (r *Runner) unjudged(ctx context.Context) ([]network.Unit, error) {
	set, err := r.Intents.Declared(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading intents: %w", err)
	}
	known, err := r.Ledger.Units(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the known units: %w", err)
	}
	unitOf := map[string]network.Unit{}
	digest := map[network.Unit]string{}
	for _, j := range known {
		digest[j.Unit] = j.Digest
		for _, arn := range j.Clusters {
			unitOf[arn] = j.Unit
		}
	}
	var out []network.Unit
	found, err := Locate(ctx, r.Clients, unknownTo(unitOf, set))
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

// Locate gives the units of clusters: their VPCs, or the pending unit of their
// account and Region where they do not exist or cannot be read. What is no
// cluster ARN is left out.
func Locate(ctx context.Context, clients observe.Clients, arns []string) (map[string]network.Unit, error) {
	out := map[string]network.Unit{}
	vpcs := map[network.Location]map[string]string{}
	for _, arn := range arns {
		at, ok := locationOf(arn)
		if !ok {
			continue
		}
		if vpcs[at] == nil {
			clusters, _, err := observe.Clusters(ctx, clients, at)
			if err != nil {
				return nil, fmt.Errorf("reading clusters of %s: %w", at, err)
			}
			vpcs[at] = vpcsOf(clusters)
		}
		out[arn] = network.PendingUnit(at)
		if vpc := vpcs[at][arn]; vpc != "" {
			out[arn] = network.Unit{Location: at, VPC: vpc}
		}
	}
	return out, nil
}

// foreign gives what the open intents of another unit need at the points, and
// the points of which that could not be found out.
func (r *Runner) foreign(ctx context.Context, other network.Unit, closing []change.Point) ([]plan.Foreign, map[change.Point]string) {
	unread := map[change.Point]string{}
	a, err := r.assess(ctx, other, false)
	if err != nil {
		for _, p := range closing {
			unread[p] = fmt.Sprintf("unit %s, which shares %s, cannot be read: %v", other, p.ID, err)
		}
		return nil, unread
	}
	var out []plan.Foreign
	for _, j := range a.live {
		if j.Intent.Access == intent.Closed {
			continue
		}
		for _, n := range j.Needs {
			if slices.Contains(closing, n.Point()) {
				out = append(out, plan.Foreign{Holder: change.Holder{Unit: other, Intent: j.Key()}, Need: n})
			}
		}
		for _, b := range j.Blind {
			for _, p := range closing {
				if b.Unread && (b.Location.IsZero() || b.Location == p.Location) && b.Kind.MayBeAt(p.ID) {
					unread[p] = fmt.Sprintf("what intent %s of unit %s needs at %s is not known", j.Intent.Name, other, p.ID)
				}
			}
		}
	}
	return out, unread
}
