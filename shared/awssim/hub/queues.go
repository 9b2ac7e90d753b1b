package hub

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Message is what was sent to a queue.
type Message struct{ URL, Body string }

// Sent gives the messages that were sent to queues, in their order. Nothing receives them, so that none is held back as
// a repeat.
func (h *Hub) Sent() []Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.sent)
}

// sendMessageBatch keeps the messages of a call. The caller holds the lock.
func (h *Hub) sendMessageBatch(in *sqs.SendMessageBatchInput) *sqs.SendMessageBatchOutput {
	out := &sqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		h.sent = append(h.sent, Message{URL: aws.ToString(in.QueueUrl), Body: aws.ToString(e.MessageBody)})
		out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: e.Id, MessageId: aws.String(messageID)})
	}
	return out
}

// AddQueue makes a queue, and beside it one for dead letters whose name ends in -dead, with so many messages in each.
func (h *Hub) AddQueue(url string, waiting, dead int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queues[url], h.queues[url+deadSuffix] = waiting, dead
}

const deadSuffix = "-dead"

// queueAttributes gives what counting messages takes. The caller holds the lock.
func (h *Hub) queueAttributes(in *sqs.GetQueueAttributesInput) (*sqs.GetQueueAttributesOutput, error) {
	url := aws.ToString(in.QueueUrl)
	n, ok := h.queues[url]
	if !ok {
		return nil, apiError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
	}
	out := &sqs.GetQueueAttributesOutput{Attributes: map[string]string{"ApproximateNumberOfMessages": strconv.Itoa(n)}}
	if _, hasDead := h.queues[url+deadSuffix]; hasDead {
		name := url[strings.LastIndexByte(url, '/')+1:] + deadSuffix
		out.Attributes["RedrivePolicy"] = `{"deadLetterTargetArn":"arn:aws:sqs:` + h.region + ":" + h.account + ":" + name + `","maxReceiveCount":5}`
	}
	return out, nil
}

// queueURL finds a queue by its name. The caller holds the lock.
func (h *Hub) queueURL(in *sqs.GetQueueUrlInput) (*sqs.GetQueueUrlOutput, error) {
	for url := range h.queues {
		if url[strings.LastIndexByte(url, '/')+1:] == aws.ToString(in.QueueName) {
			return &sqs.GetQueueUrlOutput{QueueUrl: aws.String(url)}, nil
		}
	}
	return nil, apiError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
}
