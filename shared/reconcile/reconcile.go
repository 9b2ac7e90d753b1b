// Package reconcile joins everything into the loop of one unit: read intents,
// observe, judge, plan, apply, verify, record, and give what is to be told.
//
// It decides nothing itself and keeps no state between runs: what it knows is
// in the network, in the intents and in the ledger.
package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
	Snapshot   *network.Snapshot
	Hash       string
	// Moved are the units that clusters of this one went to: they are to be run too.
	Moved []network.Unit
	// Next is when the unit should be looked at again; zero where nothing is due.
	Next time.Time
}

// Run reconciles a unit under its lease. The error says why the run could not be
// carried out; what a single change ran into is in the report.
func (r *Runner) Run(ctx context.Context, unit network.Unit, wake Wake) (Report, error) {
	lease, err := r.Ledger.Acquire(ctx, unit, r.Owner, r.Clock(), cmp.Or(r.LeaseTime, leaseTime))
	if err != nil {
		return Report{}, err
	}
	defer r.free(ctx, lease)
	return r.run(ctx, unit, wake, lease)
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

// Judge judges a unit without writing to AWS: the dependency index and the
// holders of claims are brought up to date, nothing else.
func (r *Runner) Judge(ctx context.Context, unit network.Unit) ([]access.Judgement, error) {
	a, err := r.plan(ctx, unit, true)
	if err != nil {
		return nil, fmt.Errorf("planning unit %s: %w", unit, err)
	}
	return a.live, r.settle(ctx, a.plan.Updates)
}

func (r *Runner) run(ctx context.Context, unit network.Unit, wake Wake, lease ledger.Lease) (Report, error) {
	last, _, err := r.Ledger.Judged(ctx, unit)
	if err != nil {
		return Report{}, fmt.Errorf("reading what unit %s depended on: %w", unit, err)
	}
	before, err := r.plan(ctx, unit, true)
	if err != nil {
		return Report{}, fmt.Errorf("planning unit %s: %w", unit, err)
	}
	moved, err := r.moved(ctx, unit, last, before.declared.where)
	if err != nil {
		return Report{}, err
	}
	report := Report{
		Unit: unit, Moved: moved, Before: before.live, After: before.live, Changes: before.plan.Changes,
		Snapshot: before.snapshot, Hash: before.plan.Hash(), Next: before.next(r.Clock()),
	}
	after := before
	if before.plan.Writes() > 0 || len(before.plan.Updates) > 0 {
		changes, applyErr := r.applier(lease, before.declared, wake.Until).Apply(ctx, unit, before.plan.Changes, before.plan.Updates)
		if applyErr != nil {
			r.Log.WarnContext(ctx, "the run stopped early", "unit", unit.String(), "error", applyErr)
		}
		report.Changes = changes
		if after, err = r.verify(ctx, unit, changes, before); err != nil {
			return report, fmt.Errorf("verifying unit %s: %w", unit, err)
		}
		report.After, report.Snapshot = after.live, after.snapshot
		report.Next = again(after.next(r.Clock()), r.Clock(), changes, applyErr)
		if err := r.settle(ctx, after.plan.Updates); err != nil {
			return report, fmt.Errorf("completing the claims of unit %s: %w", unit, err)
		}
	}
	if err := r.Ledger.Check(ctx, lease, r.Clock()); err != nil {
		return report, fmt.Errorf("recording the run of unit %s: %w", unit, err)
	}
	return r.record(ctx, report, before, after, wake)
}

// settle writes down who holds which claim and what was seen to stand. Releases
// are left to runs that write.
func (r *Runner) settle(ctx context.Context, updates []change.ClaimUpdate) error {
	kept := slices.DeleteFunc(slices.Clone(updates), func(u change.ClaimUpdate) bool { return u.Release })
	a := apply.Applier{Claims: r.Ledger}
	return a.Settle(ctx, kept)
}

func (r *Runner) applier(lease ledger.Lease, own declared, until time.Time) *apply.Applier {
	return &apply.Applier{
		Client: r.Writer, Claims: r.Ledger, Deployment: r.Deployment, Clock: r.Clock,
		Permit: func(ctx context.Context) error { return r.permit(ctx, lease, own, until) },
	}
}

// errDeclaredAnew says that the plan is for what was declared before.
var errDeclaredAnew = errors.New("what is declared changed meanwhile; the next run looks again")

// errOutOfTime says that a run stopped writing before its deadline.
var errOutOfTime = errors.New("the time of this run is over; the next run goes on")

// errOff says that somebody pulled the kill switch.
var errOff = errors.New("mode is off: the kill switch stops every write")

// permit asks once more before every call: the lease still is ours, nobody
// pulled the kill switch, and what is declared for the unit still is the same.
func (r *Runner) permit(ctx context.Context, lease ledger.Lease, own declared, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopping before the deadline: %w", err)
	}
	if !until.IsZero() && r.Clock().After(until) {
		return errOutOfTime
	}
	if err := r.Ledger.Check(ctx, lease, r.Clock()); err != nil {
		return err
	}
	set, err := r.Intents.Declared(ctx)
	if err != nil {
		return fmt.Errorf("reading the mode: %w", err)
	}
	if set.Policies.For(intent.Everything).Mode == intent.Off {
		return errOff
	}
	if selectIntents(set, own.belongs).digest != own.digest {
		return errDeclaredAnew
	}
	return nil
}

// record merges the findings with what is open and writes the run down.
func (r *Runner) record(ctx context.Context, report Report, before, after assessment, wake Wake) (Report, error) {
	open, err := r.Ledger.Findings(ctx, report.Unit)
	if err != nil {
		return report, fmt.Errorf("reading the findings of unit %s: %w", report.Unit, err)
	}
	name := actorsOf(wake.Events)
	now := r.Clock()
	found := append(after.findings(), failedChanges(report.Unit, report.Changes)...)
	report.Told, report.Live = finding.Merge(open, name.on(found, after.live), name.on(before.findings(), before.live), now)
	run := ledger.Run{Unit: report.Unit, At: now, Trigger: wake.Trigger, Hash: report.Hash, Changes: report.Changes, Told: report.Told}
	if err := r.Ledger.Finish(ctx, run, report.Live, name.repaired(report.Changes)); err != nil {
		return report, fmt.Errorf("recording the run of unit %s: %w", report.Unit, err)
	}
	return report, nil
}
