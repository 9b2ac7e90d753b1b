package awssim

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// transitRoutes lists the routes of a transit gateway route table as they are now: static ones, blackholes where what
// they lead to is gone, and behind them what the attachments propagate. A static route hides a propagated one of the
// same destination; of two attachments that propagate the same, the first one wins.
func (s *state) transitRoutes(r *region, table *TransitGatewayRouteTable) []*ec2types.TransitGatewayRoute {
	var routes []*ec2types.TransitGatewayRoute
	taken := map[string]bool{}
	for _, route := range table.Routes {
		if route.Type == ec2types.TransitGatewayRouteTypePropagated {
			continue
		}
		route.State = r.transitRouteState(&route)
		route.TransitGatewayAttachments = r.withResources(route.TransitGatewayAttachments)
		taken[aws.ToString(route.DestinationCidrBlock)] = true
		routes = append(routes, &route)
	}
	for _, p := range table.TransitGatewayRouteTablePropagations {
		a := r.TransitGatewayAttachments.lookup(p.TransitGatewayAttachmentId)
		if p.State != ec2types.TransitGatewayPropagationStateEnabled || a == nil || !stands(a.State) {
			continue
		}
		for _, cidr := range s.propagatedBy(r, table, a) {
			if taken[cidr] {
				continue
			}
			taken[cidr] = true
			routes = append(routes, &ec2types.TransitGatewayRoute{
				DestinationCidrBlock: &cidr, State: ec2types.TransitGatewayRouteStateActive, Type: ec2types.TransitGatewayRouteTypePropagated,
				TransitGatewayAttachments: r.withResources([]ec2types.TransitGatewayRouteAttachment{{TransitGatewayAttachmentId: a.TransitGatewayAttachmentId}}),
			})
		}
	}
	return routes
}

// propagatedBy lists what an attachment tells a route table: its VPC's CIDRs, or, where the VPC is not in the world
// or BGP runs behind the attachment, what the file lists as propagated.
func (s *state) propagatedBy(r *region, table *TransitGatewayRouteTable, a *attachment) []string {
	var cidrs []string
	if a.vpc != nil {
		if owner := s.region(aws.ToString(a.ResourceOwnerId), r.name); owner != nil {
			if vpc := owner.Vpcs.lookup(a.ResourceId); vpc != nil {
				for _, prefix := range vpcPrefixes(vpc) {
					cidrs = append(cidrs, prefix.String())
				}
				return cidrs
			}
		}
	}
	for i := range table.Routes {
		route := &table.Routes[i]
		if route.Type != ec2types.TransitGatewayRouteTypePropagated || route.State != ec2types.TransitGatewayRouteStateActive {
			continue
		}
		for _, from := range route.TransitGatewayAttachments {
			cidr := aws.ToString(route.DestinationCidrBlock)
			if same(from.TransitGatewayAttachmentId, a.TransitGatewayAttachmentId) && s.carries(a, isIPv6(cidr)) {
				cidrs = append(cidrs, cidr)
			}
		}
	}
	return cidrs
}

// transitRouteState judges a static route: a blackhole where it was made one, or where nothing it leads to is there.
func (r *region) transitRouteState(route *ec2types.TransitGatewayRoute) ec2types.TransitGatewayRouteState {
	if len(route.TransitGatewayAttachments) == 0 {
		if route.PrefixListId != nil {
			return route.State
		}
		return ec2types.TransitGatewayRouteStateBlackhole
	}
	standing := ec2types.TransitGatewayRouteStateBlackhole
	for _, to := range route.TransitGatewayAttachments {
		switch a := r.TransitGatewayAttachments.lookup(to.TransitGatewayAttachmentId); {
		case a == nil:
			standing = route.State // what the world does not hold is as the file says
		case stands(a.State):
			return ec2types.TransitGatewayRouteStateActive
		}
	}
	return standing
}

// withResources fills in what the attachments of a route attach.
func (r *region) withResources(to []ec2types.TransitGatewayRouteAttachment) []ec2types.TransitGatewayRouteAttachment {
	to = slices.Clone(to)
	for i := range to {
		if a := r.TransitGatewayAttachments.lookup(to[i].TransitGatewayAttachmentId); a != nil {
			to[i].ResourceId, to[i].ResourceType = a.ResourceId, a.ResourceType
		}
	}
	return to
}

var transitRouteFilters = filters[ec2types.TransitGatewayRoute]{
	"state":          func(v *ec2types.TransitGatewayRoute, m matcher) bool { return m(string(v.State)) },
	"type":           func(v *ec2types.TransitGatewayRoute, m matcher) bool { return m(string(v.Type)) },
	"prefix-list-id": func(v *ec2types.TransitGatewayRoute, m matcher) bool { return m.text(v.PrefixListId) },
	"attachment.transit-gateway-attachment-id": anyRouteAttachment(func(a *ec2types.TransitGatewayRouteAttachment, m matcher) bool {
		return m.text(a.TransitGatewayAttachmentId)
	}),
	"attachment.resource-id": anyRouteAttachment(func(a *ec2types.TransitGatewayRouteAttachment, m matcher) bool { return m.text(a.ResourceId) }),
	"attachment.resource-type": anyRouteAttachment(func(a *ec2types.TransitGatewayRouteAttachment, m matcher) bool {
		return m(string(a.ResourceType))
	}),
}

func anyRouteAttachment(test func(*ec2types.TransitGatewayRouteAttachment, matcher) bool) func(*ec2types.TransitGatewayRoute, matcher) bool {
	return func(v *ec2types.TransitGatewayRoute, m matcher) bool {
		for i := range v.TransitGatewayAttachments {
			if test(&v.TransitGatewayAttachments[i], m) {
				return true
			}
		}
		return false
	}
}

func searchTransitGatewayRoutes(c *call, in *ec2.SearchTransitGatewayRoutesInput) (*ec2.SearchTransitGatewayRoutesOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	if len(in.Filters) == 0 {
		return nil, missingParameter("Filter")
	}
	found := c.state.transitRoutes(c.r, table)
	var plain []ec2types.Filter
	for _, f := range in.Filters {
		if routeSearches[aws.ToString(f.Name)] == nil {
			plain = append(plain, f)
			continue
		}
		if found, err = searchRoutes(found, *f.Name, f.Values); err != nil {
			return nil, err
		}
	}
	found, err = choose(found, query[ec2types.TransitGatewayRoute]{filters: plain, by: transitRouteFilters})
	if err != nil {
		return nil, err
	}
	found, next, err := paginate(c, found, in.MaxResults, in.NextToken, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	return &ec2.SearchTransitGatewayRoutesOutput{NextToken: next, AdditionalRoutesAvailable: new(next != nil), Routes: values(found)}, nil
}

// routeSearches say whether a route's destination answers a search.
var routeSearches = map[string]func(have, wanted netip.Prefix) bool{
	"route-search.exact-match":       func(have, wanted netip.Prefix) bool { return have == wanted },
	"route-search.subnet-of-match":   within,
	"route-search.supernet-of-match": func(have, wanted netip.Prefix) bool { return within(wanted, have) },
	longestPrefixMatch:               func(have, wanted netip.Prefix) bool { return within(wanted, have) },
}

const longestPrefixMatch = "route-search.longest-prefix-match"

func within(inner, outer netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

func searchRoutes(routes []*ec2types.TransitGatewayRoute, search string, asked []string) ([]*ec2types.TransitGatewayRoute, error) {
	var found []*ec2types.TransitGatewayRoute
	for _, text := range asked {
		wanted, err := parsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); err != nil && addrErr == nil {
			wanted, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, invalidParameter("Value (%s) for a route search is invalid. This is not a valid CIDR block.", text)
		}
		var fitting []*ec2types.TransitGatewayRoute
		longest := -1
		for _, route := range routes {
			have, err := netip.ParsePrefix(aws.ToString(route.DestinationCidrBlock))
			if err != nil || !routeSearches[search](have, wanted) {
				continue
			}
			if search == longestPrefixMatch {
				if have.Bits() < longest {
					continue
				}
				if have.Bits() > longest {
					longest, fitting = have.Bits(), nil
				}
			}
			fitting = append(fitting, route)
		}
		for _, route := range fitting {
			if !slices.Contains(found, route) {
				found = append(found, route)
			}
		}
	}
	return found, nil
}
