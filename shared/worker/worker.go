// Package worker is the reconcile function: it takes wake-ups from the queue, runs
// their units, and sees to what follows from a run: what people are told, which
// other units to look at, and when to look again.
//
// It decides nothing about access; that is reconcile's.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/wake"
)

// Runner runs units.
type Runner interface {
	Run(ctx context.Context, unit network.Unit, w reconcile.Wake) (reconcile.Report, error)
}

// Queue takes wake-ups, and work that has to go on.
type Queue interface {
	Wake(ctx context.Context, requests ...wake.Request) error
	HandOn(ctx context.Context, m wake.Message, id string) error
}

// Schedules keep the next moment that matters to a unit.
type Schedules interface {
	Move(ctx context.Context, unit network.Unit, at time.Time) error
}

// Worker carries out wake-ups.
type Worker struct {
	Runner    Runner
	Queue     Queue
	Schedules Schedules
	Teller    notify.Teller
	// Notices are what the runs found and people have to hear of.
	Notices ledger.Notices
	// RecentEvents are the events that woke the units.
	RecentEvents ledger.RecentEvents
	// Forget makes the next read of the intents a fresh one.
	Forget func()
	// Calls counts the AWS reads so far, by IAM action.
	Calls   func() map[string]int
	Metrics *metrics.Emitter
	Log     *slog.Logger
	Clock   func() time.Time
}

const (
	// writeMargin is how long before the function's deadline a run stops writing: it
	// then looks at what it did, for up to half a minute, and records it.
	writeMargin = 75 * time.Second
	// handOffMargin is how long before the deadline a run is given up, so that its work
	// can be handed on.
	handOffMargin = 10 * time.Second
	// maxRounds bounds how often work is handed on: with the queue's delay that takes
	// longer than a lease which somebody died with, and Lambda stops a chain of about
	// 16 invocations through one queue. What never gets done comes to the dead-letter queue.
	// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
	maxRounds = 12
	// recordedBefore is how long before a wake-up is sent its events may have been
	// recorded, the difference of clocks included. Events that an earlier run knew
	// already do no harm: they say who did what, never what is.
	recordedBefore = wake.Delay
)

// Handle carries out a batch of the wake queue. What fails is delivered again,
// with all that is behind it, since messages of a unit keep their order.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func (w *Worker) Handle(ctx context.Context, batch lambdaevents.SQSEvent) (lambdaevents.SQSEventResponse, error) {
	response := lambdaevents.SQSEventResponse{BatchItemFailures: []lambdaevents.SQSBatchItemFailure{}}
	for i, m := range batch.Records {
		err := w.message(ctx, m)
		if err == nil {
			continue
		}
		w.Log.ErrorContext(ctx, "a wake-up failed; it is delivered again, and at last goes to the dead-letter queue",
			"message", m.MessageId, "error", err)
		w.Metrics.Emit(metrics.Set{metrics.RunsFailed: 1}, map[string]string{"message": m.MessageId})
		for _, rest := range batch.Records[i:] {
			response.BatchItemFailures = append(response.BatchItemFailures, lambdaevents.SQSBatchItemFailure{ItemIdentifier: rest.MessageId})
		}
		break
	}
	return response, nil
}

// message carries out one wake-up, or hands it on.
func (w *Worker) message(ctx context.Context, record lambdaevents.SQSMessage) error {
	m, unit, err := wake.Parse(record.Body)
	if err != nil {
		return err
	}
	runCtx, why := ctx, reconcile.Wake{Trigger: m.Trigger, Now: m.Now}
	if deadline, ok := ctx.Deadline(); ok {
		within, cancel := context.WithDeadline(ctx, deadline.Add(-handOffMargin))
		defer cancel()
		runCtx, why.Until = within, deadline.Add(-writeMargin)
	}
	why.Recent = func(ctx context.Context) []events.Event { return w.events(ctx, m, unit) }
	w.Forget()
	began, calls := w.Clock(), total(w.Calls())
	report, err := w.Runner.Run(runCtx, unit, why)
	// A run that fails later may have found where clusters went, and its repetition
	// would not find it again.
	movedErr := w.wakeOthers(ctx, report)
	switch {
	case errors.Is(err, ledger.ErrLeased) && m.First:
		w.Log.InfoContext(ctx, "somebody else has the unit; its second look follows", "unit", m.Unit)
		return movedErr
	case errors.Is(err, ledger.ErrLeased), err != nil && runCtx.Err() != nil && ctx.Err() == nil:
		return errors.Join(movedErr, w.handOn(ctx, m, record.MessageId, err))
	case err != nil:
		return errors.Join(movedErr, err)
	}
	measured := measure(report)
	measured[metrics.RunTime] = float64(w.Clock().Sub(began).Milliseconds())
	measured[metrics.AWSCalls] = float64(total(w.Calls()) - calls)
	untold, followErr := w.tellAndFollow(ctx, m, record.MessageId, report)
	measured[metrics.Untold] = float64(untold)
	w.Metrics.Emit(measured, map[string]string{"unit": unit.String(), "trigger": m.Trigger, "hash": report.Hash})
	w.log(ctx, report, m)
	return errors.Join(movedErr, followErr)
}

// tellAndFollow tells people what they have to hear, and sees at the same time to when the
// unit is looked at again: sooner, where not everything could be told.
func (w *Worker) tellAndFollow(ctx context.Context, m wake.Message, id string, report reconcile.Report) (untold int, err error) {
	var telling sync.WaitGroup
	telling.Go(func() { untold = w.tell(ctx, report) })
	err = w.follow(ctx, m, id, report)
	telling.Wait()
	if again := w.Clock().Add(tellAgain); untold > 0 && (report.Next.IsZero() || again.Before(report.Next)) {
		err = errors.Join(err, w.Schedules.Move(ctx, report.Unit, again))
	}
	return untold, err
}

// events gives the recent events of a unit, each once: those that were recorded since
// shortly before its wake-up was sent.
func (w *Worker) events(ctx context.Context, m wake.Message, unit network.Unit) []events.Event {
	came, err := w.RecentEvents.EventsSince(ctx, unit, m.Sent.Add(-recordedBefore))
	if err != nil {
		w.Log.WarnContext(ctx, "the events that came could not be read; findings may not name who made their calls", "unit", m.Unit, "error", err)
	}
	var out []events.Event
	for _, e := range came {
		if !slices.ContainsFunc(out, func(o events.Event) bool { return o.ID == e.ID }) {
			out = append(out, e)
		}
	}
	return out
}

// wakeOthers wakes the units that clusters went to, and those that have to be judged
// before this one closes something.
func (w *Worker) wakeOthers(ctx context.Context, report reconcile.Report) error {
	if len(report.Moved)+len(report.Awaited) == 0 {
		return nil
	}
	requests := make([]wake.Request, 0, len(report.Moved)+len(report.Awaited))
	for _, u := range report.Moved {
		requests = append(requests, wake.Request{Unit: u, Trigger: "a cluster was found here by unit " + report.Unit.String()})
	}
	for _, u := range report.Awaited {
		requests = append(requests, wake.Request{Unit: u, Trigger: "a close in unit " + report.Unit.String() + " waits for its judgement"})
	}
	return w.Queue.Wake(ctx, requests...)
}

// handOn lets a wake-up go on in a fresh message. One that was handed on too
// often fails.
func (w *Worker) handOn(ctx context.Context, m wake.Message, id string, cause error) error {
	if m.Round >= maxRounds {
		return fmt.Errorf("running unit %s: handed on %d times, the last time because %w", m.Unit, m.Round, cause)
	}
	w.Log.InfoContext(ctx, "handing on", "unit", m.Unit, "round", m.Round, "cause", cause)
	w.Metrics.Emit(metrics.Set{metrics.HandedOn: 1}, map[string]string{"unit": m.Unit})
	return w.Queue.HandOn(ctx, m, id)
}

// errStopped says that a run stopped writing before its deadline, or because what
// is declared changed meanwhile.
var errStopped = errors.New("the run stopped before all was done")

// follow sees to when the unit is looked at again: at once where there is work
// left, else at the next moment that matters.
func (w *Worker) follow(ctx context.Context, m wake.Message, id string, report reconcile.Report) error {
	var handErr error
	next, now := report.Next, w.Clock()
	if !next.IsZero() && !next.After(now) {
		handErr = w.handOn(ctx, m, id, errStopped)
		next = now.Add(afterHandingOn)
	}
	if next.IsZero() && report.BeforeNext.IsZero() {
		return handErr // there is no schedule to take away, or one that wakes the unit for nothing
	}
	return errors.Join(handErr, w.Schedules.Move(ctx, report.Unit, next))
}

// afterHandingOn is when a unit is looked at whose work was handed on, should that
// message be lost: its own run moves the schedule.
const afterHandingOn = 10 * time.Minute

func total(calls map[string]int) int {
	n := 0
	for _, c := range calls {
		n += c
	}
	return n
}
