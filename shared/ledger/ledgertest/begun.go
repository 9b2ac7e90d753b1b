package ledgertest

import (
	"errors"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

func begin(t *testing.T, l ledger.Ledger, r ledger.Run) {
	t.Helper()
	must(t, l.Begin(t.Context(), ledger.Lease{}, r))
}

func begun(t *testing.T, l ledger.Ledger, u network.Unit) []ledger.Run {
	t.Helper()
	runs, err := l.Begun(t.Context(), u)
	must(t, err)
	return runs
}

func begunUntilFinished(t *testing.T, l ledger.Ledger) {
	r := runAt(unitA, noon, changeWith("sg-0c", ""))
	r.Found = []finding.Finding{{ID: "a", Kind: finding.AccessUndeclared, Unit: unitA, Title: "10.0.77.0/24 may reach sessions"}}
	begin(t, l, r)
	got := begun(t, l, unitA)
	want(t, "the number of runs that began", len(got), 1)
	want(t, "its id", got[0].ID, r.ID)
	want(t, "its change", got[0].Changes[0].Key(), r.Changes[0].Key())
	want(t, "the outcome of its change", got[0].Changes[0].Outcome, change.Outcome(""))
	want(t, "what it found", got[0].Found[0].Title, r.Found[0].Title)
	finish(t, l, r, nil, nil)
	want(t, "the number once it is finished", len(begun(t, l, unitA)), 0)
}

func begunRecovered(t *testing.T, l ledger.Ledger) {
	first, second := runAt(unitA, noon), runAt(unitA, noon.Add(time.Minute))
	begin(t, l, second)
	begin(t, l, first)
	got := begun(t, l, unitA)
	want(t, "the number of runs that began", len(got), 2)
	want(t, "the first by time", got[0].ID, first.ID)
	later := runAt(unitA, noon.Add(time.Hour))
	must(t, l.Finish(t.Context(), ledger.Lease{}, later, nil, nil, got[0]))
	got = begun(t, l, unitA)
	want(t, "the number once one is recovered", len(got), 1)
	want(t, "the one that is left", got[0].ID, second.ID)
}

func begunApart(t *testing.T, l ledger.Ledger) {
	begin(t, l, runAt(unitA, noon))
	want(t, "the number in unit B", len(begun(t, l, unitB)), 0)
}

func begunFenced(t *testing.T, l ledger.Ledger) {
	lost := acquired(t, l, "one", noon)
	held := acquired(t, l, "two", noon.Add(time.Hour))
	r := runAt(unitA, noon)
	if err := l.Begin(t.Context(), lost, r); !errors.Is(err, ledger.ErrLeaseLost) {
		t.Errorf("beginning under a lost lease gives %v", err)
	}
	if err := l.Finish(t.Context(), lost, r, []finding.Finding{{ID: "a"}}, nil); !errors.Is(err, ledger.ErrLeaseLost) {
		t.Errorf("finishing under a lost lease gives %v", err)
	}
	want(t, "the number of runs that began", len(begun(t, l, unitA)), 0)
	want(t, "the number of findings", len(findings(t, l, unitA)), 0)
	must(t, l.Begin(t.Context(), held, r))
	must(t, l.Finish(t.Context(), held, r, nil, nil))
}

func acquired(t *testing.T, l ledger.Ledger, owner string, now time.Time) ledger.Lease {
	t.Helper()
	lease, err := l.Acquire(t.Context(), unitA, owner, now, time.Minute)
	must(t, err)
	return lease
}
