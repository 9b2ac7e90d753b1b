package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/network"
)

// atEveryWrite lets an operation die at each of its writes in turn, before and
// after the write reached the table. prepare makes a fresh ledger as it was before;
// look sees it as it is afterwards, with what the operation said.
func atEveryWrite(t *testing.T, prepare, operate func(context.Context, *dynamo.Ledger) error, look func(*testing.T, *dynamo.Ledger, error)) {
	t.Helper()
	moto.Config(t) // skips here: skipped subtests would never finish the operation
	for n := int64(1); ; n++ {
		finished := false
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("write %d, answer lost %v", n, late), func(t *testing.T) {
				client, name := table(t)
				sound := on(client, name)
				if err := prepare(t.Context(), sound); err != nil {
					t.Fatalf("preparing: %v", err)
				}
				dying := &faulty{Client: client, dies: n, late: late}
				err := operate(t.Context(), on(dying, name))
				if err != nil && !errors.Is(err, errCrash) {
					t.Fatalf("the operation failed before it crashed: %v", err)
				}
				finished = dying.writes.Load() < n
				look(t, sound, err)
			})
		}
		if finished || t.Failed() {
			return
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantDependents compares the units that depend on a key.
func wantDependents(t *testing.T, l *dynamo.Ledger, key string, want ...network.Unit) {
	t.Helper()
	got, err := l.Dependents(t.Context(), []string{key})
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("on %s depend %v, want %v", key, got, want)
	}
}

func judge(ctx context.Context, l *dynamo.Ledger, unit network.Unit, keys ...string) error {
	_, err := l.Depend(ctx, ledger.Lease{}, ledger.Judged{Unit: unit, Keys: keys})
	return err
}

func TestWhereverAJudgementDiesNoDependencyIsMissingAndTheNextOneClearsUp(t *testing.T) {
	prepare := func(ctx context.Context, l *dynamo.Ledger) error {
		return errors.Join(judge(ctx, l, two, "both"), judge(ctx, l, one, "old", "both"))
	}
	operate := func(ctx context.Context, l *dynamo.Ledger) error { return judge(ctx, l, one, "both", "new") }
	atEveryWrite(t, prepare, operate, func(t *testing.T, l *dynamo.Ledger, _ error) {
		t.Helper()
		j, ok, err := l.Judged(t.Context(), one)
		must(t, err)
		if !ok || len(j.Keys) != 2 || !slices.Contains(j.Keys, "both") {
			t.Errorf("the judgement is %v (%v), want the old one or the new one", j, ok)
		}
		for _, k := range j.Keys {
			units, err := l.Dependents(t.Context(), []string{k})
			must(t, err)
			if !slices.Contains(units, one) {
				t.Errorf("on %s depend %v, and %s is missing, whose judgement names it", k, units, one)
			}
		}
		must(t, judge(t.Context(), l, one, "both", "new"))
		wantDependents(t, l, "old")
		wantDependents(t, l, "new", one)
		wantDependents(t, l, "both", one, two)
		must(t, judge(t.Context(), l, one, "newest"))
		wantDependents(t, l, "new")
		wantDependents(t, l, "both", two)
		wantDependents(t, l, "newest", one)
	})
}

func TestARunIsRecordedWithItsFindingsAndRepairsOrNotAtAll(t *testing.T) {
	finish := func(ctx context.Context, l *dynamo.Ledger, at time.Time, live ...finding.Finding) error {
		run := ledger.Run{Unit: one, At: at, Changes: []change.Change{{Requirement: rule("sg-01", "sg-0a"), Outcome: change.Applied}}}
		return l.Finish(ctx, ledger.Lease{}, run, live, map[string]string{"x": "somebody"})
	}
	prepare := func(ctx context.Context, l *dynamo.Ledger) error {
		return finish(ctx, l, noon, finding.Finding{ID: "a", Title: "old"})
	}
	operate := func(ctx context.Context, l *dynamo.Ledger) error {
		return finish(ctx, l, noon.Add(time.Minute), finding.Finding{ID: "a", Title: "new"}, finding.Finding{ID: "b"})
	}
	atEveryWrite(t, prepare, operate, func(t *testing.T, l *dynamo.Ledger, crashed error) {
		t.Helper()
		found, err := l.Findings(t.Context(), one)
		must(t, err)
		contests, err := l.Contests(t.Context(), one, noon)
		must(t, err)
		runs, err := l.Runs(t.Context(), one, noon, time.Time{})
		must(t, err)
		if n := len(runs); len(found) != n || len(contests["x"].Repairs) != n || n < 1 || n > 2 {
			t.Errorf("there are %d runs, findings %v and repairs %v: not all of one time", n, found, contests)
		}
		if crashed == nil && len(runs) != 2 {
			t.Errorf("the run was recorded without an error, and %d runs are there", len(runs))
		}
	})
}

func TestWhereverLeavingDiesTheUnitFindsTheClaimAgain(t *testing.T) {
	c := claimed(rule("sg-01", "sg-0a"), holder(one, "orders"), holder(two, "batch"))
	leave := func(ctx context.Context, l *dynamo.Ledger) (last bool, err error) {
		for _, h := range c.Holders {
			if last, err = l.Leave(ctx, c.Key(), []change.Holder{h}); err != nil {
				return false, err
			}
		}
		return last, nil
	}
	prepare := func(ctx context.Context, l *dynamo.Ledger) error {
		_, _, err := l.Intend(ctx, c)
		return err
	}
	operate := func(ctx context.Context, l *dynamo.Ledger) error {
		_, err := leave(ctx, l)
		return err
	}
	atEveryWrite(t, prepare, operate, func(t *testing.T, l *dynamo.Ledger, _ error) {
		t.Helper()
		ofTwo, err := l.Claims(t.Context(), two, nil)
		must(t, err)
		if len(ofTwo) != 1 {
			t.Fatalf("unit two has to do with %v, want the claim", ofTwo)
		}
		last, err := leave(t.Context(), l)
		must(t, err)
		if !last {
			t.Error("both left, and the second was not told that it was the last")
		}
	})
}

func TestAThrottledTableIsAskedAgainAndNeverTakenForAnEmptyOne(t *testing.T) {
	client, name := table(t)
	c := claimed(rule("sg-01", "sg-0a"), holder(one, "orders"))
	_, _, err := on(client, name).Intend(t.Context(), c)
	must(t, err)
	_, err = on(client, name).Depend(t.Context(), ledger.Lease{}, ledger.Judged{Unit: one, Keys: []string{"a", "b", "c"}})
	must(t, err)

	for _, calls := range []int64{0, 1, 3, math.MaxInt32} {
		for what, ask := range map[string]func(*dynamo.Ledger) (bool, error){
			"claims": func(l *dynamo.Ledger) (bool, error) {
				found, err := l.Claims(t.Context(), one, nil)
				return len(found) == 1, err
			},
			"dependents": func(l *dynamo.Ledger) (bool, error) {
				found, err := l.Dependents(t.Context(), []string{"a", "b", "c", "d"})
				return slices.Equal(found, []network.Unit{one}), err
			},
			"a hold": func(l *dynamo.Ledger) (bool, error) {
				return true, l.Hold(t.Context(), c.Key(), []change.Holder{holder(two, fmt.Sprint(calls))}, nil)
			},
			"a judgement": func(l *dynamo.Ledger) (bool, error) {
				return l.Depend(t.Context(), ledger.Lease{}, ledger.Judged{Unit: one, Keys: []string{"a", "b", "c", fmt.Sprint(calls)}})
			},
			"a lease": func(l *dynamo.Ledger) (bool, error) {
				_, err := l.Acquire(t.Context(), one, "laptop", noon, time.Minute)
				return true, err
			},
		} {
			t.Run(fmt.Sprintf("%s after %d throttled calls", what, calls), func(t *testing.T) {
				busy := &throttled{Client: client}
				busy.left.Store(calls)
				right, err := ask(on(busy, name))
				switch {
				case calls == math.MaxInt32 && what == "dependents":
					must(t, err) // of a batch, one item comes every time
				case calls == math.MaxInt32 && err == nil:
					t.Error("the table is always busy, and there was no error")
				case calls < math.MaxInt32 && (err != nil || !right):
					t.Errorf("the answer is right: %v, the error %v", right, err)
				}
			})
		}
	}
}
