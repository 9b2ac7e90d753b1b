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

// Findings implements Journal.
func (m *Memory) Findings(_ context.Context, unit network.Unit) ([]finding.Finding, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.findings[unit]), nil
}

// Finish implements Journal.
func (m *Memory) Finish(_ context.Context, r Run, live []finding.Finding, repaired map[string]string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.runs = append(m.runs, r)
	m.findings[r.Unit] = slices.Clone(live)
	m.notices[r.Unit] = WithNews(m.notices[r.Unit], r.Told)
	if m.repairs[r.Unit] == nil {
		m.repairs[r.Unit] = map[string]change.Contest{}
	}
	for key, actor := range repaired {
		c := m.repairs[r.Unit][key]
		c.Repairs = append(slices.Clone(c.Repairs), r.At)
		if actor != "" && !slices.Contains(c.Actors, actor) {
			c.Actors = append(slices.Clone(c.Actors), actor)
		}
		m.repairs[r.Unit][key] = c
	}
	return nil
}

// Writers implements Journal.
func (m *Memory) Writers(_ context.Context, resources []string, since time.Time) ([]network.Unit, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[network.Unit]bool{}
	for _, r := range m.runs {
		for _, c := range r.Changes {
			if c.Outcome == change.Applied && !r.At.Before(since) && slices.Contains(resources, c.Resource) {
				found[r.Unit] = true
			}
		}
	}
	return SortUnits(slices.Collect(maps.Keys(found))), nil
}

// Contests implements Journal.
func (m *Memory) Contests(_ context.Context, unit network.Unit, since time.Time) (map[string]change.Contest, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]change.Contest{}
	for key, c := range m.repairs[unit] {
		recent := slices.DeleteFunc(slices.Clone(c.Repairs), func(t time.Time) bool { return t.Before(since) })
		if len(recent) > 0 {
			out[key] = change.Contest{Repairs: recent, Actors: slices.Clone(c.Actors)}
		}
	}
	return out, nil
}

// Runs gives the recorded runs in their order.
func (m *Memory) Runs() []Run {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.runs)
}

// Unheard implements Notices.
func (m *Memory) Unheard(_ context.Context, unit network.Unit) ([]Notice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.notices[unit]), nil
}

// Heard implements Notices.
func (m *Memory) Heard(_ context.Context, unit network.Unit, told, left []Notice) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notices[unit] = WithoutHeard(m.notices[unit], told, left)
	return nil
}
