package apply

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// open makes a route, an option or a propagation. None of them can carry a tag:
// the claim is written first.
func (r *run) open(ctx context.Context, client EC2, c *plan.Change) {
	if err := r.Claims.Intend(ctx, r.claimOf(*c, "")); err != nil {
		c.Outcome, c.Why = plan.Failed, fmt.Sprintf("claiming %s: %v", c.Requirement, err)
		return
	}
	if err := r.openCall(ctx, client, c); err != nil {
		err = fmt.Errorf("calling %s for %s: %w", c.Action, c.Requirement, err)
		r.failOpen(ctx, []plan.Change{*c}, err)
		c.Outcome, c.Why = plan.Failed, err.Error()
		return
	}
	c.Outcome = plan.Applied
	if err := r.Claims.Stand(ctx, c.Key(), ""); err != nil {
		c.Why = fmt.Sprintf("it stands, but recording it failed (the next run completes the claim): %v", err)
	}
}

func (r *run) openCall(ctx context.Context, client EC2, c *plan.Change) error {
	var err error
	switch c.Action {
	case plan.CreateRoute:
		_, err = client.CreateRoute(ctx, createRouteInput(c))
	case plan.ReplaceRoute:
		_, err = client.ReplaceRoute(ctx, replaceRouteInput(c))
	case plan.SetPeeringDNS:
		return r.setPeeringDNS(ctx, client, c)
	case plan.EnablePropagation:
		_, err = client.EnableVgwRoutePropagation(ctx, &ec2.EnableVgwRoutePropagationInput{
			RouteTableId: aws.String(c.Resource), GatewayId: aws.String(c.Target.ID),
		})
	case plan.CreateTGWRoute:
		_, err = client.CreateTransitGatewayRoute(ctx, &ec2.CreateTransitGatewayRouteInput{
			TransitGatewayRouteTableId: aws.String(c.Resource), DestinationCidrBlock: aws.String(c.Destination.String()),
			TransitGatewayAttachmentId: aws.String(c.Target.ID),
		})
	default:
		err = fmt.Errorf("action %s opens nothing", c.Action)
	}
	return err
}

func createRouteInput(c *plan.Change) *ec2.CreateRouteInput {
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

func replaceRouteInput(c *plan.Change) *ec2.ReplaceRouteInput {
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
func (r *run) close(ctx context.Context, client EC2, c *plan.Change) {
	if c.Action == plan.DeleteRoute {
		there, err := routeStands(ctx, client, c)
		switch {
		case err != nil:
			c.Outcome, c.Why = plan.Failed, fmt.Sprintf("reading %s before deleting its route: %v", c.Resource, err)
			return
		case !there:
			c.Outcome, c.Why = plan.Refused, "the route is gone, or somebody changed it since it was read; the next run looks again"
			return
		}
	}
	if !r.leave(ctx, c) {
		return
	}
	if err := r.closeCall(ctx, client, c); err != nil {
		c.Outcome, c.Why = plan.Failed, fmt.Sprintf("calling %s for %s: %v", c.Action, c.Requirement, err)
		return
	}
	c.Outcome = plan.Applied
	r.forget(ctx, c)
}

func (r *run) closeCall(ctx context.Context, client EC2, c *plan.Change) error {
	var err error
	switch c.Action {
	case plan.DeleteRoute:
		in := &ec2.DeleteRouteInput{RouteTableId: aws.String(c.Resource)}
		in.DestinationCidrBlock, in.DestinationIpv6CidrBlock = destination(c.Destination)
		_, err = client.DeleteRoute(ctx, in)
	case plan.DisablePropagation:
		_, err = client.DisableVgwRoutePropagation(ctx, &ec2.DisableVgwRoutePropagationInput{
			RouteTableId: aws.String(c.Resource), GatewayId: aws.String(c.Target.ID),
		})
	case plan.DeleteTGWRoute:
		_, err = client.DeleteTransitGatewayRoute(ctx, &ec2.DeleteTransitGatewayRouteInput{
			TransitGatewayRouteTableId: aws.String(c.Resource), DestinationCidrBlock: aws.String(c.Destination.String()),
		})
	default:
		err = fmt.Errorf("action %s closes nothing", c.Action)
	}
	return err
}

// routeStands reads the table once more: the route is there, to the planned target.
func routeStands(ctx context.Context, client EC2, c *plan.Change) (bool, error) {
	out, err := client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{c.Resource}})
	if err != nil {
		return false, err
	}
	for _, t := range out.RouteTables {
		for _, route := range t.Routes {
			if !samePrefix(route.DestinationCidrBlock, c.Destination) && !samePrefix(route.DestinationIpv6CidrBlock, c.Destination) {
				continue
			}
			for _, id := range []*string{route.VpcPeeringConnectionId, route.TransitGatewayId, route.GatewayId, route.NetworkInterfaceId} {
				if aws.ToString(id) == c.Target.ID {
					return true, nil
				}
			}
		}
	}
	return false, nil
}
