package observe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/network"
)

// KindAvailabilityZone is what network.Subnet.ZoneType comes from. Its failures
// have no name in package network: they hide nothing that a judgement rests on.
const KindAvailabilityZone network.Kind = "availability-zone"

// Codes of failures that are not AWS's own.
const (
	// CodeRequestFailed is a call that ended without an answer of AWS.
	CodeRequestFailed = "RequestFailed"
	// CodeInvalidData is an answer that holds something this package cannot read.
	CodeInvalidData = "InvalidData"
)

// failureKey tells failures apart; of those that share one, one is kept.
type failureKey struct {
	network.Location
	kind             network.Kind
	action, resource string
}

// refused records that a call failed, unless the context ended (its error is
// given back then) or the one resource asked for does not exist.
func (r *reader) refused(ctx context.Context, c call, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("reading %s of %s: %w", c.action, c.at, context.Cause(ctx))
	}
	var api smithy.APIError
	isAPI := errors.As(err, &api)
	if isAPI && c.resource != "" && notFound(api.ErrorCode()) {
		return nil
	}
	f := network.Failure{
		Location: c.at, Kind: c.kind, Operation: c.action, Resource: c.resource,
		Code: CodeRequestFailed, Message: err.Error(),
	}
	if isAPI {
		f.Code, f.Message = api.ErrorCode(), withoutNoise(api.ErrorMessage())
		f.Operation = cmp.Or(refusedAction(err), f.Operation)
	}
	r.record(f)
	return nil
}

// unconfigured records that there are no clients of a location: the deployment does
// not know it, and no permission for a call would help.
func (r *reader) unconfigured(ctx context.Context, c call, err error) error {
	if _, asked := errors.AsType[smithy.APIError](err); asked || ctx.Err() != nil {
		return r.refused(ctx, c, err)
	}
	r.record(network.Failure{
		Location: c.at, Kind: c.kind, Operation: c.action, Resource: c.resource,
		Code: network.CodeNotConfigured, Message: innermost(err).Error(),
	})
	return nil
}

func innermost(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err
}

// record keeps a failure. Of several in one place the least is kept, so that the
// result does not depend on which call came first.
func (r *reader) record(f network.Failure) {
	key := failureKey{f.Location, f.Kind, f.Operation, f.Resource}
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.failures[key]
	if !ok || compareFailures(f, old) < 0 {
		r.failures[key] = f
	}
}

func compareFailures(a, b network.Failure) int {
	return cmp.Or(
		cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Resource, b.Resource),
		cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message),
	)
}

// sortedFailures gives what was recorded, in a stable order.
func (r *reader) sortedFailures() []network.Failure {
	out := make([]network.Failure, 0, len(r.failures))
	for _, f := range r.failures {
		out = append(out, f)
	}
	slices.SortFunc(out, compareFailures)
	return out
}

// refusedAction names the call that AWS refused: the innermost one, since a
// describe call whose credentials cannot be had carries the refusal of STS.
func refusedAction(err error) string {
	var action string
	for {
		var op *smithy.OperationError
		if !errors.As(err, &op) {
			return action
		}
		action = actionName(op.Service(), op.Operation())
		err = op.Unwrap()
	}
}

// notFound says whether an error code tells that a resource does not exist:
// InvalidVpcID.NotFound, InvalidPrefixListID.NotFound, ….
func notFound(code string) bool { return strings.HasSuffix(code, ".NotFound") }

// withoutNoise cuts off the encoded part of EC2's refusals, which is different
// each time: a finding must not change because of it.
func withoutNoise(message string) string {
	text, _, _ := strings.Cut(message, "Encoded authorization failure message:")
	return strings.TrimSpace(text)
}

// notes collects what a converter could not read.
type notes []string

// report records what could not be read of a resource.
func (r *reader) report(c call, resource string, n notes) {
	if len(n) == 0 {
		return
	}
	r.record(network.Failure{
		Location: c.at, Kind: c.kind, Operation: c.action, Resource: resource,
		Code: CodeInvalidData, Message: strings.Join(n, "; "),
	})
}
