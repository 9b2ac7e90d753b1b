package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
)

// Plan is what a run would do, in order.
type Plan struct {
	Changes []change.Change
	// Updates are claims whose holders, status or rule id change, and released ones.
	Updates  []change.ClaimUpdate
	Findings []finding.Finding
	// Tripped are the changes that wait for a person, and those that one approved; without a
	// hash, there are none.
	Tripped change.Tripped
	// Approval is the one by which changes are made that would wait without it.
	Approval change.Approval
	// UndoLeft counts what is still to be taken back of runs that people undo, by run; Stayed says
	// what of them is not taken back, and why. UndoEnds is when the first of them ends, or zero.
	UndoLeft map[string]int
	Stayed   []string
	UndoEnds time.Time
	// Withheld are closes that wait.
	Withheld int
	// Again says that something waits for time to pass: a write to show, a pause to
	// end, the next run's closes.
	Again bool
	// Awaits says that a close waits for another unit's judgement.
	Awaits bool
}

// Hash identifies the plan's changes.
func (p Plan) Hash() string {
	h := sha256.New()
	for _, c := range p.Changes {
		fmt.Fprintf(h, "%s|%s|%s\n", c.Text(), c.Mode, c.Outcome)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Writes counts the changes that a run would make.
func (p Plan) Writes() int {
	n := 0
	for _, c := range p.Changes {
		if c.Outcome == "" {
			n++
		}
	}
	return n
}
