package access

import (
	"fmt"
	"net/netip"

	"github.com/cachegate/cachegate/shared/network"
)

// RequirementKind is the kind of thing that an open intent needs and that
// cachegate may write.
type RequirementKind string

// The kinds of requirement.
const (
	NeedRule        RequirementKind = "rule"
	NeedRoute       RequirementKind = "route"
	NeedPeeringDNS  RequirementKind = "peering-dns"
	NeedPropagation RequirementKind = "propagation"
	NeedTGWRoute    RequirementKind = "tgw-route"
)

// Requirement is one ingress rule, route, propagation or DNS option, without
// who needs it. It is comparable, so that what several intents need is one
// value; unused fields are zero.
type Requirement struct {
	Kind RequirementKind
	network.Location
	// Resource is the enforcement point: sg-, rtb-, pcx- or tgw-rtb-.
	Resource string

	// Port and Peer of a rule; the protocol is TCP.
	Port uint16
	Peer network.Peer

	// Destination and Target of a route. The target of a propagation is its
	// virtual private gateway, of a transit gateway route its attachment.
	Destination netip.Prefix
	Target      network.Target

	// VPC of a DNS option: the side whose names the peer may resolve.
	VPC string
}

// Point is an enforcement point: where a change is made.
type Point struct {
	network.Location
	ID string
}

// Point gives the requirement's enforcement point.
func (r Requirement) Point() Point { return Point{Location: r.Location, ID: r.Resource} }

// String identifies the requirement, the same in every run: it is part of claim
// keys and plan hashes.
func (r Requirement) String() string {
	switch r.Kind {
	case NeedRule:
		return fmt.Sprintf("%s/%s/tcp/%d/%s", r.Location, r.Resource, r.Port, r.Peer)
	case NeedPeeringDNS:
		return fmt.Sprintf("%s/%s/dns/%s", r.Location, r.Resource, r.VPC)
	case NeedPropagation:
		return fmt.Sprintf("%s/%s/propagation/%s", r.Location, r.Resource, r.Target)
	case NeedRoute, NeedTGWRoute:
		return fmt.Sprintf("%s/%s/%s/%s", r.Location, r.Resource, r.Destination, r.Target)
	default:
		return fmt.Sprintf("%s/%s/%s", r.Location, r.Resource, r.Kind)
	}
}

// Need is a requirement of one intent and how it stands now.
type Need struct {
	Requirement
	// By are the ids that carry it now: a rule, a route's table, an option's
	// connection. Empty where it is missing.
	By []string
	// Groups are those of the cluster in which a covering rule counts.
	Groups []string
	// Families are those in which the traffic comes: a cover has to hold in them.
	Families Families
	// RangesOnly says that no rule can refer to the peer, a group, on its way: only
	// rules for its addresses count.
	RangesOnly bool
	// Carriers are the destinations of the routes that carry a route need now.
	Carriers []netip.Prefix
	// Blocked says why cachegate may not write it, empty where it may.
	Blocked string
	// Replaces is the target that the table's route has now, where that route is
	// cachegate's own.
	Replaces network.Target
}

// Counts says whether a rule may carry what is needed.
func (n Need) Counts(r network.Rule) bool { return !n.RangesOnly || r.Peer.SecurityGroup == "" }

// Met says whether the requirement holds now.
func (n Need) Met() bool { return len(n.By) > 0 }

// Admission is a rule that lets sources of a closed intent in.
type Admission struct {
	Rule network.Rule
	// Wider is a rule that also admits what the intent does not name, or a rule
	// for more than the cluster's ports: it is reported, never split.
	Wider bool
	// Port is one of the cluster's ports that the rule opens.
	Port uint16
}
