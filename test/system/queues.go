package system

import (
	"context"
	"crypto/md5" //nolint:gosec // SQS says by it that a message came through whole
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/cachegate/cachegate/shared/wake"
)

// How the queues of a deployment are set up; see infra/stacks/queues.go and functions.go.
const (
	wakeVisibility   = 5*time.Minute + 30*time.Second
	eventsVisibility = 6 * time.Minute
	maxReceives      = 5
	deduplicates     = 5 * time.Minute
	eventsAtOnce     = 10
	eventsWindow     = time.Second

	dispatchTimeout  = time.Minute
	reconcileTimeout = 5 * time.Minute
)

// message is one message of a queue.
type message struct {
	id, group, deduplication, body string
	sent, visible                  time.Time
	receives                       int
	inFlight, done                 bool
}

// queue is a FIFO queue of wake-ups: one message of a group at a time, in order,
// with deduplication, delay, redelivery and at last the dead-letter queue.
type queue struct {
	sys      *System
	name     string
	delay    time.Duration
	messages []*message
	dead     int
}

// send takes messages, as SQS does.
func (q *queue) send(in *sqs.SendMessageBatchInput) *sqs.SendMessageBatchOutput {
	out := &sqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		sum := md5.Sum([]byte(aws.ToString(e.MessageBody))) //nolint:gosec // as SQS does
		m := q.take(e)
		out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{
			Id: e.Id, MessageId: aws.String(m.id), MD5OfMessageBody: aws.String(hex.EncodeToString(sum[:])),
		})
	}
	return out
}

func (q *queue) take(e types.SendMessageBatchRequestEntry) *message {
	now := time.Now()
	for _, m := range q.messages {
		if m.deduplication == aws.ToString(e.MessageDeduplicationId) && now.Sub(m.sent) < deduplicates {
			return m
		}
	}
	m := &message{
		id: fmt.Sprintf("%s-%d", q.name, len(q.messages)), group: aws.ToString(e.MessageGroupId), deduplication: aws.ToString(e.MessageDeduplicationId),
		body: aws.ToString(e.MessageBody), sent: now, visible: now.Add(q.delay),
	}
	q.messages = append(q.messages, m)
	q.sys.tell("%s-up of %s: %s", q.name, m.group, triggerOf(m.body))
	q.sys.at(m.visible, q.deliver)
	return m
}

func triggerOf(body string) string {
	m, _, err := wake.Parse(body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s (round %d)", m.Trigger, m.Round)
}

// deliver gives what is visible to environments that have nothing to do.
func (q *queue) deliver() {
	busy := map[string]bool{}
	now := time.Now()
	for _, m := range q.messages {
		if m.done {
			continue
		}
		if !busy[m.group] && !m.inFlight && !m.visible.After(now) {
			if w := idle(q.sys.workers); w != nil {
				q.hand(w, m)
			}
		}
		busy[m.group] = true
	}
}

// hand gives a message to an environment. What it does not take comes again once the
// visibility time-out is over.
func (q *queue) hand(w *environment, m *message) {
	if m.receives++; m.receives > maxReceives {
		m.done = true
		q.dead++
		q.sys.tell("message %s of %s goes to the dead-letter queue", m.id, m.group)
		return
	}
	m.inFlight, m.visible = true, time.Now().Add(wakeVisibility)
	w.invoke(reconcileTimeout, func(ctx context.Context) bool {
		batch := lambdaevents.SQSEvent{Records: []lambdaevents.SQSMessage{{MessageId: m.id, Body: m.body}}}
		response, err := w.worker.Handle(ctx, batch)
		return err == nil && len(response.BatchItemFailures) == 0
	}, func(ok, alive bool) {
		m.inFlight = false
		switch {
		case ok:
			if _, again := q.sys.hits(WakeDoubled); again {
				m.visible = time.Now()
			} else {
				m.done = true
			}
		case alive: // Lambda makes what failed visible at once
			m.visible = time.Now()
		}
		q.sys.at(m.visible, q.deliver)
	})
}

// inbox is the queue of events that dispatch takes, in any order.
type inbox struct {
	sys      *System
	messages []*message
	dead     int
}

// put adds a body that becomes visible after a while.
func (q *inbox) put(body string, after time.Duration) {
	now := time.Now()
	m := &message{id: fmt.Sprintf("event-%d", len(q.messages)), body: body, sent: now, visible: now.Add(after)}
	q.messages = append(q.messages, m)
	q.sys.at(m.visible.Add(eventsWindow), q.deliver)
}

// record is one record of what Lambda gives dispatch.
type record struct {
	EventSource string    `json:"eventSource"`
	MessageID   string    `json:"messageId,omitempty"`
	Body        string    `json:"body,omitempty"`
	DynamoDB    *modified `json:"dynamodb,omitempty"`
}

type modified struct {
	SequenceNumber string
	Keys           map[string]map[string]string
}

func payload(records []record) json.RawMessage {
	data, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		panic(err) // strings cannot fail
	}
	return data
}

// deliver gives what is visible to an environment of dispatch, ten at a time.
func (q *inbox) deliver() {
	now := time.Now()
	var batch []*message
	for _, m := range q.messages {
		if !m.done && !m.inFlight && !m.visible.After(now) && len(batch) < eventsAtOnce {
			batch = append(batch, m)
		}
	}
	if len(batch) == 0 {
		return
	}
	d := idle(q.sys.dispatches)
	if d == nil {
		q.sys.at(now.Add(time.Second), q.deliver)
		return
	}
	var records []record
	for _, m := range batch {
		m.receives++
		m.inFlight, m.visible = true, now.Add(eventsVisibility)
		records = append(records, record{EventSource: "aws:sqs", MessageID: m.id, Body: m.body})
	}
	var failed []string
	d.invoke(dispatchTimeout, func(ctx context.Context) bool {
		response, err := d.dispatch.Handle(ctx, payload(records))
		for _, f := range response.BatchItemFailures {
			failed = append(failed, f.ItemIdentifier)
		}
		return err == nil
	}, func(ok, _ bool) { q.settle(batch, failed, ok) })
	q.sys.at(now, q.deliver)
}

// settle takes away what dispatch took; the rest is visible again after the time-out.
func (q *inbox) settle(batch []*message, failed []string, ok bool) {
	for _, m := range batch {
		m.inFlight = false
		switch {
		case ok && !slices.Contains(failed, m.id):
			m.done = true
		case m.receives >= maxReceives:
			m.done = true
			q.dead++
		default:
			q.sys.at(m.visible, q.deliver)
		}
	}
}

// streamed delivers a change of the intents table to dispatch, again until it is taken.
func (s *System) streamed(cluster, name string) {
	r := record{EventSource: "aws:dynamodb", DynamoDB: &modified{
		SequenceNumber: fmt.Sprint(s.elapsed()), Keys: map[string]map[string]string{"cluster": {"S": cluster}, "name": {"S": name}},
	}}
	s.at(time.Now().Add(time.Second+s.jitter("stream", cluster, name)), func() { s.deliverRecord(r) })
}

func (s *System) deliverRecord(r record) {
	retry := func() { s.at(time.Now().Add(time.Second), func() { s.deliverRecord(r) }) }
	d := idle(s.dispatches)
	if d == nil {
		retry()
		return
	}
	taken := false
	d.invoke(dispatchTimeout, func(ctx context.Context) bool {
		response, err := d.dispatch.Handle(ctx, payload([]record{r}))
		taken = err == nil && len(response.BatchItemFailures) == 0
		return taken
	}, func(bool, bool) {
		if !taken {
			retry()
		}
	})
}
