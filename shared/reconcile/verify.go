package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// looks is how often a write is looked for before the run ends without having
// seen it, firstLook the pause before the second look; the pauses double. EC2
// recommends exponential back-off from a couple of seconds on.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
const (
	looks     = 5
	firstLook = 2 * time.Second
)

// verify reads the unit again until every applied change shows. What was planned and
// not made is there in the report with its reason.
func (p *pass) verify(ctx context.Context) error {
	planned := p.before.plan
	if planned.Writes() == 0 && len(planned.Updates) == 0 {
		return nil
	}
	changes := p.report.Changes
	applied := slices.ContainsFunc(changes, func(c change.Change) bool { return c.Outcome == change.Applied })
	pause := firstLook
	for look := 1; ; look++ {
		after, err := p.lookAgain(ctx)
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
	return p.settleClaims(ctx)
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
