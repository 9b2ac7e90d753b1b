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
	Pending Verdict = "pending" // AWS is still working on it, or someone has to accept
	Unknown Verdict = "unknown" // not readable
	Advice  Verdict = "advice"  // open as it is, and something is better put right
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

// worstGate gives the state of a closed intent: any group that lets something in makes it
// open, and only what was read is closed.
func worstGate(hops []Hop) State {
	state := StateClosed
	for _, h := range hops {
		switch s := h.state(); s {
		case StateOpen:
			if h.Kind == HopIngress {
				return StateOpen
			}
		case StateUnknown, StateBlocked, StatePending:
			if stateRank[s] > stateRank[state] {
				state = s
			}
		case StateClosed:
		}
	}
	return state
}
