package awssim

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func routeOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeRouteTables", describeRouteTables),
		write(ec2Service, "CreateRoute", createRoute),
		write(ec2Service, "ReplaceRoute", replaceRoute),
		write(ec2Service, "DeleteRoute", deleteRoute),
		write(ec2Service, "CreateRouteTable", createRouteTable),
		write(ec2Service, "DeleteRouteTable", deleteRouteTable),
		write(ec2Service, "AssociateRouteTable", associateRouteTable),
		write(ec2Service, "DisassociateRouteTable", disassociateRouteTable),
		write(ec2Service, "ReplaceRouteTableAssociation", replaceRouteTableAssociation),
		write(ec2Service, "EnableVgwRoutePropagation", enableVgwRoutePropagation),
		write(ec2Service, "DisableVgwRoutePropagation", disableVgwRoutePropagation),
	}
}

var routeTableFilters = filters[ec2types.RouteTable]{
	"route-table-id": func(v *ec2types.RouteTable, m matcher) bool { return m.text(v.RouteTableId) },
	"vpc-id":         func(v *ec2types.RouteTable, m matcher) bool { return m.text(v.VpcId) },
	"owner-id":       func(v *ec2types.RouteTable, m matcher) bool { return m.text(v.OwnerId) },

	"association.gateway-id": anyAssociation(func(a *ec2types.RouteTableAssociation, m matcher) bool { return m.text(a.GatewayId) }),
	"association.main":       anyAssociation(func(a *ec2types.RouteTableAssociation, m matcher) bool { return m.truth(a.Main) }),
	"association.route-table-association-id": anyAssociation(func(a *ec2types.RouteTableAssociation, m matcher) bool {
		return m.text(a.RouteTableAssociationId)
	}),
	"association.route-table-id": anyAssociation(func(a *ec2types.RouteTableAssociation, m matcher) bool { return m.text(a.RouteTableId) }),
	"association.subnet-id":      anyAssociation(func(a *ec2types.RouteTableAssociation, m matcher) bool { return m.text(a.SubnetId) }),

	"route.destination-cidr-block":      anyRoute(func(r *ec2types.Route, m matcher) bool { return m.text(r.DestinationCidrBlock) }),
	"route.destination-ipv6-cidr-block": anyRoute(func(r *ec2types.Route, m matcher) bool { return m.text(r.DestinationIpv6CidrBlock) }),
	"route.destination-prefix-list-id":  anyRoute(func(r *ec2types.Route, m matcher) bool { return m.text(r.DestinationPrefixListId) }),
	"route.egress-only-internet-gateway-id": anyRoute(func(r *ec2types.Route, m matcher) bool {
		return m.text(r.EgressOnlyInternetGatewayId)
	}),
	"route.gateway-id":                anyRoute(func(r *ec2types.Route, m matcher) bool { return m.text(r.GatewayId) }),
	"route.instance-id":               anyRoute(func(r *ec2types.Route, m matcher) bool { return m.text(r.InstanceId) }),
	"route.nat-gateway-id":            anyRoute(func(r *ec2types.Route, m matcher) bool { return m.text(r.NatGatewayId) }),
	"route.transit-gateway-id":        anyRoute(func(r *ec2types.Route, m matcher) bool { return m.text(r.TransitGatewayId) }),
	"route.origin":                    anyRoute(func(r *ec2types.Route, m matcher) bool { return m(string(r.Origin)) }),
	"route.state":                     anyRoute(func(r *ec2types.Route, m matcher) bool { return m(string(r.State)) }),
	"route.vpc-peering-connection-id": anyRoute(func(r *ec2types.Route, m matcher) bool { return m.text(r.VpcPeeringConnectionId) }),
}

func anyAssociation(test func(*ec2types.RouteTableAssociation, matcher) bool) func(*ec2types.RouteTable, matcher) bool {
	return func(v *ec2types.RouteTable, m matcher) bool {
		for i := range v.Associations {
			if test(&v.Associations[i], m) {
				return true
			}
		}
		return false
	}
}

func anyRoute(test func(*ec2types.Route, matcher) bool) func(*ec2types.RouteTable, matcher) bool {
	return func(v *ec2types.RouteTable, m matcher) bool {
		for i := range v.Routes {
			if test(&v.Routes[i], m) {
				return true
			}
		}
		return false
	}
}

func describeRouteTables(c *call, in *ec2.DescribeRouteTablesInput) (*ec2.DescribeRouteTablesOutput, error) {
	found, next, err := describe(c, &c.r.RouteTables, query[ec2types.RouteTable]{
		ids: in.RouteTableIds, missing: errTableNotFound, what: "routeTable ID", filters: in.Filters, by: routeTableFilters,
		tags: func(v *ec2types.RouteTable) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
		largest: 100,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeRouteTablesOutput{NextToken: next, RouteTables: values(found)}, nil
}

func (c *call) routeTable(id *string) (*ec2types.RouteTable, error) {
	if id == nil {
		return nil, missingParameter("routeTableId")
	}
	if table := c.r.RouteTables.get(*id); table != nil {
		return table, nil
	}
	return nil, notFound(errTableNotFound, "routeTable ID", *id)
}

// routeStates gives a state to every route that the world file leaves without one.
func (b *builder) routeStates() {
	for _, table := range b.r.RouteTables.vals {
		b.r.settleRoutes(b.state.owner, table, func(r *ec2types.Route) bool { return r.State == "" }, ec2types.RouteStateActive)
	}
}

// settleRoutes sets the state of some routes of a table from their targets; missing is what a target that is not
// there makes of a route.
func (r *region) settleRoutes(by *token, table *ec2types.RouteTable, which func(*ec2types.Route) bool, missing ec2types.RouteState) {
	var changed []ec2types.Route
	for i := range table.Routes {
		if !which(&table.Routes[i]) {
			continue
		}
		state := r.routeState(table, &table.Routes[i], missing)
		if state == table.Routes[i].State {
			continue
		}
		if changed == nil {
			changed = append(changed, table.Routes...)
		}
		changed[i].State = state
	}
	if changed != nil {
		settled := *table
		settled.Routes = changed
		r.RouteTables.put(by, *table.RouteTableId, &settled)
	}
}

// settleTarget sets the states of all routes in the Region that lead to a target which has just changed.
func (r *region) settleTarget(by *token, target string) {
	for _, table := range r.RouteTables.vals {
		r.settleRoutes(by, table, func(route *ec2types.Route) bool { return targetOf(route) == target }, ec2types.RouteStateBlackhole)
	}
}

// routeState judges a route by its target: blackhole where that is gone, or not attached.
func (r *region) routeState(table *ec2types.RouteTable, route *ec2types.Route, missing ec2types.RouteState) ec2types.RouteState {
	standing := missing
	judge := func(found, works bool) {
		switch {
		case found && works:
			standing = ec2types.RouteStateActive
		case found:
			standing = ec2types.RouteStateBlackhole
		}
	}
	switch id := targetOf(route); {
	case id == localGateway:
		return ec2types.RouteStateActive
	case route.VpcPeeringConnectionId != nil:
		p := r.VpcPeeringConnections.get(id)
		judge(p != nil, p != nil && p.Status.Code == ec2types.VpcPeeringConnectionStateReasonCodeActive)
	case route.TransitGatewayId != nil:
		judge(r.TransitGateways.get(id) != nil, r.attachedToGateway(id, *table.VpcId))
	case route.NatGatewayId != nil:
		n := r.NatGateways.get(id)
		judge(n != nil, n != nil && (n.State == "" || n.State == ec2types.NatGatewayStateAvailable))
	case route.NetworkInterfaceId != nil:
		eni := r.NetworkInterfaces.get(id)
		judge(eni != nil, eni != nil && (eni.Status == ec2types.NetworkInterfaceStatusInUse || eni.Attachment != nil))
	case r.VpnGateways.get(id) != nil:
		judge(true, attachedTo(r.VpnGateways.get(id), *table.VpcId))
	case r.InternetGateways.get(id) != nil:
		judge(true, internetGatewayAt(r.InternetGateways.get(id), *table.VpcId))
	case r.EgressOnlyInternetGateways.get(id) != nil, r.VpcEndpoints.get(id) != nil:
		judge(true, true)
	}
	return standing
}

// targetOf names what a route leads to.
func targetOf(r *ec2types.Route) string {
	return aws.ToString(firstOf(r.VpcPeeringConnectionId, r.TransitGatewayId, r.NatGatewayId, r.NetworkInterfaceId, r.InstanceId,
		r.GatewayId, r.EgressOnlyInternetGatewayId, r.CarrierGatewayId, r.LocalGatewayId, r.CoreNetworkArn, r.OdbNetworkArn))
}

func attachedTo(gateway *VpnGateway, vpc string) bool {
	for _, a := range gateway.VpcAttachments {
		if aws.ToString(a.VpcId) == vpc && a.State == ec2types.AttachmentStatusAttached {
			return true
		}
	}
	return false
}

func internetGatewayAt(gateway *ec2types.InternetGateway, vpc string) bool {
	for _, a := range gateway.Attachments {
		if aws.ToString(a.VpcId) == vpc {
			return true
		}
	}
	return false
}

// attachedToGateway says that a VPC has an available attachment to a transit gateway.
func (r *region) attachedToGateway(gateway, vpc string) bool {
	for _, a := range r.TransitGatewayAttachments.vals {
		if aws.ToString(a.TransitGatewayId) == gateway && aws.ToString(a.ResourceId) == vpc && stands(a.State) {
			return true
		}
	}
	return false
}
