package ledgertest

import (
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

func trippedCloses(t *testing.T, l ledger.Ledger) {
	_, ok, err := l.Tripped(t.Context(), unitA)
	must(t, err)
	want(t, "waits", ok, false)
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	must(t, l.Trip(t.Context(), unitA, change.Tripped{Hash: "h", At: at, Closes: []string{"a", "b"}, Limit: "20", Deployment: true}))
	got, ok, err := l.Tripped(t.Context(), unitA)
	must(t, err)
	want(t, "waits", ok, true)
	want(t, "what waits", fmt.Sprint(got.Hash, got.Closes, got.Limit, got.Deployment, got.At.Equal(at)), "h[a b]20true true")
	must(t, l.Trip(t.Context(), unitA, change.Tripped{}))
	_, ok, err = l.Tripped(t.Context(), unitA)
	must(t, err)
	want(t, "waits still", ok, false)
}
