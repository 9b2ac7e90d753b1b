package acceptance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streams "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// mapping is a deployed event source mapping, which Lambda carries out on AWS: it
// hands batches of a source to a function and deletes what the function did.
type mapping struct {
	source   string
	batch    int32
	function *function
	gate     *gate

	queue    *sqs.Client
	url      string
	streams  *dynamodbstreams.Client
	iterator string
}

// readMappings reads what is deployed. The wake queue's delay is taken away, so
// that tests need not wait for it; what was received counts as of an earlier
// bucket, since moto forgets the deduplication ids of deleted messages.
func (s *stack) readMappings(ctx context.Context, cfg aws.Config) error {
	list, err := lambda.NewFromConfig(cfg).ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{})
	if err != nil {
		return err
	}
	for _, m := range list.EventSourceMappings {
		made := &mapping{source: *m.EventSourceArn, batch: aws.ToInt32(m.BatchSize), gate: s.gate}
		for _, f := range []*function{s.dispatch, s.reconcile} {
			if f.arn == *m.FunctionArn {
				made.function = f
			}
		}
		if made.function == nil {
			return fmt.Errorf("the mapping of %s is for %s, which is not there", made.source, *m.FunctionArn)
		}
		if err := made.open(ctx, cfg); err != nil {
			return err
		}
		s.mappings = append(s.mappings, made)
	}
	const wired = 4 // events queue, both wake queues, stream
	if len(s.mappings) != wired {
		return fmt.Errorf("%d event source mappings are deployed: expected %d", len(s.mappings), wired)
	}
	return nil
}

func (m *mapping) open(ctx context.Context, cfg aws.Config) error {
	parts := strings.Split(m.source, ":")
	if parts[2] == "sqs" {
		m.queue = sqs.NewFromConfig(cfg)
		out, err := m.queue.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(parts[5])})
		if err != nil {
			return err
		}
		m.url = *out.QueueUrl
		_, err = m.queue.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: out.QueueUrl, Attributes: map[string]string{"DelaySeconds": "0"}})
		return err
	}
	m.streams = dynamodbstreams.NewFromConfig(cfg)
	out, err := m.streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: aws.String(m.source)})
	if err != nil {
		return err
	}
	iterator, err := m.streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: aws.String(m.source), ShardId: out.StreamDescription.Shards[0].ShardId, ShardIteratorType: streams.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		return err
	}
	m.iterator = *iterator.ShardIterator
	return nil
}

// settle carries out all mappings until nothing is left to deliver; nothing may fail.
func (s *stack) settle(t *testing.T) {
	t.Helper()
	if failures := s.settleFailing(t); len(failures) > 0 {
		t.Errorf("%d records failed:\n%s", len(failures), strings.Join(failures, "\n"))
	}
}

// settleFailing carries out all mappings until nothing is left to deliver, and gives
// the log lines of what failed: that is delivered again at once, as if its
// visibility timeout had passed.
func (s *stack) settleFailing(t *testing.T) (failures []string) {
	t.Helper()
	before := map[*function]int{s.dispatch: len(s.dispatch.logged()), s.reconcile: len(s.reconcile.logged())}
	defer func() {
		for f, from := range before {
			for line := range strings.Lines(f.logged()[from:]) {
				if strings.Contains(line, `"level":"ERROR"`) {
					failures = append(failures, strings.TrimSpace(line))
				}
			}
		}
	}()
	const rounds = 200 // far more than any test needs: a loop must not hang
	for range rounds {
		delivered := 0
		for _, m := range s.mappings {
			n, err := m.deliver(context.WithoutCancel(t.Context()))
			s.gate.within(t)
			if err != nil {
				t.Fatalf("delivering from %s: %v\n%s", m.source, err, m.function.logged())
			}
			delivered += n
		}
		if delivered == 0 {
			return nil
		}
	}
	t.Fatalf("it does not settle: after %d rounds there is still something to deliver\n%s", rounds, s.reconcile.logged())
	return nil
}

// deliver hands one batch to the function and says how many records it held.
func (m *mapping) deliver(ctx context.Context) (int, error) {
	if m.streams != nil {
		return m.deliverStream(ctx)
	}
	out, err := m.queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(m.url), MaxNumberOfMessages: m.batch, MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil || len(out.Messages) == 0 {
		return 0, err
	}
	records := make([]map[string]any, 0, len(out.Messages))
	for _, message := range out.Messages {
		records = append(records, map[string]any{
			"messageId": message.MessageId, "receiptHandle": message.ReceiptHandle, "body": message.Body, "attributes": message.Attributes,
			"messageAttributes": map[string]any{}, "md5OfBody": message.MD5OfBody, "eventSource": "aws:sqs", "eventSourceARN": m.source, "awsRegion": homeRegion,
		})
	}
	failed, err := m.invoke(map[string]any{"Records": records})
	if err != nil {
		return 0, err
	}
	for _, message := range out.Messages {
		if failed[""] || failed[*message.MessageId] {
			_, err = m.queue.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: aws.String(m.url), ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0})
		} else {
			_, err = m.queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(m.url), ReceiptHandle: message.ReceiptHandle})
		}
		if err != nil {
			return 0, err
		}
	}
	return len(out.Messages), nil
}

// invoke gives the identifiers of the records that failed; "" stands for all.
func (m *mapping) invoke(event any) (map[string]bool, error) {
	var got answer
	var invokeErr error
	authErr := m.gate.authorising(func() { got, invokeErr = m.function.invoke(event, m.function.timeout) })
	if err := errors.Join(invokeErr, authErr); err != nil {
		return nil, err
	}
	if got.failure != nil {
		return map[string]bool{"": true}, nil
	}
	var response struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(got.response, &response); err != nil {
		return nil, fmt.Errorf("reading the response %s: %w", got.response, err)
	}
	failed := map[string]bool{}
	for _, f := range response.BatchItemFailures {
		failed[f.ItemIdentifier] = true
	}
	return failed, nil
}

func (m *mapping) deliverStream(ctx context.Context) (int, error) {
	out, err := m.streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: aws.String(m.iterator), Limit: aws.Int32(m.batch)})
	if err != nil || len(out.Records) == 0 {
		return 0, err
	}
	records := make([]map[string]any, 0, len(out.Records))
	for _, r := range out.Records {
		keys := map[string]any{}
		for name, value := range r.Dynamodb.Keys {
			if s, ok := value.(*streams.AttributeValueMemberS); ok {
				keys[name] = map[string]string{"S": s.Value}
			}
		}
		records = append(records, map[string]any{
			"eventID": r.EventID, "eventName": r.EventName, "eventSource": "aws:dynamodb", "eventSourceARN": m.source, "awsRegion": homeRegion,
			"dynamodb": map[string]any{"Keys": keys, "SequenceNumber": r.Dynamodb.SequenceNumber, "StreamViewType": "KEYS_ONLY"},
		})
	}
	failed, err := m.invoke(map[string]any{"Records": records})
	if err != nil {
		return 0, err
	}
	if len(failed) > 0 {
		return 0, fmt.Errorf("records of the stream failed: %v", failed)
	}
	m.iterator = aws.ToString(out.NextShardIterator)
	return len(out.Records), nil
}

// redrive gives the ARN of a queue's dead-letter queue.
func (m *mapping) redrive(t *testing.T) string {
	t.Helper()
	out, err := m.queue.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(m.url), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameRedrivePolicy},
	})
	if err != nil {
		t.Fatal(err)
	}
	var policy struct {
		DeadLetterTargetArn string `json:"deadLetterTargetArn"`
	}
	if err := json.Unmarshal([]byte(out.Attributes["RedrivePolicy"]), &policy); err != nil {
		t.Fatalf("the redrive policy of %s: %v", m.source, err)
	}
	return policy.DeadLetterTargetArn
}
