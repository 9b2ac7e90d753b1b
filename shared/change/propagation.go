package change

import (
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// propagationTraits are those of a virtual private gateway that writes its routes
// into a route table.
var propagationTraits = traits{
	writes: intent.WritePropagation, opens: EnablePropagation, closes: DisablePropagation,
	calls: []Call{
		{EnablePropagation, []string{ResourceRouteTable, ResourceVPNGateway}},
		{DisablePropagation, []string{ResourceRouteTable, ResourceVPNGateway}},
	},
	prefix: "rtb-", point: network.KindRouteTable, reads: []network.Kind{network.KindRouteTable},
	key:    func(r Requirement) string { return "propagation/" + r.Target.String() },
	noun:   func(r Requirement) string { return fmt.Sprintf("the propagation of %s into %s", r.Target, r.Resource) },
	phrase: propagationPhrase,
	detail: func(c Change) map[string]any { return map[string]any{"gateway": c.Target.ID} },
	find:   findPropagation,
}

func propagationPhrase(c Change) Phrase {
	object := fmt.Sprintf("the routes of %s into %s", c.Target, c.Resource)
	if c.Opens() {
		return Phrase{To: "propagate", Did: "propagated", Object: object}
	}
	return Phrase{To: "stop propagating", Did: "stopped propagating", Object: object}
}

func findPropagation(s *network.Snapshot, c Claim) (Presence, string) {
	table, ok := s.RouteTables[c.Resource]
	if !ok {
		return absent(s, c.Resource), ""
	}
	if slices.Contains(table.PropagatingVGWs, c.Target.ID) {
		return Present, c.Resource
	}
	return Gone, ""
}
