package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// Releasable gives the changes that give up claims, and what is not given up: a claim whose
// write nobody has seen the end of may still come to stand for something.
func Releasable(claims []change.Claim) ([]change.Change, []plan.LeftOut) {
	var out []change.Change
	var left []plan.LeftOut
	for _, k := range claims {
		c := change.Change{
			Action: change.Release, Requirement: k.Requirement, Reason: change.Released, Claimed: true,
			Rule: network.Rule{ID: k.RuleID}, Holders: k.Holders, Intents: change.IntentsOf(slices.Concat(k.Holders, k.LastHolders)),
		}
		if k.Status == change.Intended {
			left = append(left, plan.LeftOut{Change: c, Why: "nobody knows yet whether it was made; the next run finds out"})
			continue
		}
		out = append(out, c)
	}
	return out, left
}

// Release gives up claims that a person chose: what stands stays, and no run takes it back by
// itself. It takes the leases of all units that hold one of them, so that none of them closes
// what was given up; ledger.ErrLeased where somebody else has one, and then nothing is given
// up. Each unit's part is recorded as a run of it. The changes are those that were made.
func (r *Runner) Release(ctx context.Context, claims []change.Claim, trigger string) (made []change.Change, err error) {
	units := holdingUnits(claims)
	passes := make([]*pass, 0, len(units))
	defer func() {
		for _, p := range passes {
			if p.lease.Fence > 0 {
				r.free(ctx, p.lease)
			}
		}
	}()
	for _, u := range units {
		p := r.pass(u, Wake{Trigger: trigger})
		p.leases = true
		passes = append(passes, p)
		if err := p.remember(ctx); err != nil {
			return nil, fmt.Errorf("taking unit %s: %w", u, err)
		}
		if err := p.mayClaim(); err != nil && !errors.Is(err, ErrNeverRan) {
			return nil, err
		}
	}
	given := map[string]bool{}
	for _, p := range passes {
		changes, err := p.release(ctx, claims, units, given)
		made = append(made, changes...)
		if err != nil {
			return made, err
		}
	}
	return made, nil
}

// holdingUnits gives the units that hold claims, or left them last, in order: whoever takes
// several leases takes them in the same order.
func holdingUnits(claims []change.Claim) []network.Unit {
	var out []network.Unit
	for _, c := range claims {
		for _, h := range slices.Concat(c.Holders, c.LastHolders) {
			out = append(out, h.Unit)
		}
	}
	return slices.Compact(ledger.SortUnits(out))
}

// release gives up the claims of one unit, as they are now: one that went meanwhile, or that a
// unit holds now whose lease was not taken, stays as it is.
func (p *pass) release(ctx context.Context, wanted []change.Claim, leased []network.Unit, given map[string]bool) ([]change.Change, error) {
	held, err := p.Ledger.Claims(ctx, p.unit, nil)
	if err != nil {
		return nil, err
	}
	held = slices.DeleteFunc(held, func(c change.Claim) bool {
		return given[c.Key()] ||
			!slices.ContainsFunc(wanted, func(w change.Claim) bool { return w.Requirement == c.Requirement && w.RuleID == c.RuleID }) ||
			slices.ContainsFunc(holdingUnits([]change.Claim{c}), func(u network.Unit) bool { return !slices.Contains(leased, u) })
	})
	changes, _ := Releasable(held)
	if len(changes) == 0 {
		return nil, nil
	}
	err = p.beginClaims(ctx, changes)
	if err != nil {
		return nil, err
	}
	for i := range changes {
		err = p.fence(ctx)
		if err != nil {
			return nil, err
		}
		if err = p.Ledger.Release(ctx, changes[i].Key()); err != nil {
			return nil, fmt.Errorf("giving up %s: %w", changes[i].Noun(), err)
		}
		changes[i].Outcome, changes[i].Seen = change.Applied, true
		given[changes[i].Key()] = true
	}
	err = p.finishClaims(ctx, changes)
	if err == nil {
		p.lease = ledger.Lease{} // it went with the record
	}
	return changes, err
}
