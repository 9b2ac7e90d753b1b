package ledgertest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

func needs(names ...string) ledger.Needs {
	var n ledger.Needs
	for _, name := range names {
		k := intent.Key{Cluster: "arn:sessions", Name: name}
		n.Judged = append(n.Judged, ledger.JudgedIntent{Intent: k, Digest: "digest of " + name})
		n.Needs = append(n.Needs, ledger.Need{
			Intent: k, Groups: []string{"sg-0c", "sg-0d"}, V4: true, RangesOnly: true, Block: "route", Why: "another route to " + name,
			Requirement: change.Requirement{Kind: change.Rule, Location: home, Resource: "sg-0c", Port: 6379, Peer: network.Peer{SecurityGroup: "sg-" + name}},
		})
		n.Hidden = append(n.Hidden, ledger.HiddenNeed{Intent: k, Kind: change.Route, Location: away})
	}
	return n
}

func needing(u network.Unit, n ledger.Needs, keys ...string) ledger.Judged {
	j := judged(u, keys...)
	j.Needs = n
	return j
}

func wantNeeds(t *testing.T, l ledger.Ledger, u network.Unit, wanted ledger.Needs) {
	t.Helper()
	got, ok, err := l.Needs(t.Context(), u)
	must(t, err)
	want(t, "kept", ok, true)
	if diff := cmp.Diff(wanted, got, cmp.Comparer(func(a, b change.Requirement) bool { return a == b })); diff != "" {
		t.Errorf("the needs of %s differ (-want +got):\n%s", u, diff)
	}
}

func lastNeeds(t *testing.T, l ledger.Ledger) {
	_, ok, err := l.Needs(t.Context(), unitA)
	must(t, err)
	want(t, "kept before any judgement", ok, false)
	depend(t, l, needing(unitA, needs("one"), "sg-0c"))
	wantNeeds(t, l, unitA, needs("one"))
	want(t, "changed by other needs", depend(t, l, needing(unitA, needs("one", "two"), "sg-0c")), false)
	wantNeeds(t, l, unitA, needs("one", "two"))
	depend(t, l, needing(unitA, needs("one"), "sg-0c", "sg-0d"))
	wantNeeds(t, l, unitA, needs("one"))
	depend(t, l, needing(unitB, ledger.Needs{}, "sg-0c"))
	wantNeeds(t, l, unitB, ledger.Needs{})
	wantNeeds(t, l, unitA, needs("one"))
	depend(t, l, needing(unitA, ledger.Needs{}, "sg-0c"))
	wantNeeds(t, l, unitA, ledger.Needs{})
}

func manyNeeds(t *testing.T, l ledger.Ledger) {
	var names []string
	for i := range 2000 {
		names = append(names, fmt.Sprintf("intent-%04d", i))
	}
	depend(t, l, needing(unitA, needs(names...), "sg-0c"))
	wantNeeds(t, l, unitA, needs(names...))
}
