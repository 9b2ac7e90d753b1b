package awssim

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// target are the ways in which a request names what a route leads to.
type target struct {
	gateway, nat, networkInterface, instance, transit, peering, egressOnly, endpoint *string
	unmodelled                                                                       []*string
}

// resolveTarget checks that exactly one target is named, that it is there and that the table's VPC can use it.
func (c *call) resolveTarget(table *ec2types.RouteTable, route ec2types.Route, t target) (ec2types.Route, error) {
	var given []*string
	for _, id := range append([]*string{t.gateway, t.nat, t.networkInterface, t.instance, t.transit, t.peering, t.egressOnly, t.endpoint}, t.unmodelled...) {
		if id != nil {
			given = append(given, id)
		}
	}
	if len(given) != 1 {
		return route, apiError("InvalidParameterCombination", "The request must contain exactly one target; it has %d", len(given))
	}
	id := *given[0]
	var code, what string
	var usable bool
	switch given[0] {
	case t.peering:
		route.VpcPeeringConnectionId, code, what = &id, errPeeringNotFound, "vpcPeeringConnection ID"
		usable = c.routablePeering(id, *table.VpcId)
	case t.transit:
		// AWS does not tell a gateway that is not there from one that the VPC is not attached to.
		route.TransitGatewayId, code, what = &id, "InvalidTransitGatewayID.NotFound", "transitGateway ID"
		usable = c.r.attachedToGateway(id, *table.VpcId)
	case t.nat:
		route.NatGatewayId, code, what = &id, "InvalidNatGatewayID.NotFound", "natGateway ID"
		usable = c.r.NatGateways.get(id) != nil
	case t.egressOnly:
		route.EgressOnlyInternetGatewayId, code, what = &id, "InvalidGatewayID.NotFound", "gateway ID"
		usable = c.r.EgressOnlyInternetGateways.get(id) != nil
	case t.endpoint:
		route.GatewayId, code, what = &id, "InvalidVpcEndpointId.NotFound", "vpcEndpoint ID"
		usable = c.r.VpcEndpoints.get(id) != nil
	case t.gateway:
		route.GatewayId, code, what = &id, "InvalidGatewayID.NotFound", "gateway ID"
		usable = c.usableGateway(id, *table.VpcId)
	case t.networkInterface, t.instance:
		return c.resolveInterface(table, route, given[0] == t.instance, id)
	default:
		return route, apiError(NotImplemented, "awssim does not model routes to %s", id)
	}
	if !usable {
		return route, notFound(code, what, id)
	}
	route.Origin = ec2types.RouteOriginCreateRoute
	route.State = c.r.routeState(table, &route, ec2types.RouteStateActive)
	return route, nil
}

// resolveInterface finds the network interface that a route leads to, by its own id or its instance's.
func (c *call) resolveInterface(table *ec2types.RouteTable, route ec2types.Route, byInstance bool, id string) (ec2types.Route, error) {
	var eni *ec2types.NetworkInterface
	code, what := errInterfaceNotFound, "networkInterface ID"
	if byInstance {
		code, what = errInstanceNotFound, "instance ID"
		for _, v := range c.r.NetworkInterfaces.vals {
			if v.Attachment != nil && aws.ToString(v.Attachment.InstanceId) == id {
				if eni != nil {
					return route, apiError("InvalidInstanceID", "There are multiple interfaces attached to instance '%s'. Please specify an interface ID for the operation instead.", id)
				}
				eni = v
			}
		}
	} else {
		eni = c.r.NetworkInterfaces.get(id)
	}
	if eni == nil {
		return route, notFound(code, what, id)
	}
	if !same(eni.VpcId, table.VpcId) {
		return route, invalidParameter("route table %s and interface %s belong to different networks", *table.RouteTableId, *eni.NetworkInterfaceId)
	}
	route.NetworkInterfaceId = eni.NetworkInterfaceId
	if eni.Attachment != nil {
		route.InstanceId, route.InstanceOwnerId = eni.Attachment.InstanceId, eni.Attachment.InstanceOwnerId
	}
	route.Origin = ec2types.RouteOriginCreateRoute
	route.State = c.r.routeState(table, &route, ec2types.RouteStateActive)
	return route, nil
}

// routablePeering says that a route over a peering connection may be made: it joins the VPC, and is or may become
// active. Until then the route is a blackhole.
func (c *call) routablePeering(id, vpc string) bool {
	p := c.r.VpcPeeringConnections.get(id)
	if p == nil || !joins(p, c.account, c.region, vpc) {
		return false
	}
	switch p.Status.Code {
	case ec2types.VpcPeeringConnectionStateReasonCodeActive, ec2types.VpcPeeringConnectionStateReasonCodePendingAcceptance,
		ec2types.VpcPeeringConnectionStateReasonCodeProvisioning, ec2types.VpcPeeringConnectionStateReasonCodeInitiatingRequest:
		return true
	default:
		return false
	}
}

// joins says that a peering connection has a VPC of an account and Region on one side.
func joins(p *ec2types.VpcPeeringConnection, account, region, vpc string) bool {
	for _, side := range [...]*ec2types.VpcPeeringConnectionVpcInfo{p.RequesterVpcInfo, p.AccepterVpcInfo} {
		if *side.VpcId == vpc && *side.OwnerId == account && *side.Region == region {
			return true
		}
	}
	return false
}

func (c *call) usableGateway(id, vpc string) bool {
	switch {
	case id == localGateway:
		return true
	case strings.HasPrefix(id, "vpce-"):
		return c.r.VpcEndpoints.get(id) != nil
	}
	if gateway := c.r.VpnGateways.get(id); gateway != nil {
		return attachedTo(gateway, vpc)
	}
	gateway := c.r.InternetGateways.get(id)
	return gateway != nil && internetGatewayAt(gateway, vpc)
}

// checkInsideVPC refuses what AWS refuses inside the VPC's own CIDRs: only a whole subnet's traffic may be sent
// elsewhere than local, and only to a NAT gateway, a network interface or a Gateway Load Balancer endpoint.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
func (c *call) checkInsideVPC(table *ec2types.RouteTable, route *ec2types.Route, d destination) error {
	vpc := c.r.Vpcs.lookup(table.VpcId)
	if d.list != "" || vpc == nil {
		return nil
	}
	wanted, err := netip.ParsePrefix(d.cidr4 + d.cidr6)
	if err != nil {
		return err
	}
	inside := slices.ContainsFunc(vpcPrefixes(vpc), func(p netip.Prefix) bool {
		return p.Bits() < wanted.Bits() && p.Contains(wanted.Addr())
	})
	if !inside {
		return nil
	}
	middlebox := route.NatGatewayId != nil || route.NetworkInterfaceId != nil || strings.HasPrefix(aws.ToString(route.GatewayId), "vpce-")
	whole := slices.ContainsFunc(c.r.Subnets.vals, func(s *ec2types.Subnet) bool {
		return same(s.VpcId, table.VpcId) && (aws.ToString(s.CidrBlock) == wanted.String() || hasIPv6(s, wanted.String()))
	})
	if !middlebox || !whole {
		return invalidParameter("The destination CIDR block %s is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.", wanted)
	}
	return nil
}

func hasIPv6(s *ec2types.Subnet, cidr string) bool {
	return slices.ContainsFunc(s.Ipv6CidrBlockAssociationSet, func(a ec2types.SubnetIpv6CidrBlockAssociation) bool {
		return aws.ToString(a.Ipv6CidrBlock) == cidr
	})
}
