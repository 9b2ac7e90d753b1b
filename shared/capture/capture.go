package capture

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// CallsPerSecond is how many calls are made in one account and Region, unless the options say
// otherwise: a quarter of what refills the bucket that EC2's describe calls of an account and
// Region share, so that nobody else is throttled for a capture.
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
const CallsPerSecond = 5

// locationsAtOnce is how many accounts and Regions are read at the same time; each has limits
// of its own.
const locationsAtOnce = 4

// Options of a capture.
type Options struct {
	Locations []network.Location
	// Config gives the configuration of a location; an error makes it unreadable.
	Config func(context.Context, network.Location) (aws.Config, error)
	// CallsPerSecond is CallsPerSecond where it is zero; less than zero: no limit.
	CallsPerSecond float64
	// State is what was read before, nil for nothing: it is gone on with.
	State *State
	// Save keeps what was read so far; nil: nothing is kept.
	Save func(*State) error
	// Step is told of each list that is read; nil: nobody is.
	Step func()
}

// Unreadable is a call that AWS refused, with the IAM action to allow.
type Unreadable struct {
	network.Location
	Action, Code, Message string
}

// String says what was refused where.
func (u Unreadable) String() string {
	return fmt.Sprintf("%s: %s gave %s", u.Location, u.Action, u.Code)
}

// Result is what was captured.
type Result struct {
	World awssim.Accounts
	// Unreadable are the calls that were refused. Their locations are not in the world: a
	// list that is missing in a world is empty, and one that cannot be read is not.
	Unreadable []Unreadable
}

// Steps gives how many lists are read of so many locations.
func Steps(locations int) int { return locations * len(steps()) }

// Read captures all locations. The error is that of the context, of a call that failed though
// it is allowed, or of what keeps the state: what was read until then is kept, and a capture
// with that state goes on from there.
func Read(ctx context.Context, o Options) (Result, error) {
	c := &capture{Options: o, state: o.State}
	if c.state == nil {
		c.state = NewState()
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(locationsAtOnce)
	for _, at := range o.Locations {
		group.Go(func() error { return c.location(inner, at) })
	}
	err := group.Wait()
	if saved := c.save(); err == nil {
		err = saved
	}
	if err != nil {
		return Result{}, err
	}
	return c.result(), nil
}

// capture is one capture at work.
type capture struct {
	Options

	mu         sync.Mutex
	state      *State
	unreadable []Unreadable
}

// result gives what is whole.
func (c *capture) result() Result {
	out := Result{World: awssim.Accounts{}, Unreadable: c.unreadable}
	slices.SortFunc(out.Unreadable, func(a, b Unreadable) int {
		return cmp.Or(strings.Compare(a.Location.String(), b.Location.String()), strings.Compare(a.Action, b.Action))
	})
	for _, at := range c.Locations {
		if !slices.ContainsFunc(c.unreadable, func(u Unreadable) bool { return u.Location == at }) {
			*out.World.Region(at.Account, at.Region) = *c.state.region(at)
		}
	}
	return out
}

func (c *capture) save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Save == nil {
		return nil
	}
	return c.Save(c.state)
}

// location reads the lists of one account and Region that were not read before.
func (c *capture) location(ctx context.Context, at network.Location) error {
	cfg, err := c.Config(ctx, at)
	if err != nil {
		c.refuse(Unreadable{Location: at, Action: "any call", Code: network.CodeNotConfigured, Message: err.Error()})
		return nil //nolint:nilerr // told with what could not be read
	}
	r := c.reader(at, cfg)
	for _, s := range steps() {
		if c.begun(at, s.name) {
			c.told()
			continue
		}
		region := awssim.Region{}
		r.out = &region
		if err := s.read(ctx, r); err != nil {
			code := codeOf(err)
			if ctx.Err() != nil || !refused(code) {
				return fmt.Errorf("capturing %s: %s: %w", at, s.action(), err)
			}
			c.refuse(Unreadable{Location: at, Action: cmp.Or(r.doing, s.action()), Code: code, Message: err.Error()})
			c.told()
			continue
		}
		if err := c.keep(at, s, &region); err != nil {
			return err
		}
		c.told()
	}
	return nil
}

func (c *capture) told() {
	if c.Step != nil {
		c.Step()
	}
}

func (c *capture) refuse(u Unreadable) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unreadable = append(c.unreadable, u)
}

func (c *capture) begun(at network.Location, step string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.has(at, step)
}

// region gives what was read of a location so far. Only its own steps change that.
func (c *capture) region(at network.Location) *awssim.Region {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.region(at)
}

// keep puts what a step read to the rest, and saves it.
func (c *capture) keep(at network.Location, s step, read *awssim.Region) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.put(c.state.region(at), read)
	c.state.done(at, s.name)
	if c.Save == nil {
		return nil
	}
	return c.Save(c.state)
}

// reader reads one location.
type reader struct {
	at      network.Location
	ec2     *ec2.Client
	caches  *elasticache.Client
	dx      *directconnect.Client
	limiter *rate.Limiter
	// whole is what was read of the location before, out what the step reads now.
	whole func() *awssim.Region
	out   *awssim.Region
	// doing is the call that is made.
	doing string
}

func (c *capture) reader(at network.Location, cfg aws.Config) *reader {
	cfg = cfg.Copy()
	if cfg.Retryer == nil {
		cfg.Retryer = observe.NewRetryer
	}
	limit := rate.Limit(c.CallsPerSecond)
	switch {
	case c.CallsPerSecond == 0:
		limit = CallsPerSecond
	case c.CallsPerSecond < 0:
		limit = rate.Inf
	}
	return &reader{
		at: at, ec2: ec2.NewFromConfig(cfg), caches: elasticache.NewFromConfig(cfg), dx: directconnect.NewFromConfig(cfg),
		limiter: rate.NewLimiter(limit, 1), whole: func() *awssim.Region { return c.region(at) },
	}
}

// pages makes a call until there is no page left. next makes it with a token, and gives that
// of the next page.
func (r *reader) pages(ctx context.Context, action string, next func(ctx context.Context, token *string) (*string, error)) error {
	var token *string
	for {
		if err := r.limiter.Wait(ctx); err != nil {
			return err
		}
		r.doing = action
		following, err := next(ctx, token)
		if err != nil {
			return err
		}
		if aws.ToString(following) == "" {
			return nil
		}
		token = following
	}
}

// codeOf gives AWS's code of an error, empty where it is none of AWS's.
func codeOf(err error) string {
	if found, ok := errors.AsType[smithy.APIError](err); ok {
		return found.ErrorCode()
	}
	return ""
}

// refused says whether a code says that a call is not allowed, or not known, there: no later
// try would help.
func refused(code string) bool {
	switch code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess", "NotAuthorized", "OptInRequired", "AuthFailure",
		"UnrecognizedClientException", "InvalidClientTokenId", "UnknownOperationException", "InvalidAction":
		return true
	default:
		return false
	}
}
