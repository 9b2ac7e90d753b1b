package change

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// routeTraits are those of a static route of a VPC route table.
var routeTraits = traits{
	writes: intent.WriteRoutes, opens: CreateRoute, closes: DeleteRoute,
	calls: []Call{
		{CreateRoute, []string{ResourceRouteTable}},
		{ReplaceRoute, []string{ResourceRouteTable}},
		{DeleteRoute, []string{ResourceRouteTable}},
	},
	prefix: "rtb-", point: network.KindRouteTable, reads: []network.Kind{network.KindRouteTable},
	key:     routeKey,
	noun:    routeNoun,
	phrase:  routePhrase,
	detail:  routeDetail,
	find:    findRoute,
	inverse: inverseRoute,
}

func routeKey(r Requirement) string { return fmt.Sprintf("%s/%s", r.Destination, r.Target) }

func routeNoun(r Requirement) string {
	return fmt.Sprintf("the route %s to %s in %s", r.Destination, r.Target, r.Resource)
}

func routePhrase(c Change) Phrase {
	switch {
	case c.Action == ReplaceRoute:
		return Phrase{To: "route", Did: "routed", Object: fmt.Sprintf("%s to %s instead of %s in %s", c.Destination, c.Target, c.Previous.Target, c.Resource)}
	case c.Opens():
		return Phrase{To: "route", Did: "routed", Object: fmt.Sprintf("%s to %s in %s", c.Destination, c.Target, c.Resource)}
	default:
		return Phrase{To: "remove", Did: "removed", Object: fmt.Sprintf("the route %s to %s from %s", c.Destination, c.Target, c.Resource)}
	}
}

func routeDetail(c Change) map[string]any {
	detail := map[string]any{"destination": c.Destination.String(), "target": c.Target.String()}
	if c.Action == ReplaceRoute {
		detail["previousTarget"] = c.Previous.Target.String()
	}
	return detail
}

func findRoute(s *network.Snapshot, c Claim) (Presence, string) {
	table, ok := s.RouteTables[c.Resource]
	if !ok {
		return absent(s, c.Resource), ""
	}
	for _, r := range table.Routes {
		if r.PrefixList != "" || r.Destination != c.Destination || r.Origin != "" && r.Origin != network.OriginCreateRoute {
			continue
		}
		if r.Target == c.Target {
			return Present, c.Resource
		}
		return Altered, c.Resource
	}
	return Gone, ""
}

// inverseRoute puts back the route that was replaced.
func inverseRoute(c Change) Change {
	if c.Action != ReplaceRoute {
		return c
	}
	made := Claim{Requirement: c.Requirement, Holders: c.Holders}
	c.Requirement, c.Holders = c.Previous.Requirement, c.Previous.Holders
	c.Previous = made
	return c
}
