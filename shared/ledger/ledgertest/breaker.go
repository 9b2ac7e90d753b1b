package ledgertest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
)

func breakerTests() []test {
	return []test{
		{"the closes of all units are given with them", countedCloses},
		{"what a person approved stays approved while the same waits, and no longer", approved},
		{"a run is undone until its time is over, whatever waits", undone},
		{"what waits for a person is kept until nothing does", trippedCloses},
	}
}

func countedCloses(t *testing.T, l ledger.Ledger) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, u := range []ledger.Judged{judged(unitA, "sg-0c"), judged(unitB, "sg-0d")} {
		u.Open = 7
		depend(t, l, u)
	}
	count := func(j ledger.Judged, minute, n int) {
		t.Helper()
		now := at.Add(time.Duration(minute) * time.Minute)
		must(t, l.CountCloses(t.Context(), j.Unit, ledger.Closes{At: now, N: n}, now.Add(-time.Hour)))
	}
	a, b := judged(unitA), judged(unitB)
	count(a, 0, 5)
	count(a, 30, 9)
	count(a, 30, 3) // six of them were refused after all
	count(b, 40, 2)
	count(b, 50, 0)
	depend(t, l, judged(unitA, "sg-0c", "sg-0e"))
	wantCloses := func(wanted string) {
		t.Helper()
		units, err := l.Units(t.Context())
		must(t, err)
		var got strings.Builder
		for _, j := range units {
			fmt.Fprintf(&got, "%s %d:", j.Unit.VPC, j.Open)
			for _, c := range j.Closes {
				fmt.Fprintf(&got, " %s %d", c.At.UTC().Format("15:04"), c.N)
			}
			got.WriteString("; ")
		}
		want(t, "the closes", got.String(), wanted)
	}
	wantCloses("vpc-0a 0: 12:00 5 12:30 3; vpc-0b 7: 12:40 2; ")
	count(a, 80, 1)
	wantCloses("vpc-0a 0: 12:30 3 13:20 1; vpc-0b 7: 12:40 2; ")
}

func approved(t *testing.T, l ledger.Ledger) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	word := change.Approval{By: "arn:aws:iam::111122223333:user/erin", At: at, Until: at.Add(time.Hour)}
	if err := l.Approve(t.Context(), unitA, "h", word); !errors.Is(err, ledger.ErrOtherPlan) {
		t.Errorf("approving what does not wait gave %v", err)
	}
	waits := change.Tripped{Hash: "h", At: at, Waiting: []string{"a"}, Texts: []string{"A"}, Limit: "20"}
	must(t, l.Trip(t.Context(), unitA, waits))
	for _, other := range []string{"g", ""} {
		if err := l.Approve(t.Context(), unitA, other, word); !errors.Is(err, ledger.ErrOtherPlan) {
			t.Errorf("approving another plan %q gave %v", other, err)
		}
	}
	must(t, l.Approve(t.Context(), unitA, "h", word))
	wantApproval := func(what string, given bool) {
		t.Helper()
		got, _, err := l.Tripped(t.Context(), unitA)
		must(t, err)
		want(t, what, fmt.Sprint(got.Approval.By == word.By, got.Approval.Live(at.Add(time.Minute)), got.Approval.Live(at.Add(time.Hour))), fmt.Sprint(given, given, false))
	}
	wantApproval("once approved", true)
	waits.Limit = "30"
	must(t, l.Trip(t.Context(), unitA, waits)) // by a run that began before the approval
	wantApproval("the same waits under another limit", true)
	waits.Hash = "g"
	must(t, l.Trip(t.Context(), unitA, waits))
	wantApproval("another plan waits", false)
}

func undone(t *testing.T, l ledger.Ledger) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	made := change.Change{Action: change.CreateRoute, Requirement: rule("sg-0c", "10.1.0.0/16"), Outcome: change.Applied}
	run := func(id string, hours int) change.UndoneRun {
		return change.UndoneRun{Run: id, Changes: []change.Change{made}, By: "erin", At: at, Until: at.Add(time.Duration(hours) * time.Hour)}
	}
	set := func(u change.UndoneRun, now time.Time) { t.Helper(); must(t, l.SetUndone(t.Context(), unitA, u, now)) }
	wantUndone := func(wanted string) {
		t.Helper()
		got, _, err := l.Tripped(t.Context(), unitA)
		must(t, err)
		var text strings.Builder
		for _, u := range got.Undone {
			fmt.Fprintf(&text, "%s %s %d %v; ", u.Run, u.By, len(u.Changes), u.Done)
		}
		want(t, "what is undone", text.String(), wanted)
	}
	set(run("a", 1), at)
	set(run("b", 2), at)
	must(t, l.Trip(t.Context(), unitA, change.Tripped{Hash: "h"}))
	must(t, l.Trip(t.Context(), unitA, change.Tripped{}))
	wantUndone("a erin 1 false; b erin 1 false; ")
	done := run("a", 1)
	done.Done = true
	set(done, at)
	wantUndone("b erin 1 false; a erin 1 true; ")
	set(run("a", 0), at) // a person ends it
	wantUndone("b erin 1 false; ")
	set(done, at) // of a run that began before that
	wantUndone("b erin 1 false; ")
	set(run("c", 9), at.Add(3*time.Hour))
	wantUndone("c erin 1 false; ")
	all := change.UndoneRun{Run: change.RevokedAll, By: "erin", At: at, Until: at.Add(time.Hour), All: true}
	set(all, at)
	got, _, err := l.Tripped(t.Context(), unitA)
	must(t, err)
	want(t, "what is undone", len(got.Undone) == 2 && got.Undone[1].All && len(got.Undone[1].Changes) == 0, true)
	all.Until = at
	set(all, at)
	wantUndone("c erin 1 false; ")
}

func trippedCloses(t *testing.T, l ledger.Ledger) {
	_, ok, err := l.Tripped(t.Context(), unitA)
	must(t, err)
	want(t, "waits", ok, false)
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	must(t, l.Trip(t.Context(), unitA, change.Tripped{Hash: "h", At: at, Waiting: []string{"a", "b"}, Texts: []string{"A"}, Limit: "20", Deployment: true}))
	got, ok, err := l.Tripped(t.Context(), unitA)
	must(t, err)
	want(t, "waits", ok, true)
	want(t, "what waits", fmt.Sprint(got.Hash, got.Waiting, got.Texts, got.Limit, got.Deployment, got.At.Equal(at)), "h[a b] [A]20true true")
	must(t, l.Trip(t.Context(), unitA, change.Tripped{}))
	_, ok, err = l.Tripped(t.Context(), unitA)
	must(t, err)
	want(t, "waits still", ok, false)
}
