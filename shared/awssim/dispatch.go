package awssim

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// service is one AWS service as the SDK's clients and CloudTrail name it.
type service struct {
	id           string // of the SDK's client
	short        string // of "short:Operation"
	eventSource  string // of CloudTrail
	source       string // of EventBridge
	deniedCode   string
	throttleCode string
}

var (
	ec2Service = &service{
		id: "EC2", short: "ec2", eventSource: "ec2.amazonaws.com", source: "aws.ec2",
		deniedCode: "UnauthorizedOperation", throttleCode: "RequestLimitExceeded",
	}
	elasticacheService = &service{
		id: "ElastiCache", short: "elasticache", eventSource: "elasticache.amazonaws.com", source: "aws.elasticache",
		deniedCode: "AccessDeniedException", throttleCode: "Throttling",
	}
	directConnectService = &service{
		id: "Direct Connect", short: "directconnect", eventSource: "directconnect.amazonaws.com", source: "aws.directconnect",
		deniedCode: "AccessDeniedException", throttleCode: "ThrottlingException",
	}
)

// operation is one API operation that the simulator models.
type operation struct {
	service   *service
	name      string
	qualified string
	write     bool
	shape     eventShape
	answer    reflect.Type
	dryRun    []int // where the input has DryRun; nil where it has none
	run       func(c *call, input any) (any, error)
	keep      func(input any) any // a copy for the records: callers may use their input again
}

// call is one attempt at an operation.
type call struct {
	sim             *Sim
	state           *state
	r               *region // the caller's Region, for reading; edit gives it for writing
	account, region string
	actor           Actor
	op              *operation
	input           any
}

// edit returns the caller's Region for writing.
func (c *call) edit() *region {
	c.r = c.state.edit(c.account, c.region)
	return c.r
}

func read[I, O any](s *service, name string, run func(*call, *I) (*O, error)) *operation {
	return handle(s, name, false, run)
}

func write[I, O any](s *service, name string, run func(*call, *I) (*O, error)) *operation {
	return handle(s, name, true, run)
}

func handle[I, O any](s *service, name string, write bool, run func(*call, *I) (*O, error)) *operation {
	op := &operation{service: s, name: name, qualified: s.short + ":" + name, write: write, answer: reflect.TypeFor[O]()}
	if field, ok := reflect.TypeFor[I]().FieldByName("DryRun"); ok {
		op.dryRun = field.Index
	}
	op.run = func(c *call, input any) (any, error) {
		in, ok := input.(*I)
		if !ok {
			return nil, notModelled(op.qualified)
		}
		if in == nil {
			in = new(I)
		}
		out, err := run(c, in)
		if err != nil {
			return nil, err
		}
		return out, nil
	}
	op.keep = func(input any) any {
		if in, ok := input.(*I); ok && in != nil {
			kept := *in
			return &kept
		}
		return input
	}
	return op
}

func (op *operation) isDryRun(input any) bool {
	v := reflect.ValueOf(input)
	if op.dryRun == nil || v.Kind() != reflect.Pointer || v.IsNil() {
		return false
	}
	dry, ok := reflect.TypeAssert[*bool](v.Elem().FieldByIndex(op.dryRun))
	return ok && aws.ToBool(dry)
}

// operations are all that is modelled, by the SDK's service id and operation name.
var operations = sync.OnceValue(func() map[string]map[string]*operation {
	all := map[string]map[string]*operation{}
	for _, list := range [...][]*operation{
		vpcOperations(), securityGroupOperations(), routeOperations(), networkACLOperations(), interfaceOperations(),
		peeringOperations(), prefixListOperations(), tagOperations(), cacheOperations(),
		transitOperations(), transitRoutingWrites(), transitAttachmentWrites(), vpnOperations(), directConnectOperations(),
		cacheWrites(), serverlessWrites(), gatewayOperations(),
	} {
		for _, op := range list {
			if all[op.service.id] == nil {
				all[op.service.id] = map[string]*operation{}
			}
			op.shape = shapeOf(op)
			all[op.service.id][op.name] = op
		}
	}
	return all
})

// Operations lists what is modelled, as "ec2:CreateRoute", sorted.
func Operations() []string {
	var names []string
	for _, byName := range operations() {
		for _, op := range byName {
			names = append(names, op.qualified)
		}
	}
	slices.Sort(names)
	return names
}

// answering answers the calls of one Config. It stands at the end of the Initialize step: after the SDK has
// validated the input, before anything is serialised.
type answering struct {
	sim             *Sim
	account, region string
	actor           Actor
}

func (a *answering) addTo(stack *middleware.Stack) error {
	retryLoop, _ := stack.Finalize.Get("Retry")
	return stack.Initialize.Add(&answer{answering: a, retryLoop: retryLoop}, middleware.After)
}

type answer struct {
	*answering
	retryLoop middleware.FinalizeMiddleware
}

// ID names the middleware in its step.
func (*answer) ID() string { return "awssim" }

// HandleInitialize answers the call from memory; no later step sees it.
func (a *answer) HandleInitialize(ctx context.Context, in middleware.InitializeInput, _ middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	c, err := a.call(ctx, in.Parameters)
	if err != nil {
		return out, metadata, err
	}
	out.Result, err = a.sim.attempt(ctx, c)
	if err == nil || a.retryLoop == nil {
		return out, metadata, err
	}
	// The answer skips the SDK's retry loop, which stands in a later step. A failure is handed to the client's own
	// loop after all, so that its classification, its attempts and its quota are the real ones.
	retried, metadata, err := a.retryLoop.HandleFinalize(ctx,
		middleware.FinalizeInput{Request: smithyhttp.NewStackRequest()}, &again{answer: a, call: c, first: err})
	out.Result = retried.Result
	return out, metadata, err
}

func (a *answer) call(ctx context.Context, input any) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, &smithy.CanceledError{Err: err}
	}
	id, name := awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)
	op := operations()[id][name]
	if op == nil {
		return nil, notModelled(shortName(id) + ":" + name)
	}
	region := a.region
	if named := awsmiddleware.GetRegion(ctx); named != "" {
		region = named // a client may be pointed at another Region of the same account
	}
	return &call{sim: a.sim, account: a.account, region: region, actor: a.actor, op: op, input: input}, nil
}

func shortName(id string) string {
	for _, s := range [...]*service{ec2Service, elasticacheService, directConnectService} {
		if s.id == id {
			return s.short
		}
	}
	return id
}

// again is what the SDK's retry loop calls: it gives the first failure, and then tries anew.
type again struct {
	*answer
	call  *call
	first error
}

// HandleFinalize is one attempt.
func (a *again) HandleFinalize(ctx context.Context, _ middleware.FinalizeInput) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	if err, a.first = a.first, nil; err != nil {
		return out, metadata, err
	}
	out.Result, err = a.sim.attempt(ctx, a.call)
	return out, metadata, err
}

// attempt carries out one call: wholly, or not at all.
func (s *Sim) attempt(ctx context.Context, c *call) (any, error) {
	if err := s.runHooks(ctx, c); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[c.op.qualified]++
	out, err := s.answer(c)
	if err != nil && s.failures && c.op.write {
		s.recordFailure(c, err)
	}
	return out, err
}

func (s *Sim) runHooks(ctx context.Context, c *call) error {
	s.mu.Lock()
	hooks := s.hooks
	s.mu.Unlock()
	for _, hook := range hooks {
		call := Call{Operation: c.op.qualified, Account: c.account, Region: c.region, Write: c.op.write, Actor: c.actor, Input: c.input}
		if err := hook(ctx, call); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sim) answer(c *call) (any, error) {
	failing := s.fault(c)
	if failing != nil && (!failing.After || !c.op.write) {
		return nil, failing.err(c)
	}
	if s.state.region(c.account, c.region) == nil {
		return nil, apiError(c.op.service.deniedCode, "You are not authorized to perform %s in account %s, Region %s: the world does not hold it.",
			c.op.qualified, c.account, c.region)
	}
	if c.op.isDryRun(c.input) {
		return nil, apiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	if !c.op.write {
		c.state = s.seen(c)
		c.r = c.state.region(c.account, c.region)
		if err := c.refused(); err != nil {
			return nil, err
		}
		return c.op.run(c, c.input)
	}
	before := s.state
	c.state = before.clone()
	c.r = c.state.region(c.account, c.region)
	out, err := c.op.run(c, c.input)
	if err != nil {
		return nil, err
	}
	s.state = c.state
	s.remember(c, before)
	s.record(c, out)
	if failing != nil {
		return nil, failing.err(c)
	}
	return out, nil
}
