package system

import (
	"context"
	"fmt"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// remote is the ledger as a process has it: every question and every write is a call
// that takes time and may fail.
type remote struct {
	*process
	to ledger.Ledger
}

var _ ledger.Ledger = remote{}

// through carries a call to the ledger out that gives something.
func through[T any](ctx context.Context, r remote, name, about string, do func() (T, error)) (T, error) {
	out, err := r.do(ctx, call{name: "ledger:" + name, key: hashOf(name, about)}, func() (any, error) { return do() })
	value, _ := out.(T)
	return value, err
}

// only carries a call to the ledger out that gives nothing.
func only(ctx context.Context, r remote, name, about string, do func() error) error {
	_, err := through(ctx, r, name, about, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// Claims implements ledger.Claims.
func (r remote) Claims(ctx context.Context, unit network.Unit, points []change.Point) ([]change.Claim, error) {
	return through(ctx, r, "Claims", unit.String(), func() ([]change.Claim, error) { return r.to.Claims(ctx, unit, points) })
}

// ClaimsAt implements ledger.Claims.
func (r remote) ClaimsAt(ctx context.Context, unit network.Unit, held []string, points []change.Point) ([]change.Claim, error) {
	return through(ctx, r, "ClaimsAt", unit.String()+fmt.Sprint(points), func() ([]change.Claim, error) { return r.to.ClaimsAt(ctx, unit, held, points) })
}

// Recall implements ledger.Memories.
func (r remote) Recall(ctx context.Context, unit network.Unit, repaired time.Time) (ledger.Known, error) {
	return through(ctx, r, "Recall", unit.String(), func() (ledger.Known, error) { return r.to.Recall(ctx, unit, repaired) })
}

type takenUnit struct {
	lease ledger.Lease
	known ledger.Known
}

// Take implements ledger.Memories.
func (r remote) Take(ctx context.Context, unit network.Unit, owner string, now time.Time, ttl time.Duration, repaired time.Time) (ledger.Lease, ledger.Known, error) {
	out, err := through(ctx, r, "Take", unit.String(), func() (takenUnit, error) {
		l, k, err := r.to.Take(ctx, unit, owner, now, ttl, repaired)
		if err == nil {
			r.sys.leased(unit, r.process)
		}
		return takenUnit{l, k}, err
	})
	if err == nil {
		r.reconciles(unit)
	}
	return out.lease, out.known, err
}

type intended struct {
	prior   change.Claim
	existed bool
}

// Intend implements ledger.Claims.
func (r remote) Intend(ctx context.Context, c change.Claim) (change.Claim, bool, error) {
	out, err := through(ctx, r, "Intend", c.Key(), func() (intended, error) {
		prior, existed, err := r.to.Intend(ctx, c)
		return intended{prior, existed}, err
	})
	return out.prior, out.existed, err
}

// Wrote implements ledger.Claims.
func (r remote) Wrote(ctx context.Context, key, ruleID string) error {
	return only(ctx, r, "Wrote", key, func() error { return r.to.Wrote(ctx, key, ruleID) })
}

// Stand implements ledger.Claims.
func (r remote) Stand(ctx context.Context, key, ruleID string) error {
	return only(ctx, r, "Stand", key, func() error { return r.to.Stand(ctx, key, ruleID) })
}

// Hold implements ledger.Claims.
func (r remote) Hold(ctx context.Context, key string, add, drop []change.Holder) error {
	return only(ctx, r, "Hold", key, func() error { return r.to.Hold(ctx, key, add, drop) })
}

// Leave implements ledger.Claims.
func (r remote) Leave(ctx context.Context, key string, drop []change.Holder) (bool, error) {
	return through(ctx, r, "Leave", key, func() (bool, error) { return r.to.Leave(ctx, key, drop) })
}

// Closed implements ledger.Claims.
func (r remote) Closed(ctx context.Context, key string) error {
	return only(ctx, r, "Closed", key, func() error { return r.to.Closed(ctx, key) })
}

// Release implements ledger.Claims.
func (r remote) Release(ctx context.Context, key string) error {
	return only(ctx, r, "Release", key, func() error { return r.to.Release(ctx, key) })
}

// Depend implements ledger.Index.
func (r remote) Depend(ctx context.Context, lease ledger.Lease, j ledger.Judged) (bool, error) {
	return through(ctx, r, "Depend", j.Unit.String(), func() (bool, error) { return r.to.Depend(ctx, lease, j) })
}

type judged struct {
	ledger.Judged
	ok bool
}

// Judged implements ledger.Index.
func (r remote) Judged(ctx context.Context, unit network.Unit) (ledger.Judged, bool, error) {
	out, err := through(ctx, r, "Judged", unit.String(), func() (judged, error) {
		j, ok, err := r.to.Judged(ctx, unit)
		return judged{j, ok}, err
	})
	return out.Judged, out.ok, err
}

// Dependents implements ledger.Index.
func (r remote) Dependents(ctx context.Context, keys []string) ([]network.Unit, error) {
	return through(ctx, r, "Dependents", "", func() ([]network.Unit, error) { return r.to.Dependents(ctx, keys) })
}

// Units implements ledger.Index.
func (r remote) Units(ctx context.Context) ([]ledger.Judged, error) {
	return through(ctx, r, "Units", "", func() ([]ledger.Judged, error) { return r.to.Units(ctx) })
}

// Findings implements ledger.Journal.
func (r remote) Findings(ctx context.Context, unit network.Unit) ([]finding.Finding, error) {
	return through(ctx, r, "Findings", unit.String(), func() ([]finding.Finding, error) { return r.to.Findings(ctx, unit) })
}

// Begin implements ledger.Journal.
func (r remote) Begin(ctx context.Context, lease ledger.Lease, run ledger.Run) error {
	return only(ctx, r, "Begin", run.Unit.String(), func() error { return r.to.Begin(ctx, lease, run) })
}

// Begun implements ledger.Journal.
func (r remote) Begun(ctx context.Context, unit network.Unit) ([]ledger.Run, error) {
	return through(ctx, r, "Begun", unit.String(), func() ([]ledger.Run, error) { return r.to.Begun(ctx, unit) })
}

// Finish implements ledger.Journal.
func (r remote) Finish(ctx context.Context, lease ledger.Lease, run ledger.Run, live []finding.Finding, repaired map[string]string, recovered ...ledger.Run) error {
	err := only(ctx, r, "Finish", run.Unit.String(), func() error { return r.to.Finish(ctx, lease, run, live, repaired, recovered...) })
	if err == nil && lease.Fence > 0 {
		r.freed()
	}
	return err
}

// Writers implements ledger.Journal.
func (r remote) Writers(ctx context.Context, resources []string, since time.Time) ([]network.Unit, error) {
	return through(ctx, r, "Writers", "", func() ([]network.Unit, error) { return r.to.Writers(ctx, resources, since) })
}

// Contests implements ledger.Journal.
func (r remote) Contests(ctx context.Context, unit network.Unit, since time.Time) (map[string]change.Contest, error) {
	return through(ctx, r, "Contests", unit.String(), func() (map[string]change.Contest, error) { return r.to.Contests(ctx, unit, since) })
}

// Pending implements ledger.Notices.
func (r remote) Pending(ctx context.Context, unit network.Unit) ([]ledger.Notice, error) {
	return through(ctx, r, "Pending", unit.String(), func() ([]ledger.Notice, error) { return r.to.Pending(ctx, unit) })
}

// Ack implements ledger.Notices.
func (r remote) Ack(ctx context.Context, unit network.Unit, sent, unsent []ledger.Notice) error {
	return only(ctx, r, "Ack", unit.String(), func() error { return r.to.Ack(ctx, unit, sent, unsent) })
}

// RecordEvents implements ledger.RecentEvents.
func (r remote) RecordEvents(ctx context.Context, at time.Time, came ...ledger.UnitEvents) error {
	return only(ctx, r, "RecordEvents", "", func() error { return r.to.RecordEvents(ctx, at, came...) })
}

// EventsSince implements ledger.RecentEvents.
func (r remote) EventsSince(ctx context.Context, unit network.Unit, since time.Time) ([]events.Event, error) {
	return through(ctx, r, "EventsSince", unit.String(), func() ([]events.Event, error) { return r.to.EventsSince(ctx, unit, since) })
}

// Acquire implements ledger.Leases.
func (r remote) Acquire(ctx context.Context, unit network.Unit, owner string, now time.Time, ttl time.Duration) (ledger.Lease, error) {
	lease, err := through(ctx, r, "Acquire", unit.String(), func() (ledger.Lease, error) {
		l, err := r.to.Acquire(ctx, unit, owner, now, ttl)
		if err == nil {
			r.sys.leased(unit, r.process)
		}
		return l, err
	})
	if err == nil {
		r.reconciles(unit)
	}
	return lease, err
}

// Check implements ledger.Leases.
func (r remote) Check(ctx context.Context, l ledger.Lease, now time.Time) error {
	return only(ctx, r, "Check", l.Unit.String(), func() error { return r.to.Check(ctx, l, now) })
}

// Free implements ledger.Leases.
func (r remote) Free(ctx context.Context, l ledger.Lease) error {
	defer r.freed()
	return only(ctx, r, "Free", l.Unit.String(), func() error { return r.to.Free(ctx, l) })
}

type needed struct {
	ledger.Needs
	ok bool
}

// Needs is the ledger's.
func (r remote) Needs(ctx context.Context, unit network.Unit) (ledger.Needs, bool, error) {
	out, err := through(ctx, r, "Needs", unit.String(), func() (needed, error) {
		n, ok, err := r.to.Needs(ctx, unit)
		return needed{n, ok}, err
	})
	return out.Needs, out.ok, err
}

// CountCloses is the ledger's.
func (r remote) CountCloses(ctx context.Context, unit network.Unit, c ledger.Closes, since time.Time) error {
	return only(ctx, r, "CountCloses", unit.String(), func() error { return r.to.CountCloses(ctx, unit, c, since) })
}

// Trip is the ledger's.
func (r remote) Trip(ctx context.Context, unit network.Unit, t change.Tripped) error {
	return only(ctx, r, "Trip", unit.String(), func() error { return r.to.Trip(ctx, unit, t) })
}

type tripped struct {
	change.Tripped
	ok bool
}

// SetUndone is the ledger's.
func (r remote) SetUndone(ctx context.Context, unit network.Unit, u change.UndoneRun, now time.Time) error {
	return only(ctx, r, "SetUndone", unit.String()+" "+u.Run, func() error { return r.to.SetUndone(ctx, unit, u, now) })
}

// Approve is the ledger's.
func (r remote) Approve(ctx context.Context, unit network.Unit, hash string, a change.Approval) error {
	return only(ctx, r, "Approve", unit.String()+" "+hash, func() error { return r.to.Approve(ctx, unit, hash, a) })
}

// Tripped is the ledger's.
func (r remote) Tripped(ctx context.Context, unit network.Unit) (change.Tripped, bool, error) {
	out, err := through(ctx, r, "Tripped", unit.String(), func() (tripped, error) {
		t, ok, err := r.to.Tripped(ctx, unit)
		return tripped{t, ok}, err
	})
	return out.Tripped, out.ok, err
}
