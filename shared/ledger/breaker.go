package ledger

import (
	"context"
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
	// Trip keeps the closes of a unit that wait for a person; without a hash, none do.
	Trip(ctx context.Context, unit network.Unit, t change.Tripped) error
	// Tripped gives them; ok is false where none wait.
	Tripped(ctx context.Context, unit network.Unit) (t change.Tripped, ok bool, err error)
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
	t.Closes = slices.Clone(t.Closes)
	m.tripped[unit] = t
	return nil
}

// Tripped implements Breaker.
func (m *Memory) Tripped(_ context.Context, unit network.Unit) (change.Tripped, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tripped[unit]
	t.Closes = slices.Clone(t.Closes)
	return t, t.Hash != "", nil
}
