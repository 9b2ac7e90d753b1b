package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/change"
)

// call is how an action is made for one change. Rules, of which many go in one
// call, are made in rules.go.
type call struct {
	write func(context.Context, EC2, *change.Change) error
	// stands says whether what the action makes, or takes away, is there now.
	stands func(context.Context, EC2, change.Requirement) (bool, error)
}

// callOf gives the call of an action; false for an unknown one.
func callOf(a change.Action) (call, bool) {
	switch a {
	case change.CreateRoute:
		return call{write: createRoute, stands: routeStands}, true
	case change.ReplaceRoute:
		return call{write: replaceRoute, stands: routeStands}, true
	case change.DeleteRoute:
		return call{write: deleteRoute, stands: routeStands}, true
	case change.SetPeeringDNS:
		return call{write: setPeeringDNS}, true
	case change.EnablePropagation:
		return call{write: enablePropagation, stands: propagates}, true
	case change.DisablePropagation:
		return call{write: disablePropagation, stands: propagates}, true
	case change.CreateTGWRoute:
		return call{write: createGatewayRoute, stands: gatewayRouteStands}, true
	case change.DeleteTGWRoute:
		return call{write: deleteGatewayRoute, stands: gatewayRouteStands}, true
	default:
		return call{}, false
	}
}

// write makes the call of a change.
func write(ctx context.Context, client EC2, c *change.Change) error {
	made, ok := callOf(c.Action)
	if !ok {
		return fmt.Errorf("action %s is not known", c.Action)
	}
	return made.write(ctx, client, c)
}

// stillThere looks once more before a close: what is closed is there as planned.
func stillThere(ctx context.Context, client EC2, c *change.Change) (bool, error) {
	if made, _ := callOf(c.Action); made.stands != nil {
		return made.stands(ctx, client, c.Requirement)
	}
	return true, nil
}

func createRoute(ctx context.Context, client EC2, c *change.Change) error {
	_, err := client.CreateRoute(ctx, createRouteInput(c), onceUnlessThrottled)
	return err
}

func replaceRoute(ctx context.Context, client EC2, c *change.Change) error {
	_, err := client.ReplaceRoute(ctx, replaceRouteInput(c))
	return err
}

func deleteRoute(ctx context.Context, client EC2, c *change.Change) error {
	in := &ec2.DeleteRouteInput{RouteTableId: aws.String(c.Resource)}
	in.DestinationCidrBlock, in.DestinationIpv6CidrBlock = destination(c.Destination)
	_, err := client.DeleteRoute(ctx, in)
	return err
}

func enablePropagation(ctx context.Context, client EC2, c *change.Change) error {
	_, err := client.EnableVgwRoutePropagation(ctx, &ec2.EnableVgwRoutePropagationInput{
		RouteTableId: aws.String(c.Resource), GatewayId: aws.String(c.Target.ID),
	})
	return err
}

func disablePropagation(ctx context.Context, client EC2, c *change.Change) error {
	_, err := client.DisableVgwRoutePropagation(ctx, &ec2.DisableVgwRoutePropagationInput{
		RouteTableId: aws.String(c.Resource), GatewayId: aws.String(c.Target.ID),
	})
	return err
}

func createGatewayRoute(ctx context.Context, client EC2, c *change.Change) error {
	_, err := client.CreateTransitGatewayRoute(ctx, &ec2.CreateTransitGatewayRouteInput{
		TransitGatewayRouteTableId: aws.String(c.Resource), DestinationCidrBlock: aws.String(c.Destination.String()),
		TransitGatewayAttachmentId: aws.String(c.Target.ID),
	}, onceUnlessThrottled)
	return err
}

func deleteGatewayRoute(ctx context.Context, client EC2, c *change.Change) error {
	_, err := client.DeleteTransitGatewayRoute(ctx, &ec2.DeleteTransitGatewayRouteInput{
		TransitGatewayRouteTableId: aws.String(c.Resource), DestinationCidrBlock: aws.String(c.Destination.String()),
	})
	return err
}

// setPeeringDNS sets whether the peer may resolve names of the change's VPC: an
// option of the side of the connection that the VPC is on. Each account sets only its
// own side.
func setPeeringDNS(ctx context.Context, client EC2, c *change.Change) error {
	options := &types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: aws.Bool(!c.Off)}
	in := &ec2.ModifyVpcPeeringConnectionOptionsInput{VpcPeeringConnectionId: aws.String(c.Resource)}
	switch c.Side {
	case change.Requester:
		in.RequesterPeeringConnectionOptions = options
	case change.Accepter:
		in.AccepterPeeringConnectionOptions = options
	default:
		return errors.New("the side of the peering connection is not known")
	}
	_, err := client.ModifyVpcPeeringConnectionOptions(ctx, in)
	return err
}
