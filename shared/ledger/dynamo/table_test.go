package dynamo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/network"
)

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
	_, err = l.Depend(t.Context(), ledger.Lease{}, ledger.Judged{Unit: one, Keys: []string{"sg-01"}})
	must(t, err)
	_, err = l.Acquire(t.Context(), one, "laptop", noon, time.Minute)
	must(t, err)
	run := ledger.Run{Unit: one, At: noon, Changes: []change.Change{{Requirement: c.Requirement, Outcome: change.Applied}}, Told: []finding.Finding{{ID: "a"}}}
	must(t, l.Finish(t.Context(), ledger.Lease{}, run, []finding.Finding{{ID: "a"}}, map[string]string{"x": "somebody"}))
	must(t, l.RecordEvents(t.Context(), noon, ledger.UnitEvents{Unit: one, Events: []events.Event{{ID: "e"}}}))
	for _, i := range items(t, client, name) {
		history := strings.HasPrefix(i.sk, "run#") || strings.HasPrefix(i.pk, "wrote#")
		want := ""
		if history {
			want = fmt.Sprint(noon.Add(dynamo.DefaultKeepHistory).Unix())
		}
		if strings.HasPrefix(i.sk, "seen#") {
			want = fmt.Sprint(noon.Add(dynamo.KeepEvents).Unix())
		}
		if i.expires != want {
			t.Errorf("item %s %s expires at %q, want %q", i.pk, i.sk, i.expires, want)
		}
	}
}

func TestARunThatIsRecordedLateDoesNotTakeAnothersPlace(t *testing.T) {
	l := empty(t)
	run := func(at time.Time) ledger.Run {
		r := ledger.Run{Unit: one, At: at, Changes: []change.Change{{Requirement: rule("sg-01", "sg-0a"), Outcome: change.Applied}}}
		return r.WithID()
	}
	must(t, l.Finish(t.Context(), ledger.Lease{}, run(noon.Add(time.Hour)), nil, nil, run(noon)))
	writers, err := l.Writers(t.Context(), []string{"sg-01"}, noon.Add(time.Minute))
	must(t, err)
	if !slices.Equal(writers, []network.Unit{one}) {
		t.Errorf("since a minute past noon %v wrote, want %v, which wrote an hour past noon", writers, one)
	}
	runs, err := l.Runs(t.Context(), one, noon.Add(time.Minute), time.Time{})
	must(t, err)
	if len(runs) != 1 || !runs[0].At.Equal(noon.Add(time.Hour)) || runs[0].ID == "" {
		t.Errorf("the runs since a minute past noon are %v, want the later one, with an id", runs)
	}
}

func TestAClaimThatMoreUnitsHoldThanATransactionTakesComesAndGoesWhole(t *testing.T) {
	l := empty(t)
	req := change.Requirement{Kind: change.TransitGatewayRoute, Location: home, Resource: "tgw-rtb-01", Target: network.TargetOf("tgw-attach-01")}
	var all []change.Holder
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
		must(t, l.Finish(t.Context(), ledger.Lease{}, ledger.Run{Unit: one, At: noon}, live[:n], nil))
		got, err := l.Findings(t.Context(), one)
		must(t, err)
		if !slices.Equal(got, live[:n]) {
			t.Errorf("%d findings came back as %d, or changed", n, len(got))
		}
	}
	err := l.Finish(t.Context(), ledger.Lease{}, ledger.Run{Unit: one, At: noon}, slices.Concat(live, live, live), nil)
	if err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("findings that do not fit gave the error %v, want one that says how much fits", err)
	}
}
