package ledger

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
)

// Memory is a ledger that lives with the process: for replay and for tests.
type Memory struct {
	mu       sync.Mutex
	claims   map[string]change.Claim
	judged   map[network.Unit]Judged
	byKey    map[string]map[network.Unit]bool
	findings map[network.Unit][]finding.Finding
	repairs  map[network.Unit]map[string]change.Contest
	runs     []Run
	next     map[network.Unit]time.Time
	begun    map[network.Unit][]Run
	notices  map[network.Unit][]Notice
	events   map[network.Unit][]arrived
	leases   map[network.Unit]Lease
	closes   map[network.Unit][]Closes
	tripped  map[network.Unit]change.Tripped
}

var _ Ledger = (*Memory)(nil)

// NewMemory makes an empty ledger.
func NewMemory() *Memory {
	return &Memory{
		claims:   map[string]change.Claim{},
		next:     map[network.Unit]time.Time{},
		judged:   map[network.Unit]Judged{},
		byKey:    map[string]map[network.Unit]bool{},
		findings: map[network.Unit][]finding.Finding{},
		repairs:  map[network.Unit]map[string]change.Contest{},
		leases:   map[network.Unit]Lease{},
		closes:   map[network.Unit][]Closes{},
		tripped:  map[network.Unit]change.Tripped{},
		begun:    map[network.Unit][]Run{},
		notices:  map[network.Unit][]Notice{},
		events:   map[network.Unit][]arrived{},
	}
}

// ClaimsAt implements Claims.
func (m *Memory) ClaimsAt(ctx context.Context, unit network.Unit, _ []string, points []change.Point) ([]change.Claim, error) {
	return m.Claims(ctx, unit, points)
}

// Claims implements Claims.
func (m *Memory) Claims(_ context.Context, unit network.Unit, points []change.Point) ([]change.Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	wanted := map[change.Point]bool{}
	for _, p := range points {
		wanted[p] = true
	}
	var out []change.Claim
	for _, c := range m.claims {
		if heldBy(c, unit) || wanted[c.Point()] {
			out = append(out, detached(c))
		}
	}
	slices.SortFunc(out, func(a, b change.Claim) int { return cmp.Compare(a.Key(), b.Key()) })
	return out, nil
}

// Intend implements Claims.
func (m *Memory) Intend(_ context.Context, c change.Claim) (change.Claim, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	prior, existed := m.claims[c.Key()]
	if existed {
		c.Holders = union(prior.Holders, c.Holders)
		c.PriorTags = slices.Clone(prior.PriorTags)
		if prior.Tag != "" && prior.Tag != c.Tag && !slices.Contains(c.PriorTags, prior.Tag) {
			c.PriorTags = append(c.PriorTags, prior.Tag)
		}
	}
	c.Status = change.Intended
	c.RuleID, c.LastHolders = "", nil
	m.claims[c.Key()] = detached(c)
	return detached(prior), existed, nil
}

// detached gives a claim that shares nothing with the one given.
func detached(c change.Claim) change.Claim {
	c.Holders, c.LastHolders, c.PriorTags = slices.Clone(c.Holders), slices.Clone(c.LastHolders), slices.Clone(c.PriorTags)
	return c
}

// Wrote implements Claims.
func (m *Memory) Wrote(_ context.Context, key, ruleID string) error {
	return m.mark(key, ruleID, change.Written)
}

// Stand implements Claims.
func (m *Memory) Stand(_ context.Context, key, ruleID string) error {
	return m.mark(key, ruleID, change.Standing)
}

func (m *Memory) mark(key, ruleID string, status change.ClaimStatus) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.claims[key]
	if !ok {
		return errNoClaim(key)
	}
	c.Status = status
	c.RuleID = ruleID
	m.claims[key] = c
	return nil
}

// Hold implements Claims.
func (m *Memory) Hold(_ context.Context, key string, add, drop []change.Holder) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.claims[key]
	if !ok {
		return errNoClaim(key)
	}
	left := without(union(c.Holders, add), drop)
	if len(left) == 0 {
		return fmt.Errorf("updating claim %s: its last holder leaves only by Leave", key)
	}
	c.Holders, c.LastHolders = left, nil
	if c.Status == change.Closing {
		c.Status = change.Standing
	}
	m.claims[key] = c
	return nil
}

// Leave implements Claims.
func (m *Memory) Leave(_ context.Context, key string, drop []change.Holder) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.claims[key]
	if !ok {
		return false, errNoClaim(key)
	}
	left := without(c.Holders, drop)
	if len(left) == 0 {
		c.Status = change.Closing
		c.LastHolders = union(c.LastHolders, c.Holders)
	}
	c.Holders = left
	m.claims[key] = c
	return len(c.Holders) == 0, nil
}

// Closed implements Claims.
func (m *Memory) Closed(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.claims[key].Holders) == 0 {
		delete(m.claims, key)
	}
	return nil
}

// Release implements Claims.
func (m *Memory) Release(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.claims, key)
	return nil
}

func union(a, b []change.Holder) []change.Holder {
	out := slices.Clone(a)
	for _, h := range b {
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

func without(a, drop []change.Holder) []change.Holder {
	return slices.DeleteFunc(slices.Clone(a), func(h change.Holder) bool { return slices.Contains(drop, h) })
}

// Depend implements Index.
func (m *Memory) Depend(_ context.Context, lease Lease, j Judged) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fenced(lease); err != nil {
		return false, fmt.Errorf("writing what unit %s depends on: %w", j.Unit, err)
	}
	j.Hidden = len(j.Needs.Hidden) > 0
	changed := !slices.Equal(m.judged[j.Unit].Keys, j.Keys)
	for _, k := range m.judged[j.Unit].Keys {
		delete(m.byKey[k], j.Unit)
	}
	j.Needs = detachedNeeds(j.Needs)
	m.judged[j.Unit] = j
	for _, k := range j.Keys {
		if m.byKey[k] == nil {
			m.byKey[k] = map[network.Unit]bool{}
		}
		m.byKey[k][j.Unit] = true
	}
	return changed, nil
}

// Judged implements Index.
func (m *Memory) Judged(_ context.Context, unit network.Unit) (Judged, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j, ok := m.judged[unit]
	j.Needs = Needs{}
	return j, ok, nil
}

// Needs implements Index.
func (m *Memory) Needs(_ context.Context, unit network.Unit) (Needs, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j, ok := m.judged[unit]
	return detachedNeeds(j.Needs), ok, nil
}

// Dependents implements Index.
func (m *Memory) Dependents(_ context.Context, keys []string) ([]network.Unit, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[network.Unit]bool{}
	for _, k := range keys {
		maps.Copy(found, m.byKey[k])
	}
	return SortUnits(slices.Collect(maps.Keys(found))), nil
}

// Units implements Index.
func (m *Memory) Units(context.Context) ([]Judged, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Judged
	for _, u := range SortUnits(slices.Collect(maps.Keys(m.judged))) {
		j := m.judged[u]
		j.Keys, j.Needs, j.Closes = nil, Needs{}, slices.Clone(m.closes[u])
		out = append(out, j)
	}
	return out, nil
}

// SortUnits sorts units by their text.
func SortUnits(units []network.Unit) []network.Unit {
	slices.SortFunc(units, func(a, b network.Unit) int { return cmp.Compare(a.String(), b.String()) })
	return units
}

// Acquire implements Leases.
func (m *Memory) Acquire(_ context.Context, unit network.Unit, owner string, now time.Time, ttl time.Duration) (Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.leases[unit]
	if old.Owner != "" && old.Owner != owner && now.Before(old.Until) {
		return Lease{}, fmt.Errorf("leasing unit %s until %s: %w by %s", unit, old.Until.UTC().Format(time.RFC3339), ErrLeased, old.Owner)
	}
	l := Lease{Unit: unit, Owner: owner, Fence: old.Fence + 1, Until: now.Add(ttl)}
	m.leases[unit] = l
	return l, nil
}

// Check implements Leases.
func (m *Memory) Check(_ context.Context, l Lease, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.After(l.Until) || !m.holds(l) {
		return fmt.Errorf("checking the lease of unit %s: %w", l.Unit, ErrLeaseLost)
	}
	return nil
}

// Free implements Leases.
func (m *Memory) Free(_ context.Context, l Lease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leases[l.Unit].Fence == l.Fence {
		m.leases[l.Unit] = Lease{Fence: l.Fence}
	}
	return nil
}
