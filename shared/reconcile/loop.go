package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/plan"
)

// pass is one unit on its way through the loop. Each step takes what the steps
// before it left here and leaves what it found; nothing is read twice.
type pass struct {
	*Runner
	unit network.Unit
	wake Wake
	// records lets the pass write to the ledger, leases to AWS too, under the lease.
	records, leases bool
	lease           ledger.Lease

	// known is what the ledger knew before, of runs that were cut off too: this one finds
	// out what they did.
	known ledger.Known
	// set is all that is declared, first what was read before anything was known.
	set   intent.Set
	first *observe.Look
	units knownUnits
	// deployed is what all units closed lately, counted what of it is this run's.
	deployed *plan.Deployed
	counted  int
	// sharers is what others need at the enforcement points at which something closes.
	sharers sharers

	// before is the unit as it was found, after as it is once the changes are made.
	before, after view
	// doubted are claims that may not be cachegate's any more.
	doubted []change.ClaimUpdate
	// turns is when what is declared for the unit begins or ends next; zero: never.
	turns time.Time
	// stopped is why applying ended before its end.
	stopped error
	// journal is this run as it is recorded.
	journal ledger.Run
	report  Report
}

// view is a unit at one time: what is declared for it, what was observed, judged and
// planned.
type view struct {
	unit     network.Unit
	now      time.Time
	declared declared
	snapshot *network.Snapshot
	index    *access.Index
	claims   []change.Claim
	live     []access.Judgement
	ended    []access.Judgement
	input    plan.Input
	plan     plan.Plan
}

// step is one step of the loop.
type step struct {
	// doing names it in errors, as in "observing unit …".
	doing string
	do    func(*pass, context.Context) error
}

// The steps of the loop, in their order.
var (
	look           = step{"reading what is known, declared and there of", (*pass).look}
	declare        = step{"finding what is declared for", (*pass).declare}
	observeNetwork = step{"observing", (*pass).observe}
	judge          = step{"judging", (*pass).judge}
	makePlan       = step{"planning", (*pass).makePlan}
	findMoved      = step{"finding where the clusters went of", (*pass).findMoved}
	settleClaims   = step{"completing the claims of", (*pass).settleClaims}
	recoverRuns    = step{"finding out what a run before did in", (*pass).recoverRuns}
	applyPlan      = step{"changing", (*pass).apply}
	verify         = step{"verifying", (*pass).verify}
	record         = step{"recording the run of", (*pass).record}
)

func (r *Runner) pass(unit network.Unit, wake Wake) *pass {
	return &pass{Runner: r, unit: unit, wake: wake, report: Report{Unit: unit}, units: knownUnits{ledger: r.Ledger}}
}

// through takes a pass through steps, and stops at the first that fails.
func (p *pass) through(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		if err := s.do(p, ctx); err != nil {
			return fmt.Errorf("%s unit %s: %w", s.doing, p.unit, err)
		}
	}
	return nil
}

// look reads all that needs nothing but the name of the unit, at once: what the ledger
// knows, under the unit's lease where it has to be taken, what is declared, and what AWS
// shows of the unit itself.
func (p *pass) look(ctx context.Context) error {
	return allOf(
		func() error { return p.remember(ctx) },
		func() (err error) {
			if p.set, err = p.Intents.Declared(ctx); err != nil {
				return fmt.Errorf("reading intents: %w", err)
			}
			return nil
		},
		func() error { return p.lookFirst(ctx) },
	)
}

func (p *pass) lookFirst(ctx context.Context) (err error) {
	p.first, err = observe.Begin(ctx, p.Clients, p.unit, p.Clock())
	return err
}

// remember reads what the ledger knows of the unit, and takes its lease where the pass
// may write.
func (p *pass) remember(ctx context.Context) (err error) {
	now := p.Clock()
	since := now.Add(-change.ContestedWithin)
	if p.leases {
		p.lease, p.known, err = p.Ledger.Take(ctx, p.unit, p.Owner, now, cmp.Or(p.LeaseTime, leaseTime), since)
	} else {
		p.known, err = p.Ledger.Recall(ctx, p.unit, since)
	}
	if u := p.wake.Undo; u != nil {
		p.known.Tripped.Undone = change.WithUndone(p.known.Tripped.Undone, *u, now)
	}
	return err
}

// allOf does several things at once, each to its end, and gives all their errors: what one
// began is not cut off because another failed.
func allOf(parts ...func() error) error {
	errs := make([]error, len(parts))
	var running sync.WaitGroup
	for i, part := range parts {
		running.Go(func() { errs[i] = part() })
	}
	running.Wait()
	return errors.Join(errs...)
}

// lookAgain gives the unit as it is now, with what is declared now, on what the ledger
// knew before.
func (p *pass) lookAgain(ctx context.Context) (view, error) {
	again := *p
	again.report, again.before = Report{}, view{}
	err := allOf(
		func() (err error) {
			if again.set, err = p.Intents.Declared(ctx); err != nil {
				return fmt.Errorf("reading intents: %w", err)
			}
			return nil
		},
		func() error { return again.lookFirst(ctx) },
	)
	if err != nil {
		return view{}, err
	}
	err = again.through(ctx, declare, observeNetwork, judge, makePlan)
	return again.before, err
}

// knownUnits are the units that were judged before, read once and only where
// somebody asks.
type knownUnits struct {
	ledger ledger.Index
	read   bool
	all    []ledger.Judged
}

func (k *knownUnits) list(ctx context.Context) ([]ledger.Judged, error) {
	if k.read {
		return k.all, nil
	}
	all, err := k.ledger.Units(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the known units: %w", err)
	}
	k.read, k.all = true, all
	return all, nil
}

// unitOf gives the unit of every cluster that was judged before.
func (k *knownUnits) unitOf(ctx context.Context) (map[string]network.Unit, error) {
	all, err := k.list(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]network.Unit{}
	for _, j := range all {
		for _, arn := range j.Clusters {
			out[arn] = j.Unit
		}
	}
	return out, nil
}
