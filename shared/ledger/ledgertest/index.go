package ledgertest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

func indexTests() []test {
	return []test{
		{"nobody depends on anything in an empty ledger", emptyIndex},
		{"a unit depends on the keys of its last judgement alone", lastJudgement},
		{"whether the keys changed is told", keysChanged},
		{"the units of several keys are given once, in order", dependentsOnce},
		{"a unit with thousands of keys depends on every one of them", manyKeys},
		{"what a unit was judged on is given back", judgedBack},
		{"all units are given without their keys, in order", allUnits},
		{"a judgement without keys is remembered too", judgedOnNothing},
		{"what a unit needs is that of its last judgement", lastNeeds},
		{"the needs of many intents are kept", manyNeeds},
	}
}

func judged(u network.Unit, keys ...string) ledger.Judged {
	return ledger.Judged{Unit: u, Keys: keys, Clusters: []string{"arn:" + u.VPC}, Digest: "digest of " + u.VPC}
}

func depend(t *testing.T, l ledger.Ledger, j ledger.Judged) bool {
	t.Helper()
	changed, err := l.Depend(t.Context(), ledger.Lease{}, j)
	must(t, err)
	return changed
}

func dependents(t *testing.T, l ledger.Ledger, keys ...string) []network.Unit {
	t.Helper()
	found, err := l.Dependents(t.Context(), keys)
	must(t, err)
	return found
}

func wantUnits(t *testing.T, what string, got []network.Unit, wanted ...network.Unit) {
	t.Helper()
	if !slices.Equal(got, wanted) {
		t.Errorf("%s are %v, want %v", what, got, wanted)
	}
}

func emptyIndex(t *testing.T, l ledger.Ledger) {
	wantUnits(t, "the dependents", dependents(t, l, "sg-0c", "at/111122223333/us-east-1"))
	wantUnits(t, "the dependents of no key", dependents(t, l))
	_, ok, err := l.Judged(t.Context(), unitA)
	must(t, err)
	want(t, "judged", ok, false)
	units, err := l.Units(t.Context())
	must(t, err)
	want(t, "the number of units", len(units), 0)
}

func lastJudgement(t *testing.T, l ledger.Ledger) {
	depend(t, l, judged(unitA, "rtb-0a", "sg-0c"))
	depend(t, l, judged(unitA, "sg-0c", "sg-0d"))
	wantUnits(t, "the dependents of what it left", dependents(t, l, "rtb-0a"))
	wantUnits(t, "the dependents of what it kept", dependents(t, l, "sg-0c"), unitA)
	wantUnits(t, "the dependents of what it took up", dependents(t, l, "sg-0d"), unitA)
}

func keysChanged(t *testing.T, l ledger.Ledger) {
	want(t, "changed at first", depend(t, l, judged(unitA, "rtb-0a", "sg-0c")), true)
	want(t, "changed by the same", depend(t, l, judged(unitA, "rtb-0a", "sg-0c")), false)
	other := judged(unitA, "rtb-0a", "sg-0c")
	other.Digest, other.Clusters = "another digest", []string{"arn:other"}
	want(t, "changed by another digest and other clusters", depend(t, l, other), false)
	want(t, "changed by one more", depend(t, l, judged(unitA, "rtb-0a", "sg-0c", "sg-0d")), true)
	want(t, "changed by one less", depend(t, l, judged(unitA, "rtb-0a", "sg-0c")), true)
	got, _, err := l.Judged(t.Context(), unitA)
	must(t, err)
	want(t, "the digest", got.Digest, "digest of vpc-0a")
}

func dependentsOnce(t *testing.T, l ledger.Ledger) {
	depend(t, l, judged(unitB, "rtb-0a", "sg-0c"))
	depend(t, l, judged(unitA, "rtb-0a", "sg-0d"))
	depend(t, l, judged(unitC, "name/444455556666/eu-west-1/replication-group/carts"))
	wantUnits(t, "the dependents", dependents(t, l, "sg-0c", "rtb-0a", "sg-0d", "rtb-0a", "rtb-0f"), unitA, unitB)
	wantUnits(t, "the dependents of a name", dependents(t, l, "name/444455556666/eu-west-1/replication-group/carts"), unitC)
}

func manyKeys(t *testing.T, l ledger.Ledger) {
	var keys []string
	for i := range 3000 {
		keys = append(keys, fmt.Sprintf("eni-%017x", i))
	}
	want(t, "changed at first", depend(t, l, judged(unitA, keys...)), true)
	want(t, "changed by the same", depend(t, l, judged(unitA, keys...)), false)
	depend(t, l, judged(unitB, keys[17]))
	for _, k := range []string{keys[0], keys[1499], keys[2999]} {
		wantUnits(t, "the dependents of "+k, dependents(t, l, k), unitA)
	}
	wantUnits(t, "the dependents of two hundred", dependents(t, l, keys[:200]...), unitA, unitB)
	want(t, "changed by losing the last", depend(t, l, judged(unitA, keys[:2999]...)), true)
	wantUnits(t, "the dependents of what it left", dependents(t, l, keys[2999]))
}

func judgedBack(t *testing.T, l ledger.Ledger) {
	depend(t, l, judged(unitA, "rtb-0a", "sg-0c"))
	got, ok, err := l.Judged(t.Context(), unitA)
	must(t, err)
	want(t, "judged", ok, true)
	want(t, "the unit", got.Unit, unitA)
	want(t, "the digest", got.Digest, "digest of vpc-0a")
	want(t, "the keys are the same", slices.Equal(got.Keys, []string{"rtb-0a", "sg-0c"}), true)
	want(t, "the clusters are the same", slices.Equal(got.Clusters, []string{"arn:vpc-0a"}), true)
}

func allUnits(t *testing.T, l ledger.Ledger) {
	depend(t, l, judged(unitB, "sg-0c"))
	depend(t, l, judged(unitC, "sg-0d"))
	depend(t, l, judged(unitA, "sg-0e"))
	units, err := l.Units(t.Context())
	must(t, err)
	var found []network.Unit
	for _, j := range units {
		found = append(found, j.Unit)
		want(t, "the digest of "+j.Unit.String(), j.Digest, "digest of "+j.Unit.VPC)
		want(t, "the clusters of "+j.Unit.String(), fmt.Sprint(j.Clusters), "[arn:"+j.Unit.VPC+"]")
		want(t, "the number of keys of "+j.Unit.String(), len(j.Keys), 0)
	}
	wantUnits(t, "the units", found, unitA, unitB, unitC)
	got, _, err := l.Judged(t.Context(), unitA)
	must(t, err)
	want(t, "the number of keys afterwards", len(got.Keys), 1)
}

func judgedOnNothing(t *testing.T, l ledger.Ledger) {
	depend(t, l, ledger.Judged{Unit: unitA})
	_, ok, err := l.Judged(t.Context(), unitA)
	must(t, err)
	want(t, "judged", ok, true)
}
