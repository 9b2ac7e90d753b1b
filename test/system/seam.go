package system

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/network"
)

// call is one call of a process, to AWS or to the ledger.
type call struct {
	// name is "ec2:CreateRoute", "dynamodb:Scan", "ledger:Intend".
	name  string
	at    network.Location
	input any
	// key tells calls of one name apart that are under way at once.
	key uint64
}

func (c call) service() string {
	service, _, _ := strings.Cut(c.name, ":")
	return service
}

// writes says whether the call changes the network.
func (c call) writes() bool {
	if c.service() != "ec2" {
		return false
	}
	_, operation, _ := strings.Cut(c.name, ":")
	for _, verb := range []string{"Describe", "Get", "Search", "List"} {
		if strings.HasPrefix(operation, verb) {
			return false
		}
	}
	return true
}

// do carries out a call: time passes, faults strike, and the effect happens at one
// moment, at which nothing else does.
func (p *process) do(ctx context.Context, c call, effect func() (any, error)) (any, error) {
	if p.dead() {
		return nil, errGone
	}
	if err := deployed.Sleep(ctx, p.sys.latency(p, c)); err != nil || p.dead() {
		return nil, &smithy.CanceledError{Err: errors.Join(err, errGone)}
	}
	struck := p.sys.strike(p, c)
	if struck.frozen > 0 {
		p.freeze(struck.frozen)
	}
	p.thaw()
	if err := deployed.Sleep(ctx, struck.wait); err != nil {
		return nil, &smithy.CanceledError{Err: err}
	}
	if struck.stops && !struck.after {
		p.die()
	}
	if p.dead() {
		return nil, errGone
	}
	if struck.err != nil && !struck.after {
		return nil, struck.err
	}
	out, err := p.sys.watched(p, c, struck, effect)
	switch {
	case struck.stops:
		p.die()
		return nil, errGone
	case err != nil:
		return out, err
	case struck.err != nil:
		return nil, struck.err
	case struck.partly:
		return p.sys.incomplete(p, c, out, struck), nil
	}
	return out, nil
}

// config gives what a process calls AWS with, in an account and Region.
func (p *process) config(role string) func(context.Context, network.Location) (aws.Config, error) {
	return func(_ context.Context, at network.Location) (aws.Config, error) {
		cfg := p.sys.tables.Behind(p.sys.sim.Config(at.Account, at.Region, awssim.Actor{RoleARN: role, Session: p.name}))
		cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Insert(&seam{process: p, at: at}, "awssim/hub", middleware.Before)
		})
		return cfg, nil
	}
}

// seam stands before everything that answers a call.
type seam struct {
	process *process
	at      network.Location
}

// ID names the middleware in its step.
func (*seam) ID() string { return "system" }

// HandleInitialize carries a call out through the seam.
func (s *seam) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	c := call{name: nameOf(ctx), at: s.at, input: in.Parameters}
	c.key = keyOf(in.Parameters) ^ hashOf(s.at.Account, s.at.Region)
	out.Result, err = s.process.do(ctx, c, func() (any, error) {
		if answered, result, refused := s.process.sys.answer(s.process, c); answered { //nolint:contextcheck // what people heard is looked up in the ledger itself
			return result, refused
		}
		got, _, failed := next.HandleInitialize(ctx, in)
		return got.Result, failed
	})
	return out, metadata, err
}

var services = map[string]string{
	"EC2": "ec2", "ElastiCache": "elasticache", "Direct Connect": "directconnect", "DynamoDB": "dynamodb",
	"SQS": "sqs", "SNS": "sns", "EventBridge": "events", "Scheduler": "scheduler",
}

func nameOf(ctx context.Context) string {
	return services[awsmiddleware.GetServiceID(ctx)] + ":" + awsmiddleware.GetOperationName(ctx)
}

// The numbers of the FNV-1a hash.
const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

// keyOf gives a number for what a request says.
func keyOf(input any) uint64 {
	h := fnv(hashStart)
	h.value(reflect.ValueOf(input), 0)
	return uint64(h)
}

type fnv uint64

// hashOf gives a number for texts.
func hashOf(texts ...string) uint64 {
	h := fnv(hashStart)
	for _, t := range texts {
		h.text(t)
	}
	return uint64(h)
}

func (h *fnv) text(s string) {
	for i := range len(s) {
		*h = (*h ^ fnv(s[i])) * hashPrime
	}
	*h = (*h ^ 0xff) * hashPrime
}

func (h *fnv) number(n uint64) {
	for range 8 {
		*h = (*h ^ fnv(n&0xff)) * hashPrime
		n >>= 8
	}
}

// deepest is how deep a request is looked into.
const deepest = 6

func (h *fnv) value(v reflect.Value, depth int) {
	if depth > deepest {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			h.value(v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && f.Name != "ClientToken" && !v.Field(i).IsZero() { // the SDK draws tokens at random
				h.number(uint64(i))
				h.value(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			h.value(v.Index(i), depth+1)
		}
	case reflect.String:
		h.text(v.String())
	case reflect.Bool:
		h.number(1)
	case reflect.Int, reflect.Int32, reflect.Int64:
		h.number(uint64(v.Int()))
	default:
	}
}
