package change

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// peeringDNSTraits are those of the option of a peering connection that lets the
// other side resolve names of a VPC to private addresses. It is switched on, and
// only to undo a run it is switched off.
var peeringDNSTraits = traits{
	writes: intent.WritePeeringDNS, opens: SetPeeringDNS,
	calls:  []Call{{SetPeeringDNS, []string{ResourcePeeringConnection}}},
	prefix: "pcx-", point: network.KindPeeringConnection, reads: []network.Kind{network.KindPeeringConnection},
	key:     func(r Requirement) string { return "dns/" + r.VPC },
	noun:    func(r Requirement) string { return fmt.Sprintf("the DNS option of %s for %s", r.Resource, r.VPC) },
	phrase:  peeringDNSPhrase,
	detail:  peeringDNSDetail,
	find:    findPeeringDNS,
	inverse: inversePeeringDNS,
}

func peeringDNSPhrase(c Change) Phrase {
	object := fmt.Sprintf("the other side of %s resolve the names of %s", c.Resource, c.VPC)
	if c.Opens() {
		return Phrase{To: "let", Did: "let", Object: object}
	}
	return Phrase{To: "no longer let", Did: "no longer let", Object: object}
}

func peeringDNSDetail(c Change) map[string]any {
	return map[string]any{"vpc": c.VPC, "side": string(c.Side), "allowDnsResolutionFromRemoteVpc": c.Opens()}
}

// SideOf says on which side of a peering connection a VPC is.
func SideOf(p network.PeeringConnection, vpc string) PeeringSide {
	if p.Requester.VPC == vpc {
		return Requester
	}
	return Accepter
}

func findPeeringDNS(s *network.Snapshot, c Claim) (Presence, string) {
	p, ok := s.PeeringConnections[c.Resource]
	if !ok {
		return absent(s, c.Resource), ""
	}
	own, _, side := p.Sides(c.VPC)
	if side && own.DNSFromRemote == network.On {
		return Present, c.Resource
	}
	return Gone, ""
}

func inversePeeringDNS(c Change) Change {
	c.Off = !c.Off
	return c
}
