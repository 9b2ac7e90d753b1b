package operate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// Due is the outcome of a change that the next run makes, in a session that does
// not write.
const Due change.Outcome = "due"

// Session is cachegate at an operator's hands.
type Session struct {
	Runner     *reconcile.Runner
	Clients    *observe.FromConfig
	Dispatcher *dispatch.Dispatcher
	// Writes lets runs write, under the lease of their unit. Without it they are
	// previews.
	Writes bool
	// At is the time at which previews judge; zero is now.
	At time.Time
}

func (s *Session) now() time.Time {
	if !s.At.IsZero() {
		return s.At
	}
	return s.Runner.Clock()
}

// Units gives the units of all declared clusters, sorted.
func (s *Session) Units(ctx context.Context) ([]network.Unit, error) {
	set, err := s.Runner.Intents.Declared(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading intents: %w", err)
	}
	located, err := reconcile.Locate(ctx, s.Clients, set.Clusters())
	if err != nil {
		return nil, err
	}
	return slices.Compact(ledger.SortUnits(slices.Collect(maps.Values(located)))), nil
}

// Swept gives the units that a sweep wakes. Clusters that were never judged are in
// the pending unit of their account and Region, whose run says where they are.
func (s *Session) Swept(ctx context.Context) ([]network.Unit, error) {
	set, err := s.Runner.Intents.Declared(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading intents: %w", err)
	}
	return s.Dispatcher.Sweep(ctx, set)
}

// Seen gives the units that a sweep wakes, and those of all clusters that can be read: who
// can reach a cluster is told, declared or not.
func (s *Session) Seen(ctx context.Context) ([]network.Unit, error) {
	units, err := s.Swept(ctx)
	if err != nil {
		return nil, err
	}
	for _, at := range s.Runner.Locations {
		clusters, _, err := observe.Clusters(ctx, s.Clients, at)
		if err != nil {
			return nil, fmt.Errorf("reading clusters of %s: %w", at, err)
		}
		for _, c := range clusters {
			units = append(units, network.Unit{Location: at, VPC: c.VPC})
		}
	}
	return slices.Compact(ledger.SortUnits(slices.DeleteFunc(units, func(u network.Unit) bool { return u.VPC == "" }))), nil
}

// Sweep runs the units that a sweep wakes.
func (s *Session) Sweep(ctx context.Context) ([]reconcile.Report, error) {
	units, err := s.Swept(ctx)
	if err != nil {
		return nil, err
	}
	_, reports, err := s.runAll(ctx, units, reconcile.Wake{Trigger: "sweep"})
	return reports, err
}

// runAll runs units, and those that their clusters went to, which are among the units
// that it gives.
func (s *Session) runAll(ctx context.Context, units []network.Unit, wake reconcile.Wake) ([]network.Unit, []reconcile.Report, error) {
	units = slices.Clone(units)
	var reports []reconcile.Report
	for i := 0; i < len(units); i++ {
		report, err := s.Run(ctx, units[i], wake)
		if err != nil {
			return units, reports, err
		}
		reports = append(reports, report)
		for _, u := range report.Moved {
			if !slices.Contains(units, u) {
				units = append(units, u)
			}
		}
	}
	return units, reports, nil
}

// UnitOf gives the unit of one cluster.
func (s *Session) UnitOf(ctx context.Context, arn string) (network.Unit, error) {
	located, err := reconcile.Locate(ctx, s.Clients, []string{arn})
	return located[arn], err
}

// Result is what became of one event.
type Result struct {
	Event   events.Event
	Ignored events.IgnoreReason
	Units   []network.Unit
	Reports []reconcile.Report
	// Calls are the AWS calls of the event by IAM action.
	Calls map[string]int
}

// Event puts one event through dispatch and reconciles the units that it wakes.
func (s *Session) Event(ctx context.Context, e events.Event) (Result, error) {
	before := s.Clients.Calls()
	decision, err := s.Dispatcher.Event(ctx, e)
	if err != nil {
		return Result{}, err
	}
	result := Result{Event: e, Ignored: decision.Ignored}
	wake := reconcile.Wake{Trigger: "event " + e.ID, Events: []events.Event{e}}
	result.Units, result.Reports, err = s.runAll(ctx, decision.Units, wake)
	if err != nil {
		return result, err
	}
	result.Calls = difference(s.Clients.Calls(), before)
	return result, nil
}

// Run reconciles one unit, or only looks what that would do.
func (s *Session) Run(ctx context.Context, u network.Unit, wake reconcile.Wake) (reconcile.Report, error) {
	if s.Writes {
		return s.Runner.Run(ctx, u, wake)
	}
	report, err := s.Runner.Preview(ctx, u, wake, s.At)
	for i := range report.Changes {
		report.Changes[i].Outcome = cmp.Or(report.Changes[i].Outcome, Due)
	}
	return report, err
}

// Standing looks at units once more, without writing, and gives their live
// intents as they stand, by cluster and name. What one unit's run changed may
// concern an intent of another.
func (s *Session) Standing(ctx context.Context, units []network.Unit) ([]access.Judgement, error) {
	var out []access.Judgement
	for _, u := range units {
		report, err := s.Runner.Preview(ctx, u, reconcile.Wake{}, s.At)
		if err != nil {
			return nil, fmt.Errorf("judging unit %s: %w", u, err)
		}
		out = append(out, report.After...)
	}
	slices.SortStableFunc(out, func(a, b access.Judgement) int {
		return cmp.Or(cmp.Compare(a.Intent.Cluster, b.Intent.Cluster), cmp.Compare(a.Intent.Name, b.Intent.Name))
	})
	return out, nil
}

func difference(after, before map[string]int) map[string]int {
	out := map[string]int{}
	for k, n := range after {
		if n > before[k] {
			out[k] = n - before[k]
		}
	}
	return out
}
