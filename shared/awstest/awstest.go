// Package awstest answers AWS calls in tests: the real clients run, with their
// validation of inputs and their typed errors, and a function of the test answers
// in place of the network. Only tests import it.
package awstest

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

// Answer answers a call with the output or the error of the SDK. operation is the
// API's name for it, input the SDK's input.
type Answer func(operation string, input any) (output any, err error)

// Config gives a configuration whose clients are answered. They never wait between
// two tries.
func Config(answer Answer) aws.Config {
	return aws.Config{
		Region:      "us-east-1",
		Credentials: aws.AnonymousCredentials{},
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.Backoff = noPause{} })
		},
		APIOptions: []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
			return stack.Initialize.Add(answering{answer}, middleware.After)
		}},
	}
}

// answering stands at the end of the Initialize step, after the validation of inputs.
type answering struct{ answer Answer }

// ID names the middleware.
func (answering) ID() string { return "cachegate-awstest" }

// HandleInitialize answers a call; no later step sees it.
func (a answering) HandleInitialize(ctx context.Context, in middleware.InitializeInput, _ middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	if over := ctx.Err(); over != nil {
		return out, metadata, over
	}
	out.Result, err = a.answer(awsmiddleware.GetOperationName(ctx), in.Parameters)
	return out, metadata, err
}

type noPause struct{}

// BackoffDelay is no delay.
func (noPause) BackoffDelay(int, error) (time.Duration, error) { return 0, nil }
