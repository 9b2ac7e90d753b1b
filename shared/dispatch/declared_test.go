package dispatch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

func TestASweepWakesEveryUnitThereIsSomethingToLookAfterIn(t *testing.T) {
	tests := []struct {
		name string
		set  intent.Set
		want []network.Unit
	}{
		{"nothing is declared: those that were judged", intent.Set{}, []network.Unit{unitA, unitB}},
		{"a cluster of a judged unit: the unit once", intent.Set{Intents: []intent.Intent{{Cluster: sessions}, {Cluster: sessions}}}, []network.Unit{unitA, unitB}},
		{"a cluster that nobody saw: where clusters to come are", intent.Set{Intents: []intent.Intent{{Cluster: toCome}}}, []network.Unit{unitA, unitB, pending}},
		{"a malformed intent of it too", intent.Set{Invalid: []intent.Invalid{{Key: intent.Key{Cluster: toCome}}}}, []network.Unit{unitA, unitB, pending}},
		{"an intent whose cluster is none", intent.Set{Invalid: []intent.Invalid{{Key: intent.Key{Cluster: "sessions"}}, {}}}, []network.Unit{unitA, unitB}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := open(t).Dispatcher.Sweep(t.Context(), tt.set)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
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
		{"a wrong intent alone", intent.Set{Invalid: wrong}, []network.Unit{home, unitA, unitB}},
		{"a wrong policy alone", intent.Set{InvalidPolicies: wrong}, []network.Unit{home, unitA, unitB}},
		{"a wrong intent beside a right one", intent.Set{Invalid: wrong, Intents: []intent.Intent{{Cluster: carts}}}, []network.Unit{unitA, unitB}},
		{"nothing", intent.Set{}, []network.Unit{unitA, unitB}},
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
