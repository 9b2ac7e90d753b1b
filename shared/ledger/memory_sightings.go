package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/network"
)

// sighted are events that came at a time.
type sighted struct {
	at     time.Time
	events []events.Event
}

// Sighted implements Sightings.
func (m *Memory) Sighted(_ context.Context, at time.Time, sightings ...Sighting) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range sightings {
		if len(s.Events) == 0 {
			continue
		}
		m.seen[s.Unit] = append(m.seen[s.Unit], sighted{at: at, events: slices.Clone(s.Events)})
		slices.SortStableFunc(m.seen[s.Unit], func(a, b sighted) int { return a.at.Compare(b.at) })
	}
	return nil
}

// Seen implements Sightings.
func (m *Memory) Seen(_ context.Context, unit network.Unit, since time.Time) ([]events.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []events.Event
	for _, s := range m.seen[unit] {
		if !s.at.Before(since) {
			out = append(out, s.events...)
		}
	}
	return out, nil
}
