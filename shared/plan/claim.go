package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Holder is an intent of a unit that needs what a claim put in place.
type Holder struct {
	Unit   network.Unit
	Intent intent.Key
}

func compareHolders(a, b Holder) int {
	return cmp.Or(
		strings.Compare(a.Unit.String(), b.Unit.String()),
		strings.Compare(a.Intent.Cluster, b.Intent.Cluster),
		strings.Compare(a.Intent.Name, b.Intent.Name),
	)
}

// ClaimStatus is where a claim is in its life.
type ClaimStatus string

// The life of a claim. It is Intended from before the write until what was
// written is recorded, and Closing from when the last holder went until the rule
// is gone.
const (
	Intended ClaimStatus = "intended"
	Standing ClaimStatus = "standing"
	Closing  ClaimStatus = "closing"
)

// Claim records that cachegate put a rule or route in place. Its key is the
// requirement's text; the last holder to go takes the rule along.
type Claim struct {
	access.Requirement
	Status ClaimStatus
	// RuleID is the id of a security group rule, once it is known.
	RuleID  string
	Holders []Holder
	// Tag is the value of the rule's tag cachegate:managed, which recovers a crash
	// between the write and its record.
	Tag     string
	Created time.Time
}

// Key identifies the claim in the ledger.
func (c Claim) Key() string { return c.Requirement.String() }

// HeldBy says whether a holder is among the claim's.
func (c Claim) HeldBy(h Holder) bool { return slices.Contains(c.Holders, h) }

// heldOutside gives the holders that are not of a unit.
func (c Claim) heldOutside(u network.Unit) []Holder {
	var out []Holder
	for _, h := range c.Holders {
		if h.Unit != u {
			out = append(out, h)
		}
	}
	return out
}

// ManagedTag is the tag that cachegate puts on the rules it makes. It proves
// nothing alone, since anyone can set a tag.
const ManagedTag = "cachegate:managed"

// presence is what became of a claim in the network.
type presence int

const (
	present presence = iota
	gone
	changed // something else stands under the claim's id or destination
	unread
)

// locate finds a claim's rule or route in the snapshot. For a rule whose id was
// never recorded, the tag of the claim recovers it.
func locate(ix *access.Index, c Claim) (presence, string) {
	switch c.Kind {
	case access.NeedRule:
		return locateRule(ix, c)
	case access.NeedRoute:
		return locateRoute(ix, c)
	case access.NeedPeeringDNS:
		return locateDNS(ix, c)
	case access.NeedPropagation:
		return locatePropagation(ix, c)
	case access.NeedTGWRoute:
		return locateTGWRoute(ix, c)
	default:
		return unread, ""
	}
}

func locateRule(ix *access.Index, c Claim) (presence, string) {
	group, ok := ix.SecurityGroups[c.Resource]
	if dark(ix, c.Location, c.Resource, network.KindSecurityGroup, network.KindRule) {
		return unread, ""
	}
	if !ok {
		return gone, ""
	}
	for _, r := range group.Ingress() {
		switch {
		case c.RuleID != "" && r.ID == c.RuleID:
			if sameContent(r, c.Requirement) {
				return present, r.ID
			}
			return changed, r.ID
		case c.RuleID == "" && c.Tag != "" && r.Tags[ManagedTag] == c.Tag && sameContent(r, c.Requirement):
			return present, r.ID
		}
	}
	return gone, ""
}

func sameContent(r network.Rule, req access.Requirement) bool {
	return r.IsTCP() && r.FromPort == int32(req.Port) && r.ToPort == int32(req.Port) && r.Peer == req.Peer
}

func locateRoute(ix *access.Index, c Claim) (presence, string) {
	if dark(ix, c.Location, c.Resource, network.KindRouteTable) {
		return unread, ""
	}
	for _, r := range ix.RouteTables[c.Resource].Routes {
		if r.PrefixList != "" || r.Destination != c.Destination || r.Origin != "" && r.Origin != network.OriginCreateRoute {
			continue
		}
		if r.Target == c.Target {
			return present, c.Resource
		}
		return changed, c.Resource
	}
	return gone, ""
}

func locateDNS(ix *access.Index, c Claim) (presence, string) {
	p, ok := ix.PeeringConnections[c.Resource]
	if dark(ix, c.Location, c.Resource, network.KindPeeringConnection) {
		return unread, ""
	}
	own, _, side := p.Sides(c.VPC)
	if ok && side && own.DNSFromRemote == network.On {
		return present, c.Resource
	}
	return gone, ""
}

func locatePropagation(ix *access.Index, c Claim) (presence, string) {
	if dark(ix, c.Location, c.Resource, network.KindRouteTable) {
		return unread, ""
	}
	if slices.Contains(ix.RouteTables[c.Resource].PropagatingVGWs, c.Target.ID) {
		return present, c.Resource
	}
	return gone, ""
}

func locateTGWRoute(ix *access.Index, c Claim) (presence, string) {
	table, ok := ix.TransitGatewayRouteTables[c.Resource]
	if !ok || dark(ix, c.Location, c.Resource, network.KindTransitGatewayRouteTable) {
		return unread, ""
	}
	for _, r := range table.Routes {
		if r.Type != "static" || r.Destination != c.Destination {
			continue
		}
		if slices.Contains(r.Attachments, c.Target.ID) {
			return present, c.Resource
		}
		return changed, c.Resource
	}
	return gone, ""
}

// dark says whether what stands at a resource could not be read.
func dark(ix *access.Index, l network.Location, resource string, kinds ...network.Kind) bool {
	for _, k := range kinds {
		if _, failed := ix.Failed(l, k, resource); failed {
			return true
		}
	}
	return false
}
