// Package reconcile joins everything into the loop of one unit: read intents,
// observe, judge, plan, apply, verify, record, and give what is to be told.
//
// It decides nothing itself and keeps no state between runs: what it knows is
// in the network, in the intents and in the ledger.
package reconcile

import (
	"context"
	"log/slog"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// Intents gives what is declared.
type Intents interface {
	Declared(ctx context.Context) (intent.Set, error)
}

// Runner reconciles units.
type Runner struct {
	Clients observe.Clients
	// Writer gives the client that changes EC2 in a location.
	Writer  func(context.Context, network.Location) (apply.EC2, error)
	Ledger  ledger.Ledger
	Intents Intents
	// Locations is every account and Region that the deployment may read.
	Locations []network.Location
	// Home is the hub's own account and Region: while no cluster is declared, the
	// unit of its clusters to come tells what is wrong with the declarations.
	Home       network.Location
	Deployment string
	// Owner is who takes leases: one name a process.
	Owner string
	// LeaseTime is how long nobody else may reconcile a unit when a run dies in it;
	// zero: a Lambda function's longest time.
	LeaseTime time.Duration
	Clock     func() time.Time
	// Sleep waits between two looks at a write that is not visible yet.
	Sleep func(context.Context, time.Duration) error
	Log   *slog.Logger
}

// leaseTime is how long a run may take where nobody says it: a Lambda function's
// longest time.
const leaseTime = 15 * time.Minute

// Wake says why a unit is reconciled.
type Wake struct {
	Trigger string
	// Events are those that woke the unit; they say who did what, never what is.
	Events []events.Event
	// Recent gives more of them, where somebody's doing is to be named; nil: there are none.
	Recent func(context.Context) []events.Event
	// Now says that a person asked for the run: it also tries what waits for a pause to end.
	Now bool
	// Undo is a run that is undone, for a preview of what that would do.
	Undo *change.UndoneRun
	// Until is when the run stops writing, so that time is left to look at what it
	// did and to record it; zero: never.
	Until time.Time
}

// Report is what a run found and did.
type Report struct {
	Unit   network.Unit
	Before []access.Judgement
	After  []access.Judgement
	// Changes are those of the plan, with their outcomes.
	Changes []change.Change
	// Told are the findings whose status changed in this run, Live all that are open after it.
	Told, Live []finding.Finding
	// Recovered are the changes of earlier runs that were cut off, as far as this run
	// found that they were made.
	Recovered []change.Change
	Snapshot  *network.Snapshot
	Hash      string
	// Moved are the units that clusters of this one went to: they are to be run too.
	Moved []network.Unit
	// Awaited are the units that have to be judged before this one closes what they may
	// need: they are to be run too.
	Awaited []network.Unit
	// Stayed says what is not taken back of runs that people undo, and why.
	Stayed []string
	// Tripped are the changes that wait for a person, or would; without a hash, none do.
	Tripped change.Tripped
	// Next is when the unit should be looked at again; zero where nothing is due. BeforeNext
	// is what the run before said.
	Next, BeforeNext time.Time
}

// Run reconciles a unit under its lease. The error says why the run could not be
// carried out; what a single change ran into is in the report.
func (r *Runner) Run(ctx context.Context, unit network.Unit, wake Wake) (Report, error) {
	p := r.pass(unit, wake)
	p.leases, p.records = true, true
	err := p.through(ctx, look, declare, observeNetwork, judge, makePlan, findMoved, recoverRuns, applyPlan, verify, record)
	if err != nil && p.lease.Fence > 0 { // else the record gave it back
		r.free(ctx, p.lease)
	}
	return p.report, err
}

// Preview gives what a run of a unit would find and set out to do at a time, and
// writes nothing: neither to AWS nor to the ledger. It takes no lease, so that
// nobody waits for it. What nobody changes meanwhile, a run changes as the report
// says; a change without an outcome is one that it would make. Zero is now.
func (r *Runner) Preview(ctx context.Context, unit network.Unit, wake Wake, at time.Time) (Report, error) {
	looking := *r
	if !at.IsZero() {
		looking.Clock = func() time.Time { return at }
	}
	p := looking.pass(unit, wake)
	if err := p.through(ctx, look, declare, observeNetwork, judge, makePlan, findMoved); err != nil {
		return Report{}, err
	}
	p.mergeFindings(p.before.findings(), nil, actorsOf(wake.Events))
	return p.report, nil
}

// Judge judges a unit without writing to AWS: the dependency index and the
// holders of claims are brought up to date, nothing else.
func (r *Runner) Judge(ctx context.Context, unit network.Unit) ([]access.Judgement, error) {
	p := r.pass(unit, Wake{})
	p.records = true
	err := p.through(ctx, look, declare, observeNetwork, judge, makePlan, settleClaims)
	return p.report.Before, err
}

// freeing is how long giving back a lease may take.
const freeing = 5 * time.Second

// free gives back a lease, also that of a run whose time is over. One that cannot
// be given back ends by itself: a run that is recorded must not count as failed.
func (r *Runner) free(ctx context.Context, lease ledger.Lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeing)
	defer cancel()
	if err := r.Ledger.Free(ctx, lease); err != nil {
		r.Log.WarnContext(ctx, "a lease could not be given back; it ends by itself", "unit", lease.Unit.String(), "until", lease.Until, "error", err)
	}
}
