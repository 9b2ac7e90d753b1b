package replay

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// RoleARN is the role that cachegate acts with in a replay, in every account.
const RoleARN = "arn:aws:iam::%s:role/cachegate-replay"

// deployment names the replay in the tags of the rules that it makes.
const deployment = "replay"

// Session is a world with cachegate at work in it.
type Session struct {
	Sim     *awssim.Sim
	Ledger  *ledger.Memory
	Runner  *reconcile.Runner
	Clients *observe.FromConfig

	dispatcher *dispatch.Dispatcher
	intents    *Declared
	latest     map[network.Unit][]access.Judgement
	// located are the units of all clusters of the world.
	located map[string]network.Unit
}

// Declared is what a replay's intents file declares. It may be changed between events.
type Declared struct{ Set intent.Set }

// Declared implements reconcile.Intents.
func (d *Declared) Declared(context.Context) (intent.Set, error) { return d.Set, nil }

// Options of a session.
type Options struct {
	Clock func() time.Time
	// Log takes what goes on inside; nil: nothing.
	Log *slog.Logger
}

// New makes a session on a simulation. Nothing is judged yet; see Prepare.
func New(sim *awssim.Sim, set intent.Set, o Options) *Session {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Session{Sim: sim, Ledger: ledger.NewMemory(), intents: &Declared{Set: set}, latest: map[network.Unit][]access.Judgement{}}
	config := func(_ context.Context, l network.Location) (aws.Config, error) {
		return sim.Config(l.Account, l.Region, awssim.Actor{RoleARN: fmt.Sprintf(RoleARN, l.Account), Session: "replay"}), nil
	}
	s.Clients = observe.NewClients(config)
	s.Runner = &reconcile.Runner{
		Clients: s.Clients, Ledger: s.Ledger, Intents: s.intents, Locations: s.locations(), Deployment: deployment,
		Writer: apply.NewClients(config).For,
		Owner:  "replay", Clock: o.Clock, Sleep: func(context.Context, time.Duration) error { return nil }, Log: o.Log,
	}
	s.dispatcher = &dispatch.Dispatcher{
		Index: s.Ledger, Journal: s.Ledger, OwnRoles: s.roles(), Clock: o.Clock,
		Exists: func(id string) bool { return s.Sim.World().Exists(id) },
	}
	return s
}

func (s *Session) locations() []network.Location {
	var out []network.Location
	for _, l := range s.Sim.World().Locations() {
		out = append(out, network.Location{Account: l[0], Region: l[1]})
	}
	return out
}

func (s *Session) roles() []string {
	var out []string
	for _, l := range s.locations() {
		out = append(out, fmt.Sprintf(RoleARN, l.Account))
	}
	return slices.Compact(out)
}

// Declare changes what is declared, as a write to the intents table does.
func (s *Session) Declare(set intent.Set) { s.intents.Set = set }

// Prepare judges every unit once without writing, so that the dependency index
// and the holders of the world's claims are there.
func (s *Session) Prepare(ctx context.Context) error {
	if err := s.locate(ctx); err != nil {
		return err
	}
	if err := s.seedClaims(ctx); err != nil {
		return fmt.Errorf("taking over the world's claims: %w", err)
	}
	units, err := s.Units(ctx)
	if err != nil {
		return err
	}
	for _, u := range units {
		judgements, err := s.Runner.Judge(ctx, u)
		if err != nil {
			return fmt.Errorf("judging unit %s: %w", u, err)
		}
		s.latest[u] = judgements
	}
	return nil
}

// locate finds the units of all clusters of the world, declared or not.
func (s *Session) locate(ctx context.Context) error {
	s.located = map[string]network.Unit{}
	for _, l := range s.locations() {
		clusters, _, err := observe.Clusters(ctx, s.Clients, l)
		if err != nil {
			return fmt.Errorf("reading clusters of %s: %w", l, err)
		}
		for _, c := range clusters {
			s.located[c.ARN] = network.Unit{Location: l, VPC: c.VPC}
		}
	}
	return nil
}

// Units gives the units of all declared clusters, sorted.
func (s *Session) Units(ctx context.Context) ([]network.Unit, error) {
	declared, err := reconcile.Locate(ctx, s.Clients, s.intents.Set.Clusters())
	if err != nil {
		return nil, err
	}
	var out []network.Unit
	for _, u := range declared {
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return ledger.SortUnits(out), nil
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
	decision, err := s.dispatcher.Event(ctx, e)
	if err != nil {
		return Result{}, err
	}
	result := Result{Event: e, Ignored: decision.Ignored, Units: slices.Clone(decision.Units)}
	wake := reconcile.Wake{Trigger: "event " + e.ID, Events: []events.Event{e}}
	for i := 0; i < len(result.Units); i++ {
		report, err := s.Run(ctx, result.Units[i], wake)
		if err != nil {
			return result, err
		}
		result.Reports = append(result.Reports, report)
		for _, u := range report.Moved {
			if !slices.Contains(result.Units, u) {
				result.Units = append(result.Units, u)
			}
		}
	}
	result.Calls = difference(s.Clients.Calls(), before)
	return result, nil
}

// Run reconciles one unit.
func (s *Session) Run(ctx context.Context, u network.Unit, wake reconcile.Wake) (reconcile.Report, error) {
	report, err := s.Runner.Run(ctx, u, wake)
	if err == nil {
		s.latest[u] = report.After
	}
	return report, err
}

// Sweep reconciles every unit with something declared, as the schedule does.
func (s *Session) Sweep(ctx context.Context) ([]reconcile.Report, error) {
	known, err := s.Ledger.Units(ctx)
	if err != nil {
		return nil, err
	}
	units, err := s.Units(ctx)
	if err != nil {
		return nil, err
	}
	for _, j := range known {
		if !slices.Contains(units, j.Unit) {
			units = append(units, j.Unit)
		}
	}
	var out []reconcile.Report
	for _, u := range ledger.SortUnits(units) {
		report, err := s.Run(ctx, u, reconcile.Wake{Trigger: "sweep"})
		if err != nil {
			return out, err
		}
		out = append(out, report)
	}
	return out, nil
}

// Unsatisfied counts the live intents that are not as declared, as last judged.
func (s *Session) Unsatisfied() int {
	n := 0
	for _, judgements := range s.latest {
		for _, j := range judgements {
			if !j.Satisfied {
				n++
			}
		}
	}
	return n
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
