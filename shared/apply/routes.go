package apply

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// open makes a route, an option or a propagation. None of them can carry a tag:
// the claim is written first.
func (r *run) open(ctx context.Context, client EC2, c *change.Change) {
	if c.Action == change.ReplaceRoute && !r.mayReplace(ctx, client, c) {
		return
	}
	claim, existed, err := r.Claims.Intend(ctx, r.claimOf(*c, ""))
	if err != nil {
		failed(c, fmt.Sprintf("claiming %s", c.Requirement), err)
		return
	}
	err = write(ctx, client, c)
	switch {
	case err == nil:
		r.opened(ctx, c)
	case errorCode(err) == "RouteAlreadyExists":
		r.routeThere(ctx, client, c, existed && claim.Proven())
	case !refusedByEC2(err) && madeAllTheSame(ctx, client, c):
		r.opened(ctx, c)
	default:
		one := []change.Change{*c}
		r.failOpen(ctx, one, []prior{{claim, existed}}, fmt.Errorf("calling %s for %s: %w", c.Action, c.Requirement, err))
		*c = one[0]
	}
}

// lookingBack is how long it is looked whether a call whose answer was lost was made.
const lookingBack = 5 * time.Second

// madeAllTheSame looks whether a write whose answer was lost was made: what stood
// there was read just before. Later nobody could tell it from what somebody made by
// hand. The context of the call may have ended.
func madeAllTheSame(ctx context.Context, client EC2, c *change.Change) bool {
	made, _ := callOf(c.Action)
	if made.stands == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookingBack)
	defer cancel()
	there, err := made.stands(ctx, client, c.Requirement)
	return err == nil && there
}

func (r *run) opened(ctx context.Context, c *change.Change) {
	c.Outcome = change.Applied
	if err := r.Claims.Wrote(ctx, c.Key(), ""); err != nil {
		c.Why = fmt.Sprintf("it is written, but recording it failed (the next run completes the claim): %v", err)
	}
	if c.Action != change.ReplaceRoute {
		return
	}
	if err := r.Claims.Closed(ctx, c.Previous.Key()); err != nil {
		c.Why = fmt.Sprintf("it is replaced, but forgetting the old claim failed: %v", err)
	}
}

// mayReplace looks once more at the route that is to be replaced: it still is
// ours as planned, and nobody else holds it.
func (r *run) mayReplace(ctx context.Context, client EC2, c *change.Change) bool {
	there, err := routeStands(ctx, client, c.Previous.Requirement)
	switch {
	case err != nil:
		failed(c, fmt.Sprintf("reading %s before replacing its route", c.Resource), err)
		return false
	case !there:
		c.Outcome, c.Why = change.Refused, "somebody changed the route since it was read; the next run looks again"
		return false
	}
	last, err := r.Claims.Leave(ctx, c.Previous.Key(), c.Previous.Holders)
	switch {
	case err != nil:
		failed(c, "leaving the old claim", err)
		return false
	case !last:
		c.Outcome, c.Why = change.Refused, "another intent holds the old route now"
		return false
	default:
		return true
	}
}

// routeThere follows RouteAlreadyExists: a route of ours that was not visible, or
// somebody else's, made since the table was read.
func (r *run) routeThere(ctx context.Context, client EC2, c *change.Change, claimed bool) {
	same, err := routeStands(ctx, client, c.Requirement)
	switch {
	case err != nil:
		failed(c, fmt.Sprintf("reading %s after RouteAlreadyExists", c.Resource), err)
	case same && claimed:
		r.opened(ctx, c)
	case same:
		c.Outcome, c.Why = change.Applied, "an identical route is there already and stays its maker's"
		r.disclaim(ctx, c)
	default:
		c.Outcome, c.Why = change.Refused, "somebody made another route to the destination since the table was read; the next run looks again"
		if !claimed {
			r.disclaim(ctx, c)
		}
	}
}

func createRouteInput(c *change.Change) *ec2.CreateRouteInput {
	in := &ec2.CreateRouteInput{RouteTableId: aws.String(c.Resource)}
	in.DestinationCidrBlock, in.DestinationIpv6CidrBlock = destination(c.Destination)
	switch c.Target.Kind {
	case network.TargetPeering:
		in.VpcPeeringConnectionId = aws.String(c.Target.ID)
	case network.TargetTransitGateway:
		in.TransitGatewayId = aws.String(c.Target.ID)
	case network.TargetNetworkInterface:
		in.NetworkInterfaceId = aws.String(c.Target.ID)
	default:
		in.GatewayId = aws.String(c.Target.ID)
	}
	return in
}

func replaceRouteInput(c *change.Change) *ec2.ReplaceRouteInput {
	create := createRouteInput(c)
	return &ec2.ReplaceRouteInput{
		RouteTableId: create.RouteTableId, DestinationCidrBlock: create.DestinationCidrBlock,
		DestinationIpv6CidrBlock: create.DestinationIpv6CidrBlock, VpcPeeringConnectionId: create.VpcPeeringConnectionId,
		TransitGatewayId: create.TransitGatewayId, NetworkInterfaceId: create.NetworkInterfaceId, GatewayId: create.GatewayId,
	}
}

func destination(p netip.Prefix) (v4, v6 *string) {
	if p.Addr().Is6() {
		return nil, aws.String(p.String())
	}
	return aws.String(p.String()), nil
}

// close takes a route or a propagation away, if it still is as planned.
func (r *run) close(ctx context.Context, client EC2, c *change.Change) {
	there, err := stillThere(ctx, client, c)
	switch {
	case err != nil:
		failed(c, fmt.Sprintf("reading %s before taking something away", c.Resource), err)
		return
	case !there:
		c.Outcome, c.Why = change.Refused, "it is gone, or somebody changed it since it was read; the next run looks again"
		return
	}
	if !r.leave(ctx, c) {
		return
	}
	if err := r.permitted(ctx); err != nil {
		c.Outcome, c.Why = change.Refused, err.Error()
		return
	}
	if err := write(ctx, client, c); err != nil {
		failed(c, fmt.Sprintf("calling %s for %s", c.Action, c.Requirement), err)
		return
	}
	c.Outcome = change.Applied
	r.forget(ctx, c)
}

// routeStands says whether a table has a route to a destination with a target.
func routeStands(ctx context.Context, client EC2, r change.Requirement) (bool, error) {
	out, err := client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{r.Resource}})
	if err != nil {
		return false, err
	}
	for _, t := range out.RouteTables {
		for _, route := range t.Routes {
			if !samePrefix(route.DestinationCidrBlock, r.Destination) && !samePrefix(route.DestinationIpv6CidrBlock, r.Destination) {
				continue
			}
			for _, id := range []*string{route.VpcPeeringConnectionId, route.TransitGatewayId, route.GatewayId, route.NetworkInterfaceId} {
				if aws.ToString(id) == r.Target.ID {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

func propagates(ctx context.Context, client EC2, r change.Requirement) (bool, error) {
	out, err := client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{r.Resource}})
	if err != nil {
		return false, err
	}
	for _, t := range out.RouteTables {
		for _, g := range t.PropagatingVgws {
			if aws.ToString(g.GatewayId) == r.Target.ID {
				return true, nil
			}
		}
	}
	return false, nil
}

func gatewayRouteStands(ctx context.Context, client EC2, r change.Requirement) (bool, error) {
	out, err := client.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
		TransitGatewayRouteTableId: aws.String(r.Resource),
		Filters: []types.Filter{
			{Name: aws.String("route-search.exact-match"), Values: []string{r.Destination.String()}},
			{Name: aws.String("type"), Values: []string{string(types.TransitGatewayRouteTypeStatic)}},
		},
	})
	if err != nil {
		return false, err
	}
	for _, route := range out.Routes {
		for _, a := range route.TransitGatewayAttachments {
			if aws.ToString(a.TransitGatewayAttachmentId) == r.Target.ID {
				return true, nil
			}
		}
	}
	return false, nil
}
