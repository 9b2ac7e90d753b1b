package dynamo_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
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

// kept is an item as far as these tests look at it.
type kept struct {
	pk, sk  string
	expires string
}

func items(t *testing.T, client *dynamodb.Client, table string) []kept {
	t.Helper()
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(table)})
	must(t, err)
	found := make([]kept, 0, len(out.Items))
	for _, i := range out.Items {
		var k kept
		for attribute, into := range map[string]*string{dynamo.PartitionKey: &k.pk, dynamo.SortKey: &k.sk, dynamo.TimeToLive: &k.expires} {
			switch v := i[attribute].(type) {
			case *types.AttributeValueMemberS:
				*into = v.Value
			case *types.AttributeValueMemberN:
				*into = v.Value
			}
		}
		found = append(found, k)
	}
	return found
}

func TestOnlyHistoryPassesWithTime(t *testing.T) {
	client, name := table(t)
	l := on(client, name)
	c := claimed(rule("sg-01", "sg-0a"), holder(one, "orders"))
	_, _, err := l.Intend(t.Context(), c)
	must(t, err)
	_, err = l.Depend(t.Context(), ledger.Judged{Unit: one, Keys: []string{"sg-01"}})
	must(t, err)
	_, err = l.Acquire(t.Context(), one, "laptop", noon, time.Minute)
	must(t, err)
	run := ledger.Run{Unit: one, At: noon, Changes: []plan.Change{{Requirement: c.Requirement, Outcome: plan.Applied}}}
	must(t, l.Finish(t.Context(), run, []finding.Finding{{ID: "a"}}, map[string]string{"x": "somebody"}))
	for _, i := range items(t, client, name) {
		history := strings.HasPrefix(i.sk, "run#") || strings.HasPrefix(i.pk, "wrote#")
		want := ""
		if history {
			want = fmt.Sprint(noon.Add(dynamo.DefaultKeepHistory).Unix())
		}
		if i.expires != want {
			t.Errorf("item %s %s expires at %q, want %q", i.pk, i.sk, i.expires, want)
		}
	}
}

func TestAUnitThatLetGoWhileItsClaimsWereReadIsNotGivenTheClaim(t *testing.T) {
	client, name := table(t)
	c := claimed(rule("sg-01", "sg-0a"), holder(one, "orders"))
	_, _, err := on(client, name).Intend(t.Context(), c)
	must(t, err)
	slow := &meddled{Client: client, first: func() {
		must(t, on(client, name).Hold(t.Context(), c.Key(), []plan.Holder{holder(two, "batch")}, c.Holders))
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
	judge := func(l *dynamo.Ledger, unit network.Unit, keys ...string) {
		_, err := l.Depend(t.Context(), ledger.Judged{Unit: unit, Keys: keys})
		must(t, err)
	}
	judge(sound, one, "a", "b")
	judge(sound, one)
	for _, i := range items(t, client, name) {
		if strings.HasPrefix(i.pk, "dep#") {
			t.Errorf("nobody depends on anything, and item %s is kept for it", i.pk)
		}
	}
	judge(sound, one, "a")
	judge(on(&meddled{Client: client, first: func() { judge(sound, two, "a") }}, name), one)
	wantDependents(t, sound, "a", two)
}

func TestARunThatIsRecordedLateDoesNotTakeAnothersPlace(t *testing.T) {
	l := empty(t)
	for _, at := range []time.Time{noon.Add(time.Hour), noon} {
		run := ledger.Run{Unit: one, At: at, Changes: []plan.Change{{Requirement: rule("sg-01", "sg-0a"), Outcome: plan.Applied}}}
		must(t, l.Finish(t.Context(), run, nil, nil))
	}
	writers, err := l.Writers(t.Context(), []string{"sg-01"}, noon.Add(time.Minute))
	must(t, err)
	if !slices.Equal(writers, []network.Unit{one}) {
		t.Errorf("since a minute past noon %v wrote, want %v, which wrote an hour past noon", writers, one)
	}
	runs, err := l.Runs(t.Context(), one, noon.Add(time.Minute))
	must(t, err)
	if len(runs) != 1 || !runs[0].At.Equal(noon.Add(time.Hour)) || runs[0].ID == "" {
		t.Errorf("the runs since a minute past noon are %v, want the later one, with an id", runs)
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
