package apply

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// onceUnlessThrottled keeps the SDK from repeating a write whose answer was lost.
// A route carries no tag: were CreateRoute repeated, the second answer
// (RouteAlreadyExists) could not be told from somebody else's route. A throttled
// call was not made and may be repeated.
func onceUnlessThrottled(o *ec2.Options) {
	if o.Retryer != nil {
		o.Retryer = throttlesOnly{o.Retryer}
	}
}

type throttlesOnly struct{ aws.Retryer }

// IsErrorRetryable says whether an error means that the call was throttled.
func (r throttlesOnly) IsErrorRetryable(err error) bool {
	throttle := retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}
	return r.Retryer.IsErrorRetryable(err) && throttle.IsErrorThrottle(err) == aws.TrueTernary
}
