package record

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Finding is a finding as it stands, or as it was when it was resolved.
type Finding struct {
	finding.Finding
	// Resolved is when it was; zero while it is open.
	Resolved time.Time
}

// Open says whether it is open still.
func (f Finding) Open() bool { return f.Resolved.IsZero() }

// Filter says which findings are meant; what is empty asks for nothing.
type Filter struct {
	Cluster string
	Units   []network.Unit
	// Least is the least severity.
	Least finding.Severity
	// ResolvedSince adds those that were resolved from a time on; zero: only open ones.
	ResolvedSince time.Time
}

func (f Filter) takes(found finding.Finding) bool {
	return (f.Cluster == "" || found.Cluster == f.Cluster) && (f.Least == "" || found.Severity.AtLeast(f.Least))
}

// Findings gives the findings that are open, the worst and latest first, and then those that
// were resolved, the latest first.
func (r Reader) Findings(ctx context.Context, f Filter) ([]Finding, error) {
	units := f.Units
	if units == nil {
		var err error
		if units, err = r.Units(ctx, f.Cluster); err != nil {
			return nil, err
		}
	}
	found, err := each(ctx, units, func(ctx context.Context, u network.Unit) ([]Finding, error) {
		return r.findingsOf(ctx, u, f)
	})
	slices.SortStableFunc(found, func(a, b Finding) int {
		switch {
		case a.Open() != b.Open():
			return cmp.Compare(rank(b.Open()), rank(a.Open()))
		case !a.Open():
			return b.Resolved.Compare(a.Resolved)
		case a.Severity != b.Severity && a.Severity.AtLeast(b.Severity):
			return -1
		case a.Severity != b.Severity:
			return 1
		}
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.ID, b.ID))
	})
	return found, err
}

func rank(open bool) int {
	if open {
		return 1
	}
	return 0
}

func (r Reader) findingsOf(ctx context.Context, u network.Unit, f Filter) ([]Finding, error) {
	open, err := r.Ledger.Findings(ctx, u)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, found := range open {
		if f.takes(found) {
			out = append(out, Finding{Finding: found})
		}
	}
	if f.ResolvedSince.IsZero() {
		return out, nil
	}
	runs, err := r.Ledger.Runs(ctx, u, f.ResolvedSince, time.Time{})
	if err != nil {
		return nil, err
	}
	for _, resolved := range resolvedIn(runs) {
		lives := slices.ContainsFunc(open, func(o finding.Finding) bool { return o.ID == resolved.ID })
		if f.takes(resolved.Finding) && !lives {
			out = append(out, resolved)
		}
	}
	return out, nil
}

// resolvedIn gives the findings that runs resolved, each as it was last.
func resolvedIn(runs []ledger.Run) []Finding {
	last := map[string]Finding{}
	var order []string
	for _, run := range runs {
		for _, f := range run.Told {
			if f.Status != finding.Resolved {
				continue
			}
			if _, seen := last[f.ID]; !seen {
				order = append(order, f.ID)
			}
			last[f.ID] = Finding{Finding: f, Resolved: run.At}
		}
	}
	out := make([]Finding, 0, len(order))
	for _, id := range order {
		out = append(out, last[id])
	}
	return out
}

// Told is one time at which a finding was opened, changed or resolved.
type Told struct {
	At      time.Time
	Run     string
	Finding finding.Finding
}

// Story is a finding with what happened to it.
type Story struct {
	Finding
	// Told are the times at which its status changed, Changes what was made, or not, for it,
	// both in the order of time.
	Told    []Told
	Changes []Change
}

// NoFindingError says that no finding has a name.
type NoFindingError struct{ Word string }

// Error says what a name may be.
func (e *NoFindingError) Error() string {
	return fmt.Sprintf("FINDING is %q: no finding of the record has this name; `cachegate findings` lists them", clean(e.Word))
}

func clean(text string) string { return strings.ToValidUTF8(text, "") }

// AmbiguousFindingError says that several findings begin with a name.
type AmbiguousFindingError struct {
	Word    string
	Handles []string
}

// Error lists them.
func (e *AmbiguousFindingError) Error() string {
	return fmt.Sprintf("FINDING is %q, which is the beginning of several: must be one of %s", clean(e.Word), strings.Join(e.Handles, ", "))
}

// Finding gives the story of the finding that a word names: one that is open, or else one
// that is in the record.
func (r Reader) Finding(ctx context.Context, word string) (Story, error) {
	units, err := r.Units(ctx, "")
	if err != nil {
		return Story{}, err
	}
	open, err := each(ctx, units, func(ctx context.Context, u network.Unit) ([]Finding, error) {
		return r.findingsOf(ctx, u, Filter{})
	})
	if err != nil {
		return Story{}, err
	}
	named := namedBy(open, word)
	if len(named) == 0 {
		runs, err := r.runs(ctx, units, time.Time{}, time.Time{})
		if err != nil {
			return Story{}, err
		}
		slices.Reverse(runs)
		named = namedBy(resolvedIn(runs), word)
	}
	switch len(named) {
	case 0:
		return Story{}, &NoFindingError{Word: word}
	case 1:
		return r.story(ctx, named[0])
	}
	handles := make([]string, 0, len(named))
	for _, f := range named {
		handles = append(handles, f.Handle())
	}
	return Story{}, &AmbiguousFindingError{Word: word, Handles: handles}
}

func namedBy(all []Finding, word string) []Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return !f.Named(word) })
}

// story gathers what happened to a finding.
func (r Reader) story(ctx context.Context, f Finding) (Story, error) {
	runs, err := r.Ledger.Runs(ctx, f.Unit, time.Time{}, time.Time{})
	if err != nil {
		return Story{}, fmt.Errorf("reading the history of finding %s: %w", f.Handle(), err)
	}
	s := Story{Finding: f}
	for _, run := range runs {
		for _, told := range run.Told {
			if told.ID == f.ID {
				s.Told = append(s.Told, Told{At: run.At, Run: run.ID, Finding: told})
			}
		}
	}
	for _, c := range changesOf(runs) {
		if ledger.Concerns(c.Change, f.Finding) && c.Outcome != change.Planned {
			s.Changes = append(s.Changes, c)
		}
	}
	s.Changes = withoutRepeats(s.Changes)
	return s, nil
}

// withoutRepeats leaves out what was held back or failed again and again: the first time and
// the last say it.
func withoutRepeats(changes []Change) []Change {
	var out []Change
	for _, c := range changes {
		n := len(out)
		again := func(i int) bool {
			return i >= 0 && c.Outcome != change.Applied && out[i].Text() == c.Text() && out[i].Outcome == c.Outcome && out[i].Why == c.Why
		}
		if again(n-1) && again(n-2) {
			out[n-1] = c
			continue
		}
		out = append(out, c)
	}
	return out
}
