package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/plan"
)

// closesWithin is how long a close counts against the limit of the whole deployment: within
// two sweeps of an hour, the default, a mistake in the intents table reaches every unit.
const closesWithin = 2 * time.Hour

// askUnits reads all units that are known, with what they closed lately. A run counts its
// own closes before it asks for the others', so that of two at once at least one sees both.
func (p *pass) askUnits(ctx context.Context) error {
	closes := closesOf(p.before.plan.Changes, "")
	if p.deployed == nil && closes > 0 {
		if err := p.countCloses(ctx, closes); err != nil {
			return err
		}
		p.units = knownUnits{ledger: p.Ledger}
	}
	units, err := p.units.list(ctx)
	if err != nil || p.deployed != nil || closes == 0 {
		return err
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
	return nil
}

// countCloses records how much this run takes away. A pass without a lease only looks.
func (p *pass) countCloses(ctx context.Context, n int) error {
	if p.lease.Fence == 0 || n == p.counted {
		return nil
	}
	p.counted = n
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
	if err := p.countCloses(ctx, closesOf(p.report.Changes, change.Applied)); err != nil {
		return err
	}
	for _, u := range p.known.Tripped.Undone {
		if u.Live(p.Clock()) && !u.Done && p.after.plan.UndoLeft[u.Run] == 0 {
			u.Done = true
			if err := p.Ledger.SetUndone(ctx, p.unit, u, p.Clock()); err != nil {
				return err
			}
		}
	}
	now := p.after.plan.Tripped
	if now.Hash == p.known.Tripped.Hash && now.Limit == p.known.Tripped.Limit && now.Deployment == p.known.Tripped.Deployment {
		return nil
	}
	now.Waiting = slices.Clone(now.Waiting[:min(len(now.Waiting), keptWaiting)])
	now.Texts = slices.Clone(now.Texts[:min(len(now.Texts), keptWaiting)])
	if err := p.fence(ctx); err != nil {
		return err
	}
	return p.Ledger.Trip(ctx, p.unit, now)
}

// keptWaiting is how many changes of a unit are kept while they wait: more than a unit has.
// What is not kept cannot be approved.
const keptWaiting = 5000
