// Package waketest is the two wake queues in memory: FIFO, with deduplication, delay
// and the limits of SQS. Only tests import it.
package waketest

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	lambdaevents "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/cachegate/cachegate/shared/awstest"
	"github.com/cachegate/cachegate/shared/wake"
)

// The limits of SQS.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const (
	deduplicates = 5 * time.Minute
	atOnce       = 10
	callBytes    = 256 << 10
)

var (
	entryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	// identifiers are the ids of message groups and for deduplication.
	identifiers = regexp.MustCompile(`^[!-~]{1,128}$`)
)

// Queue is the queue.
type Queue struct {
	clock func() time.Time

	mu    sync.Mutex
	calls int
	sent  []message
	// Down, where it is set, is what every call fails with.
	Down error
	// Refused are message groups of which SQS takes nothing.
	Refused []string
}

type message struct {
	url, id, group, deduplication, body string
	at                                  time.Time
	received                            bool
}

// delay is how long the message's queue holds it back.
func (m message) delay() time.Duration {
	if m.url == laterURL {
		return wake.Delay
	}
	return 0
}

// The addresses of the queues.
const (
	firstURL = "https://sqs.us-east-1.amazonaws.com/111122223333/wake.fifo"
	laterURL = "https://sqs.us-east-1.amazonaws.com/111122223333/later.fifo"
)

// New makes an empty queue.
func New(clock func() time.Time) *Queue { return &Queue{clock: clock} }

// Sender gives what sends to the queue, through a real client.
func (q *Queue) Sender() *wake.Queue {
	return &wake.Queue{Client: sqs.NewFromConfig(awstest.Config(q.answer)), URL: firstURL, LaterURL: laterURL, Clock: q.clock}
}

// Calls is how many calls were made.
func (q *Queue) Calls() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.calls
}

// Waiting gives the messages for second looks that were not received yet, however short ago
// they were sent; First those of the other queue.
func (q *Queue) Waiting(tb testing.TB) []wake.Message {
	tb.Helper()
	return q.waiting(tb, laterURL)
}

// First gives the messages that are received at once and were not yet.
func (q *Queue) First(tb testing.TB) []wake.Message {
	tb.Helper()
	return q.waiting(tb, firstURL)
}

func (q *Queue) waiting(tb testing.TB, url string) []wake.Message {
	tb.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []wake.Message
	for _, m := range q.sent {
		if m.received || m.url != url {
			continue
		}
		read, _, err := wake.Parse(m.body)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, read)
	}
	return out
}

// Receive gives the next message whose delay is over, as Lambda gets it; it is then gone.
func (q *Queue) Receive() (batch lambdaevents.SQSEvent, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.sent {
		m := &q.sent[i]
		if m.received || q.clock().Sub(m.at) < m.delay() {
			continue
		}
		m.received = true
		return lambdaevents.SQSEvent{Records: []lambdaevents.SQSMessage{{MessageId: m.id, Body: m.body}}}, true
	}
	return batch, false
}

func (q *Queue) answer(_ string, input any) (any, error) {
	in, ok := input.(*sqs.SendMessageBatchInput)
	if !ok {
		return nil, fmt.Errorf("the wake queue was asked for %T", input)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls++
	if q.Down != nil {
		return nil, q.Down
	}
	if err := checkCall(in); err != nil {
		return nil, err
	}
	out := &sqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		if err := q.checkEntry(e); err != nil {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: aws.String("InvalidParameterValue"), Message: aws.String(err.Error()), SenderFault: true})
			continue
		}
		out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: e.Id, MessageId: aws.String(q.take(*in.QueueUrl, e)), MD5OfMessageBody: aws.String(md5Of(*e.MessageBody))})
	}
	return out, nil
}

// take keeps a message, or leaves it where its like was sent lately.
func (q *Queue) take(url string, e types.SendMessageBatchRequestEntry) (id string) {
	group, deduplication := aws.ToString(e.MessageGroupId), aws.ToString(e.MessageDeduplicationId)
	for _, m := range q.sent {
		if m.url == url && m.group == group && m.deduplication == deduplication && q.clock().Sub(m.at) < deduplicates {
			return m.id
		}
	}
	id = fmt.Sprintf("00000000-0000-0000-0000-%012d", len(q.sent))
	q.sent = append(q.sent, message{url: url, id: id, group: group, deduplication: deduplication, body: *e.MessageBody, at: q.clock()})
	return id
}

func checkCall(in *sqs.SendMessageBatchInput) error {
	bytes, ids := 0, map[string]bool{}
	for _, e := range in.Entries {
		bytes += len(aws.ToString(e.MessageBody))
		ids[aws.ToString(e.Id)] = true
	}
	switch {
	case len(in.Entries) == 0:
		return &types.EmptyBatchRequest{}
	case len(in.Entries) > atOnce:
		return &types.TooManyEntriesInBatchRequest{}
	case bytes > callBytes:
		return &types.BatchRequestTooLong{}
	case len(ids) < len(in.Entries):
		return &types.BatchEntryIdsNotDistinct{}
	}
	return nil
}

func (q *Queue) checkEntry(e types.SendMessageBatchRequestEntry) error {
	body := aws.ToString(e.MessageBody)
	switch {
	case slices.Contains(q.Refused, aws.ToString(e.MessageGroupId)):
		return errors.New("refused")
	case !entryID.MatchString(aws.ToString(e.Id)):
		return errors.New("the id of the entry")
	case !identifiers.MatchString(aws.ToString(e.MessageGroupId)):
		return errors.New("the message group")
	case !identifiers.MatchString(aws.ToString(e.MessageDeduplicationId)):
		return errors.New("the deduplication id")
	case e.DelaySeconds != 0:
		return errors.New("a FIFO queue has one delay for all")
	case body == "" || !utf8.ValidString(body) || strings.ContainsFunc(body, unsendable):
		return errors.New("the characters of the message")
	}
	return nil
}

func unsendable(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff'
}

// md5Of is how SQS says that a message came through whole.
func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
