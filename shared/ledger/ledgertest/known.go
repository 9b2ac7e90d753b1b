package ledgertest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
)

func memoryTests() []test {
	return []test{
		{"of a unit that was never judged nothing is known", knownOfNone},
		{"what is recalled is what was recorded", recalled},
		{"a unit that is taken is recalled as its last holder left it", takenAfterAnother},
		{"a unit that somebody else has cannot be taken", takenByAnother},
		{"a run settles claims with its record, and gives the lease back", settledWithTheRun},
		{"what somebody else wrote after a unit was recalled is not lost", writtenBetween},
	}
}

func take(t *testing.T, l ledger.Ledger, owner string, now time.Time) (ledger.Lease, ledger.Known) {
	t.Helper()
	lease, known, err := l.Take(t.Context(), unitA, owner, now, ttl, noon.Add(-time.Hour))
	must(t, err)
	return lease, known
}

func knownOfNone(t *testing.T, l ledger.Ledger) {
	lease, known := take(t, l, "one", noon)
	want(t, "the fence", lease.Fence, int64(1))
	want(t, "what is known", len(known.Judged.Keys)+len(known.Findings)+len(known.Contests)+len(known.Begun)+len(known.Held)+len(known.Tripped.Hash), 0)
	want(t, "the next time", known.Next.IsZero(), true)
	want(t, "unsent", known.Unsent, false)
	want(t, "that a run was finished", known.Ran, false)
}

func recalled(t *testing.T, l ledger.Ledger) {
	depend(t, l, judged(unitA, "sg-0c", "vpc-0a"))
	c := claim(rule("sg-0c", "10.1.0.0/16"), orders)
	stand(t, l, c, "sgr-01")
	stand(t, l, claim(rule("sg-0d", "10.1.0.0/16"), holder(unitB, "x")), "sgr-02")
	begin(t, l, runAt(unitA, noon.Add(time.Minute)))
	must(t, l.Trip(t.Context(), unitA, change.Tripped{Hash: "h", At: noon}))
	done := runAt(unitA, noon)
	done.Told = []finding.Finding{{ID: "a", Status: finding.Opened}}
	must(t, l.Finish(t.Context(), ledger.Lease{}, done, []finding.Finding{{ID: "a"}, {ID: "b"}}, map[string]string{"key": "bob"}))
	k, err := l.Recall(t.Context(), unitA, noon.Add(-time.Hour))
	must(t, err)
	want(t, "the keys", slices.Equal(k.Judged.Keys, []string{"sg-0c", "vpc-0a"}), true)
	want(t, "the findings", len(k.Findings), 2)
	want(t, "what was put right", k.Contests["key"].Actors[0], "bob")
	want(t, "the runs that began", len(k.Begun), 1)
	want(t, "what waits", k.Tripped.Hash, "h")
	want(t, "the claims", slices.Equal(k.Held, []string{c.Key()}), true)
	want(t, "unsent", k.Unsent, true)
	later, err := l.Recall(t.Context(), unitA, noon.Add(time.Hour))
	must(t, err)
	want(t, "what was put right since", len(later.Contests), 0)
}

func takenAfterAnother(t *testing.T, l ledger.Ledger) {
	for n, owner := range []string{"one", "two", "three"} {
		lease, known := take(t, l, owner, noon)
		want(t, "the findings that "+owner+" sees", len(known.Findings), n)
		run := runAt(unitA, noon.Add(time.Duration(n)*time.Minute))
		run.Next = noon.Add(time.Hour)
		must(t, l.Finish(t.Context(), lease, run, make([]finding.Finding, n+1), nil))
	}
	_, known := take(t, l, "four", noon)
	want(t, "that a run was finished", known.Ran, true)
	want(t, "the next time is the same", known.Next.Equal(noon.Add(time.Hour)), true)
}

func takenByAnother(t *testing.T, l ledger.Ledger) {
	take(t, l, "one", noon)
	if _, _, err := l.Take(t.Context(), unitA, "two", noon, ttl, noon); !errors.Is(err, ledger.ErrLeased) {
		t.Errorf("a second owner got %v, want ErrLeased", err)
	}
	// Whoever had it is dead: what it left is read once the lease is had.
	_, known := take(t, l, "two", noon.Add(ttl))
	want(t, "the findings", len(known.Findings), 0)
}

func settledWithTheRun(t *testing.T, l ledger.Ledger) {
	c := claim(rule("sg-0c", "10.1.0.0/16"), orders)
	_, _, err := l.Intend(t.Context(), c)
	must(t, err)
	lease, known := take(t, l, "one", noon)
	want(t, "the claims", len(known.Held), 1)
	_, err = l.ClaimsAt(t.Context(), unitA, known.Held, []change.Point{c.Point()})
	must(t, err)
	seen := c
	seen.Status, seen.RuleID, seen.Holders = change.Standing, "sgr-01", []change.Holder{reports}
	run := runAt(unitA, noon)
	run.Settled = []change.ClaimUpdate{{Claim: seen, Drop: []change.Holder{orders}}}
	must(t, l.Finish(t.Context(), lease, run, nil, nil))
	got := of(t, l, reports.Unit)
	want(t, "the number of claims", len(got), 1)
	want(t, "the status", got[0].Status, change.Standing)
	want(t, "the rule", got[0].RuleID, "sgr-01")
	wantHolders(t, "the holders", got[0].Holders, reports)
	wantLost(t, "the lease that ended", l, lease, noon)
	_, err = l.Acquire(t.Context(), unitA, "two", noon, ttl)
	must(t, err)
}

func writtenBetween(t *testing.T, l ledger.Ledger) {
	told := func(id string, at time.Time) ledger.Run {
		r := runAt(unitA, at)
		r.Told = []finding.Finding{{ID: id, Status: finding.Opened}}
		return r
	}
	must(t, l.Finish(t.Context(), ledger.Lease{}, told("a", noon), nil, nil))
	lease, _ := take(t, l, "one", noon)
	pending, err := l.Pending(t.Context(), unitA)
	must(t, err)
	must(t, l.Finish(t.Context(), ledger.Lease{}, told("b", noon.Add(time.Minute)), nil, nil)) // another process
	must(t, l.Ack(t.Context(), unitA, pending, nil))
	must(t, l.Finish(t.Context(), lease, told("c", noon.Add(2*time.Minute)), nil, nil))
	left, err := l.Pending(t.Context(), unitA)
	must(t, err)
	var ids []string
	for _, n := range left {
		ids = append(ids, n.Finding.ID)
	}
	want(t, "what is to be sent", slices.Equal(ids, []string{"b", "c"}), true)
}
