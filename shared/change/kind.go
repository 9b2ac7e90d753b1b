package change

import (
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Kind is the kind of thing that an open intent needs and that cachegate may
// write. All that is particular to a kind is in the file of its name, as one value;
// package apply has the calls that write it.
type Kind string

// The kinds.
const (
	TransitGatewayRoute Kind = "tgw-route"
	Propagation         Kind = "propagation"
	Route               Kind = "route"
	PeeringDNS          Kind = "peering-dns"
	Rule                Kind = "rule"
)

// Kinds gives every kind in the order in which they are opened: a rule lets
// traffic in once all that carries it is there.
func Kinds() []Kind {
	return []Kind{TransitGatewayRoute, Propagation, Route, PeeringDNS, Rule}
}

// traits are all that is particular to a kind.
type traits struct {
	// writes is what a policy's `writes` has to name.
	writes intent.Writes
	// opens puts it in place, closes takes it away; closes is empty for what is only
	// taken away to undo a run.
	opens, closes Action
	// calls are the EC2 operations that write it, with the types of resource on which
	// IAM checks them.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
	calls []Call
	// prefix is how the id of its enforcement point begins, point what kind of
	// resource that is, reads what has to be read to see what stands there.
	prefix string
	point  network.Kind
	reads  []network.Kind
	// byID says that it has an id of its own, by which it is found whatever becomes
	// of its content.
	byID bool
	// key is the requirement without its enforcement point, for claim keys.
	key func(Requirement) string
	// noun names it for people, phrase says what a change does.
	noun   func(Requirement) string
	phrase func(Change) Phrase
	// detail are its fields for programs.
	detail func(Change) map[string]any
	// find looks for it at its enforcement point, which was read.
	find func(*network.Snapshot, Claim) (Presence, string)
	// inverse completes the inverse of a change, in which opens and closes have traded
	// places; nil where nothing else changes.
	inverse func(Change) Change
}

// Call is an EC2 operation that writes.
type Call struct {
	Action Action
	// Resources are the types of resource on which IAM checks the call.
	Resources []string
}

// The types of resource of EC2, as IAM calls them.
const (
	ResourceSecurityGroup            = "security-group"
	ResourceSecurityGroupRule        = "security-group-rule"
	ResourceRouteTable               = "route-table"
	ResourceVPNGateway               = "vpn-gateway"
	ResourcePeeringConnection        = "vpc-peering-connection"
	ResourceTransitGatewayRouteTable = "transit-gateway-route-table"
	ResourceTransitGatewayAttachment = "transit-gateway-attachment"
)

// traits gives what is particular to a kind. An unknown one, which a newer version
// may have left in a ledger, can be named, and is never found or written.
func (k Kind) traits() *traits {
	switch k {
	case TransitGatewayRoute:
		return &transitGatewayRouteTraits
	case Propagation:
		return &propagationTraits
	case Route:
		return &routeTraits
	case PeeringDNS:
		return &peeringDNSTraits
	case Rule:
		return &ruleTraits
	default:
		return &unknownTraits
	}
}

var unknownTraits = traits{
	key:  func(r Requirement) string { return string(r.Kind) },
	noun: func(r Requirement) string { return string(r.Kind) + " at " + r.Resource },
	phrase: func(c Change) Phrase {
		return Phrase{To: "do", Did: "did", Object: string(c.Action) + " at " + c.Resource}
	},
	detail: func(Change) map[string]any { return map[string]any{} },
	find:   func(*network.Snapshot, Claim) (Presence, string) { return Unread, "" },
}

// Rank is a kind's place in the order of opening.
func (k Kind) Rank() int {
	if i := slices.Index(Kinds(), k); i >= 0 {
		return i
	}
	return len(Kinds())
}

// Writes gives what a policy's `writes` has to name for the kind.
func (k Kind) Writes() intent.Writes { return k.traits().writes }

// WritesName gives the name by which a policy's `writes` lets the kind be written.
func (k Kind) WritesName() string { return strings.Join(k.Writes().Names(), ", ") }

// Opens gives the action that puts a kind in place.
func (k Kind) Opens() Action { return k.traits().opens }

// Closes gives the action that takes a kind away, empty where only undoing does.
func (k Kind) Closes() Action { return k.traits().closes }

// Calls gives the EC2 operations that write a kind.
func (k Kind) Calls() []Call { return k.traits().calls }

// Point gives the kind of resource at which a kind is written.
func (k Kind) Point() network.Kind { return k.traits().point }

// PointKindOf gives the kind of resource that an enforcement point is, by its id; false
// for what is none.
func PointKindOf(id string) (network.Kind, bool) {
	for _, k := range Kinds() {
		if k.MayBeAt(id) {
			return k.Point(), true
		}
	}
	return "", false
}

// MayBeAt says whether a kind may be written at the resource of an id.
func (k Kind) MayBeAt(id string) bool { return strings.HasPrefix(id, k.traits().prefix) }
