package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// Closes are how many things a run of a unit took away, or set out to.
type Closes struct {
	At time.Time
	N  int
}

// Breaker keeps what counts against maxCloses.
type Breaker interface {
	// CountCloses records that a run of a unit, which began at a time, takes so many things
	// away; what was recorded for the same time is replaced, what is from before since goes.
	CountCloses(ctx context.Context, unit network.Unit, c Closes, since time.Time) error
	// Trip keeps the changes of a unit that wait for a person; without a hash, none do. An
	// approval that was given for the same changes meanwhile stays.
	Trip(ctx context.Context, unit network.Unit, t change.Tripped) error
	// Tripped gives them; ok is false where none wait.
	Tripped(ctx context.Context, unit network.Unit) (t change.Tripped, ok bool, err error)
	// SetUndone keeps that a run of a unit is undone, in place of what was kept of the same run;
	// one whose time is over, or without changes, is undone no longer.
	SetUndone(ctx context.Context, unit network.Unit, u change.UndoneRun, now time.Time) error
	// Approve keeps a person's word for the changes of a unit that wait under a hash;
	// ErrOtherPlan where no or other ones do.
	Approve(ctx context.Context, unit network.Unit, hash string, a change.Approval) error
}

// ErrOtherPlan says that the changes that were to be approved do not wait, or no longer.
var ErrOtherPlan = errors.New("another plan waits, or none")

// WithGiven gives changes that wait as they are to be kept once others are known: what people
// gave while the run was under way is not lost.
func WithGiven(now, known change.Tripped) change.Tripped {
	now.Undone = known.Undone
	if now.Hash != "" && now.Hash == known.Hash && known.Approval.At.After(now.Approval.At) {
		now.Approval = known.Approval
	}
	return now
}

// WithCloses gives the closes of a unit once those of one more run are among them.
func WithCloses(known []Closes, c Closes, since time.Time) []Closes {
	out := slices.DeleteFunc(slices.Clone(known), func(k Closes) bool { return k.At.Before(since) || k.At.Equal(c.At) })
	if c.N > 0 {
		out = append(out, c)
	}
	return out
}

// CountCloses implements Breaker.
func (m *Memory) CountCloses(_ context.Context, unit network.Unit, c Closes, since time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closes[unit] = WithCloses(m.closes[unit], c, since)
	return nil
}

// Trip implements Breaker.
func (m *Memory) Trip(_ context.Context, unit network.Unit, t change.Tripped) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tripped[unit] = detachedTripped(WithGiven(t, m.tripped[unit]))
	return nil
}

func detachedTripped(t change.Tripped) change.Tripped {
	t.Waiting, t.Texts, t.Undone = slices.Clone(t.Waiting), slices.Clone(t.Texts), slices.Clone(t.Undone)
	return t
}

// SetUndone implements Breaker.
func (m *Memory) SetUndone(_ context.Context, unit network.Unit, u change.UndoneRun, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tripped[unit]
	t.Undone = change.WithUndone(t.Undone, u, now)
	m.tripped[unit] = t
	return nil
}

// Approve implements Breaker.
func (m *Memory) Approve(_ context.Context, unit network.Unit, hash string, a change.Approval) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tripped[unit]
	if hash == "" || t.Hash != hash {
		return fmt.Errorf("approving %s in unit %s: %w", hash, unit, ErrOtherPlan)
	}
	t.Approval = a
	m.tripped[unit] = t
	return nil
}

// Tripped implements Breaker.
func (m *Memory) Tripped(_ context.Context, unit network.Unit) (change.Tripped, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := detachedTripped(m.tripped[unit])
	return t, t.Hash != "", nil
}
