package ledger

import (
	"context"
	"fmt"
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

// Begin implements Journal.
func (m *Memory) Begin(_ context.Context, lease Lease, r Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fenced(lease); err != nil {
		return fmt.Errorf("beginning a run of unit %s: %w", r.Unit, err)
	}
	m.begun[r.Unit] = append(slices.Clone(m.begun[r.Unit]), r.WithID())
	return nil
}

// Begun implements Journal.
func (m *Memory) Begun(_ context.Context, unit network.Unit) ([]Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedStableFunc(slices.Values(m.begun[unit]), func(a, b Run) int { return a.At.Compare(b.At) }), nil
}

// holds says whether a lease is the last one of its unit.
func (m *Memory) holds(l Lease) bool {
	held := m.leases[l.Unit]
	return held.Fence == l.Fence && held.Owner == l.Owner
}

// fenced says that a lease was lost; a zero lease is not asked for.
func (m *Memory) fenced(l Lease) error {
	if l.Fence > 0 && !m.holds(l) {
		return ErrLeaseLost
	}
	return nil
}

// Finish implements Journal.
func (m *Memory) Finish(_ context.Context, lease Lease, r Run, live []finding.Finding, repaired map[string]string, recovered ...Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fenced(lease); err != nil {
		return fmt.Errorf("recording a run of unit %s: %w", r.Unit, err)
	}
	r = r.WithID()
	for _, u := range r.Settled {
		c, ok := m.claims[u.Claim.Key()]
		next, err := Settled(c, ok, u)
		if err != nil {
			return fmt.Errorf("recording a run of unit %s: %w", r.Unit, err)
		}
		m.claims[u.Claim.Key()] = next
	}
	for _, run := range slices.Concat(recovered, []Run{r}) {
		run.Found, run.Settled = nil, nil
		m.runs = append(m.runs, run)
		m.begun[r.Unit] = slices.DeleteFunc(slices.Clone(m.begun[r.Unit]), func(b Run) bool { return b.ID == run.ID })
	}
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
	m.next[r.Unit] = r.Next
	if lease.Fence > 0 {
		m.leases[lease.Unit] = Lease{Fence: lease.Fence}
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
			if c.Outcome == change.Applied && c.Writes() && !r.At.Before(since) && slices.Contains(resources, c.Resource) {
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

// Pending implements Notices.
func (m *Memory) Pending(_ context.Context, unit network.Unit) ([]Notice, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.notices[unit]), nil
}

// Ack implements Notices.
func (m *Memory) Ack(_ context.Context, unit network.Unit, sent, unsent []Notice) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notices[unit] = WithoutSent(m.notices[unit], sent, unsent)
	return nil
}
