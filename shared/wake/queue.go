package wake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/cachegate/cachegate/shared/network"
)

// SQS is the call that the queue needs.
type SQS interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// Queue sends wake-ups.
type Queue struct {
	Client SQS
	// URL is the queue's.
	URL   string
	Clock func() time.Time
}

// atOnce is how many messages SQS takes in one call.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const atOnce = 10

// Request asks for a run of a unit.
type Request struct {
	Unit    network.Unit
	Trigger string
}

// UnsentError says which units were not woken; all others were.
type UnsentError struct {
	Units map[network.Unit]error
}

// Error names the units, and why each was not woken.
func (e *UnsentError) Error() string {
	lines := make([]string, 0, len(e.Units))
	for unit, err := range e.Units {
		lines = append(lines, fmt.Sprintf("waking unit %s: %v", unit, err))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Unwrap gives the reasons.
func (e *UnsentError) Unwrap() []error { return slices.Collect(maps.Values(e.Units)) }

// Wake asks for runs. Wake-ups of one unit within a bucket become one, of which
// the first message counts. Where some could not be sent, the error is an
// *UnsentError.
func (q *Queue) Wake(ctx context.Context, requests ...Request) error {
	now := q.Clock().UTC()
	bucket := strconv.FormatInt(now.Truncate(Bucket).Unix(), 10)
	entries := make([]types.SendMessageBatchRequestEntry, 0, len(requests))
	for _, r := range requests {
		m := Message{Unit: r.Unit.String(), Trigger: r.Trigger, Sent: now}
		entries = append(entries, entry(m, m.Unit+"@"+bucket))
	}
	return q.sendAll(ctx, entries, requests)
}

// sendAll sends the entries of requests.
func (q *Queue) sendAll(ctx context.Context, entries []types.SendMessageBatchRequestEntry, requests []Request) error {
	unsent := map[network.Unit]error{}
	for n, err := range q.send(ctx, entries) {
		unsent[requests[n].Unit] = err
	}
	if len(unsent) > 0 {
		return &UnsentError{Units: unsent}
	}
	return nil
}

// Now asks for runs that a person wants now. Each is a run of its own: a wake-up of the same
// bucket that was sent before does not stand for it.
func (q *Queue) Now(ctx context.Context, requests ...Request) error {
	now := q.Clock().UTC()
	entries := make([]types.SendMessageBatchRequestEntry, 0, len(requests))
	for _, r := range requests {
		m := Message{Unit: r.Unit.String(), Trigger: r.Trigger, Sent: now, Now: true}
		entries = append(entries, entry(m, m.Unit+"@now#"+strconv.FormatInt(now.UnixNano(), 10)))
	}
	return q.sendAll(ctx, entries, requests)
}

// HandOn asks for another run of a unit whose work a run could not finish. It is
// never taken for one of the bucket's wake-ups, since those may have been
// received already; id tells apart the runs that hand on.
func (q *Queue) HandOn(ctx context.Context, m Message, id string) error {
	m.Round++
	e := entry(m, m.Unit+"@"+id+"#"+strconv.Itoa(m.Round))
	if err := q.send(ctx, []types.SendMessageBatchRequestEntry{e})[0]; err != nil {
		return fmt.Errorf("handing on unit %s: %w", m.Unit, err)
	}
	return nil
}

func entry(m Message, deduplication string) types.SendMessageBatchRequestEntry {
	return types.SendMessageBatchRequestEntry{
		MessageBody: aws.String(m.body()), MessageGroupId: aws.String(identifier(m.Unit)),
		MessageDeduplicationId: aws.String(identifier(deduplication)),
	}
}

// maxID is how long SQS lets the ids of groups and for deduplication be.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const maxID = 128

// identifier gives a text as an id that SQS takes, and another id for every text:
// letters, digits and punctuation as they are, anything else by its hash.
func identifier(text string) string {
	foreign := strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
	if !foreign && text != "" && len(text) <= maxID {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + hex.EncodeToString(sum[:])
}

// send sends all entries, in as few calls as SQS allows, and gives the errors of
// those that were not sent.
func (q *Queue) send(ctx context.Context, entries []types.SendMessageBatchRequestEntry) map[int]error {
	unsent := map[int]error{}
	for n := range entries {
		entries[n].Id = aws.String(strconv.Itoa(n))
	}
	for batch := range slices.Chunk(entries, atOnce) {
		q.sendBatch(ctx, batch, unsent)
	}
	return unsent
}

func (q *Queue) sendBatch(ctx context.Context, batch []types.SendMessageBatchRequestEntry, unsent map[int]error) {
	out, err := q.Client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(q.URL), Entries: batch})
	failed := map[string]error{}
	sent := map[string]bool{}
	if err == nil {
		for _, f := range out.Failed {
			failed[aws.ToString(f.Id)] = fmt.Errorf("%s refused it: %s: %s", q.URL, aws.ToString(f.Code), aws.ToString(f.Message))
		}
		for _, s := range out.Successful {
			sent[aws.ToString(s.Id)] = true
		}
	}
	for _, e := range batch {
		id := aws.ToString(e.Id)
		if sent[id] {
			continue
		}
		n, _ := strconv.Atoi(id) // it was made of a number
		switch {
		case err != nil:
			unsent[n] = fmt.Errorf("sending to %s: %w", q.URL, err)
		case failed[id] != nil:
			unsent[n] = failed[id]
		default:
			unsent[n] = fmt.Errorf("sending to %s: SQS says nothing about it", q.URL)
		}
	}
}
