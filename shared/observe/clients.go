package observe

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go/middleware"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// maxAttempts is how often a call is tried. EC2's describe calls share a bucket
// that refills with 20 tokens a second, so with the SDK's backoff (at most 20 s)
// eight attempts outlast a burst of other readers, and a call still ends long
// before a Lambda function's 15 minutes.
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
const maxAttempts = 8

// otherAttempts is how often a call is tried that AWS does not throttle but cannot
// answer. Where a service is down for longer, what it hides is unknown for this
// run; trying on would only use up the run's time, call by call.
const otherAttempts = 3

// FromConfig builds real SDK clients from an aws.Config for each location, keeps
// them, and counts their calls. It is safe for concurrent use.
type FromConfig struct {
	// InFlight is how many calls of a read run at once; zero: as many as fit AWS's limits.
	// Where all do, a simulation goes the same way every time: none waits for another.
	InFlight int

	configFor func(context.Context, network.Location) (aws.Config, error)
	listers   []NewLister

	mu      sync.Mutex
	clients map[network.Location]API
	calls   map[string]int
}

// NewLister makes the lister of a service from a configuration.
type NewLister func(aws.Config) resource.Lister

// NewClients makes clients of the configurations that configFor gives, with a lister
// for each service whose resources are protected. They retry
// in the SDK's adaptive mode, unless a configuration brings a Retryer of its own.
// An error of configFor is not kept: the next call for that location tries again.
func NewClients(configFor func(context.Context, network.Location) (aws.Config, error), listers ...NewLister) *FromConfig {
	return &FromConfig{
		configFor: configFor,
		listers:   listers,
		clients:   map[network.Location]API{},
		calls:     map[string]int{},
	}
}

// For gives the clients of a location.
func (f *FromConfig) For(ctx context.Context, at network.Location) (API, error) {
	f.mu.Lock()
	api, ok := f.clients[at]
	f.mu.Unlock()
	if ok {
		return api, nil
	}
	cfg, err := f.configFor(ctx, at)
	if err != nil {
		return API{}, fmt.Errorf("configuring AWS clients of %s: %w", at, err)
	}
	cfg = cfg.Copy()
	cfg.APIOptions = append(slices.Clip(cfg.APIOptions), f.countCalls)
	if cfg.Retryer == nil {
		// It is asked once by each client, so that each has a retryer of its own.
		cfg.Retryer = NewRetryer
	}
	api = API{
		EC2:           ec2.NewFromConfig(cfg),
		DirectConnect: directconnect.NewFromConfig(cfg),
	}
	for _, newLister := range f.listers {
		api.Listers = append(api.Listers, newLister(cfg))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if first, ok := f.clients[at]; ok {
		return first, nil
	}
	f.clients[at] = api
	return api, nil
}

// NewRetryer makes a retryer that slows down where AWS throttles. Services
// throttle each for itself, so no two clients may share one.
func NewRetryer() aws.Retryer {
	codes := map[string]struct{}{}
	for _, s := range resource.Services() {
		if s.Throttled != "" {
			codes[s.Throttled] = struct{}{}
		}
	}
	throttled, retryable := retry.ThrottleErrorCode{Codes: codes}, retry.RetryableErrorCode{Codes: codes}
	adaptive := retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.Throttles = append(o.Throttles, throttled)
		o.StandardOptions = append(o.StandardOptions, func(s *retry.StandardOptions) {
			s.MaxAttempts = maxAttempts
			s.Retryables = append(s.Retryables, retryable)
		})
	})
	return patient{RetryerV2: adaptive, throttles: append(retry.IsErrorThrottles{throttled}, retry.DefaultThrottles...)}
}

// patient tries throttled calls for long, and others a few times.
type patient struct {
	aws.RetryerV2
	throttles retry.IsErrorThrottles
}

// RetryDelay gives the pause before the next attempt, or the error where there is none.
func (p patient) RetryDelay(attempt int, err error) (time.Duration, error) {
	if attempt >= otherAttempts && p.throttles.IsErrorThrottle(err) != aws.TrueTernary {
		return 0, err
	}
	return p.RetryerV2.RetryDelay(attempt, err)
}

// Calls gives the number of calls so far by IAM action ("ec2:DescribeVpcs"),
// each page counted, retries not.
func (f *FromConfig) Calls() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.calls)
}

// countCalls adds a middleware that counts. It stands first, so that it sees the
// call whoever answers it.
func (f *FromConfig) countCalls(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("CachegateCountCalls",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			f.count(actionName(middleware.GetServiceID(ctx), middleware.GetOperationName(ctx)))
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
}

func (f *FromConfig) count(action string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[action]++
}

// actionName turns the SDK's service id and operation into the IAM action. For
// the services called here (and STS) it is the id in lower case without spaces.
func actionName(service, operation string) string {
	return strings.ToLower(strings.ReplaceAll(service, " ", "")) + ":" + operation
}
