package ledgertest

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

func recorded(t *testing.T, l ledger.Ledger, at time.Time, u network.Unit, ids ...string) {
	t.Helper()
	s := ledger.UnitEvents{Unit: u}
	for _, id := range ids {
		s.Events = append(s.Events, events.Event{ID: id})
	}
	must(t, l.RecordEvents(t.Context(), at, s))
}

func wantSeen(t *testing.T, l ledger.Ledger, u network.Unit, since time.Time, want ...string) {
	t.Helper()
	found, err := l.EventsSince(t.Context(), u, since)
	must(t, err)
	var ids []string
	for _, e := range found {
		ids = append(ids, e.ID)
	}
	if !slices.Equal(ids, want) {
		t.Errorf("the events of %s since %s are %v, want %v", u, since.Format(time.TimeOnly), ids, want)
	}
}

func recentEvents(t *testing.T, l ledger.Ledger) {
	wantSeen(t, l, unitA, noon)
	must(t, l.RecordEvents(t.Context(), noon))
	recorded(t, l, noon.Add(2*time.Second), unitA, "d")
	recorded(t, l, noon, unitA, "a", "b")
	recorded(t, l, noon.Add(time.Second), unitA, "c")
	recorded(t, l, noon.Add(time.Second), unitA)
	recorded(t, l, noon, unitB, "e")
	wantSeen(t, l, unitA, noon, "a", "b", "c", "d")
	wantSeen(t, l, unitA, noon.Add(time.Second), "c", "d")
	wantSeen(t, l, unitA, noon.Add(3*time.Second))
	wantSeen(t, l, unitB, noon.Add(-time.Hour), "e")
	must(t, l.RecordEvents(t.Context(), noon.Add(time.Minute), ledger.UnitEvents{Unit: unitA, Events: []events.Event{{ID: "f"}}}, ledger.UnitEvents{Unit: unitB, Events: []events.Event{{ID: "f"}}}))
	wantSeen(t, l, unitA, noon.Add(2*time.Second), "d", "f")
	wantSeen(t, l, unitB, noon, "e", "f")
}

func wholeEvents(t *testing.T, l ledger.Ledger) {
	e := events.Event{
		ID: "e-1", Name: "RevokeSecurityGroupIngress", Time: noon.Add(-time.Minute),
		Actor: events.Actor{
			Type: "AssumedRole", ARN: "arn:aws:sts::111122223333:assumed-role/admin/alice", SessionIssuer: "arn:aws:iam::111122223333:role/admin",
			Account: "111122223333", UserName: "admin", InvokedBy: "cloudformation.amazonaws.com",
		},
		Resources: []events.Resource{{ID: "sg-0a"}, {ID: "sgr-0a"}},
		Ranges:    []netip.Prefix{netip.MustParsePrefix("10.0.2.0/24"), netip.MustParsePrefix("2001:db8::/64")},
	}
	must(t, l.RecordEvents(t.Context(), noon, ledger.UnitEvents{Unit: unitA, Events: []events.Event{e}}))
	found, err := l.EventsSince(t.Context(), unitA, noon)
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("%d events came, want 1", len(found))
	}
	got := found[0]
	want(t, "the id", got.ID, e.ID)
	want(t, "the name", got.Name, e.Name)
	want(t, "the time is the same", got.Time.Equal(e.Time), true)
	want(t, "the actor", got.Actor, e.Actor)
	want(t, "the ranges are the same", slices.Equal(got.Ranges, e.Ranges), true)
	want(t, "the resources are the same", slices.Equal(got.ResourceIDs(), e.ResourceIDs()), true)
}
