package reconcile

import (
	"errors"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
)

// recheck is when something that AWS is still at work on is looked at again:
// most of it takes a minute or two, and makes no event when it is done.
const recheck = 2 * time.Minute

// waiting is when a unit is looked at again in which something waits for time to
// pass: a write that EC2 does not show yet or refused, a withheld close, a contested
// one.
const waiting = 5 * time.Minute

// next is when the unit should be looked at again.
func (v view) next(now time.Time) time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, i := range v.declared.intents {
		if t, ok := i.NextMoment(now); ok {
			sooner(t)
		}
	}
	for _, i := range v.declared.invalid {
		if t, ok := i.NextMoment(now); ok {
			sooner(t)
		}
	}
	if v.plan.Again {
		sooner(now.Add(waiting))
	}
	for _, j := range v.live {
		if j.State == access.StatePending {
			sooner(now.Add(recheck))
		}
	}
	return next
}

// again gives when to look at a unit again after a run that wrote: at once where
// its plan was cut off and can go on, soon where a write failed.
func again(next, now time.Time, changes []change.Change, stopped error) time.Time {
	failed := slices.ContainsFunc(changes, func(c change.Change) bool { return c.Outcome == change.Failed })
	switch {
	case errors.Is(stopped, errDeclaredAnew), errors.Is(stopped, errOutOfTime):
		return now
	case errors.Is(stopped, errOff): // whoever switches it on again wakes the unit
	case stopped != nil, failed:
		if soon := now.Add(waiting); next.IsZero() || soon.Before(next) {
			return soon
		}
	}
	return next
}
