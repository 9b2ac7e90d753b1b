package hub

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// services are those that the hub answers, by the SDK's ids.
func services() map[string]string {
	return map[string]string{
		dynamodb.ServiceID: "dynamodb", cloudformation.ServiceID: "cloudformation", sns.ServiceID: "sns", eventbridge.ServiceID: "eventbridge",
		sqs.ServiceID: "sqs", sts.ServiceID: "sts",
	}
}

// messageID is that of every message and event: nobody looks at them again.
const messageID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"

// answer stands at the end of the Initialize step: after the SDK has validated the input, before anything is
// serialised.
type answer struct{ hub *Hub }

// ID names the middleware in its step.
func (*answer) ID() string { return "awssim/hub" }

// HandleInitialize answers the calls of the hub's services, and lets all others pass.
func (a *answer) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	service := services()[awsmiddleware.GetServiceID(ctx)]
	if service == "" {
		return next.HandleInitialize(ctx, in)
	}
	if ended := ctx.Err(); ended != nil {
		return out, metadata, &smithy.CanceledError{Err: ended}
	}
	out.Result, err = a.hub.call(awsmiddleware.GetRegion(ctx), service, awsmiddleware.GetOperationName(ctx), in.Parameters)
	return out, metadata, err
}

// call is one call, as one step.
func (h *Hub) call(region, service, operation string, input any) (any, error) {
	h.mu.Lock()
	hooks := h.hooks
	h.mu.Unlock()
	for _, hook := range hooks {
		hook(service + ":" + operation)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls[service+":"+operation]++
	if err := h.fault(service, operation, input); err != nil {
		return nil, err
	}
	here := h
	if region != h.region {
		here = New(h.account, region)
	}
	switch in := input.(type) {
	case *cloudformation.DescribeStacksInput:
		return here.describeStacks(in)
	case *sns.PublishInput:
		return &sns.PublishOutput{MessageId: aws.String(messageID)}, nil
	case *eventbridge.PutEventsInput:
		out := &eventbridge.PutEventsOutput{}
		for range in.Entries {
			out.Entries = append(out.Entries, eventtypes.PutEventsResultEntry{EventId: aws.String(messageID)})
		}
		return out, nil
	case *sts.GetCallerIdentityInput:
		return &sts.GetCallerIdentityOutput{Account: aws.String(h.account), Arn: aws.String(h.caller)}, nil
	case *sqs.SendMessageBatchInput:
		return h.sendMessageBatch(in), nil
	case *sqs.GetQueueAttributesInput:
		return h.queueAttributes(in)
	case *sqs.GetQueueUrlInput:
		return h.queueURL(in)
	case *dynamodb.GetItemInput:
		return here.getItem(in)
	case *dynamodb.BatchGetItemInput:
		return here.batchGetItem(in)
	case *dynamodb.QueryInput:
		return here.query(in)
	case *dynamodb.ScanInput:
		return here.scan(in)
	case *dynamodb.PutItemInput:
		return here.putItem(in)
	case *dynamodb.UpdateItemInput:
		return here.updateItem(in)
	case *dynamodb.DeleteItemInput:
		return here.deleteItem(in)
	case *dynamodb.TransactWriteItemsInput:
		return here.transactWriteItems(in)
	default:
		return nil, apiError("NotImplemented", "the hub does not model %s:%s", service, operation)
	}
}

// fault finds the fault that a call runs into. The caller holds the lock.
func (h *Hub) fault(service, operation string, input any) error {
	for _, f := range h.faults {
		if f.Operation != "" && f.Operation != operation && f.Operation != service+":"+operation {
			continue
		}
		if f.Match != nil && !f.Match(input) {
			continue
		}
		f.seen++
		if f.seen <= f.After || f.Times > 0 && f.seen > f.After+f.Times {
			continue
		}
		if f.Err != nil {
			return f.Err
		}
		return apiError(f.Code, "%s", f.Message)
	}
	return nil
}

// apiError is an error as the wire brings it where the SDK has no type for it.
func apiError(code, format string, args ...any) error {
	return &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(format, args...), Fault: smithy.FaultClient}
}
