// Package apply carries out a plan: the only package that changes EC2.
//
// Every write is claimed before it is made and recorded after it. Before each
// call the gate is asked once more (the kill switch, the lease); before each
// close the rule or route is read once more, so that what somebody changed
// since the snapshot is left alone. Where an open fails, the closes of the same
// enforcement point wait. It never retries beyond what the SDK's retryer does:
// the next run starts from what is there.
package apply

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// EC2 are the calls that a plan needs.
type EC2 interface {
	AuthorizeSecurityGroupIngress(context.Context, *ec2.AuthorizeSecurityGroupIngressInput, ...func(*ec2.Options)) (*ec2.AuthorizeSecurityGroupIngressOutput, error)
	RevokeSecurityGroupIngress(context.Context, *ec2.RevokeSecurityGroupIngressInput, ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupIngressOutput, error)
	DescribeSecurityGroupRules(context.Context, *ec2.DescribeSecurityGroupRulesInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error)
	CreateRoute(context.Context, *ec2.CreateRouteInput, ...func(*ec2.Options)) (*ec2.CreateRouteOutput, error)
	ReplaceRoute(context.Context, *ec2.ReplaceRouteInput, ...func(*ec2.Options)) (*ec2.ReplaceRouteOutput, error)
	DeleteRoute(context.Context, *ec2.DeleteRouteInput, ...func(*ec2.Options)) (*ec2.DeleteRouteOutput, error)
	DescribeRouteTables(context.Context, *ec2.DescribeRouteTablesInput, ...func(*ec2.Options)) (*ec2.DescribeRouteTablesOutput, error)
	ModifyVpcPeeringConnectionOptions(context.Context, *ec2.ModifyVpcPeeringConnectionOptionsInput, ...func(*ec2.Options)) (*ec2.ModifyVpcPeeringConnectionOptionsOutput, error)
	EnableVgwRoutePropagation(context.Context, *ec2.EnableVgwRoutePropagationInput, ...func(*ec2.Options)) (*ec2.EnableVgwRoutePropagationOutput, error)
	DisableVgwRoutePropagation(context.Context, *ec2.DisableVgwRoutePropagationInput, ...func(*ec2.Options)) (*ec2.DisableVgwRoutePropagationOutput, error)
	CreateTransitGatewayRoute(context.Context, *ec2.CreateTransitGatewayRouteInput, ...func(*ec2.Options)) (*ec2.CreateTransitGatewayRouteOutput, error)
	SearchTransitGatewayRoutes(context.Context, *ec2.SearchTransitGatewayRoutesInput, ...func(*ec2.Options)) (*ec2.SearchTransitGatewayRoutesOutput, error)
	DeleteTransitGatewayRoute(context.Context, *ec2.DeleteTransitGatewayRouteInput, ...func(*ec2.Options)) (*ec2.DeleteTransitGatewayRouteOutput, error)
}

// Applier carries out plans.
type Applier struct {
	// Client gives the EC2 client of a location; an error means that cachegate may
	// not write there.
	Client func(context.Context, network.Location) (EC2, error)
	Claims ledger.Claims
	// CheckStillAllowed is asked before every call that writes: an error stops the run (the
	// kill switch, a lost lease, a deadline).
	CheckStillAllowed func(context.Context) error
	// Seen gives the ingress rules of a security group as the plan was made of them; nil where
	// nobody knows.
	Seen func(group string) []network.Rule
	// Deployment names this installation in the tags of its rules.
	Deployment string
	Clock      func() time.Time

	// prepared is what Prepare found out, nil once the first write asked for it.
	prepared *prepared
}

// prepared is what the first write of a plan asks.
type prepared struct {
	// allowed is what CheckStillAllowed said.
	allowed error
	// rules are those of the group of the first write, where it closes: groups is nil where
	// they were not read.
	group change.Point
	rules []types.SecurityGroupRule
	err   error
}

// Prepare asks what the first write of a plan asks, so that it can be made at once: allowed
// takes the place of CheckStillAllowed for it. Apply has to follow without delay.
func (a *Applier) Prepare(ctx context.Context, planned []change.Change, allowed func(context.Context) error) {
	p := &prepared{}
	var running sync.WaitGroup
	running.Go(func() { p.allowed = allowed(ctx) })
	first := slices.IndexFunc(planned, func(c change.Change) bool { return c.Outcome == "" })
	if first >= 0 && planned[first].Action == change.RevokeIngress {
		p.group = planned[first].Point()
		running.Go(func() {
			client, err := a.Client(ctx, p.group.Location)
			if err != nil {
				p.err = err
				return
			}
			p.rules, p.err = groupRules(ctx, client, p.group.ID)
		})
	}
	running.Wait()
	a.prepared = p
}

// run is one application of a plan.
type run struct {
	*Applier
	unit    network.Unit
	changes []change.Change
	// failedPoints are the enforcement points at which an open failed.
	failedPoints map[change.Point]string
	// failedIntents are the intents for which an open failed.
	failedIntents map[intent.Key]string
	// revoked are the ids of the rules that this run took away.
	revoked map[string]bool
	stopped error
}

// Apply carries out the changes of a plan that have no outcome yet and brings
// its claims up to date. It gives all changes with their outcomes; the error says
// why the run stopped early, the rest of the changes then being refused.
func (a *Applier) Apply(ctx context.Context, unit network.Unit, planned []change.Change, updates []change.ClaimUpdate) ([]change.Change, error) {
	r := &run{Applier: a, unit: unit, failedPoints: map[change.Point]string{}, failedIntents: map[intent.Key]string{}, revoked: map[string]bool{}}
	r.changes = append(r.changes, planned...)
	if err := r.Settle(ctx, updates); err != nil {
		for i := range r.changes {
			if r.changes[i].Outcome == "" {
				outcome(r.changes[i:i+1], change.Refused, err.Error())
			}
		}
		return r.changes, err
	}
	for i := 0; i < len(r.changes); {
		n := r.batch(i)
		if r.changes[i].Outcome == "" {
			r.step(ctx, r.changes[i:i+n])
			r.prepared = nil
		}
		i += n
	}
	return r.changes, r.stopped
}

// Settle writes down what a plan found out about claims: holders that came or
// went, what was seen to stand, and what is no longer ours. It changes no network.
func (a *Applier) Settle(ctx context.Context, updates []change.ClaimUpdate) error {
	for _, u := range updates {
		if u.Release && !a.mayRelease(ctx, u) {
			continue // the next run looks again
		}
		if u.Release {
			if err := a.Claims.Release(ctx, u.Claim.Key()); err != nil {
				return fmt.Errorf("releasing a claim: %w", err)
			}
			continue
		}
		if u.Claim.Status == change.Standing {
			if err := a.Claims.Stand(ctx, u.Claim.Key(), u.Claim.RuleID); err != nil {
				return fmt.Errorf("recording that a claim stands: %w", err)
			}
		}
		if err := a.Claims.Hold(ctx, u.Claim.Key(), u.Claim.Holders, u.Drop); err != nil {
			return fmt.Errorf("updating the holders of a claim: %w", err)
		}
	}
	return nil
}

// batch gives how many changes from i on go in one call: the rules of one group.
func (r *run) batch(i int) int {
	first := r.changes[i]
	n := 1
	if first.Action != change.AuthorizeIngress && first.Action != change.RevokeIngress {
		return n
	}
	for i+n < len(r.changes) {
		next := r.changes[i+n]
		if next.Action != first.Action || next.Point() != first.Point() || next.Outcome != first.Outcome || next.Restores() != first.Restores() || r.waits(next) != r.waits(first) {
			break
		}
		n++
	}
	return n
}

// step makes one call for a batch of changes.
func (r *run) step(ctx context.Context, batch []change.Change) {
	if err := r.permittedFirst(ctx, batch[0].Action); err != nil {
		outcome(batch, change.Refused, err.Error())
		return
	}
	if why := r.waits(batch[0]); why != "" {
		outcome(batch, change.Refused, why)
		return
	}
	client, err := r.Client(ctx, batch[0].Location)
	if err != nil {
		failAll(batch, fmt.Sprintf("getting an EC2 client for %s", batch[0].Location), err)
	} else {
		r.dispatch(ctx, client, batch)
	}
	for _, c := range batch {
		if c.Opens() && c.Outcome != change.Applied {
			r.failedPoints[c.Point()] = c.Why
			for _, k := range c.Intents {
				r.failedIntents[k] = c.Why
			}
		}
	}
}

// permittedFirst asks as permitted does; of the first write that was asked already, and
// revoking asks while it reads the rules.
func (r *run) permittedFirst(ctx context.Context, a change.Action) error {
	switch {
	case r.stopped != nil:
	case r.prepared != nil:
		r.stopped = r.prepared.allowed
	case a != change.RevokeIngress:
		return r.permitted(ctx)
	}
	return r.stopped
}

// permitted asks once more whether writing is still allowed; a no stops the run.
func (r *run) permitted(ctx context.Context) error {
	if r.stopped == nil {
		r.stopped = r.CheckStillAllowed(ctx)
	}
	return r.stopped
}

// waits says why a close waits: an open failed at its enforcement point, or for
// an intent that it concerns or uncovers.
func (r *run) waits(c change.Change) string {
	if c.Opens() {
		return ""
	}
	if why, ok := r.failedPoints[c.Point()]; ok {
		return "an open of the same " + c.Resource + " failed: " + why
	}
	for _, k := range slices.Concat(c.Intents, c.Uncovers) {
		if why, ok := r.failedIntents[k]; ok {
			return fmt.Sprintf("an open of intent %s failed: %s", k.Name, why)
		}
	}
	return ""
}

func (r *run) dispatch(ctx context.Context, client EC2, batch []change.Change) {
	switch first := &batch[0]; {
	case first.Restores():
		for i := range batch {
			r.restore(ctx, client, &batch[i])
		}
	case first.Action == change.AuthorizeIngress:
		r.authorize(ctx, client, batch)
	case first.Action == change.RevokeIngress:
		r.revoke(ctx, client, batch)
	case first.Opens():
		r.open(ctx, client, first)
	default:
		r.close(ctx, client, first)
	}
}

func outcome(batch []change.Change, o change.Outcome, why string) {
	for i := range batch {
		batch[i].Outcome, batch[i].Why = o, why
	}
}

// claimOf gives the claim that an opening change makes.
func (r *run) claimOf(c change.Change, tag string) change.Claim {
	return change.Claim{Requirement: c.Requirement, Holders: c.Holders, Tag: tag, Created: r.Clock()}
}
