package record

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Change is a change of a run, with what led to it.
type Change struct {
	change.Change
	// ID is the run's with the number of the change in it: "1a2b3c4d5e6f.3".
	ID      string
	Run     string
	Unit    network.Unit
	At      time.Time
	Trigger string
	Plan    string
	// Cause is the event that names what was changed; zero where none did.
	Cause ledger.Cause
	// Approval is the one by which it was made, or would have waited; zero where it needed none.
	Approval change.Approval
	// Declared are its intents as they were declared then, as far as the record has them.
	Declared []ledger.Standing
}

// memory is what was declared last, as runs of before kept it: by the time that something is
// closed, its intent may be no longer declared.
type memory map[change.Holder]ledger.Standing

// learn takes in what a run kept. Runs have to come in the order of their times.
func (m memory) learn(run ledger.Run) {
	for _, s := range run.Stood {
		m[change.Holder{Unit: run.Unit, Intent: s.Intent}] = s
	}
}

// changesOf gives the changes of runs, which come in the order of their times.
func changesOf(runs []ledger.Run) []Change {
	known := memory{}
	var out []Change
	for _, run := range runs {
		known.learn(run)
		for n := range run.Changes {
			out = append(out, known.changeOf(run, n))
		}
	}
	return out
}

// changeOf gives a change of a run by its place.
func (m memory) changeOf(run ledger.Run, n int) Change {
	c := run.Changes[n]
	out := Change{
		Change: c, ID: run.ID + "." + strconv.Itoa(n+1), Run: run.ID, Unit: run.Unit, At: run.At, Trigger: run.Trigger, Plan: run.Hash,
		Approval: run.Approval,
	}
	out.Cause, _ = ledger.CauseOf(run.Causes, c)
	for _, k := range c.Intents {
		if s, known := m[change.Holder{Unit: run.Unit, Intent: k}]; known {
			out.Declared = append(out.Declared, s)
		}
	}
	return out
}

// ChangesOf gives all changes of a run. What was declared before it is taken from the runs of
// the two days before.
func (r Reader) ChangesOf(ctx context.Context, run ledger.Run) ([]Change, error) {
	earlier, err := r.Ledger.Runs(ctx, run.Unit, run.At.Add(-within), run.At)
	if err != nil {
		return nil, fmt.Errorf("reading what was declared before run %s: %w", run.ID, err)
	}
	all := changesOf(append(earlier, run))
	return all[len(all)-len(run.Changes):], nil
}

// Owners gives the owners of the intents of a change, each once.
func (c Change) Owners() []string {
	return distinct(c.Declared, func(s ledger.Standing) string { return s.Owner })
}

// Reasons gives why its intents were declared, each once.
func (c Change) Reasons() []string {
	return distinct(c.Declared, func(s ledger.Standing) string { return s.Reason })
}

func distinct(all []ledger.Standing, text func(ledger.Standing) string) []string {
	var out []string
	for _, s := range all {
		if t := text(s); t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// About says whether the change is about a cluster: for an intent of it, or for a holder.
func (c Change) About(cluster string) bool {
	of := func(k intent.Key) bool { return k.Cluster == cluster }
	return slices.ContainsFunc(c.Intents, of) || slices.ContainsFunc(c.Holders, func(h change.Holder) bool { return of(h.Intent) })
}

// By says whether somebody is behind the change, of whom a word is a part of the name: the
// actor of its cause, or the owner of an intent.
func (c Change) By(word string) bool {
	word = strings.ToLower(word)
	for _, who := range append(c.Owners(), c.Cause.Actor, c.Approval.By) {
		if strings.Contains(strings.ToLower(who), word) {
			return true
		}
	}
	return false
}

// NoRunError says that no run of the record has an id.
type NoRunError struct{ Word string }

// Error says how far the record goes.
func (e *NoRunError) Error() string {
	return fmt.Sprintf("RUN is %q: no run of the record has this id; `cachegate history` lists them, and runs are kept for 100 days", clean(e.Word))
}

// Run finds a run by its id, or by the id of one of its changes, which place then names from
// 1 on; place is zero for the whole run.
func (r Reader) Run(ctx context.Context, word string) (run ledger.Run, place int, err error) {
	id, number, hasPlace := strings.Cut(word, ".")
	if hasPlace {
		if place, err = strconv.Atoi(number); err != nil || place < 1 {
			return ledger.Run{}, 0, fmt.Errorf("CHANGE is %q: must be the id of a run, a full stop, and the number of a change in it from 1 on", clean(word))
		}
	}
	units, err := r.Units(ctx, "")
	if err != nil {
		return ledger.Run{}, 0, err
	}
	runs, err := r.runs(ctx, units, time.Time{}, time.Time{})
	if err != nil {
		return ledger.Run{}, 0, err
	}
	const least = 6
	matching := slices.DeleteFunc(runs, func(run ledger.Run) bool {
		return run.ID != id && (len(id) < least || !strings.HasPrefix(run.ID, id))
	})
	switch {
	case len(matching) == 0:
		return ledger.Run{}, 0, &NoRunError{Word: word}
	case len(matching) > 1:
		return ledger.Run{}, 0, fmt.Errorf("RUN is %q, which is the beginning of %d runs: write more of it", clean(word), len(matching))
	case place > len(matching[0].Changes):
		return ledger.Run{}, 0, fmt.Errorf("CHANGE is %q: run %s has %d changes", clean(word), matching[0].ID, len(matching[0].Changes))
	}
	return matching[0], place, nil
}
