package record

import (
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
)

// Undoable gives the changes of a run that can be taken back, those that were made on AWS;
// with a place, counted from 1 on, that one alone.
func Undoable(run ledger.Run, place int) []change.Change {
	var out []change.Change
	for n, c := range run.Changes {
		if c.Outcome == change.Applied && c.Writes() && (place == 0 || place == n+1) {
			out = append(out, c)
		}
	}
	return out
}
