package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/wake"
)

// Queue takes wake-ups.
type Queue interface {
	Wake(ctx context.Context, requests ...wake.Request) error
}

// Declared gives what is declared, for the sweep.
type Declared interface {
	Declared(ctx context.Context) (intent.Set, error)
}

// Handler is the Lambda function: batches of the events queue, and of the stream
// of the intents table, become wake-ups.
type Handler struct {
	Dispatcher *Dispatcher
	Intents    Declared
	Queue      Queue
	Metrics    *metrics.Emitter
	Log        *slog.Logger
}

// batch is what Lambda is given: records of SQS or of a DynamoDB stream.
type batch struct {
	Records []record
}

type record struct {
	EventSource string
	// MessageID and Body are those of an SQS message.
	MessageID string `json:"messageId"`
	Body      string
	// DynamoDB is a change of an item.
	DynamoDB itemChange `json:"dynamodb"`
}

type itemChange struct {
	SequenceNumber string
	Keys           map[string]lambdaevents.DynamoDBAttributeValue
}

// The sources of a batch's records.
const (
	sourceQueue  = "aws:sqs"
	sourceStream = "aws:dynamodb"
)

// id names a record where it has to be delivered again.
func (r record) id() string {
	if r.EventSource == sourceStream {
		return r.DynamoDB.SequenceNumber
	}
	return r.MessageID
}

// Handle dispatches a batch. What cannot be read or dispatched is in the
// response, which reads the same for both sources: it is delivered again, and
// after some attempts comes to the dead-letter queue. All else is done.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func (h *Handler) Handle(ctx context.Context, payload json.RawMessage) (lambdaevents.SQSEventResponse, error) {
	var b batch
	if err := json.Unmarshal(payload, &b); err != nil {
		return lambdaevents.SQSEventResponse{}, fmt.Errorf("reading the batch: %w", err)
	}
	w := &wakeUps{of: map[network.Unit]*wakeUp{}}
	count := metrics.Set{}
	failed := map[string]error{}
	for _, r := range b.Records {
		if err := h.record(ctx, r, w, count); err != nil {
			failed[r.id()] = err
		}
	}
	requests := w.requests()
	var recording sync.WaitGroup
	recording.Go(func() {
		if err := w.record(ctx, h.Dispatcher); err != nil {
			h.Log.WarnContext(ctx, "the events could not be recorded; findings may not name who made their calls", "error", err)
		}
	})
	unsent, err := unsentOf(h.Queue.Wake(ctx, requests...))
	recording.Wait()
	if err != nil {
		return lambdaevents.SQSEventResponse{}, fmt.Errorf("waking %d units: %w", len(requests), err)
	}
	for unit, err := range unsent {
		for _, id := range w.of[unit].records {
			failed[id] = fmt.Errorf("waking unit %s: %w", unit, err)
		}
	}
	count[metrics.Wakes] = float64(len(requests) - len(unsent))
	h.Metrics.Emit(count, nil)
	response := lambdaevents.SQSEventResponse{BatchItemFailures: []lambdaevents.SQSBatchItemFailure{}}
	for _, id := range slices.Sorted(maps.Keys(failed)) {
		h.Log.ErrorContext(ctx, "a record could not be dispatched; it is delivered again, and at last goes to the dead-letter queue",
			"record", id, "error", failed[id])
		response.BatchItemFailures = append(response.BatchItemFailures, lambdaevents.SQSBatchItemFailure{ItemIdentifier: id})
	}
	return response, nil
}

// unsentOf gives which units could not be woken, or an error that does not say.
func unsentOf(err error) (map[network.Unit]error, error) {
	if unsent, ok := errors.AsType[*wake.UnsentError](err); ok {
		return unsent.Units, nil
	}
	return nil, err
}

// record finds the units that a record concerns.
func (h *Handler) record(ctx context.Context, r record, w *wakeUps, count metrics.Set) error {
	switch r.EventSource {
	case sourceStream:
		return h.changed(ctx, r, w)
	case sourceQueue:
	default:
		return fmt.Errorf("its source is %q: must be %s or %s", r.EventSource, sourceQueue, sourceStream)
	}
	if call, ok := wake.ParseCall([]byte(r.Body)); ok {
		return h.called(ctx, r, call, w)
	}
	e, err := events.DecodeOne([]byte(r.Body))
	if err != nil {
		return err
	}
	count[metrics.Events]++
	decision, err := h.Dispatcher.Event(ctx, e)
	if err != nil {
		return err
	}
	if decision.Ignored != "" {
		count[metrics.EventsIgnored]++
	}
	h.Log.InfoContext(ctx, "event", "name", e.Name, "event", e.ID, "account", e.Account, "region", e.Region,
		"actor", e.Actor.Display(), "ignored", string(decision.Ignored), "units", names(decision.Units))
	e.Own = h.Dispatcher.own(e)
	w.add(r.id(), decision.Units, "event "+e.Name+" "+e.ID, e)
	return nil
}

func names(units []network.Unit) []string {
	out := make([]string, 0, len(units))
	for _, u := range units {
		out = append(out, u.String())
	}
	return out
}

// called carries out what a schedule asks for.
func (h *Handler) called(ctx context.Context, r record, c wake.Call, w *wakeUps) error {
	switch c.Trigger {
	case wake.TriggerSchedule:
		unit, err := network.ParseUnit(c.Unit)
		if err != nil {
			return fmt.Errorf("reading the call of a schedule: %w", err)
		}
		w.look(r.id(), []network.Unit{unit}, wake.TriggerSchedule)
		return nil
	case wake.TriggerSweep:
		set, err := h.Intents.Declared(ctx)
		if err != nil {
			return err
		}
		units, err := h.Dispatcher.Sweep(ctx, set)
		if err != nil {
			return err
		}
		h.Log.InfoContext(ctx, "sweep", "units", len(units))
		w.look(r.id(), units, wake.TriggerSweep)
		return nil
	default:
		return fmt.Errorf("a schedule asks for %q: must be %s or %s", c.Trigger, wake.TriggerSweep, wake.TriggerSchedule)
	}
}

// changed finds the units of a changed intent or policy.
func (h *Handler) changed(ctx context.Context, r record, w *wakeUps) error {
	cluster, name := text(r.DynamoDB.Keys[intent.FieldCluster]), text(r.DynamoDB.Keys[intent.FieldName])
	if cluster == "" || name == "" {
		return errors.New("a change of the intents table has no cluster and name: is this the stream of another table?")
	}
	units, err := h.Dispatcher.Changed(ctx, intent.Key{Cluster: cluster, Name: name})
	if err != nil {
		return err
	}
	h.Log.InfoContext(ctx, "declaration changed", "cluster", cluster, "name", name, "units", names(units))
	w.add(r.id(), units, "intent "+intent.ShortName(cluster)+"/"+name)
	return nil
}

func text(v lambdaevents.DynamoDBAttributeValue) string {
	if v.DataType() != lambdaevents.DataTypeString {
		return ""
	}
	return v.String()
}
