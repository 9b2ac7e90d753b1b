package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func createRouteTable(c *call, in *ec2.CreateRouteTableInput) (*ec2.CreateRouteTableOutput, error) {
	v, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeRouteTable)
	if err != nil {
		return nil, err
	}
	table := c.newRouteTable(v)
	table.Tags = tags
	c.edit().RouteTables.put(c.state.owner, *table.RouteTableId, table)
	shown := *table
	return &ec2.CreateRouteTableOutput{RouteTable: &shown, ClientToken: in.ClientToken}, nil
}

func deleteRouteTable(c *call, in *ec2.DeleteRouteTableInput) (*ec2.DeleteRouteTableOutput, error) {
	table, err := c.ownRouteTable(in.RouteTableId)
	if err != nil {
		return nil, err
	}
	if len(table.Associations) > 0 {
		return nil, apiError("DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", *table.RouteTableId)
	}
	c.edit().RouteTables.drop(c.state.owner, *table.RouteTableId)
	return &ec2.DeleteRouteTableOutput{}, nil
}

func associateRouteTable(c *call, in *ec2.AssociateRouteTableInput) (*ec2.AssociateRouteTableOutput, error) {
	table, err := c.ownRouteTable(in.RouteTableId)
	if err != nil {
		return nil, err
	}
	switch {
	case in.SubnetId != nil:
		subnet := c.r.Subnets.get(*in.SubnetId)
		if subnet == nil {
			return nil, notFound(errSubnetNotFound, "subnet ID", *in.SubnetId)
		}
		if !same(subnet.VpcId, table.VpcId) {
			return nil, invalidParameter("route table %s and subnet %s belong to different networks", *table.RouteTableId, *in.SubnetId)
		}
	case in.GatewayId != nil:
		if !c.usableGateway(*in.GatewayId, *table.VpcId) {
			return nil, notFound("InvalidGatewayID.NotFound", "gateway ID", *in.GatewayId)
		}
	default:
		return nil, missingParameter("subnetId")
	}
	for _, other := range c.r.RouteTables.vals {
		for _, a := range other.Associations {
			if same(a.SubnetId, in.SubnetId) || same(a.GatewayId, in.GatewayId) {
				return nil, apiError("Resource.AlreadyAssociated", "the specified association for route table %s conflicts with an existing association", *table.RouteTableId)
			}
		}
	}
	a := ec2types.RouteTableAssociation{SubnetId: in.SubnetId, GatewayId: in.GatewayId, Main: new(false)}
	return &ec2.AssociateRouteTableOutput{AssociationId: c.addAssociation(table, a), AssociationState: associated()}, nil
}

func associated() *ec2types.RouteTableAssociationState {
	return &ec2types.RouteTableAssociationState{State: ec2types.RouteTableAssociationStateCodeAssociated}
}

// addAssociation gives a table one more association, with an id of its own, and returns the id.
func (c *call) addAssociation(table *ec2types.RouteTable, a ec2types.RouteTableAssociation) *string {
	a.RouteTableId, a.RouteTableAssociationId, a.AssociationState = table.RouteTableId, new(c.newID("rtbassoc")), associated()
	changed := *table
	changed.Associations = append(slices.Clone(table.Associations), a)
	c.edit().RouteTables.put(c.state.owner, *table.RouteTableId, &changed)
	return a.RouteTableAssociationId
}

// association finds an association of any route table by its id.
func (c *call) association(id *string) (*ec2types.RouteTable, ec2types.RouteTableAssociation, error) {
	for _, table := range c.r.RouteTables.vals {
		for _, a := range table.Associations {
			if same(a.RouteTableAssociationId, id) {
				return table, a, nil
			}
		}
	}
	return nil, ec2types.RouteTableAssociation{}, notFound("InvalidAssociationID.NotFound", "association ID", aws.ToString(id))
}

func (c *call) dropAssociation(table *ec2types.RouteTable, id *string) {
	changed := *table
	changed.Associations = slices.DeleteFunc(slices.Clone(table.Associations), func(a ec2types.RouteTableAssociation) bool {
		return same(a.RouteTableAssociationId, id)
	})
	c.edit().RouteTables.put(c.state.owner, *table.RouteTableId, &changed)
}

func disassociateRouteTable(c *call, in *ec2.DisassociateRouteTableInput) (*ec2.DisassociateRouteTableOutput, error) {
	table, a, err := c.association(in.AssociationId)
	if err != nil {
		return nil, err
	}
	if aws.ToBool(a.Main) {
		return nil, invalidParameter("cannot disassociate the main route table association %s", *in.AssociationId)
	}
	c.dropAssociation(table, in.AssociationId)
	return &ec2.DisassociateRouteTableOutput{}, nil
}

// replaceRouteTableAssociation moves a subnet to another table, or makes another table the main one.
func replaceRouteTableAssociation(c *call, in *ec2.ReplaceRouteTableAssociationInput) (*ec2.ReplaceRouteTableAssociationOutput, error) {
	from, a, err := c.association(in.AssociationId)
	if err != nil {
		return nil, err
	}
	to, err := c.routeTable(in.RouteTableId)
	if err != nil {
		return nil, err
	}
	if !same(from.VpcId, to.VpcId) {
		return nil, invalidParameter("route tables %s and %s belong to different networks", *from.RouteTableId, *to.RouteTableId)
	}
	c.dropAssociation(from, in.AssociationId)
	id := c.addAssociation(c.r.RouteTables.get(*to.RouteTableId), a)
	return &ec2.ReplaceRouteTableAssociationOutput{NewAssociationId: id, AssociationState: associated()}, nil
}

func enableVgwRoutePropagation(c *call, in *ec2.EnableVgwRoutePropagationInput) (*ec2.EnableVgwRoutePropagationOutput, error) {
	table, err := c.ownRouteTable(in.RouteTableId)
	if err != nil {
		return nil, err
	}
	gateway, err := c.vpnGateway(in.GatewayId)
	if err != nil {
		return nil, err
	}
	if !attachedTo(gateway, *table.VpcId) {
		return nil, apiError("Gateway.NotAttached", "resource %s is not attached to network %s", *gateway.VpnGatewayId, *table.VpcId)
	}
	if propagatesFrom(table, *gateway.VpnGatewayId) {
		return &ec2.EnableVgwRoutePropagationOutput{}, nil
	}
	changed := *table
	changed.PropagatingVgws = append(slices.Clone(table.PropagatingVgws), ec2types.PropagatingVgw{GatewayId: gateway.VpnGatewayId})
	r := c.edit()
	r.RouteTables.put(c.state.owner, *table.RouteTableId, &changed)
	c.state.propagate(r, *gateway.VpnGatewayId)
	return &ec2.EnableVgwRoutePropagationOutput{}, nil
}

func disableVgwRoutePropagation(c *call, in *ec2.DisableVgwRoutePropagationInput) (*ec2.DisableVgwRoutePropagationOutput, error) {
	table, err := c.ownRouteTable(in.RouteTableId)
	if err != nil {
		return nil, err
	}
	gateway, err := c.vpnGateway(in.GatewayId)
	if err != nil {
		return nil, err
	}
	changed := *table
	changed.PropagatingVgws = slices.DeleteFunc(slices.Clone(table.PropagatingVgws), func(p ec2types.PropagatingVgw) bool {
		return same(p.GatewayId, gateway.VpnGatewayId)
	})
	changed.Routes = withoutPropagated(table.Routes, *gateway.VpnGatewayId)
	c.edit().RouteTables.put(c.state.owner, *table.RouteTableId, &changed)
	return &ec2.DisableVgwRoutePropagationOutput{}, nil
}
