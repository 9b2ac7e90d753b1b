package intent

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Mode says what cachegate does with what it finds. Off is the kill switch.
type Mode string

// The modes, from the strictest on.
const (
	Off     Mode = "off"
	Observe Mode = "observe"
	Enforce Mode = "enforce"
)

// Undeclared says what becomes of access that nobody declared.
type Undeclared string

// What may become of undeclared access.
const (
	Ignore Undeclared = "ignore"
	Report Undeclared = "report"
	Revoke Undeclared = "revoke"
)

// SharedGroups says whether a security group that guards more than the cluster may be opened.
type SharedGroups string

// What may become of shared groups.
const (
	Refuse SharedGroups = "refuse"
	Allow  SharedGroups = "allow"
)

// Approval says which changes wait until a person approves the plan that has them.
type Approval string

// What waits for a person.
const (
	ApproveNone   Approval = "none"
	ApproveCloses Approval = "closes"
	ApproveAll    Approval = "all"
)

// Covers says whether a change waits, one that takes something away or one that does not.
func (a Approval) Covers(takes bool) bool { return a == ApproveAll || a == ApproveCloses && takes }

// stricterApproval returns the one of two by which more waits; one that is not known counts as
// ApproveAll.
func stricterApproval(a, b Approval) Approval {
	order := []Approval{ApproveNone, ApproveCloses, ApproveAll}
	x, y := slices.Index(order, a), slices.Index(order, b)
	if x < 0 || y < 0 {
		return ApproveAll
	}
	return order[max(x, y)]
}

// Writes is a set of what may be written.
type Writes uint8

// What may be written.
const (
	WriteRules Writes = 1 << iota
	WriteRoutes
	WritePeeringDNS
	WritePropagation
	WriteTGWRoutes
)

// writeNames are the names of the bits of Writes, the lowest first.
func writeNames() []string {
	return []string{"rules", "routes", "peering-dns", "propagation", "tgw-routes"}
}

// Has says whether all of these may be written.
func (w Writes) Has(writes Writes) bool { return w&writes == writes }

// Names returns what may be written, by the names that a policy gives it.
func (w Writes) Names() []string {
	var names []string
	for bit, name := range writeNames() {
		if w.Has(1 << bit) {
			names = append(names, name)
		}
	}
	return names
}

// String returns the names in brackets.
func (w Writes) String() string { return "[" + strings.Join(w.Names(), ", ") + "]" }

// Widths are the shortest prefix lengths, and so the widest CIDRs, that are accepted as sources.
type Widths struct{ V4, V6 int }

// Attributes is a set of a policy's attributes.
type Attributes uint16

// The attributes of a policy; its two widths may be set one at a time.
const (
	AttributeMode Attributes = 1 << iota
	AttributeUndeclared
	AttributeWrites
	AttributeSharedGroups
	AttributeWidestV4
	AttributeWidestV6
	AttributeMaxCloses
	AttributeRulesPerGroup
	AttributeRoutesPerTable
	AttributeApproval
)

// Has says whether all of these are in the set.
func (a Attributes) Has(attributes Attributes) bool { return a&attributes == attributes }

// Policy is what cachegate may do, for all clusters or for one.
type Policy struct {
	// Target is Everything or a cluster's ARN (in a file possibly its bare name). It is the
	// cluster in an effective policy, and empty in a strictest one.
	Target       string
	Mode         Mode
	Undeclared   Undeclared
	Writes       Writes
	SharedGroups SharedGroups
	Widest       Widths
	// MaxCloses is how many closes a run may make; where it has more to make, it makes
	// none until a person agreed.
	MaxCloses Limit
	// Approval says which changes wait for a person, however few they are.
	Approval Approval
	// RulesPerGroup and RoutesPerTable are the account's quotas.
	RulesPerGroup, RoutesPerTable int
	// Explicit names the attributes that an item sets; all others hold their defaults here. Of an
	// effective policy: those that some item sets.
	Explicit Attributes
	// Unreadable names the attributes that the item sets to what cannot be read. They hold their
	// defaults or what is stricter, and are explicit too.
	Unreadable Attributes
	// Malformed says that something is wrong with the item, which therefore may only tighten.
	Malformed bool
	// Place is where the item was declared, for messages.
	Place Place
}

// DefaultPolicy returns what holds where no item says otherwise: observe, and the most careful of
// what else there is.
func DefaultPolicy() Policy {
	return Policy{
		Mode:           Observe,
		Undeclared:     Report,
		Writes:         WriteRules | WriteRoutes | WritePeeringDNS,
		SharedGroups:   Refuse,
		Widest:         Widths{V4: 8, V6: 32},
		MaxCloses:      Limit{Number: 20, Percent: 20},
		Approval:       ApproveNone,
		RulesPerGroup:  60,  // the quota of a fresh account
		RoutesPerTable: 500, // the quota of a fresh account
	}
}

// Key returns what identifies the policy's item.
func (p Policy) Key() Key { return Key{Cluster: Everything, Name: p.Target} }

// CheckWidest says whether a CIDR, a source or an entry of a prefix list, is narrow enough to be
// opened under a policy; its error's text says what is allowed. Everything (0.0.0.0/0, ::/0) is
// never accepted: it is a source of closed intents only, and those are not checked.
func CheckWidest(policy Policy, prefix netip.Prefix) error {
	widest, family := policy.Widest.V6, "IPv6"
	if prefix.Addr().Is4() {
		widest, family = policy.Widest.V4, "IPv4"
	}
	switch {
	case prefix.Bits() == 0:
		return errors.New("must be narrower: everything is accepted only as a source of access closed")
	case prefix.Bits() < widest:
		return fmt.Errorf("must be no wider than /%d, the widest %s source that the policy accepts", widest, family)
	}
	return nil
}
