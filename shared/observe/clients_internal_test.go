package observe

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

func TestThrottledCallsAreTriedForLongAndOthersAFewTimes(t *testing.T) {
	t.Parallel()
	r, ok := NewRetryer().(aws.RetryerV2)
	if !ok {
		t.Fatal("the SDK would not ask this retryer with a context")
	}
	for what, c := range map[string]struct {
		err      error
		attempts int
	}{
		"EC2 throttles":           {&smithy.GenericAPIError{Code: "RequestLimitExceeded"}, maxAttempts},
		"ElastiCache throttles":   {&smithy.GenericAPIError{Code: "APICallRateForCustomerExceeded"}, maxAttempts},
		"an error without a code": {&smithy.GenericAPIError{Fault: smithy.FaultClient}, otherAttempts},
		"EC2 is down":             {&smithy.GenericAPIError{Code: "InternalError", Fault: smithy.FaultServer}, otherAttempts},
		"no answer came":          {errors.New("connection reset by peer"), otherAttempts},
	} {
		tried := 1
		for tried < r.MaxAttempts() {
			if _, err := r.RetryDelay(tried, c.err); err != nil {
				if !errors.Is(err, c.err) {
					t.Errorf("%s: the call ends with %v", what, err)
				}
				break
			}
			tried++
		}
		if tried != c.attempts {
			t.Errorf("%s: a call is tried %d times, want %d", what, tried, c.attempts)
		}
	}
}
