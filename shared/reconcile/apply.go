package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// apply carries the plan out.
func (p *pass) apply(ctx context.Context) error {
	planned := p.before.plan
	if planned.Writes() == 0 && len(planned.Updates) == 0 {
		return nil
	}
	p.turns = p.before.declared.turns(p.before.now)
	a := &apply.Applier{Client: p.Writer, Claims: p.Ledger, Deployment: p.Deployment, Clock: p.Clock, CheckStillAllowed: p.checkStillAllowed, Seen: p.ingress}
	if planned.Writes() > 0 {
		// The plan is on record, under the lease, before the first write; what else that
		// asks is asked meanwhile.
		err := allOf(
			func() error { return p.begin(ctx) },
			func() error { a.Prepare(ctx, planned.Changes, p.checkDeclared); return nil },
		)
		if err != nil {
			return err
		}
	}
	p.report.Changes, p.stopped = a.Apply(ctx, p.unit, planned.Changes, planned.Updates)
	if p.stopped != nil {
		p.Log.WarnContext(ctx, "the run stopped early", "unit", p.unit.String(), "error", p.stopped)
	}
	return nil
}

// ingress gives the rules of a security group as the plan was made of them.
func (p *pass) ingress(group string) []network.Rule {
	return p.before.snapshot.SecurityGroups[group].Ingress()
}

// errDeclaredAnew says that the plan is for what was declared before.
var errDeclaredAnew = errors.New("what is declared changed meanwhile; the next run looks again")

// errOutOfTime says that a run stopped writing before its deadline.
var errOutOfTime = errors.New("the time of this run is over; the next run goes on")

// errOff says that somebody pulled the kill switch.
var errOff = errors.New("mode is off: the kill switch stops every write")

// checkStillAllowed asks once more before every call: the lease still is ours, nobody
// pulled the kill switch, what is declared for the unit still is the same, and none of
// it began or ended since it was judged.
func (p *pass) checkStillAllowed(ctx context.Context) error {
	return allOf(
		func() error { return p.Ledger.Check(ctx, p.lease, p.Clock()) },
		func() error { return p.checkDeclared(ctx) },
	)
}

// checkDeclared asks all of that but for the lease.
func (p *pass) checkDeclared(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopping before the deadline: %w", err)
	}
	if !p.wake.Until.IsZero() && p.Clock().After(p.wake.Until) {
		return errOutOfTime
	}
	set, err := p.Intents.Declared(ctx)
	if err != nil {
		return fmt.Errorf("reading the mode: %w", err)
	}
	if set.Policies.For(intent.Everything).Mode == intent.Off {
		return errOff
	}
	turned := !p.turns.IsZero() && !p.turns.After(p.Clock())
	if turned || !set.Same(p.set) && p.declaredAnew(set) {
		return errDeclaredAnew
	}
	return nil
}

// declaredAnew says whether what is declared now differs, for the unit or for those on
// which its closes lean, from what the plan was made of.
func (p *pass) declaredAnew(set intent.Set) bool {
	own, others := p.before.declared, p.sharers
	return selectIntents(set, own.belongs).digest != own.digest ||
		others.concern != nil && selectIntents(set, others.concern).digest != others.digest
}

// settleClaims writes down who holds which claim and what was seen to stand. Releases
// are left to runs that write.
func (p *pass) settleClaims(ctx context.Context) error {
	return p.settle(ctx, p.settled())
}

// settled are the claims that were seen to stand, and those whose holders come and go.
func (p *pass) settled() []change.ClaimUpdate {
	return slices.DeleteFunc(slices.Clone(p.after.plan.Updates), func(u change.ClaimUpdate) bool { return u.Release })
}

// settleMost writes down what does not fit into the record of the run, which settles a few.
func (p *pass) settleMost(ctx context.Context) error {
	all := p.settled()
	few := min(len(all), ledger.SettledAtOnce)
	p.journal.Settled = all[:few]
	return p.settle(ctx, all[few:])
}

func (p *pass) settle(ctx context.Context, kept []change.ClaimUpdate) error {
	if len(kept) == 0 {
		return nil
	}
	if err := p.fence(ctx); err != nil {
		return err
	}
	a := apply.Applier{Claims: p.Ledger}
	return a.Settle(ctx, kept)
}

// fence asks whether the lease still is ours before something is written down: whoever
// has the unit now writes what it sees. A pass without a lease only looks.
func (p *pass) fence(ctx context.Context) error {
	if p.lease.Fence == 0 {
		return nil
	}
	return p.Ledger.Check(ctx, p.lease, p.Clock())
}
