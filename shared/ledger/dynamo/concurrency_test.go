package dynamo_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// atOnce runs functions at the same time and waits for all.
func atOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

func TestJudgementsOfOneUnitAtOnceLeaveTheIndexOfTheOneThatCounts(t *testing.T) {
	client, name := table(t)
	all := []string{"a", "b", "c", "d", "e", "f"}
	for round := range 6 {
		atOnce(4, func(i int) {
			keys := slices.Clone(all[i : i+3])
			if _, err := on(client, name).Depend(t.Context(), ledger.Judged{Unit: one, Keys: keys, Digest: fmt.Sprint(round)}); err != nil {
				t.Error(err)
			}
		})
		l := on(client, name)
		j, _, err := l.Judged(t.Context(), one)
		must(t, err)
		// Judging once more what counts clears what the others left behind.
		_, err = l.Depend(t.Context(), j)
		must(t, err)
		for _, k := range all {
			if slices.Contains(j.Keys, k) {
				wantDependents(t, l, k, one)
			} else {
				wantDependents(t, l, k)
			}
		}
	}
}

func TestADependencyThatStaysIsThereAtEveryMomentOfAnotherJudgement(t *testing.T) {
	client, name := table(t)
	_, err := on(client, name).Depend(t.Context(), ledger.Judged{Unit: one, Keys: []string{"stays", "x"}})
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 15 {
			keys := []string{"stays", fmt.Sprint(i)}
			if _, err := on(client, name).Depend(t.Context(), ledger.Judged{Unit: one, Keys: keys}); err != nil {
				t.Error(err)
			}
		}
	}()
	for looking := true; looking; {
		select {
		case <-done:
			looking = false
		default:
		}
		wantDependents(t, on(client, name), "stays", one)
	}
}

func TestRunsOfOneUnitAtOnceAreAllRecorded(t *testing.T) {
	l := empty(t)
	atOnce(6, func(i int) {
		run := ledger.Run{Unit: one, At: noon, Hash: fmt.Sprint(i)}
		if err := l.Finish(t.Context(), run, []finding.Finding{{ID: fmt.Sprint(i)}}, map[string]string{"x": fmt.Sprint(i)}); err != nil {
			t.Error(err)
		}
	})
	runs, err := l.Runs(t.Context(), one, noon)
	must(t, err)
	contests, err := l.Contests(t.Context(), one, noon)
	must(t, err)
	if len(runs) != 6 || len(contests["x"].Repairs) != 6 || len(contests["x"].Actors) != 6 {
		t.Errorf("of 6 runs %d are there, with %d repairs by %d actors", len(runs), len(contests["x"].Repairs), len(contests["x"].Actors))
	}
}

func TestAClaimThatMoreUnitsHoldThanATransactionTakesComesAndGoesWhole(t *testing.T) {
	l := empty(t)
	req := access.Requirement{Kind: access.NeedTGWRoute, Location: home, Resource: "tgw-rtb-01", Target: network.TargetOf("tgw-attach-01")}
	var all []plan.Holder
	for i := range 205 {
		all = append(all, holder(network.Unit{Location: home, VPC: fmt.Sprintf("vpc-%03d", i)}, "orders"))
	}
	holds := func(unit network.Unit) int {
		found, err := l.Claims(t.Context(), unit, nil)
		must(t, err)
		return len(found)
	}
	_, existed, err := l.Intend(t.Context(), claimed(req, all...))
	must(t, err)
	if existed {
		t.Error("the claim is said to have been there before")
	}
	for _, i := range []int{0, 89, 90, 204} {
		if holds(all[i].Unit) != 1 {
			t.Errorf("unit %s does not find the claim that it holds", all[i].Unit)
		}
	}
	must(t, l.Hold(t.Context(), req.String(), nil, all[1:]))
	if holds(all[0].Unit) != 1 || holds(all[204].Unit) != 0 {
		t.Error("after all but one went, the one must find the claim, and the others must not")
	}
	must(t, l.Hold(t.Context(), req.String(), all, nil))
	must(t, l.Release(t.Context(), req.String()))
	for _, h := range all[:100] {
		if holds(h.Unit) != 0 {
			t.Errorf("unit %s finds a claim that was released", h.Unit)
		}
	}
}

func TestFindingsThatFillSeveralItemsComeBackAndShrinkAgain(t *testing.T) {
	l := empty(t)
	// Letters that hardly compress, and always the same ones.
	noise := func(seed int) string {
		var b strings.Builder
		for n := uint64(seed)*2654435761 + 1; b.Len() < 1000; {
			n = n*6364136223846793005 + 1442695040888963407
			fmt.Fprintf(&b, "%016x", n)
		}
		return b.String()
	}
	var live []finding.Finding
	for i := range 1500 {
		live = append(live, finding.Finding{ID: fmt.Sprintf("%04d", i), Detail: noise(i)})
	}
	for _, n := range []int{1500, 3, 0} {
		must(t, l.Finish(t.Context(), ledger.Run{Unit: one, At: noon}, live[:n], nil))
		got, err := l.Findings(t.Context(), one)
		must(t, err)
		if !slices.Equal(got, live[:n]) {
			t.Errorf("%d findings came back as %d, or changed", n, len(got))
		}
	}
	err := l.Finish(t.Context(), ledger.Run{Unit: one, At: noon}, slices.Concat(live, live, live), nil)
	if err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("findings that do not fit gave the error %v, want one that says how much fits", err)
	}
}
