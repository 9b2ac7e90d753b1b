package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// pass is one unit on its way through the loop. Each step takes what the steps
// before it left here and leaves what it found; nothing is read twice.
type pass struct {
	*Runner
	unit network.Unit
	wake Wake
	// records lets the pass write to the ledger; lease is there where it may write to
	// AWS too.
	records bool
	lease   ledger.Lease

	// last, open and contests are what the ledger knew before: what the last judgement
	// leaned on, the open findings, what was put right lately.
	last     ledger.Judged
	open     []finding.Finding
	contests map[string]change.Contest
	// begun are runs that were cut off: this one finds out what they did.
	begun []ledger.Run
	units knownUnits
	// tripped are the closes that wait for a person, deployed is what all units closed lately.
	tripped  change.Tripped
	deployed *plan.Deployed

	// before is the unit as it was found, after as it is once the changes are made.
	before, after view
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
	// sharing says whose intents the closes of the plan lean on beside the unit's own,
	// sharersDigest identifies these; nil where it closes nothing.
	sharing       func(arn string) bool
	sharersDigest string
}

// step is one step of the loop.
type step struct {
	// doing names it in errors, as in "observing unit …".
	doing string
	do    func(*pass, context.Context) error
}

// The steps of the loop, in their order.
var (
	remember       = step{"reading what is known of", (*pass).remember}
	declare        = step{"reading what is declared for", (*pass).declare}
	observeNetwork = step{"observing", (*pass).observe}
	judge          = step{"judging", (*pass).judge}
	makePlan       = step{"planning", (*pass).makePlan}
	findMoved      = step{"finding where the clusters went of", (*pass).findMoved}
	settleClaims   = step{"completing the claims of", (*pass).settleClaims}
	recoverRuns    = step{"finding out what a run before did in", (*pass).recoverRuns}
	limitCloses    = step{"counting what is closed with", (*pass).limitCloses}
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

// remember reads what the ledger knows of the unit.
func (p *pass) remember(ctx context.Context) error {
	var err error
	if p.last, _, err = p.Ledger.Judged(ctx, p.unit); err != nil {
		return fmt.Errorf("reading what it depended on: %w", err)
	}
	if p.open, err = p.Ledger.Findings(ctx, p.unit); err != nil {
		return fmt.Errorf("reading its findings: %w", err)
	}
	if p.contests, err = p.Ledger.Contests(ctx, p.unit, p.Clock().Add(-change.ContestedWithin)); err != nil {
		return fmt.Errorf("reading contests: %w", err)
	}
	if p.begun, err = p.Ledger.Begun(ctx, p.unit); err != nil {
		return fmt.Errorf("reading runs that were cut off: %w", err)
	}
	if p.tripped, _, err = p.Ledger.Tripped(ctx, p.unit); err != nil {
		return fmt.Errorf("reading what waits for a person: %w", err)
	}
	if u := p.wake.Undo; u != nil {
		p.tripped.Undone = change.WithUndone(p.tripped.Undone, *u, p.Clock())
	}
	return nil
}

// lookAgain gives the unit as it is now, on what the ledger knew before.
func (p *pass) lookAgain(ctx context.Context) (view, error) {
	again := *p
	again.report = Report{}
	err := again.through(ctx, declare, observeNetwork, judge, makePlan)
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
