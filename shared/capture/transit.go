package capture

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

// transitTables reads the route tables of transit gateways with all that is in them.
func transitTables(ctx context.Context, r *reader) error {
	err := r.pages(ctx, "ec2:DescribeTransitGatewayRouteTables", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeTransitGatewayRouteTables(ctx, &ec2.DescribeTransitGatewayRouteTablesInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		for _, t := range out.TransitGatewayRouteTables {
			r.out.TransitGatewayRouteTables = append(r.out.TransitGatewayRouteTables, awssim.TransitGatewayRouteTable{
				TransitGatewayRouteTable: t,
				// Empty is not absent: where these are absent, a world gives a default table every attachment.
				Associations:                         []ec2types.TransitGatewayRouteTableAssociation{},
				TransitGatewayRouteTablePropagations: []ec2types.TransitGatewayRouteTablePropagation{},
			})
		}
		return out.NextToken, nil
	})
	if err != nil {
		return err
	}
	for i := range r.out.TransitGatewayRouteTables {
		if err := r.transitTable(ctx, &r.out.TransitGatewayRouteTables[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) transitTable(ctx context.Context, t *awssim.TransitGatewayRouteTable) error {
	if err := r.transitAssociations(ctx, t); err != nil {
		return err
	}
	if err := r.transitPropagations(ctx, t); err != nil {
		return err
	}
	return r.transitRoutes(ctx, t)
}

func (r *reader) transitAssociations(ctx context.Context, t *awssim.TransitGatewayRouteTable) error {
	return r.pages(ctx, "ec2:GetTransitGatewayRouteTableAssociations", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.GetTransitGatewayRouteTableAssociations(ctx, &ec2.GetTransitGatewayRouteTableAssociationsInput{TransitGatewayRouteTableId: t.TransitGatewayRouteTableId, NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		t.Associations = append(t.Associations, out.Associations...)
		return out.NextToken, nil
	})
}

func (r *reader) transitPropagations(ctx context.Context, t *awssim.TransitGatewayRouteTable) error {
	return r.pages(ctx, "ec2:GetTransitGatewayRouteTablePropagations", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.GetTransitGatewayRouteTablePropagations(ctx, &ec2.GetTransitGatewayRouteTablePropagationsInput{TransitGatewayRouteTableId: t.TransitGatewayRouteTableId, NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		t.TransitGatewayRouteTablePropagations = append(t.TransitGatewayRouteTablePropagations, out.TransitGatewayRouteTablePropagations...)
		return out.NextToken, nil
	})
}

// transitRoutes reads the routes of a table. The call wants a filter; active and blackhole are
// all the states that it knows.
func (r *reader) transitRoutes(ctx context.Context, t *awssim.TransitGatewayRouteTable) error {
	return r.pages(ctx, "ec2:SearchTransitGatewayRoutes", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
			TransitGatewayRouteTableId: t.TransitGatewayRouteTableId, NextToken: token, MaxResults: aws.Int32(pageSize),
			Filters: []ec2types.Filter{{Name: aws.String("state"), Values: []string{
				string(ec2types.TransitGatewayRouteStateActive), string(ec2types.TransitGatewayRouteStateBlackhole),
			}}},
		})
		if err != nil {
			return nil, err
		}
		if aws.ToBool(out.AdditionalRoutesAvailable) && aws.ToString(out.NextToken) == "" {
			return nil, fmt.Errorf("table %s has more routes than AWS shows at once", aws.ToString(t.TransitGatewayRouteTableId))
		}
		t.Routes = append(t.Routes, out.Routes...)
		return out.NextToken, nil
	})
}

func policyTables(ctx context.Context, r *reader) error {
	return r.pages(ctx, "ec2:DescribeTransitGatewayPolicyTables", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.ec2.DescribeTransitGatewayPolicyTables(ctx, &ec2.DescribeTransitGatewayPolicyTablesInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, err
		}
		for _, t := range out.TransitGatewayPolicyTables {
			r.out.TransitGatewayPolicyTables = append(r.out.TransitGatewayPolicyTables, awssim.TransitGatewayPolicyTable{TransitGatewayPolicyTable: t})
		}
		return out.NextToken, nil
	})
}

// dxAssociations reads what the account's Direct Connect gateways are associated with, and
// what its own gateways are associated with in other accounts.
func dxAssociations(ctx context.Context, r *reader) error {
	seen := map[string]bool{}
	read := func(in directconnect.DescribeDirectConnectGatewayAssociationsInput) error {
		return r.pages(ctx, "directconnect:DescribeDirectConnectGatewayAssociations", func(ctx context.Context, token *string) (*string, error) {
			page := in
			page.NextToken, page.MaxResults = token, aws.Int32(smallPageSize)
			out, err := r.dx.DescribeDirectConnectGatewayAssociations(ctx, &page)
			if err != nil {
				return nil, err
			}
			for _, a := range out.DirectConnectGatewayAssociations {
				if id := aws.ToString(a.AssociationId); !seen[id] {
					seen[id] = true
					r.out.DirectConnectGatewayAssociations = append(r.out.DirectConnectGatewayAssociations, a)
				}
			}
			return out.NextToken, nil
		})
	}
	whole := r.whole()
	for _, g := range whole.DirectConnectGateways {
		if err := read(directconnect.DescribeDirectConnectGatewayAssociationsInput{DirectConnectGatewayId: g.DirectConnectGatewayId}); err != nil {
			return err
		}
	}
	for _, g := range whole.VpnGateways {
		if err := read(directconnect.DescribeDirectConnectGatewayAssociationsInput{AssociatedGatewayId: g.VpnGatewayId}); err != nil {
			return err
		}
	}
	for _, g := range whole.TransitGateways {
		if aws.ToString(g.OwnerId) != r.at.Account && aws.ToString(g.OwnerId) != "" {
			continue
		}
		if err := read(directconnect.DescribeDirectConnectGatewayAssociationsInput{AssociatedGatewayId: g.TransitGatewayId}); err != nil {
			return err
		}
	}
	return nil
}

func dxAttachments(ctx context.Context, r *reader) error {
	for _, g := range r.whole().DirectConnectGateways {
		err := r.pages(ctx, "directconnect:DescribeDirectConnectGatewayAttachments", func(ctx context.Context, token *string) (*string, error) {
			out, err := r.dx.DescribeDirectConnectGatewayAttachments(ctx, &directconnect.DescribeDirectConnectGatewayAttachmentsInput{
				DirectConnectGatewayId: g.DirectConnectGatewayId, NextToken: token, MaxResults: aws.Int32(smallPageSize),
			})
			if err != nil {
				return nil, err
			}
			r.out.DirectConnectGatewayAttachments = append(r.out.DirectConnectGatewayAttachments, out.DirectConnectGatewayAttachments...)
			return out.NextToken, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
