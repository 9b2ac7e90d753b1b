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
	"sync"
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
	// URL is that of the queue that is received at once, LaterURL that of the one for second
	// looks.
	URL, LaterURL string
	Clock         func() time.Time
}

// atOnce is how many messages SQS takes in one call.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const atOnce = 10

// Request asks for a run of a unit.
type Request struct {
	Unit    network.Unit
	Trigger string
	// Once names a kind of trigger that asks for one look, such as TriggerSweep: nothing
	// happened that may not be visible yet. It is told apart from all other triggers.
	Once string
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

// Wake asks for runs, at once and, but for those that ask for one look, once more when the
// bucket is over. Wake-ups of one unit within a bucket become one of each, of which the first
// message counts. Where some could not be sent, the error is an *UnsentError.
func (q *Queue) Wake(ctx context.Context, requests ...Request) error {
	now := q.Clock().UTC()
	bucket := strconv.FormatInt(now.Truncate(Bucket).Unix(), 10)
	var first, later []types.SendMessageBatchRequestEntry
	var units, again []network.Unit
	for _, r := range requests {
		m := Message{Unit: r.Unit.String(), Trigger: r.Trigger, Sent: now}
		id := m.Unit + "@" + bucket
		units = append(units, r.Unit)
		if r.Once != "" {
			first = append(first, entry(m, id+"#"+r.Once))
			continue
		}
		later, again = append(later, entry(m, id)), append(again, r.Unit)
		m.First = true
		first = append(first, entry(m, id))
	}
	var sending sync.WaitGroup
	var failed, failedLater map[int]error
	sending.Go(func() { failed = q.send(ctx, q.URL, first) })
	failedLater = q.send(ctx, q.LaterURL, later)
	sending.Wait()
	return unsentOf(units, failed, again, failedLater)
}

// unsentOf says which units were not woken; nil where all were.
func unsentOf(units []network.Unit, failed map[int]error, again []network.Unit, failedLater map[int]error) error {
	unsent := map[network.Unit]error{}
	for n, err := range failed {
		unsent[units[n]] = err
	}
	for n, err := range failedLater {
		unsent[again[n]] = err
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
	units := make([]network.Unit, 0, len(requests))
	for _, r := range requests {
		m := Message{Unit: r.Unit.String(), Trigger: r.Trigger, Sent: now, Now: true}
		units = append(units, r.Unit)
		entries = append(entries, entry(m, m.Unit+"@now#"+strconv.FormatInt(now.UnixNano(), 10)))
	}
	return unsentOf(units, q.send(ctx, q.URL, entries), nil, nil)
}

// HandOn asks for another run of a unit whose work a run could not finish. It is
// never taken for one of the bucket's wake-ups, since those may have been
// received already; id tells apart the runs that hand on. It is received after Delay.
func (q *Queue) HandOn(ctx context.Context, m Message, id string) error {
	m.Round++
	m.First = false
	e := entry(m, m.Unit+"@"+id+"#"+strconv.Itoa(m.Round))
	if err := q.send(ctx, q.LaterURL, []types.SendMessageBatchRequestEntry{e})[0]; err != nil {
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
func (q *Queue) send(ctx context.Context, url string, entries []types.SendMessageBatchRequestEntry) map[int]error {
	unsent := map[int]error{}
	for n := range entries {
		entries[n].Id = aws.String(strconv.Itoa(n))
	}
	for batch := range slices.Chunk(entries, atOnce) {
		q.sendBatch(ctx, url, batch, unsent)
	}
	return unsent
}

func (q *Queue) sendBatch(ctx context.Context, url string, batch []types.SendMessageBatchRequestEntry, unsent map[int]error) {
	out, err := q.Client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(url), Entries: batch})
	failed := map[string]error{}
	sent := map[string]bool{}
	if err == nil {
		for _, f := range out.Failed {
			failed[aws.ToString(f.Id)] = fmt.Errorf("%s refused it: %s: %s", url, aws.ToString(f.Code), aws.ToString(f.Message))
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
			unsent[n] = fmt.Errorf("sending to %s: %w", url, err)
		case failed[id] != nil:
			unsent[n] = failed[id]
		default:
			unsent[n] = fmt.Errorf("sending to %s: SQS says nothing about it", url)
		}
	}
}
