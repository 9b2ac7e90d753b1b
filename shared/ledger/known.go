package ledger

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
)

// Known is what the ledger keeps of a unit, read at once.
type Known struct {
	// Judged is what its last judgement leaned on; zero where it was never judged.
	Judged   Judged
	Findings []finding.Finding
	Contests map[string]change.Contest
	// Begun are the runs that began and were not finished, in the order of their times.
	Begun   []Run
	Tripped change.Tripped
	// Next is what the last run that was finished said of itself.
	Next time.Time
	// Ran says that a run of the unit was finished before.
	Ran bool
	// Unsent says that people have to hear of something still.
	Unsent bool
	// Held are the keys of the claims that the unit holds or left last, sorted.
	Held []string
}

// Memories gives all that is kept of a unit.
type Memories interface {
	// Recall gives what is known of a unit, with what was put right since a time. The
	// writes that follow start from what it gave, on the condition that it still is so.
	Recall(ctx context.Context, unit network.Unit, repaired time.Time) (Known, error)
	// Take takes a unit for a while, as Acquire does, and recalls it at the same time. Where
	// only the recalling failed, the lease is given beside the error.
	Take(ctx context.Context, unit network.Unit, owner string, now time.Time, ttl time.Duration, repaired time.Time) (Lease, Known, error)
}

// Take implements Memories.
func (m *Memory) Take(ctx context.Context, unit network.Unit, owner string, now time.Time, ttl time.Duration, repaired time.Time) (Lease, Known, error) {
	lease, err := m.Acquire(ctx, unit, owner, now, ttl)
	if err != nil {
		return Lease{}, Known{}, err
	}
	k, err := m.Recall(ctx, unit, repaired)
	return lease, k, err
}

// Recall implements Memories.
func (m *Memory) Recall(ctx context.Context, unit network.Unit, repaired time.Time) (Known, error) {
	var k Known
	k.Judged, _, _ = m.Judged(ctx, unit)
	k.Findings, _ = m.Findings(ctx, unit)
	k.Contests, _ = m.Contests(ctx, unit, repaired)
	k.Begun, _ = m.Begun(ctx, unit)
	k.Tripped, _, _ = m.Tripped(ctx, unit)
	m.mu.Lock()
	defer m.mu.Unlock()
	k.Next, k.Unsent = m.next[unit], len(m.notices[unit]) > 0
	_, k.Ran = m.next[unit]
	for _, key := range slices.Sorted(maps.Keys(m.claims)) {
		if c := m.claims[key]; heldBy(c, unit) {
			k.Held = append(k.Held, key)
		}
	}
	return k, nil
}

func heldBy(c change.Claim, unit network.Unit) bool {
	return slices.ContainsFunc(slices.Concat(c.Holders, c.LastHolders), func(h change.Holder) bool { return h.Unit == unit })
}
