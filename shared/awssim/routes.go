package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// destination is where a route leads: an IPv4 CIDR, an IPv6 CIDR or a prefix list, in the form that AWS stores.
type destination struct {
	cidr4, cidr6, list string
}

func (d destination) String() string { return d.cidr4 + d.cidr6 + d.list }

func destinationOf(r *ec2types.Route) destination {
	return destination{aws.ToString(r.DestinationCidrBlock), aws.ToString(r.DestinationIpv6CidrBlock), aws.ToString(r.DestinationPrefixListId)}
}

func readDestination(cidr4, cidr6, list *string) (destination, error) {
	var d destination
	given := 0
	for _, field := range [...]struct {
		name  string
		value *string
		into  *string
		ipv4  bool
	}{{"destinationCidrBlock", cidr4, &d.cidr4, true}, {"destinationIpv6CidrBlock", cidr6, &d.cidr6, false}} {
		if field.value == nil {
			continue
		}
		given++
		prefix, err := parsePrefix(*field.value)
		if err != nil || prefix.Addr().Is4() != field.ipv4 {
			return d, invalidParameter("Value (%s) for parameter %s is invalid. This is not a valid CIDR block.", *field.value, field.name)
		}
		*field.into = prefix.String()
	}
	if list != nil {
		given++
		d.list = *list
	}
	switch {
	case given == 0:
		return d, missingParameter("destinationCidrBlock")
	case given > 1:
		return d, apiError("InvalidParameterCombination", "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId")
	}
	return d, nil
}

func (d destination) route() ec2types.Route {
	var r ec2types.Route
	switch {
	case d.cidr4 != "":
		r.DestinationCidrBlock = &d.cidr4
	case d.cidr6 != "":
		r.DestinationIpv6CidrBlock = &d.cidr6
	default:
		r.DestinationPrefixListId = &d.list
	}
	return r
}

func createRoute(c *call, in *ec2.CreateRouteInput) (*ec2.CreateRouteOutput, error) {
	table, err := c.ownRouteTable(in.RouteTableId)
	if err != nil {
		return nil, err
	}
	d, err := readDestination(in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.DestinationPrefixListId)
	if err != nil {
		return nil, err
	}
	if d.list != "" && c.r.ManagedPrefixLists.get(d.list) == nil {
		return nil, notFound(errPrefixListNotFound, "prefix list ID", d.list)
	}
	for i := range table.Routes {
		have := &table.Routes[i]
		// A static route may stand beside a propagated one, and goes first.
		if destinationOf(have) == d && have.Origin != ec2types.RouteOriginEnableVgwRoutePropagation {
			return nil, apiError("RouteAlreadyExists", "The route identified by %s already exists.", d)
		}
	}
	route, err := c.resolveTarget(table, d.route(), target{
		in.GatewayId, in.NatGatewayId, in.NetworkInterfaceId, in.InstanceId, in.TransitGatewayId, in.VpcPeeringConnectionId,
		in.EgressOnlyInternetGatewayId, in.VpcEndpointId,
		[]*string{in.CarrierGatewayId, in.LocalGatewayId, in.CoreNetworkArn, in.OdbNetworkArn},
	})
	if err != nil {
		return nil, err
	}
	if err := c.checkInsideVPC(table, &route, d); err != nil {
		return nil, err
	}
	changed := *table
	changed.Routes = slices.Concat(table.Routes, []ec2types.Route{route})
	if err := c.checkRouteQuota(&changed); err != nil {
		return nil, err
	}
	c.edit().RouteTables.put(c.state.owner, *table.RouteTableId, &changed)
	return &ec2.CreateRouteOutput{Return: new(true)}, nil
}

// checkRouteQuota counts the routes that were made, IPv4 and IPv6 apart; a prefix list counts the entries it may hold.
func (c *call) checkRouteQuota(table *ec2types.RouteTable) error {
	v4, v6 := 0, 0
	for i := range table.Routes {
		r := &table.Routes[i]
		switch {
		case r.Origin != ec2types.RouteOriginCreateRoute:
		case r.DestinationCidrBlock != nil:
			v4++
		case r.DestinationIpv6CidrBlock != nil:
			v6++
		default:
			if weight, ipv6 := c.r.listWeight(*r.DestinationPrefixListId); ipv6 {
				v6 += weight
			} else {
				v4 += weight
			}
		}
	}
	if max(v4, v6) > c.sim.quotas.RoutesPerTable {
		return apiError("RouteLimitExceeded", "The maximum number of routes has been reached.")
	}
	return nil
}

func replaceRoute(c *call, in *ec2.ReplaceRouteInput) (*ec2.ReplaceRouteOutput, error) {
	table, err := c.ownRouteTable(in.RouteTableId)
	if err != nil {
		return nil, err
	}
	d, err := readDestination(in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.DestinationPrefixListId)
	if err != nil {
		return nil, err
	}
	at := findRoute(table, d)
	if at < 0 || table.Routes[at].Origin == ec2types.RouteOriginEnableVgwRoutePropagation {
		return nil, invalidParameter("There is no route defined for '%s' in the route table. Use CreateRoute instead.", d)
	}
	origin := table.Routes[at].Origin
	var route ec2types.Route
	if aws.ToBool(in.LocalTarget) {
		if origin != ec2types.RouteOriginCreateRouteTable {
			return nil, invalidParameter("Only the local route can be reset to the target local; %s is not it", d)
		}
		route = d.route()
		route.GatewayId, route.State = new(localGateway), ec2types.RouteStateActive
	} else {
		route, err = c.resolveTarget(table, d.route(), target{
			in.GatewayId, in.NatGatewayId, in.NetworkInterfaceId, in.InstanceId, in.TransitGatewayId, in.VpcPeeringConnectionId,
			in.EgressOnlyInternetGatewayId, in.VpcEndpointId,
			[]*string{in.CarrierGatewayId, in.LocalGatewayId, in.CoreNetworkArn, in.OdbNetworkArn},
		})
		if err != nil {
			return nil, err
		}
	}
	route.Origin = origin
	changed := *table
	changed.Routes = slices.Clone(table.Routes)
	changed.Routes[at] = route
	c.edit().RouteTables.put(c.state.owner, *table.RouteTableId, &changed)
	return &ec2.ReplaceRouteOutput{}, nil
}

// findRoute finds the route with a destination: the static one where a propagated one stands beside it.
func findRoute(table *ec2types.RouteTable, d destination) int {
	at := -1
	for i := range table.Routes {
		if destinationOf(&table.Routes[i]) == d && (at < 0 || table.Routes[i].Origin != ec2types.RouteOriginEnableVgwRoutePropagation) {
			at = i
		}
	}
	return at
}

func deleteRoute(c *call, in *ec2.DeleteRouteInput) (*ec2.DeleteRouteOutput, error) {
	table, err := c.ownRouteTable(in.RouteTableId)
	if err != nil {
		return nil, err
	}
	d, err := readDestination(in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.DestinationPrefixListId)
	if err != nil {
		return nil, err
	}
	at := findRoute(table, d)
	switch {
	case at < 0:
		return nil, apiError("InvalidRoute.NotFound", "no route with destination-cidr-block %s in route table %s", d, *table.RouteTableId)
	case table.Routes[at].Origin == ec2types.RouteOriginCreateRouteTable:
		return nil, invalidParameter("cannot remove local route %s in route table %s", d, *table.RouteTableId)
	case table.Routes[at].Origin != ec2types.RouteOriginCreateRoute:
		return nil, invalidParameter("cannot remove propagated route %s in route table %s", d, *table.RouteTableId)
	}
	changed := *table
	changed.Routes = slices.Delete(slices.Clone(table.Routes), at, at+1)
	c.edit().RouteTables.put(c.state.owner, *table.RouteTableId, &changed)
	return &ec2.DeleteRouteOutput{}, nil
}

// ownRouteTable finds a route table to change, which only the owner of a shared VPC may.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-service-behavior.html
func (c *call) ownRouteTable(id *string) (*ec2types.RouteTable, error) {
	table, err := c.routeTable(id)
	if err != nil {
		return nil, err
	}
	if owner := aws.ToString(table.OwnerId); owner != "" && owner != c.account {
		return nil, apiError("UnauthorizedOperation", "The route table %s belongs to %s", *table.RouteTableId, owner)
	}
	return table, nil
}
