package dynamo_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
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
			if _, err := on(client, name).Depend(t.Context(), ledger.Lease{}, ledger.Judged{Unit: one, Keys: keys, Digest: fmt.Sprint(round)}); err != nil {
				t.Error(err)
			}
		})
		l := on(client, name)
		j, _, err := l.Judged(t.Context(), one)
		must(t, err)
		// Judging once more what counts clears what the others left behind.
		_, err = l.Depend(t.Context(), ledger.Lease{}, j)
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
	_, err := on(client, name).Depend(t.Context(), ledger.Lease{}, ledger.Judged{Unit: one, Keys: []string{"stays", "x"}})
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 15 {
			keys := []string{"stays", fmt.Sprint(i)}
			if _, err := on(client, name).Depend(t.Context(), ledger.Lease{}, ledger.Judged{Unit: one, Keys: keys}); err != nil {
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

func TestAUnitThatLetGoWhileItsClaimsWereReadIsNotGivenTheClaim(t *testing.T) {
	client, name := table(t)
	c := claimed(rule("sg-01", "sg-0a"), holder(one, "orders"))
	_, _, err := on(client, name).Intend(t.Context(), c)
	must(t, err)
	slow := &meddled{Client: client, first: func() {
		must(t, on(client, name).Hold(t.Context(), c.Key(), []change.Holder{holder(two, "batch")}, c.Holders))
	}}
	found, err := on(slow, name).Claims(t.Context(), one, nil)
	must(t, err)
	if len(found) != 0 {
		t.Errorf("the unit is given %v, which another unit holds by then", found)
	}
}

func TestADependencyThatNobodyHasLeavesNothingBehindUnlessSomebodyComesMeanwhile(t *testing.T) {
	client, name := table(t)
	sound := on(client, name)
	must(t, judge(t.Context(), sound, one, "a", "b"))
	must(t, judge(t.Context(), sound, one))
	for _, i := range items(t, client, name) {
		if strings.HasPrefix(i.pk, "dep#") {
			t.Errorf("nobody depends on anything, and item %s is kept for it", i.pk)
		}
	}
	must(t, judge(t.Context(), sound, one, "a"))
	meddling := &meddled{Client: client, first: func() { must(t, judge(t.Context(), sound, two, "a")) }}
	must(t, judge(t.Context(), on(meddling, name), one))
	wantDependents(t, sound, "a", two)
}

func TestRunsOfOneUnitAtOnceAreAllRecorded(t *testing.T) {
	l := empty(t)
	atOnce(6, func(i int) {
		run := ledger.Run{Unit: one, At: noon, Hash: fmt.Sprint(i)}
		if err := l.Finish(t.Context(), ledger.Lease{}, run, []finding.Finding{{ID: fmt.Sprint(i)}}, map[string]string{"x": fmt.Sprint(i)}); err != nil {
			t.Error(err)
		}
	})
	runs, err := l.Runs(t.Context(), one, noon, time.Time{})
	must(t, err)
	contests, err := l.Contests(t.Context(), one, noon)
	must(t, err)
	if len(runs) != 6 || len(contests["x"].Repairs) != 6 || len(contests["x"].Actors) != 6 {
		t.Errorf("of 6 runs %d are there, with %d repairs by %d actors", len(runs), len(contests["x"].Repairs), len(contests["x"].Actors))
	}
}
