package dispatch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

func TestASweepWakesEveryUnitThereIsSomethingToLookAfterIn(t *testing.T) {
	claim := func(t *testing.T, l *ledger.Memory) {
		t.Helper()
		_, _, err := l.Intend(t.Context(), change.Claim{
			Requirement: change.Requirement{Kind: change.Rule, Location: here, Resource: "sg-0c", Port: 6379}, Holders: []change.Holder{{Unit: unitB}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	openOne := finding.Finding{ID: "f", Status: finding.Opened, Unit: unitA}
	run := func(live, told []finding.Finding) func(*testing.T, *ledger.Memory) {
		return func(t *testing.T, l *ledger.Memory) {
			t.Helper()
			if err := l.Finish(t.Context(), ledger.Lease{}, ledger.Run{Unit: unitA, At: noon, Told: told}, live, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name string
		left func(*testing.T, *ledger.Memory)
		set  intent.Set
		want []network.Unit
	}{
		{"nothing is declared, and nothing left of what was judged", nil, intent.Set{}, nil},
		{"a claim is left", claim, intent.Set{}, []network.Unit{unitB}},
		{"a finding is open", run([]finding.Finding{openOne}, nil), intent.Set{}, []network.Unit{unitA}},
		{"a finding is over, and nobody was told", run(nil, []finding.Finding{openOne}), intent.Set{}, []network.Unit{unitA}},
		{"a cluster of a judged unit: the unit once", claim, intent.Set{Intents: []intent.Intent{{Cluster: carts}, {Cluster: carts}}}, []network.Unit{unitB}},
		{"a cluster that nobody saw: where clusters to come are", nil, intent.Set{Intents: []intent.Intent{{Cluster: toCome}}}, []network.Unit{pending}},
		{"a malformed intent of it too", nil, intent.Set{Invalid: []intent.Invalid{{Key: intent.Key{Cluster: toCome}}}}, []network.Unit{pending}},
		{"an intent whose cluster is none", nil, intent.Set{Invalid: []intent.Invalid{{Key: intent.Key{Cluster: "sessions"}}, {}}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t)
			if tt.left != nil {
				tt.left(t, o.ledger)
			}
			got, err := o.Dispatcher.Sweep(t.Context(), tt.set)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestWhereLocationsAreWatchedEveryClusterIsSwept(t *testing.T) {
	o := open(t)
	d := o.Dispatcher
	d.Locations = []network.Location{unitA.Location, pending.Location}
	got, err := d.Sweep(t.Context(), intent.Set{})
	want := ledger.SortUnits([]network.Unit{unitA, unitB, network.PendingUnit(unitA.Location), pending})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("with nothing declared a sweep wakes %v, %v; want %v", got, err, want)
	}
}

// unread is an index whose units cannot be read.
type unread struct{ ledger.Index }

func (unread) Units(context.Context) ([]ledger.Judged, error) { return nil, errThrottled }

func TestUnitsThatCannotBeReadAreAnErrorNotNone(t *testing.T) {
	d := open(t).Dispatcher
	d.Index = unread{d.Index}
	if _, err := d.Sweep(t.Context(), intent.Set{}); !errors.Is(err, errThrottled) {
		t.Errorf("sweeping gave %v", err)
	}
	if _, err := d.Changed(t.Context(), intent.Key{Cluster: sessions, Name: "orders"}); !errors.Is(err, errThrottled) {
		t.Errorf("a changed intent gave %v", err)
	}
}

func TestWhileNoClusterIsDeclaredTheHomeUnitIsWokenForWhatIsWrong(t *testing.T) {
	home := network.PendingUnit(here)
	wrong := []intent.Invalid{{Key: intent.Key{Cluster: "sessions", Name: "orders"}}}
	tests := []struct {
		name string
		set  intent.Set
		want []network.Unit
	}{
		{"a wrong intent alone", intent.Set{Invalid: wrong}, []network.Unit{home}},
		{"a wrong policy alone", intent.Set{InvalidPolicies: wrong}, []network.Unit{home}},
		{"a wrong intent beside a right one", intent.Set{Invalid: wrong, Intents: []intent.Intent{{Cluster: carts}}}, []network.Unit{unitB}},
		{"nothing", intent.Set{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := open(t).Dispatcher
			d.Home = here
			got, err := d.Sweep(t.Context(), tt.set)
			slices.SortFunc(tt.want, func(a, b network.Unit) int { return strings.Compare(a.String(), b.String()) })
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}
