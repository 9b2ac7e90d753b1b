package system

import (
	"context"
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
func through[T any](r remote, ctx context.Context, name, about string, do func() (T, error)) (T, error) {
	out, err := r.do(ctx, call{name: "ledger:" + name, key: hashOf(name, about)}, func() (any, error) { return do() })
	value, _ := out.(T)
	return value, err
}

// only carries a call to the ledger out that gives nothing.
func only(r remote, ctx context.Context, name, about string, do func() error) error {
	_, err := through(r, ctx, name, about, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

func (r remote) Claims(ctx context.Context, unit network.Unit, points []change.Point) ([]change.Claim, error) {
	return through(r, ctx, "Claims", unit.String(), func() ([]change.Claim, error) { return r.to.Claims(ctx, unit, points) })
}

type intended struct {
	prior   change.Claim
	existed bool
}

func (r remote) Intend(ctx context.Context, c change.Claim) (change.Claim, bool, error) {
	out, err := through(r, ctx, "Intend", c.Key(), func() (intended, error) {
		prior, existed, err := r.to.Intend(ctx, c)
		return intended{prior, existed}, err
	})
	return out.prior, out.existed, err
}

func (r remote) Wrote(ctx context.Context, key, ruleID string) error {
	return only(r, ctx, "Wrote", key, func() error { return r.to.Wrote(ctx, key, ruleID) })
}

func (r remote) Stand(ctx context.Context, key, ruleID string) error {
	return only(r, ctx, "Stand", key, func() error { return r.to.Stand(ctx, key, ruleID) })
}

func (r remote) Hold(ctx context.Context, key string, add, drop []change.Holder) error {
	return only(r, ctx, "Hold", key, func() error { return r.to.Hold(ctx, key, add, drop) })
}

func (r remote) Leave(ctx context.Context, key string, drop []change.Holder) (bool, error) {
	return through(r, ctx, "Leave", key, func() (bool, error) { return r.to.Leave(ctx, key, drop) })
}

func (r remote) Closed(ctx context.Context, key string) error {
	return only(r, ctx, "Closed", key, func() error { return r.to.Closed(ctx, key) })
}

func (r remote) Release(ctx context.Context, key string) error {
	return only(r, ctx, "Release", key, func() error { return r.to.Release(ctx, key) })
}

func (r remote) Depend(ctx context.Context, j ledger.Judged) (bool, error) {
	return through(r, ctx, "Depend", j.Unit.String(), func() (bool, error) { return r.to.Depend(ctx, j) })
}

type judged struct {
	ledger.Judged
	ok bool
}

func (r remote) Judged(ctx context.Context, unit network.Unit) (ledger.Judged, bool, error) {
	out, err := through(r, ctx, "Judged", unit.String(), func() (judged, error) {
		j, ok, err := r.to.Judged(ctx, unit)
		return judged{j, ok}, err
	})
	return out.Judged, out.ok, err
}

func (r remote) Dependents(ctx context.Context, keys []string) ([]network.Unit, error) {
	return through(r, ctx, "Dependents", "", func() ([]network.Unit, error) { return r.to.Dependents(ctx, keys) })
}

func (r remote) Units(ctx context.Context) ([]ledger.Judged, error) {
	return through(r, ctx, "Units", "", func() ([]ledger.Judged, error) { return r.to.Units(ctx) })
}

func (r remote) Findings(ctx context.Context, unit network.Unit) ([]finding.Finding, error) {
	return through(r, ctx, "Findings", unit.String(), func() ([]finding.Finding, error) { return r.to.Findings(ctx, unit) })
}

func (r remote) Begin(ctx context.Context, lease ledger.Lease, run ledger.Run) error {
	return only(r, ctx, "Begin", run.Unit.String(), func() error { return r.to.Begin(ctx, lease, run) })
}

func (r remote) Begun(ctx context.Context, unit network.Unit) ([]ledger.Run, error) {
	return through(r, ctx, "Begun", unit.String(), func() ([]ledger.Run, error) { return r.to.Begun(ctx, unit) })
}

func (r remote) Finish(ctx context.Context, lease ledger.Lease, run ledger.Run, live []finding.Finding, repaired map[string]string, recovered ...ledger.Run) error {
	return only(r, ctx, "Finish", run.Unit.String(), func() error { return r.to.Finish(ctx, lease, run, live, repaired, recovered...) })
}

func (r remote) Writers(ctx context.Context, resources []string, since time.Time) ([]network.Unit, error) {
	return through(r, ctx, "Writers", "", func() ([]network.Unit, error) { return r.to.Writers(ctx, resources, since) })
}

func (r remote) Contests(ctx context.Context, unit network.Unit, since time.Time) (map[string]change.Contest, error) {
	return through(r, ctx, "Contests", unit.String(), func() (map[string]change.Contest, error) { return r.to.Contests(ctx, unit, since) })
}

func (r remote) Pending(ctx context.Context, unit network.Unit) ([]ledger.Notice, error) {
	return through(r, ctx, "Pending", unit.String(), func() ([]ledger.Notice, error) { return r.to.Pending(ctx, unit) })
}

func (r remote) Ack(ctx context.Context, unit network.Unit, sent, unsent []ledger.Notice) error {
	return only(r, ctx, "Ack", unit.String(), func() error { return r.to.Ack(ctx, unit, sent, unsent) })
}

func (r remote) RecordEvents(ctx context.Context, at time.Time, came ...ledger.UnitEvents) error {
	return only(r, ctx, "RecordEvents", "", func() error { return r.to.RecordEvents(ctx, at, came...) })
}

func (r remote) EventsSince(ctx context.Context, unit network.Unit, since time.Time) ([]events.Event, error) {
	return through(r, ctx, "EventsSince", unit.String(), func() ([]events.Event, error) { return r.to.EventsSince(ctx, unit, since) })
}

func (r remote) Acquire(ctx context.Context, unit network.Unit, owner string, now time.Time, ttl time.Duration) (ledger.Lease, error) {
	lease, err := through(r, ctx, "Acquire", unit.String(), func() (ledger.Lease, error) {
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

func (r remote) Check(ctx context.Context, l ledger.Lease, now time.Time) error {
	return only(r, ctx, "Check", l.Unit.String(), func() error { return r.to.Check(ctx, l, now) })
}

func (r remote) Free(ctx context.Context, l ledger.Lease) error {
	defer r.freed()
	return only(r, ctx, "Free", l.Unit.String(), func() error { return r.to.Free(ctx, l) })
}

type needed struct {
	ledger.Needs
	ok bool
}

func (r remote) Needs(ctx context.Context, unit network.Unit) (ledger.Needs, bool, error) {
	out, err := through(r, ctx, "Needs", unit.String(), func() (needed, error) {
		n, ok, err := r.to.Needs(ctx, unit)
		return needed{n, ok}, err
	})
	return out.Needs, out.ok, err
}

func (r remote) CountCloses(ctx context.Context, unit network.Unit, c ledger.Closes, since time.Time) error {
	return only(r, ctx, "CountCloses", unit.String(), func() error { return r.to.CountCloses(ctx, unit, c, since) })
}

func (r remote) Trip(ctx context.Context, unit network.Unit, t change.Tripped) error {
	return only(r, ctx, "Trip", unit.String(), func() error { return r.to.Trip(ctx, unit, t) })
}

type tripped struct {
	change.Tripped
	ok bool
}

func (r remote) Tripped(ctx context.Context, unit network.Unit) (change.Tripped, bool, error) {
	out, err := through(r, ctx, "Tripped", unit.String(), func() (tripped, error) {
		t, ok, err := r.to.Tripped(ctx, unit)
		return tripped{t, ok}, err
	})
	return out.Tripped, out.ok, err
}
