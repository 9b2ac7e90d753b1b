package record

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Past is what was declared for a unit at a time, and who could reach its clusters, as far as
// the record goes.
type Past struct {
	Unit network.Unit
	// Known says that the record reaches back to the time. Begins is where it begins else; zero
	// where it has nothing at all.
	Known  bool
	Begins time.Time
	// Run is the last run that kept how the intents stood, and AsOf when it was.
	Run  string
	AsOf time.Time
	// Declared are the intents that lived at the time, as they stood.
	Declared []ledger.Standing
	// More is how many intents the record left out.
	More int
	// Undeclared are findings of that time about access that nobody had declared, Unknown about
	// what could not be read.
	Undeclared, Unknown []Finding
}

// within is how far back how the intents stood is looked for first: the sweeps of each day
// keep it.
const within = 50 * time.Hour

// At gives what the record says of a time, for each unit.
func (r Reader) At(ctx context.Context, units []network.Unit, cluster string, at time.Time) ([]Past, error) {
	return each(ctx, units, func(ctx context.Context, u network.Unit) ([]Past, error) {
		p, err := r.past(ctx, u, cluster, at)
		return []Past{p}, err
	})
}

func (r Reader) past(ctx context.Context, u network.Unit, cluster string, at time.Time) (Past, error) {
	p := Past{Unit: u}
	run, begins, err := r.lastKept(ctx, u, at)
	if err != nil {
		return p, err
	}
	if p.Begins = begins; run.StoodKept {
		p.Known, p.Run, p.AsOf, p.More = true, run.ID, run.At, run.StoodMore
		for _, s := range run.Stood {
			if s.Live(at) && (cluster == "" || s.Intent.Cluster == cluster) {
				p.Declared = append(p.Declared, s)
			}
		}
	}
	found, err := r.openAt(ctx, u, at)
	for _, f := range found {
		switch {
		case cluster != "" && f.Cluster != "" && f.Cluster != cluster:
		case f.Kind == finding.AccessUndeclared, f.Kind == finding.ExpiredButOpen, f.Kind == finding.RuleUnclaimed:
			p.Undeclared = append(p.Undeclared, f)
		case f.Kind == finding.UnitUnreadable, f.Kind == finding.AccessUnknown:
			p.Unknown = append(p.Unknown, f)
		}
	}
	return p, err
}

// lastKept gives the last run of a unit until a time that kept how its intents stood; else
// when the first one after it was.
func (r Reader) lastKept(ctx context.Context, u network.Unit, at time.Time) (kept ledger.Run, begins time.Time, err error) {
	until := at.Add(time.Nanosecond)
	for _, since := range []time.Time{at.Add(-within), {}} {
		runs, readErr := r.Ledger.Runs(ctx, u, since, until)
		if readErr != nil {
			return ledger.Run{}, time.Time{}, readErr
		}
		for _, run := range slices.Backward(runs) {
			if run.StoodKept {
				return run, time.Time{}, nil
			}
		}
	}
	later, err := r.Ledger.Runs(ctx, u, until, time.Time{})
	for _, run := range later {
		if run.StoodKept {
			return ledger.Run{}, run.At, nil
		}
	}
	return ledger.Run{}, time.Time{}, err
}

// openAt gives the findings of a unit that were open at a time: those that are open still and
// are that old, and those that were resolved later.
func (r Reader) openAt(ctx context.Context, u network.Unit, at time.Time) ([]Finding, error) {
	open, err := r.Ledger.Findings(ctx, u)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, f := range open {
		if !f.Since.After(at) {
			out = append(out, Finding{Finding: f})
		}
	}
	runs, err := r.Ledger.Runs(ctx, u, at.Add(time.Nanosecond), time.Time{})
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		for _, f := range run.Told {
			mended := f.Since.Equal(run.At) // opened and resolved by one run
			if f.Status == finding.Resolved && !f.Since.After(at) && !mended {
				out = append(out, Finding{Finding: f, Resolved: run.At})
			}
		}
	}
	return out, nil
}
