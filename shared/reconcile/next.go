package reconcile

import (
	"errors"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// recheck is when something that AWS is still at work on is looked at again:
// most of it takes a minute or two, and makes no event when it is done.
const recheck = 2 * time.Minute

// waiting is when a unit is looked at again in which something waits for time to
// pass: a write that EC2 does not show yet or refused, a withheld close, a contested
// one.
const waiting = 5 * time.Minute

// next is when the unit should be looked at again: now, where something began or
// ended since it was judged.
func (v view) next(now time.Time) time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, i := range v.declared.intents {
		if t, ok := i.NextMoment(v.now); ok {
			sooner(t)
		}
	}
	for _, i := range v.declared.invalid {
		if t, ok := i.NextMoment(v.now); ok {
			sooner(t)
		}
	}
	if v.plan.Again {
		sooner(now.Add(waiting))
	}
	if !v.plan.UndoEnds.IsZero() {
		sooner(v.plan.UndoEnds)
	}
	if v.plan.Awaits {
		sooner(now.Add(recheck))
	}
	for _, j := range v.live {
		if j.State == access.StatePending || v.changesGroups(j.Intent.Cluster) {
			sooner(now.Add(recheck))
		}
	}
	return next
}

// changesGroups says whether ElastiCache is still exchanging the security groups of a
// cluster.
func (v view) changesGroups(cluster string) bool {
	c, ok := v.index.Cluster(cluster)
	return ok && slices.ContainsFunc(c.SecurityGroups, func(m network.Membership) bool { return !m.Active() })
}

// again gives when to look at a unit again after a run that wrote: at once where
// its plan was cut off and can go on, or where something fell due that was not planned;
// soon where a write failed, or what was planned is still to be made.
func (p *pass) again(now time.Time) time.Time {
	next := p.after.next(now)
	failed := slices.ContainsFunc(p.report.Changes, func(c change.Change) bool { return c.Outcome == change.Failed })
	switch {
	case errors.Is(p.stopped, errDeclaredAnew), errors.Is(p.stopped, errOutOfTime):
		return now
	case errors.Is(p.stopped, errOff): // whoever switches it on again wakes the unit
	case p.stopped == nil && fellDue(p.report.Changes, p.after.plan):
		return now
	case p.stopped != nil, failed, p.after.plan.Writes() > 0:
		if soon := now.Add(waiting); next.IsZero() || soon.Before(next) {
			return soon
		}
	}
	return next
}

// fellDue says whether a plan has a write to make that an earlier one did not have.
func fellDue(before []change.Change, after plan.Plan) bool {
	return slices.ContainsFunc(after.Changes, func(c change.Change) bool {
		return c.Outcome == "" && !slices.ContainsFunc(before, func(b change.Change) bool { return b.Text() == c.Text() })
	})
}
