package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/plan"
)

// closesWithin is how long a close counts against the limit of the whole deployment: within
// two sweeps of an hour, the default, a mistake in the intents table reaches every unit.
const closesWithin = 2 * time.Hour

// limitCloses holds the closes of the plan back where they are too many together with those
// of all other units. A run counts its own before it asks for the others', so that of two
// at once at least one sees both.
func (p *pass) limitCloses(ctx context.Context) error {
	closes := closesOf(p.before.plan.Changes, "")
	if closes == 0 {
		return nil
	}
	if err := p.countCloses(ctx, closes); err != nil {
		return err
	}
	units, err := p.Ledger.Units(ctx)
	if err != nil {
		return fmt.Errorf("reading what was closed lately: %w", err)
	}
	p.deployed = &plan.Deployed{}
	for _, u := range units {
		p.deployed.Open += u.Open
		for _, c := range u.Closes {
			own := u.Unit == p.unit && c.At.Equal(p.before.now)
			if !own && !c.At.Before(p.before.now.Add(-closesWithin)) {
				p.deployed.Closed += c.N
			}
		}
	}
	v := &p.before
	v.input.Deployed = p.deployed
	v.plan = plan.Make(v.input)
	p.show()
	if v.plan.Tripped.Hash == "" {
		return nil
	}
	return p.countCloses(ctx, 0)
}

// countCloses records how much this run takes away. A pass without a lease only looks.
func (p *pass) countCloses(ctx context.Context, n int) error {
	if p.lease.Fence == 0 {
		return nil
	}
	at := p.before.now.UTC().Round(0)
	return p.Ledger.CountCloses(ctx, p.unit, ledger.Closes{At: at, N: n}, at.Add(-closesWithin))
}

// closesOf counts the changes with an outcome that take something away.
func closesOf(changes []change.Change, outcome change.Outcome) int {
	n := 0
	for _, c := range changes {
		if !c.Opens() && c.Outcome == outcome {
			n++
		}
	}
	return n
}

// recordCloses replaces what the run set out to take away by what it took away, and keeps
// what waits for a person.
func (p *pass) recordCloses(ctx context.Context) error {
	if planned, made := closesOf(p.before.plan.Changes, ""), closesOf(p.report.Changes, change.Applied); planned != made {
		if err := p.countCloses(ctx, made); err != nil {
			return err
		}
	}
	for _, u := range p.tripped.Undone {
		if u.Live(p.Clock()) && !u.Done && p.after.plan.UndoLeft[u.Run] == 0 {
			u.Done = true
			if err := p.Ledger.SetUndone(ctx, p.unit, u, p.Clock()); err != nil {
				return err
			}
		}
	}
	now := p.after.plan.Tripped
	if now.Hash == p.tripped.Hash && now.Limit == p.tripped.Limit && now.Deployment == p.tripped.Deployment {
		return nil
	}
	now.Waiting = slices.Clone(now.Waiting[:min(len(now.Waiting), keptWaiting)])
	now.Texts = slices.Clone(now.Texts[:min(len(now.Texts), keptWaiting)])
	return p.Ledger.Trip(ctx, p.unit, now)
}

// keptWaiting is how many changes of a unit are kept while they wait: more than a unit has.
// What is not kept cannot be approved.
const keptWaiting = 5000
