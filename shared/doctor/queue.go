package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// SQS are the calls that counting messages takes.
type SQS interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
	GetQueueUrl(context.Context, *sqs.GetQueueUrlInput, ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error)
}

// ReadQueue counts the messages of a queue, by its URL, and of its dead-letter queue. The
// counts are approximate.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
func ReadQueue(ctx context.Context, client SQS, name, url string) Queue {
	q := Queue{Name: name}
	var policy string
	if q.Waiting, policy, q.Err = count(ctx, client, url); q.Err != nil || policy == "" {
		return q
	}
	var redrive struct {
		DeadLetterTargetARN string `json:"deadLetterTargetArn"`
	}
	if q.Err = json.Unmarshal([]byte(policy), &redrive); q.Err != nil {
		return q
	}
	dead := redrive.DeadLetterTargetARN[strings.LastIndexByte(redrive.DeadLetterTargetARN, ':')+1:]
	out, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(dead)})
	if err != nil {
		q.Err = fmt.Errorf("finding dead-letter queue %s: %w", dead, err)
		return q
	}
	q.Dead, _, q.Err = count(ctx, client, aws.ToString(out.QueueUrl))
	return q
}

func count(ctx context.Context, client SQS, url string) (n int, redrive string, err error) {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(url), AttributeNames: []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameRedrivePolicy,
	}})
	if err != nil {
		return 0, "", fmt.Errorf("counting the messages of %s: %w", url, err)
	}
	text := out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)]
	if n, err = strconv.Atoi(text); err != nil {
		return 0, "", fmt.Errorf("counting the messages of %s: SQS says %q", url, text)
	}
	return n, out.Attributes[string(types.QueueAttributeNameRedrivePolicy)], nil
}
