package change

import (
	"fmt"
	"time"
)

// ContestedWithin is how far back repairs count.
const ContestedWithin = 24 * time.Hour

// Contest is how often something was put right lately.
type Contest struct {
	// Repairs are the times at which it was put right, in order.
	Repairs []time.Time
	// Actors undid it, as far as events told.
	Actors []string
}

// ContestKey names what a change puts right, for the history of repairs: the same
// each time that it is undone, though a rule that comes back has another id.
func ContestKey(c Change) string {
	if c.Action == RevokeIngress {
		return fmt.Sprintf("%s %s", c.Action, c.Requirement)
	}
	return c.Text()
}
