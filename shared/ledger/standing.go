package ledger

import (
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
)

// Cause is an event that woke a unit, as far as a run keeps it: who called what, and what
// the call names.
type Cause struct {
	Event, Name, Actor string
	At                 time.Time
	Resources          []string
}

// Standing is an intent as it was declared and as it stood after a run.
type Standing struct {
	Intent intent.Key
	Access intent.Access
	// State is that of its way: open, closed, pending, unknown or blocked; empty for an intent
	// outside its times.
	State                string
	Satisfied            bool
	Sources              []string
	Path                 string
	Ports                []uint16
	NotBefore, ExpiresAt time.Time
	Owner, Reason        string
}

// Live says whether the intent counted at a time.
func (s Standing) Live(at time.Time) bool {
	return intent.Intent{NotBefore: s.NotBefore, ExpiresAt: s.ExpiresAt}.Live(at)
}

// CauseOf gives the last of the causes that names what a change was made at; ok is false
// where none does.
func CauseOf(causes []Cause, c change.Change) (found Cause, ok bool) {
	for _, cause := range causes {
		for _, id := range cause.Resources {
			if id != "" && (id == c.Resource || id == c.Rule.ID) && (!ok || !cause.At.Before(found.At)) {
				found, ok = cause, true
			}
		}
	}
	return found, ok
}
