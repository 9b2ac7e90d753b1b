package oracle

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Lookup gives the route of a table that decides about an address: the longest
// prefix; of equal ones the local route, then static routes, prefix lists, and
// propagated ones. A local route stands above propagated routes that are more
// specific. Routes whose target is gone still decide: they drop the traffic.
// https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
func (n *Network) Lookup(tableID string, to netip.Addr) (ec2types.Route, bool) {
	var best ec2types.Route
	bits, rank, found, local := -1, 0, false, false
	for _, r := range n.tables[tableID].Routes {
		for _, dst := range n.Destinations(r) {
			if !dst.Contains(to) {
				continue
			}
			if targetOf(r) == "local" {
				local = true
			}
			if dst.Bits() > bits || dst.Bits() == bits && routeRank(r) < rank {
				best, bits, rank, found = r, dst.Bits(), routeRank(r), true
			}
		}
	}
	if found && local && rank == propagatedRank {
		return ec2types.Route{GatewayId: aws.String("local"), State: ec2types.RouteStateActive}, true
	}
	return best, found
}

const propagatedRank = 3

func routeRank(r ec2types.Route) int {
	switch {
	case targetOf(r) == "local":
		return 0
	case r.Origin == ec2types.RouteOriginEnableVgwRoutePropagation || r.Origin == ec2types.RouteOriginAdvertisement:
		return propagatedRank
	case r.DestinationPrefixListId != nil:
		return 2
	default:
		return 1
	}
}

// Destinations gives the ranges that a route is for.
func (n *Network) Destinations(r ec2types.Route) []netip.Prefix {
	if r.DestinationPrefixListId != nil {
		return n.lists[*r.DestinationPrefixListId]
	}
	return appendPrefix(appendPrefix(nil, r.DestinationCidrBlock), r.DestinationIpv6CidrBlock)
}

func targetOf(r ec2types.Route) string {
	for _, id := range []*string{
		r.GatewayId, r.VpcPeeringConnectionId, r.TransitGatewayId, r.NetworkInterfaceId, r.NatGatewayId,
		r.EgressOnlyInternetGatewayId, r.InstanceId, r.LocalGatewayId, r.CarrierGatewayId, r.CoreNetworkArn,
	} {
		if id != nil {
			return *id
		}
	}
	return "nothing"
}

// carries says whether a peering connection takes traffic from one VPC to the
// other: it joins the two, is active, and their blocks do not overlap.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
func (n *Network) carries(id, from, to string) bool {
	p, ok := n.peerings[id]
	if !ok || !joins(p, from, to) || p.Status.Code != ec2types.VpcPeeringConnectionStateReasonCodeActive {
		return false
	}
	for _, a := range n.Blocks(from) {
		if slices.ContainsFunc(n.Blocks(to), a.Overlaps) {
			return false
		}
	}
	return true
}

func joins(p ec2types.VpcPeeringConnection, a, b string) bool {
	requester, accepter := aws.ToString(p.RequesterVpcInfo.VpcId), aws.ToString(p.AccepterVpcInfo.VpcId)
	return requester == a && accepter == b || requester == b && accepter == a
}
