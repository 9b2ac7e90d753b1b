package change

import (
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// transitGatewayRouteTraits are those of a static route of a transit gateway route
// table. The attachment that it leads to may be another account's, to which the
// gateway is shared.
var transitGatewayRouteTraits = traits{
	writes: intent.WriteTGWRoutes, opens: CreateTGWRoute, closes: DeleteTGWRoute,
	calls: []Call{
		{CreateTGWRoute, []string{ResourceTransitGatewayRouteTable, ResourceTransitGatewayAttachment}},
		{DeleteTGWRoute, []string{ResourceTransitGatewayRouteTable}},
	},
	prefix: "tgw-rtb-", point: network.KindTransitGatewayRouteTable, reads: []network.Kind{network.KindTransitGatewayRouteTable},
	key:    routeKey,
	noun:   routeNoun,
	phrase: routePhrase,
	detail: routeDetail,
	find:   findTransitGatewayRoute,
}

func findTransitGatewayRoute(s *network.Snapshot, c Claim) (Presence, string) {
	table, ok := s.TransitGatewayRouteTables[c.Resource]
	if !ok {
		return Unread, "" // its owner alone sees it
	}
	for _, r := range table.Routes {
		if r.Type != network.RouteStatic || r.Destination != c.Destination {
			continue
		}
		if slices.Contains(r.Attachments, c.Target.ID) {
			return Present, c.Resource
		}
		return Altered, c.Resource
	}
	return Gone, ""
}
