package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/wake"
)

var errDown = errors.New("down")

// unrecorded is a ledger that cannot record runs.
type unrecorded struct{ ledger.Ledger }

func (unrecorded) Finish(context.Context, ledger.Lease, ledger.Run, []finding.Finding, map[string]string, ...ledger.Run) error {
	return errDown
}

// runs is a runner whose runs a test makes up.
type runs func(ctx context.Context, unit network.Unit, w reconcile.Wake) (reconcile.Report, error)

func (r runs) Run(ctx context.Context, unit network.Unit, w reconcile.Wake) (reconcile.Report, error) {
	return r(ctx, unit, w)
}

func contextUntil(t *testing.T, deadline time.Time) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithDeadline(t.Context(), deadline)
}

// message is a wake-up as Lambda gets it.
func message(id string, round int) lambdaevents.SQSMessage {
	return lambdaevents.SQSMessage{MessageId: id, Body: fmt.Sprintf(`{"unit":%q,"trigger":"test","round":%d}`, cacheVPC, round)}
}

// handle hands messages to the worker, and gives the ids of those that failed.
func (h *harness) handle(ctx context.Context, messages ...lambdaevents.SQSMessage) []string {
	h.t.Helper()
	response, err := h.Handle(ctx, lambdaevents.SQSEvent{Records: messages})
	if err != nil {
		h.t.Fatal(err)
	}
	out := []string{}
	for _, f := range response.BatchItemFailures {
		out = append(out, f.ItemIdentifier)
	}
	return out
}

func (h *harness) waiting() []string {
	h.t.Helper()
	out := []string{}
	for _, m := range h.queue.Waiting(h.t) {
		out = append(out, fmt.Sprintf("%s #%d", m.Unit[strings.LastIndex(m.Unit, "/")+1:], m.Round))
	}
	return out
}

func TestWhatBecomesOfARun(t *testing.T) {
	elsewhere := network.PendingUnit(here)
	vpc := cacheVPC.VPC
	tests := []struct {
		name    string
		round   int
		report  func(now time.Time) reconcile.Report
		err     error
		failed  []string
		waiting []string
		// again is when the unit is looked at again, from now on; zero: never.
		again time.Duration
	}{
		{name: "nothing is left to do"},
		{name: "a moment that matters comes", report: func(now time.Time) reconcile.Report {
			return reconcile.Report{Unit: cacheVPC, Next: now.Add(time.Hour)}
		}, again: time.Hour},
		{name: "it stopped early", report: func(now time.Time) reconcile.Report { return reconcile.Report{Unit: cacheVPC, Next: now} }, waiting: []string{vpc + " #1"}, again: 10 * time.Minute},
		{
			name: "it stopped early the fortieth time", round: 40,
			report: func(now time.Time) reconcile.Report { return reconcile.Report{Unit: cacheVPC, Next: now} }, failed: []string{"m"}, again: 10 * time.Minute,
		},
		{name: "somebody else has the unit", err: fmt.Errorf("leasing: %w", ledger.ErrLeased), waiting: []string{vpc + " #1"}},
		{name: "somebody else has the unit the fortieth time", round: 40, err: ledger.ErrLeased, failed: []string{"m"}},
		{name: "it lost its lease", err: ledger.ErrLeaseLost, failed: []string{"m"}},
		{name: "it failed", err: errDown, failed: []string{"m"}},
		{name: "clusters went elsewhere", report: func(time.Time) reconcile.Report {
			return reconcile.Report{Unit: cacheVPC, Moved: []network.Unit{elsewhere}}
		}, waiting: []string{"pending #0"}},
		{name: "a close waits for another unit's judgement", report: func(now time.Time) reconcile.Report {
			return reconcile.Report{Unit: cacheVPC, Awaited: []network.Unit{elsewhere}, Next: now.Add(time.Minute)}
		}, waiting: []string{"pending #0"}, again: time.Minute},
		{
			name: "clusters went elsewhere, and then it failed", err: errDown, failed: []string{"m"}, waiting: []string{"pending #0"},
			report: func(time.Time) reconcile.Report {
				return reconcile.Report{Unit: cacheVPC, Moved: []network.Unit{elsewhere}}
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := build(t, mayReach)
			h.Runner = runs(func(context.Context, network.Unit, reconcile.Wake) (reconcile.Report, error) {
				if tt.report == nil {
					return reconcile.Report{Unit: cacheVPC}, tt.err
				}
				return tt.report(h.now), tt.err
			})
			wants(t, "the messages that failed", h.handle(t.Context(), message("m", tt.round)), tt.failed...)
			wants(t, "the messages that were sent", h.waiting(), tt.waiting...)
			at, ok := h.schedules[cacheVPC]
			if ok != (tt.again != 0) || ok && !at.Equal(h.now.Add(tt.again)) {
				t.Errorf("the unit is looked at again at %v, want %v after %v", at, tt.again, h.now)
			}
			if n := h.measured(metrics.RunsFailed); n != float64(len(tt.failed)) {
				t.Errorf("%v failed runs were measured, want %d", n, len(tt.failed))
			}
			if strings.Contains(h.log.String(), "%!") {
				t.Errorf("the log holds a broken message: %s", h.log.String())
			}
		})
	}
}

func TestAMessageThatFailsKeepsThoseBehindItInTheirOrder(t *testing.T) {
	h := build(t, mayReach)
	ran := 0
	h.Runner = runs(func(context.Context, network.Unit, reconcile.Wake) (reconcile.Report, error) {
		ran++
		return reconcile.Report{Unit: cacheVPC}, nil
	})
	broken := lambdaevents.SQSMessage{MessageId: "broken", Body: "{}"}
	wants(t, "the messages that failed", h.handle(t.Context(), message("1", 0), broken, message("3", 0)), "broken", "3")
	if ran != 1 {
		t.Errorf("%d units were run, want the one before the broken message", ran)
	}
}

func TestARunHasTimeLeftToRecordAndToHandOn(t *testing.T) {
	h := build(t, mayReach)
	deadline := time.Now().Add(5 * time.Minute)
	h.Runner = runs(func(ctx context.Context, _ network.Unit, w reconcile.Wake) (reconcile.Report, error) {
		until, ok := ctx.Deadline()
		if !ok || deadline.Sub(until) < 5*time.Second || until.Sub(w.Until) < 30*time.Second {
			t.Errorf("writing ends %s before the run, the run %s before the function", until.Sub(w.Until), deadline.Sub(until))
		}
		return reconcile.Report{Unit: cacheVPC}, nil
	})
	ctx, cancel := contextUntil(t, deadline)
	defer cancel()
	wants(t, "the messages that failed", h.handle(ctx, message("m", 0)))
	h.Runner = runs(func(ctx context.Context, _ network.Unit, w reconcile.Wake) (reconcile.Report, error) {
		if _, ok := ctx.Deadline(); ok || !w.Until.IsZero() {
			t.Error("a run without a deadline has one")
		}
		return reconcile.Report{Unit: cacheVPC}, nil
	})
	wants(t, "the messages that failed", h.handle(context.WithoutCancel(ctx), message("m", 0)))
}

func TestARunThatIsCutOffIsHandedOnWithItsEvents(t *testing.T) {
	h := build(t, mayReach)
	h.Runner = runs(func(ctx context.Context, _ network.Unit, _ reconcile.Wake) (reconcile.Report, error) {
		<-ctx.Done()
		return reconcile.Report{}, fmt.Errorf("reading: %w", ctx.Err())
	})
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.now = h.now.Add(wake.Delay)
	batch, _ := h.queue.Receive()
	ctx, cancel := contextUntil(t, time.Now().Add(10*time.Second+20*time.Millisecond))
	defer cancel()
	wants(t, "the messages that failed", h.handle(ctx, batch.Records...))
	waiting := h.queue.Waiting(t)
	if len(waiting) != 1 || waiting[0].Round != 1 {
		t.Errorf("in the queue is %+v, want the wake-up in its first round", waiting)
	}
	var known []events.Event
	h.Runner = runs(func(ctx context.Context, _ network.Unit, w reconcile.Wake) (reconcile.Report, error) {
		known = w.Recent(ctx)
		return reconcile.Report{Unit: cacheVPC}, nil
	})
	h.now = h.now.Add(wake.Delay)
	batch, _ = h.queue.Receive()
	wants(t, "the messages that failed", h.handle(t.Context(), batch.Records...))
	if len(known) != 1 || known[0].Actor.Display() != "user/bob" {
		t.Errorf("the run that goes on knows of the events %+v, want the one", known)
	}
}

func TestAQueueThatIsDownFailsTheMessageButNotTheSchedule(t *testing.T) {
	h := build(t, mayReach)
	h.queue.Down = errDown
	h.Runner = runs(func(context.Context, network.Unit, reconcile.Wake) (reconcile.Report, error) {
		return reconcile.Report{Unit: cacheVPC, Next: h.now}, nil
	})
	wants(t, "the messages that failed", h.handle(t.Context(), message("m", 0)), "m")
	if h.schedules[cacheVPC].IsZero() {
		t.Error("nothing wakes the unit any more")
	}
}
