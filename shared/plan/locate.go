package plan

import (
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// visibleWithin is how long EC2 may take to show a write: until then, what is
// not seen is not taken for gone.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
const visibleWithin = 5 * time.Minute

// presence is what became of a claim in the network.
type presence int

const (
	present presence = iota
	gone
	changed // something else stands under the claim's id or destination
	unread
	fresh // written just now, and not shown yet
)

// locate finds a claim's rule or route in the snapshot. For a rule whose id was
// never recorded, the tag of the claim recovers it.
func locate(ix *access.Index, c change.Claim, now time.Time) (presence, string) {
	found, id := locateKind(ix, c)
	unseen := c.Status == change.Intended || c.Status == change.Written
	if found == gone && unseen && now.Sub(c.Created) < visibleWithin && !c.Created.IsZero() {
		return fresh, id
	}
	return found, id
}

func locateKind(ix *access.Index, c change.Claim) (presence, string) {
	switch c.Kind {
	case change.Rule:
		return locateRule(ix, c)
	case change.Route:
		return locateRoute(ix, c)
	case change.PeeringDNS:
		return locateDNS(ix, c)
	case change.Propagation:
		return locatePropagation(ix, c)
	case change.TransitGatewayRoute:
		return locateTGWRoute(ix, c)
	default:
		return unread, ""
	}
}

func locateRule(ix *access.Index, c change.Claim) (presence, string) {
	group, ok := ix.SecurityGroups[c.Resource]
	if dark(ix, c.Location, c.Resource, network.KindSecurityGroup, network.KindRule) {
		return unread, ""
	}
	if !ok {
		return absent(ix, c.Resource), ""
	}
	for _, r := range group.Ingress() {
		switch {
		case c.RuleID != "" && r.ID == c.RuleID:
			if sameContent(r, c.Requirement) {
				return present, r.ID
			}
			return changed, r.ID
		case c.RuleID == "" && c.Made(r.Tags[change.ManagedTag]) && sameContent(r, c.Requirement):
			return present, r.ID
		}
	}
	return gone, ""
}

func sameContent(r network.Rule, req change.Requirement) bool {
	return r.IsTCP() && r.FromPort == int32(req.Port) && r.ToPort == int32(req.Port) && samePeer(r.Peer, req.Peer)
}

// samePeer tolerates that EC2 drops the owner of a referenced group once that
// group, or the peering to it, is deleted.
func samePeer(have, want network.Peer) bool {
	return have == want || have.SecurityGroup != "" && have.Account == "" && have.SecurityGroup == want.SecurityGroup
}

func locateRoute(ix *access.Index, c change.Claim) (presence, string) {
	if dark(ix, c.Location, c.Resource, network.KindRouteTable) {
		return unread, ""
	}
	table, ok := ix.RouteTables[c.Resource]
	if !ok {
		return absent(ix, c.Resource), ""
	}
	for _, r := range table.Routes {
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

func locateDNS(ix *access.Index, c change.Claim) (presence, string) {
	p, ok := ix.PeeringConnections[c.Resource]
	if dark(ix, c.Location, c.Resource, network.KindPeeringConnection) {
		return unread, ""
	}
	if !ok {
		return absent(ix, c.Resource), ""
	}
	own, _, side := p.Sides(c.VPC)
	if side && own.DNSFromRemote == network.On {
		return present, c.Resource
	}
	return gone, ""
}

func locatePropagation(ix *access.Index, c change.Claim) (presence, string) {
	if dark(ix, c.Location, c.Resource, network.KindRouteTable) {
		return unread, ""
	}
	table, ok := ix.RouteTables[c.Resource]
	if !ok {
		return absent(ix, c.Resource), ""
	}
	if slices.Contains(table.PropagatingVGWs, c.Target.ID) {
		return present, c.Resource
	}
	return gone, ""
}

func locateTGWRoute(ix *access.Index, c change.Claim) (presence, string) {
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

// absent tells a resource that was asked for and is not there from one that
// nobody asked for.
func absent(ix *access.Index, resource string) presence {
	if _, asked := slices.BinarySearch(ix.Asked, resource); asked {
		return gone
	}
	return unread
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
