package access

import (
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Verdict is the state of one hop.
type Verdict string

// The verdicts of a hop.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Pending Verdict = "pending" // AWS is still at work on it, or someone has to accept
	Unknown Verdict = "unknown" // not readable
)

// State is the state of the whole way of an intent, whatever is declared.
type State string

// The states of a way, from the best to the worst.
const (
	StateOpen    State = "open"
	StateClosed  State = "closed" // a hop fails, and cachegate can mend all that fail
	StatePending State = "pending"
	StateUnknown State = "unknown"
	StateBlocked State = "blocked" // a hop fails that cachegate cannot mend
)

var stateRank = map[State]int{StateOpen: 0, StateClosed: 1, StatePending: 2, StateUnknown: 3, StateBlocked: 4}

// HopKind names what a hop is about.
type HopKind string

// The kinds of hop.
const (
	HopCluster                  HopKind = "cluster"
	HopSource                   HopKind = "source"
	HopPath                     HopKind = "path"
	HopAddressFamily            HopKind = "address-family"
	HopIngress                  HopKind = "security-group-ingress"
	HopEgress                   HopKind = "security-group-egress"
	HopReference                HopKind = "security-group-reference"
	HopRoute                    HopKind = "route"
	HopNetworkACL               HopKind = "network-acl"
	HopPeering                  HopKind = "vpc-peering-connection"
	HopOverlap                  HopKind = "cidr-overlap"
	HopDNSAttributes            HopKind = "vpc-dns-attributes"
	HopPeeringDNS               HopKind = "peering-dns"
	HopTransitGateway           HopKind = "transit-gateway"
	HopAttachment               HopKind = "transit-gateway-attachment"
	HopAttachmentZone           HopKind = "transit-gateway-attachment-zone"
	HopAssociation              HopKind = "transit-gateway-association"
	HopTransitGatewayRoute      HopKind = "transit-gateway-route"
	HopVPNGateway               HopKind = "vpn-gateway"
	HopVPNConnection            HopKind = "vpn-connection"
	HopVPNTunnel                HopKind = "vpn-tunnel"
	HopVPNRoute                 HopKind = "vpn-route"
	HopAppliance                HopKind = "appliance"
	HopVirtualInterface         HopKind = "virtual-interface"
	HopBGP                      HopKind = "bgp"
	HopDirectConnectGateway     HopKind = "direct-connect-gateway"
	HopDirectConnectAssociation HopKind = "direct-connect-gateway-association"
)

// Hop is one thing that must hold on the way.
type Hop struct {
	Kind HopKind
	// Resource is the id where it must hold, such as the cluster's security group.
	Resource string
	Location network.Location
	Verdict  Verdict
	// Side says where on the way the hop lies.
	Side Side
	// Fixable is a failing hop that cachegate may write itself.
	Fixable bool
	// Detail says what was found, Fix what a person (or cachegate) has to do.
	Detail, Fix string
	// By are the ids of the rules or routes that carry a passing hop.
	By []string
	// Source is the source of the intent that the hop is judged for; empty where
	// it stands for all of them.
	Source string
}

// state gives what the hop alone would make of the way.
func (h Hop) state() State {
	switch h.Verdict {
	case Pass:
		return StateOpen
	case Pending:
		return StatePending
	case Unknown:
		return StateUnknown
	case Fail:
		if h.Fixable {
			return StateClosed
		}
	}
	return StateBlocked
}

// Judgement is what was found for one intent.
type Judgement struct {
	Intent intent.Intent
	// Path is the declared path, or the one that the snapshot supports.
	Path  intent.Path
	State State
	// Satisfied says whether the state is what the intent declares.
	Satisfied bool
	Hops      []Hop
	// Needs are the rules, routes and options that an open intent requires, met
	// or not; a closed intent has none.
	Needs []Need
	// Unknown says what could not be derived, so that Needs may lack it: the intent
	// keeps what it holds there.
	Unknown []UnknownNeeds
	// Admitting are the rules that a closed intent speaks against.
	Admitting []Admission
}

// UnknownNeeds is a part of an intent's needs that is not known, because something
// on the way could not be read or found.
type UnknownNeeds struct {
	// Kind is empty where no need at all could be derived.
	Kind change.Kind
	// Location is zero where it may be anywhere.
	network.Location
	// Unread is a failed read: what it hides may also be carried by what others
	// put in place, which therefore stays.
	Unread bool
}

// Hides says whether a requirement may be missing from the needs.
func (u UnknownNeeds) Hides(r change.Requirement) bool {
	kind := u.Kind == "" || u.Kind == r.Kind || u.Kind == change.Route && r.Kind == change.Propagation
	return kind && (u.Location.IsZero() || u.Location == r.Location)
}

// Key identifies the intent.
func (j Judgement) Key() intent.Key { return j.Intent.Key() }

// worst gives the state of a way from its hops.
func worst(hops []Hop) State {
	state := StateOpen
	for _, h := range hops {
		if s := h.state(); stateRank[s] > stateRank[state] {
			state = s
		}
	}
	return state
}
