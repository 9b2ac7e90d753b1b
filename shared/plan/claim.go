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

// The life of a claim. It is Intended from before the write until EC2 accepted
// it, Written from then until a snapshot showed it, Standing from then on, and
// Closing from when the last holder went until the rule is gone.
const (
	Intended ClaimStatus = "intended"
	Written  ClaimStatus = "written"
	Standing ClaimStatus = "standing"
	Closing  ClaimStatus = "closing"
)

// visibleWithin is how long EC2 may take to show a write: until then, what is
// not seen is not taken for gone.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
const visibleWithin = 5 * time.Minute

// Claim records that cachegate put a rule or route in place. Its key is the
// requirement's text; the last holder to go takes the rule along.
type Claim struct {
	access.Requirement
	Status ClaimStatus
	// RuleID is the id of a security group rule, once it is known.
	RuleID  string
	Holders []Holder
	// Leavers are the holders that went last, while the claim is Closing: their
	// unit still has to take away what it stands for.
	Leavers []Holder
	// Tag is the value of the rule's tag cachegate:managed, which recovers a crash
	// between the write and its record.
	Tag string
	// PriorTags are those of earlier writes of the same requirement: one of them may
	// have been made after all.
	PriorTags []string
	// Created is when the write was intended last.
	Created time.Time
}

// Key identifies the claim in the ledger.
func (c Claim) Key() string { return c.Requirement.String() }

// HeldBy says whether a holder is among the claim's.
func (c Claim) HeldBy(h Holder) bool { return slices.Contains(c.Holders, h) }

// concerns says whether a unit has to do with the claim: it holds it, or went
// last, or nobody did.
func (c Claim) concerns(u network.Unit) bool {
	all := slices.Concat(c.Holders, c.Leavers)
	return len(all) == 0 || slices.ContainsFunc(all, func(h Holder) bool { return h.Unit == u })
}

// Made says whether a rule's tag is one that the claim's writes gave.
func (c Claim) Made(tag string) bool {
	return tag != "" && (tag == c.Tag || slices.Contains(c.PriorTags, tag))
}

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
	fresh // written just now, and not shown yet
)

// locate finds a claim's rule or route in the snapshot. For a rule whose id was
// never recorded, the tag of the claim recovers it.
func locate(ix *access.Index, c Claim, now time.Time) (presence, string) {
	found, id := locateKind(ix, c)
	unseen := c.Status == Intended || c.Status == Written
	if found == gone && unseen && now.Sub(c.Created) < visibleWithin && !c.Created.IsZero() {
		return fresh, id
	}
	return found, id
}

func locateKind(ix *access.Index, c Claim) (presence, string) {
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
		return absent(ix, c.Resource), ""
	}
	for _, r := range group.Ingress() {
		switch {
		case c.RuleID != "" && r.ID == c.RuleID:
			if sameContent(r, c.Requirement) {
				return present, r.ID
			}
			return changed, r.ID
		case c.RuleID == "" && c.Made(r.Tags[ManagedTag]) && sameContent(r, c.Requirement):
			return present, r.ID
		}
	}
	return gone, ""
}

func sameContent(r network.Rule, req access.Requirement) bool {
	return r.IsTCP() && r.FromPort == int32(req.Port) && r.ToPort == int32(req.Port) && samePeer(r.Peer, req.Peer)
}

// samePeer tolerates that EC2 drops the owner of a referenced group once that
// group, or the peering to it, is deleted.
func samePeer(have, want network.Peer) bool {
	return have == want || have.SecurityGroup != "" && have.Account == "" && have.SecurityGroup == want.SecurityGroup
}

func locateRoute(ix *access.Index, c Claim) (presence, string) {
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

func locateDNS(ix *access.Index, c Claim) (presence, string) {
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

func locatePropagation(ix *access.Index, c Claim) (presence, string) {
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
