package wake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
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
	Events  []Seen
}

// Wake asks for runs. Wake-ups of one unit within a bucket become one, of which
// the first message counts.
func (q *Queue) Wake(ctx context.Context, requests ...Request) error {
	now := q.Clock().UTC()
	bucket := now.Truncate(Bucket).Unix()
	entries := make([]types.SendMessageBatchRequestEntry, 0, len(requests))
	for _, r := range requests {
		m := Message{Unit: r.Unit.String(), Trigger: r.Trigger, Events: r.Events, Sent: now}
		entries = append(entries, entry(m, m.Unit+"@"+strconv.FormatInt(bucket, 10)))
	}
	return q.send(ctx, entries)
}

// HandOn asks for another run of a unit whose work a run could not finish. It is
// never taken for one of the bucket's wake-ups, since those may have been
// received already; id tells apart the runs that hand on.
func (q *Queue) HandOn(ctx context.Context, m Message, id string) error {
	m.Round++
	m.Sent = q.Clock().UTC()
	return q.send(ctx, []types.SendMessageBatchRequestEntry{entry(m, m.Unit+"@"+id+"#"+strconv.Itoa(m.Round))})
}

// maxID is how long SQS lets a deduplication id be.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const maxID = 128

func entry(m Message, deduplication string) types.SendMessageBatchRequestEntry {
	body, _ := json.Marshal(m) // strings and times cannot fail
	if len(deduplication) > maxID {
		deduplication = deduplication[len(deduplication)-maxID:]
	}
	return types.SendMessageBatchRequestEntry{
		MessageBody: aws.String(string(body)), MessageGroupId: aws.String(m.Unit), MessageDeduplicationId: aws.String(deduplication),
	}
}

// batchBytes keeps a call below the 256 KB that every Region takes.
const batchBytes = 200 << 10

// send sends all entries, or says which units were not woken.
func (q *Queue) send(ctx context.Context, entries []types.SendMessageBatchRequestEntry) error {
	var errs []error
	for len(entries) > 0 {
		n, bytes := 0, 0
		for n < len(entries) && n < atOnce {
			bytes += len(*entries[n].MessageBody)
			if n > 0 && bytes > batchBytes {
				break
			}
			entries[n].Id = aws.String(strconv.Itoa(n))
			n++
		}
		errs = append(errs, q.sendBatch(ctx, entries[:n])...)
		entries = entries[n:]
	}
	return errors.Join(errs...)
}

func (q *Queue) sendBatch(ctx context.Context, batch []types.SendMessageBatchRequestEntry) []error {
	out, err := q.Client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(q.URL), Entries: batch})
	if err != nil {
		return []error{fmt.Errorf("sending wake-ups to %s: %w", q.URL, err)}
	}
	var errs []error
	for _, f := range out.Failed {
		n, convErr := strconv.Atoi(aws.ToString(f.Id))
		unit := aws.ToString(f.Id)
		if convErr == nil && n < len(batch) {
			unit = aws.ToString(batch[n].MessageGroupId)
		}
		errs = append(errs, fmt.Errorf("waking unit %s: %s: %s", unit, aws.ToString(f.Code), aws.ToString(f.Message)))
	}
	return errs
}
