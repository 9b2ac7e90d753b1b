package observe

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/network"
)

func (r *reader) transitGateways(ctx context.Context, at network.Location, ids []string) error {
	c := call{at: at, kind: network.KindTransitGateway, action: "ec2:DescribeTransitGateways"}
	found, err := readBy(ctx, r, c, "transit-gateway-id", ids,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.TransitGateway, *string, error) {
			out, err := api.DescribeTransitGateways(ctx, &ec2.DescribeTransitGatewaysInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize)})
			if err != nil {
				return nil, nil, err
			}
			return out.TransitGateways, out.NextToken, nil
		})
	for _, x := range found {
		v := transitGatewayOf(at, x)
		keep(r, r.snap.TransitGateways, reading[network.TransitGateway]{at: at, owner: v.Owner, id: v.ID, value: v}, fillTransitGateway)
	}
	return err
}

// keepAttachment stores an attachment in the run, not yet in the snapshot.
func (r *reader) keepAttachment(v network.TransitGatewayAttachment) {
	key := v.ID + "@" + v.Gateway
	keep(r, r.transit.attachments, reading[network.TransitGatewayAttachment]{at: v.Location, owner: v.ResourceOwner, id: key, value: v}, fillAttachment)
}

// attachments reads attachments of every type ("resource-id", "transit-gateway-id").
func (r *reader) attachments(ctx context.Context, at network.Location, filter string, values []string) error {
	c := call{at: at, kind: network.KindTransitGatewayAttachment, action: "ec2:DescribeTransitGatewayAttachments"}
	found, err := readBy(ctx, r, c, filter, values,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.TransitGatewayAttachment, *string, error) {
			out, err := api.DescribeTransitGatewayAttachments(ctx, &ec2.DescribeTransitGatewayAttachmentsInput{
				Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize),
			})
			if err != nil {
				return nil, nil, err
			}
			return out.TransitGatewayAttachments, out.NextToken, nil
		})
	for _, x := range found {
		r.keepAttachment(attachmentOf(at, x))
	}
	return err
}

// vpcAttachments reads what only attachments of VPCs have: subnets and options.
func (r *reader) vpcAttachments(ctx context.Context, at network.Location, vpcs []string) error {
	c := call{at: at, kind: network.KindTransitGatewayAttachment, action: "ec2:DescribeTransitGatewayVpcAttachments"}
	found, err := readBy(ctx, r, c, "vpc-id", vpcs,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.TransitGatewayVpcAttachment, *string, error) {
			out, err := api.DescribeTransitGatewayVpcAttachments(ctx, &ec2.DescribeTransitGatewayVpcAttachmentsInput{
				Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize),
			})
			if err != nil {
				return nil, nil, err
			}
			return out.TransitGatewayVpcAttachments, out.NextToken, nil
		})
	for _, x := range found {
		r.keepAttachment(vpcAttachmentOf(at, x))
	}
	return err
}

// peeringAttachments reads with what gateways are peered.
func (r *reader) peeringAttachments(ctx context.Context, at network.Location, gateways []string) error {
	c := call{at: at, kind: network.KindTransitGatewayAttachment, action: "ec2:DescribeTransitGatewayPeeringAttachments"}
	found, err := readBy(ctx, r, c, "transit-gateway-id", gateways,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.TransitGatewayPeeringAttachment, *string, error) {
			out, err := api.DescribeTransitGatewayPeeringAttachments(ctx, &ec2.DescribeTransitGatewayPeeringAttachmentsInput{
				Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize),
			})
			if err != nil {
				return nil, nil, err
			}
			return out.TransitGatewayPeeringAttachments, out.NextToken, nil
		})
	for _, x := range found {
		for _, v := range peeringAttachmentsOf(at, x) {
			if slices.Contains(gateways, v.Gateway) {
				r.keepAttachment(v)
			}
		}
	}
	return err
}

func (r *reader) describeTransitTables(ctx context.Context, at network.Location, ids []string) ([]network.TransitGatewayRouteTable, error) {
	c := call{at: at, kind: network.KindTransitGatewayRouteTable, action: "ec2:DescribeTransitGatewayRouteTables"}
	found, err := readBy(ctx, r, c, "transit-gateway-route-table-id", ids,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.TransitGatewayRouteTable, *string, error) {
			out, err := api.DescribeTransitGatewayRouteTables(ctx, &ec2.DescribeTransitGatewayRouteTablesInput{
				Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize),
			})
			if err != nil {
				return nil, nil, err
			}
			return out.TransitGatewayRouteTables, out.NextToken, nil
		})
	out := make([]network.TransitGatewayRouteTable, 0, len(found))
	for _, x := range found {
		out = append(out, network.TransitGatewayRouteTable{
			ID: aws.ToString(x.TransitGatewayRouteTableId), Gateway: aws.ToString(x.TransitGatewayId), Location: at, State: string(x.State),
		})
	}
	return out, err
}

// errMoreRoutes is a table that holds more routes than AWS gives out.
var errMoreRoutes = errors.New("AWS holds back routes of this table: it has more than one search returns")

// transitRoutes reads the routes of a table. The search must have a filter;
// active and blackhole are all the states that it knows.
func (r *reader) transitRoutes(ctx context.Context, at network.Location, table string) ([]network.TransitGatewayRoute, error) {
	c := call{at: at, kind: network.KindTransitGatewayRouteTable, action: "ec2:SearchTransitGatewayRoutes", resource: table}
	all := []ec2types.Filter{{
		Name:   aws.String("state"),
		Values: []string{string(ec2types.TransitGatewayRouteStateActive), string(ec2types.TransitGatewayRouteStateBlackhole)},
	}}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]ec2types.TransitGatewayRoute, *string, error) {
		out, err := api.EC2.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
			TransitGatewayRouteTableId: aws.String(table), Filters: all, NextToken: token, MaxResults: aws.Int32(pageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		if aws.ToBool(out.AdditionalRoutesAvailable) && aws.ToString(out.NextToken) == "" {
			return out.Routes, nil, errMoreRoutes
		}
		return out.Routes, out.NextToken, nil
	})
	var n notes
	var routes []network.TransitGatewayRoute
	for _, x := range found {
		if v, ok := transitRouteOf(x, &n); ok {
			routes = append(routes, v)
		}
	}
	r.report(c, table, n)
	slices.SortStableFunc(routes, compareTransitRoutes)
	return routes, err
}

func (r *reader) propagations(ctx context.Context, at network.Location, table string) ([]network.TransitGatewayPropagation, error) {
	c := call{at: at, kind: network.KindTransitGatewayRouteTable, action: "ec2:GetTransitGatewayRouteTablePropagations", resource: table}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]ec2types.TransitGatewayRouteTablePropagation, *string, error) {
		out, err := api.EC2.GetTransitGatewayRouteTablePropagations(ctx, &ec2.GetTransitGatewayRouteTablePropagationsInput{
			TransitGatewayRouteTableId: aws.String(table), NextToken: token, MaxResults: aws.Int32(pageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.TransitGatewayRouteTablePropagations, out.NextToken, nil
	})
	return propagationsOf(found), err
}
