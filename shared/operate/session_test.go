package operate_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// What an operator looks at are the units that a sweep wakes: of those in which nothing is
// declared, the ones where something is left.
func TestTheUnitsAreThoseThatASweepWakes(t *testing.T) {
	l := ledger.NewMemory()
	empty, claimed := network.Unit{Location: home, VPC: "vpc-0e"}, network.Unit{Location: home, VPC: "vpc-0c"}
	for _, u := range []network.Unit{empty, claimed} {
		if _, err := l.Depend(t.Context(), ledger.Lease{}, ledger.Judged{Unit: u}); err != nil {
			t.Fatal(err)
		}
	}
	rule := change.Requirement{Kind: change.Rule, Location: home, Resource: "sg-0c", Port: 6379, Peer: network.Peer{SecurityGroup: "sg-0a"}}
	if _, _, err := l.Intend(t.Context(), change.Claim{Requirement: rule, Holders: []change.Holder{{Unit: claimed}}}); err != nil {
		t.Fatal(err)
	}
	s := operate.Session{
		Runner:     &reconcile.Runner{Ledger: l, Intents: declares{}},
		Dispatcher: &dispatch.Dispatcher{Index: l, Claims: l, Journal: l, Clock: func() time.Time { return time.Unix(0, 0) }},
	}
	units, err := s.Swept(t.Context())
	if err != nil || !slices.Equal(units, []network.Unit{claimed}) {
		t.Errorf("the units are %v (%v), want %s alone", units, err, claimed)
	}
}
