package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// looks is how often a write is looked for before the run ends without having
// seen it, firstLook the pause before the second look; the pauses double. EC2
// recommends exponential back-off from a couple of seconds on.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
const (
	looks     = 5
	firstLook = 2 * time.Second
)

// verify reads what was written until every applied change shows, and judges the unit on
// it. What was planned and not made is there in the report with its reason.
func (p *pass) verify(ctx context.Context) error {
	planned := p.before.plan
	if planned.Writes() == 0 && len(planned.Updates) == 0 {
		return nil
	}
	changes := p.report.Changes
	applied := slices.ContainsFunc(changes, func(c change.Change) bool { return c.Outcome == change.Applied })
	pause := firstLook
	for look := 1; ; look++ {
		after, err := p.lookAfter(ctx)
		if err != nil {
			return err
		}
		p.after = after
		if !applied || look == looks || !slices.ContainsFunc(changes, func(c change.Change) bool { return unseen(after.snapshot, c) }) {
			markUnseen(changes, after.snapshot)
			break
		}
		if err := p.Sleep(ctx, pause); err != nil {
			break // out of time: what was seen last is reported as it is
		}
		pause *= 2
	}
	p.report.After, p.report.Snapshot = p.after.live, p.after.snapshot
	p.report.Next = p.again(p.Clock())
	return p.settleMost(ctx)
}

// lookAfter gives the unit after the writes: what was written is read again, with the
// claims, and all else is as it was. Where the run stopped because something else
// changed, all of it is read again.
func (p *pass) lookAfter(ctx context.Context) (view, error) {
	if p.stopped != nil {
		return p.lookAgain(ctx)
	}
	again := *p
	again.report = Report{}
	again.records = false // what was written is in the index already
	err := allOf(
		func() (err error) {
			again.before.snapshot, err = observe.Refresh(ctx, p.Clients, p.before.snapshot, p.written(), p.Clock())
			return err
		},
		func() (err error) {
			if p.touchesClaims() {
				again.before.claims, err = p.claimsAt(ctx, p.held(), points(p.before.snapshot))
			}
			return err
		},
		func() error { p.actors(ctx); return nil }, // the record will ask for them
	)
	if err != nil {
		return view{}, err
	}
	err = again.through(ctx, judge, makePlan)
	return again.before, err
}

// touchesClaims says whether anything that the run did may have changed a claim.
func (p *pass) touchesClaims() bool {
	return len(p.before.plan.Updates) > 0 || slices.ContainsFunc(p.report.Changes, func(c change.Change) bool {
		return c.Opens() || c.Claimed || c.Action == change.ReplaceRoute
	})
}

// written are the enforcement points of the changes that this run was to make.
func (p *pass) written() []observe.Point {
	var out []observe.Point
	for _, c := range p.report.Changes {
		if c.Mode == intent.Enforce {
			out = appendPoint(out, c.Point())
		}
	}
	return out
}

// held are the keys of the claims that the unit held before, and that its changes made.
func (p *pass) held() []string {
	out := slices.Clone(p.known.Held)
	for _, c := range p.report.Changes {
		if c.Opens() && c.Outcome == change.Applied && !slices.Contains(out, c.Key()) {
			out = append(out, c.Key())
		}
	}
	return out
}

func markUnseen(changes []change.Change, s *network.Snapshot) {
	for i := range changes {
		if unseen(s, changes[i]) {
			changes[i].Why = "EC2 accepted it and does not show it yet; the next run looks again"
		}
		changes[i].Seen = changes[i].Outcome == change.Applied && !unseen(s, changes[i])
	}
}

// unseen says whether an applied change does not show in a snapshot.
func unseen(s *network.Snapshot, c change.Change) bool {
	return c.Outcome == change.Applied && !change.Shows(s, c)
}
