package ledger

import (
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Needs are what the open intents of a unit needed when it was judged last: what others
// that close something at the same enforcement points leave alone.
type Needs struct {
	// Judged are the open intents that were judged. What others need is not known.
	Judged []JudgedIntent
	Needs  []Need
	// Hidden are parts of the needs that could not be read.
	Hidden []HiddenNeed
}

// JudgedIntent is an intent as it was judged: Digest identifies what it declared.
type JudgedIntent struct {
	Intent intent.Key
	Digest string
}

// Need is what one intent needs at an enforcement point.
type Need struct {
	Intent intent.Key
	change.Requirement
	// Groups are those in any of which a rule does as well.
	Groups []string
	// V4 and V6 are the address families in which the traffic comes.
	V4, V6 bool
	// RangesOnly says that no rule that refers to a group does.
	RangesOnly bool
	// Block is the code of what stands against writing it, Why its words; empty where it may
	// be written.
	Block, Why string
}

// HiddenNeed is a part of an intent's needs that could not be read. Kind is empty where it
// may be of any kind, Location zero where it may be anywhere.
type HiddenNeed struct {
	Intent intent.Key
	Kind   change.Kind
	network.Location
}

// detachedNeeds gives needs that share nothing with those given.
func detachedNeeds(n Needs) Needs {
	n.Judged, n.Hidden, n.Needs = slices.Clone(n.Judged), slices.Clone(n.Hidden), slices.Clone(n.Needs)
	for i := range n.Needs {
		n.Needs[i].Groups = slices.Clone(n.Needs[i].Groups)
	}
	return n
}
