package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func transitRoutingWrites() []*operation {
	return []*operation{
		write(ec2Service, "CreateTransitGatewayRouteTable", createTransitGatewayRouteTable),
		write(ec2Service, "DeleteTransitGatewayRouteTable", deleteTransitGatewayRouteTable),
		write(ec2Service, "CreateTransitGatewayRoute", createTransitGatewayRoute),
		write(ec2Service, "ReplaceTransitGatewayRoute", replaceTransitGatewayRoute),
		write(ec2Service, "DeleteTransitGatewayRoute", deleteTransitGatewayRoute),
		write(ec2Service, "AssociateTransitGatewayRouteTable", associateTransitGatewayRouteTable),
		write(ec2Service, "DisassociateTransitGatewayRouteTable", disassociateTransitGatewayRouteTable),
		write(ec2Service, "EnableTransitGatewayRouteTablePropagation", enableTransitGatewayPropagation),
		write(ec2Service, "DisableTransitGatewayRouteTablePropagation", disableTransitGatewayPropagation),
	}
}

func createTransitGatewayRouteTable(c *call, in *ec2.CreateTransitGatewayRouteTableInput) (*ec2.CreateTransitGatewayRouteTableOutput, error) {
	gateway, err := c.ownGateway(in.TransitGatewayId)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeTransitGatewayRouteTable)
	if err != nil {
		return nil, err
	}
	table := &TransitGatewayRouteTable{TransitGatewayRouteTable: ec2types.TransitGatewayRouteTable{
		TransitGatewayRouteTableId: new(c.newID("tgw-rtb")), TransitGatewayId: gateway.TransitGatewayId, Tags: tags,
		DefaultAssociationRouteTable: new(false), DefaultPropagationRouteTable: new(false),
		State: ec2types.TransitGatewayRouteTableStateAvailable, CreationTime: new(c.sim.now()),
	}}
	c.edit().TransitGatewayRouteTables.put(c.state.owner, *table.TransitGatewayRouteTableId, table)
	shown := table.TransitGatewayRouteTable
	shown.State = ec2types.TransitGatewayRouteTableStatePending
	return &ec2.CreateTransitGatewayRouteTableOutput{TransitGatewayRouteTable: &shown}, nil
}

func deleteTransitGatewayRouteTable(c *call, in *ec2.DeleteTransitGatewayRouteTableInput) (*ec2.DeleteTransitGatewayRouteTableOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	if len(table.Associations) > 0 {
		return nil, apiError("IncorrectState", "%s has associated transit gateway attachments", *table.TransitGatewayRouteTableId)
	}
	c.edit().TransitGatewayRouteTables.drop(c.state.owner, *table.TransitGatewayRouteTableId)
	shown := table.TransitGatewayRouteTable
	shown.State = ec2types.TransitGatewayRouteTableStateDeleting
	return &ec2.DeleteTransitGatewayRouteTableOutput{TransitGatewayRouteTable: &shown}, nil
}

// newTransitRoute is the static route that a request asks for: to an attachment of the table's gateway, or a blackhole.
func (c *call) newTransitRoute(table *TransitGatewayRouteTable, cidr, to *string, blackhole *bool) (ec2types.TransitGatewayRoute, error) {
	route := ec2types.TransitGatewayRoute{Type: ec2types.TransitGatewayRouteTypeStatic, State: ec2types.TransitGatewayRouteStateActive}
	prefix, err := parsePrefix(aws.ToString(cidr))
	if err != nil {
		return route, invalidParameter("Value (%s) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.", aws.ToString(cidr))
	}
	route.DestinationCidrBlock = new(prefix.String())
	if aws.ToBool(blackhole) == (to != nil) {
		return route, apiError("InvalidParameterCombination", "The request must contain either a transitGatewayAttachmentId or blackhole")
	}
	if to == nil {
		route.State = ec2types.TransitGatewayRouteStateBlackhole
		return route, nil
	}
	a, err := c.attachmentOf(table, to)
	if err != nil {
		return route, err
	}
	if a.State != ec2types.TransitGatewayAttachmentStateAvailable {
		return route, apiError("IncorrectState", "%s is in the state %s", *to, a.State)
	}
	route.TransitGatewayAttachments = c.r.withResources([]ec2types.TransitGatewayRouteAttachment{{TransitGatewayAttachmentId: to}})
	return route, nil
}

// attachmentOf finds an attachment of the same gateway as a route table.
func (c *call) attachmentOf(table *TransitGatewayRouteTable, id *string) (*attachment, error) {
	a := c.r.TransitGatewayAttachments.lookup(id)
	if a == nil || !same(a.TransitGatewayId, table.TransitGatewayId) {
		return nil, notFound(errAttachmentNotFound, "transitGatewayAttachment ID", aws.ToString(id))
	}
	return a, nil
}

func staticTransitRoute(table *TransitGatewayRouteTable, cidr *string) int {
	wanted := canonicalCIDR(aws.ToString(cidr))
	return slices.IndexFunc(table.Routes, func(r ec2types.TransitGatewayRoute) bool {
		return r.Type == ec2types.TransitGatewayRouteTypeStatic && aws.ToString(r.DestinationCidrBlock) == wanted
	})
}

func (c *call) putTransitRoutes(table *TransitGatewayRouteTable, routes []ec2types.TransitGatewayRoute) {
	changed := *table
	changed.Routes = routes
	c.edit().TransitGatewayRouteTables.put(c.state.owner, *table.TransitGatewayRouteTableId, &changed)
}

func createTransitGatewayRoute(c *call, in *ec2.CreateTransitGatewayRouteInput) (*ec2.CreateTransitGatewayRouteOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	route, err := c.newTransitRoute(table, in.DestinationCidrBlock, in.TransitGatewayAttachmentId, in.Blackhole)
	if err != nil {
		return nil, err
	}
	if staticTransitRoute(table, route.DestinationCidrBlock) >= 0 {
		return nil, apiError("RouteAlreadyExists", "Route already exists: %s", *route.DestinationCidrBlock)
	}
	c.putTransitRoutes(table, append(slices.Clone(table.Routes), route))
	return &ec2.CreateTransitGatewayRouteOutput{Route: &route}, nil
}

func replaceTransitGatewayRoute(c *call, in *ec2.ReplaceTransitGatewayRouteInput) (*ec2.ReplaceTransitGatewayRouteOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	route, err := c.newTransitRoute(table, in.DestinationCidrBlock, in.TransitGatewayAttachmentId, in.Blackhole)
	if err != nil {
		return nil, err
	}
	at := staticTransitRoute(table, route.DestinationCidrBlock)
	if at < 0 {
		return nil, apiError("InvalidRoute.NotFound", "Route not found: %s", *route.DestinationCidrBlock)
	}
	routes := slices.Clone(table.Routes)
	routes[at] = route
	c.putTransitRoutes(table, routes)
	return &ec2.ReplaceTransitGatewayRouteOutput{Route: &route}, nil
}

func deleteTransitGatewayRoute(c *call, in *ec2.DeleteTransitGatewayRouteInput) (*ec2.DeleteTransitGatewayRouteOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	at := staticTransitRoute(table, in.DestinationCidrBlock)
	if at < 0 {
		return nil, apiError("InvalidRoute.NotFound", "Route not found: %s", aws.ToString(in.DestinationCidrBlock))
	}
	gone := table.Routes[at]
	gone.State = ec2types.TransitGatewayRouteStateDeleted
	c.putTransitRoutes(table, slices.Delete(slices.Clone(table.Routes), at, at+1))
	return &ec2.DeleteTransitGatewayRouteOutput{Route: &gone}, nil
}

func associateTransitGatewayRouteTable(c *call, in *ec2.AssociateTransitGatewayRouteTableInput) (*ec2.AssociateTransitGatewayRouteTableOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	a, err := c.attachmentOf(table, in.TransitGatewayAttachmentId)
	if err != nil {
		return nil, err
	}
	if a.Association != nil {
		return nil, apiError("Resource.AlreadyAssociated", "%s is already associated with %s", *a.TransitGatewayAttachmentId, aws.ToString(a.Association.TransitGatewayRouteTableId))
	}
	changed := *table
	changed.Associations = append(slices.Clone(table.Associations), newAssociation(a))
	c.state.putTransitTable(c.region, &changed)
	c.state.setAssociation(c.r, *a.TransitGatewayAttachmentId, &table.TransitGatewayRouteTable, "")
	return &ec2.AssociateTransitGatewayRouteTableOutput{Association: shownAssociation(table, a, ec2types.TransitGatewayAssociationStateAssociating)}, nil
}

func shownAssociation(table *TransitGatewayRouteTable, a *attachment, state ec2types.TransitGatewayAssociationState) *ec2types.TransitGatewayAssociation {
	return &ec2types.TransitGatewayAssociation{
		TransitGatewayRouteTableId: table.TransitGatewayRouteTableId, TransitGatewayAttachmentId: a.TransitGatewayAttachmentId,
		ResourceId: a.ResourceId, ResourceType: a.ResourceType, State: state,
	}
}

func newAssociation(a *attachment) ec2types.TransitGatewayRouteTableAssociation {
	return ec2types.TransitGatewayRouteTableAssociation{
		TransitGatewayAttachmentId: a.TransitGatewayAttachmentId, ResourceId: a.ResourceId, ResourceType: a.ResourceType,
		State: ec2types.TransitGatewayAssociationStateAssociated,
	}
}

func newPropagation(a *attachment) ec2types.TransitGatewayRouteTablePropagation {
	return ec2types.TransitGatewayRouteTablePropagation{
		TransitGatewayAttachmentId: a.TransitGatewayAttachmentId, ResourceId: a.ResourceId, ResourceType: a.ResourceType,
		State: ec2types.TransitGatewayPropagationStateEnabled,
	}
}

// putTransitTable stores a changed route table with whoever owns it: a participant's attachment may change it too.
func (s *state) putTransitTable(region string, table *TransitGatewayRouteTable) {
	id := *table.TransitGatewayRouteTableId
	for r := range s.sameRegion(region) {
		if have := r.TransitGatewayRouteTables.get(id); have != nil && same(have.TransitGatewayId, table.TransitGatewayId) {
			s.edit(r.account, r.name).TransitGatewayRouteTables.put(s.owner, id, table)
		}
	}
}

func disassociateTransitGatewayRouteTable(c *call, in *ec2.DisassociateTransitGatewayRouteTableInput) (*ec2.DisassociateTransitGatewayRouteTableOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	a, err := c.attachmentOf(table, in.TransitGatewayAttachmentId)
	if err != nil {
		return nil, err
	}
	at := associationOf(table, *a.TransitGatewayAttachmentId)
	if at < 0 {
		return nil, apiError("InvalidAssociation.NotFound", "%s is not associated with %s", *a.TransitGatewayAttachmentId, *table.TransitGatewayRouteTableId)
	}
	changed := *table
	changed.Associations = slices.Delete(slices.Clone(table.Associations), at, at+1)
	c.state.putTransitTable(c.region, &changed)
	c.state.dropAssociation(c.r, *a.TransitGatewayAttachmentId, table.TransitGatewayId)
	return &ec2.DisassociateTransitGatewayRouteTableOutput{Association: shownAssociation(table, a, ec2types.TransitGatewayAssociationStateDisassociating)}, nil
}

func shownPropagation(table *TransitGatewayRouteTable, a *attachment, state ec2types.TransitGatewayPropagationState) *ec2types.TransitGatewayPropagation {
	return &ec2types.TransitGatewayPropagation{
		TransitGatewayRouteTableId: table.TransitGatewayRouteTableId, TransitGatewayAttachmentId: a.TransitGatewayAttachmentId,
		ResourceId: a.ResourceId, ResourceType: a.ResourceType, State: state,
	}
}

func enableTransitGatewayPropagation(c *call, in *ec2.EnableTransitGatewayRouteTablePropagationInput) (*ec2.EnableTransitGatewayRouteTablePropagationOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	a, err := c.attachmentOf(table, in.TransitGatewayAttachmentId)
	if err != nil {
		return nil, err
	}
	if a.ResourceType == ec2types.TransitGatewayAttachmentResourceTypePeering {
		return nil, apiError("IncorrectState", "%s is a peering attachment, which propagates nothing; its routes are static", *a.TransitGatewayAttachmentId)
	}
	if propagationOf(table, *a.TransitGatewayAttachmentId) >= 0 {
		return nil, apiError("TransitGatewayRouteTablePropagation.Duplicate", "Propagation from %s to %s is enabled already", *a.TransitGatewayAttachmentId, *table.TransitGatewayRouteTableId)
	}
	changed := *table
	changed.TransitGatewayRouteTablePropagations = append(slices.Clone(table.TransitGatewayRouteTablePropagations), newPropagation(a))
	c.state.putTransitTable(c.region, &changed)
	return &ec2.EnableTransitGatewayRouteTablePropagationOutput{Propagation: shownPropagation(table, a, ec2types.TransitGatewayPropagationStateEnabled)}, nil
}

func disableTransitGatewayPropagation(c *call, in *ec2.DisableTransitGatewayRouteTablePropagationInput) (*ec2.DisableTransitGatewayRouteTablePropagationOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	a, err := c.attachmentOf(table, in.TransitGatewayAttachmentId)
	if err != nil {
		return nil, err
	}
	at := propagationOf(table, *a.TransitGatewayAttachmentId)
	if at < 0 {
		return nil, apiError("TransitGatewayRouteTablePropagation.NotFound", "Propagation from %s to %s is not enabled", *a.TransitGatewayAttachmentId, *table.TransitGatewayRouteTableId)
	}
	changed := *table
	changed.TransitGatewayRouteTablePropagations = slices.Delete(slices.Clone(table.TransitGatewayRouteTablePropagations), at, at+1)
	c.state.putTransitTable(c.region, &changed)
	return &ec2.DisableTransitGatewayRouteTablePropagationOutput{Propagation: shownPropagation(table, a, ec2types.TransitGatewayPropagationStateDisabled)}, nil
}
