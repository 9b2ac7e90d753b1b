package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

const (
	// attempts bounds how often a write is worked out anew. Of those who collide one
	// always gets through, so that it takes as many rivals to come near.
	attempts = 20
	// firstPause is about what a transaction takes; the pauses double up to longestPause.
	firstPause   = 20 * time.Millisecond
	longestPause = time.Second
)

// errStale says that what a write was worked out from has changed.
var errStale = errors.New("somebody else changed it meanwhile")

// errBusy says that DynamoDB answered a part of a batch only.
var errBusy = errors.New("DynamoDB is busy")

// errGaveUp ends the trying for good, whatever it was tried for.
var errGaveUp = errors.New("giving up")

// retry tries until it works, until the error is of a kind that trying again does
// not mend, or until it was tried often enough.
func (l *Ledger) retry(ctx context.Context, what string, try func() error) error {
	pause := firstPause
	for n := 1; ; n++ {
		err := try()
		if err == nil {
			return nil
		}
		l.recalled.forget()
		switch {
		case !passing(err):
			return fmt.Errorf("%s: %w", what, err)
		case n == attempts:
			return fmt.Errorf("%s: %w after %d attempts: %w", what, errGaveUp, n, err)
		}
		if sleepErr := l.Sleep(ctx, time.Duration(l.Random()*float64(pause))); sleepErr != nil {
			return fmt.Errorf("%s: %w (while waiting to try again after: %w)", what, sleepErr, err)
		}
		pause = min(2*pause, longestPause)
	}
}

// passing says whether an error may be gone at the next attempt. The SDK has
// tried throttled calls a few times already.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
func passing(err error) bool {
	if errors.Is(err, errGaveUp) {
		return false
	}
	if errors.Is(err, errStale) || errors.Is(err, errBusy) {
		return true
	}
	if canceled, ok := errors.AsType[*types.TransactionCanceledException](err); ok {
		return slices.ContainsFunc(canceled.CancellationReasons, func(r types.CancellationReason) bool {
			switch aws.ToString(r.Code) {
			case "ConditionalCheckFailed", "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError":
				return true
			default:
				return false
			}
		})
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	switch api.ErrorCode() {
	case "TransactionConflictException", "TransactionInProgressException", "ReplicatedWriteConflictException",
		"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "InternalServerError":
		return true
	default:
		return false
	}
}

// conditionFailed says whether a single write was refused by its condition.
func conditionFailed(err error) bool {
	_, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	return ok
}
