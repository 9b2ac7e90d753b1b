package access

import (
	"net/netip"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// Need is a requirement of one intent and how it stands now.
type Need struct {
	change.Requirement
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
	// Blocked says why cachegate may not write it.
	Blocked Block
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
	// Within says that all whom it lets in are sources of the intent: it is wider, if at
	// all, in its ports alone.
	Within bool
	// Port is one of the cluster's ports that the rule opens.
	Port uint16
}
