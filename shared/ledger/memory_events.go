package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/network"
)

// arrived are events that came at a time.
type arrived struct {
	at     time.Time
	events []events.Event
}

// RecordEvents implements RecentEvents.
func (m *Memory) RecordEvents(_ context.Context, at time.Time, recent ...UnitEvents) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range recent {
		if len(s.Events) == 0 {
			continue
		}
		m.events[s.Unit] = append(m.events[s.Unit], arrived{at: at, events: slices.Clone(s.Events)})
		slices.SortStableFunc(m.events[s.Unit], func(a, b arrived) int { return a.at.Compare(b.at) })
	}
	return nil
}

// EventsSince implements RecentEvents.
func (m *Memory) EventsSince(_ context.Context, unit network.Unit, since time.Time) ([]events.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []events.Event
	for _, s := range m.events[unit] {
		if !s.at.Before(since) {
			out = append(out, s.events...)
		}
	}
	return out, nil
}
