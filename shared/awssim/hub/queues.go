package hub

import (
	"slices"

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
