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

// verify reads the unit again until every applied change shows.
func (r *Runner) verify(ctx context.Context, unit network.Unit, changes []change.Change, before assessment) (assessment, error) {
	applied := slices.ContainsFunc(changes, func(c change.Change) bool { return c.Outcome == change.Applied })
	pause := firstLook
	for look := 1; ; look++ {
		after, err := r.plan(ctx, unit, true)
		if err != nil {
			return before, err
		}
		if !applied || look == looks || !slices.ContainsFunc(changes, func(c change.Change) bool { return unseen(after.snapshot, c) }) {
			markUnseen(changes, after.snapshot)
			return after, nil
		}
		if err := r.Sleep(ctx, pause); err != nil {
			return after, nil //nolint:nilerr // out of time: what was seen last is reported as it is
		}
		pause *= 2
	}
}

func markUnseen(changes []change.Change, s *network.Snapshot) {
	for i := range changes {
		if unseen(s, changes[i]) {
			changes[i].Why = "EC2 accepted it and does not show it yet; the next run looks again"
		}
	}
}

// unseen says whether an applied change does not show in a snapshot.
func unseen(s *network.Snapshot, c change.Change) bool {
	return c.Outcome == change.Applied && !change.Shows(s, c)
}
