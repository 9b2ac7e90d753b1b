package record

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Query says which changes of the record are meant; what is empty asks for nothing.
type Query struct {
	Cluster string
	Units   []network.Unit
	// Since and Before bound the time; a zero Before is now.
	Since, Before time.Time
	// Who is a part of the name of somebody behind the change, or of an owner.
	Who string
	// All adds what was planned or held back, and not made.
	All bool
	// Limit is how many changes a page has, but for the last run, which is whole.
	Limit int
}

// Page is a part of the history, the last change first.
type Page struct {
	Changes []Change
	// Next is where the next page begins; zero where there is none.
	Next time.Time
}

// History gives a page of what was changed.
func (r Reader) History(ctx context.Context, q Query) (Page, error) {
	runs, err := r.runs(ctx, q.Units, q.Since.Add(-within), q.Before) // the first tell what was declared
	if err != nil {
		return Page{}, err
	}
	begun, err := each(ctx, q.Units, r.Ledger.Begun)
	if err != nil {
		return Page{}, err
	}
	for _, run := range begun {
		if q.Before.IsZero() || run.At.Before(q.Before) {
			runs = append(runs, cutOff(run))
		}
	}
	slices.SortStableFunc(runs, func(a, b ledger.Run) int { return a.At.Compare(b.At) })
	return q.page(changesOf(runs)), nil
}

// page gives the last of changes, which come in the order of their times. A run is on one
// page as a whole.
func (q Query) page(changes []Change) Page {
	var p Page
	var at time.Time
	for _, c := range slices.Backward(changes) {
		if c.At.Before(q.Since) {
			break
		}
		if !q.takes(c) {
			continue
		}
		if q.Limit > 0 && len(p.Changes) >= q.Limit && !c.At.Equal(at) {
			p.Next = at
			break
		}
		p.Changes, at = append(p.Changes, c), c.At
	}
	return p
}

// cutOff says of a run that began and did not end that nobody knows yet what it did.
func cutOff(run ledger.Run) ledger.Run {
	run.Changes = slices.Clone(run.Changes)
	for i := range run.Changes {
		if run.Changes[i].Outcome == "" {
			run.Changes[i].Why = "the run has not ended: it is under way, or was cut off, and the next run finds out what it did"
		}
	}
	return run
}

// takes says whether a change is meant.
func (q Query) takes(c Change) bool {
	made := c.Outcome != change.Planned && c.Outcome != change.Refused
	return (made || q.All) && (q.Cluster == "" || c.About(q.Cluster)) && (q.Who == "" || c.By(q.Who))
}
