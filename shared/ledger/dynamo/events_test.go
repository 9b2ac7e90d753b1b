package dynamo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/ledger"
)

func TestOfEventsThatDoNotFitTheLatestAreKept(t *testing.T) {
	l := empty(t)
	recent := ledger.UnitEvents{Unit: one}
	n := uint64(1)
	for i := range 20 {
		e := events.Event{ID: fmt.Sprintf("e-%02d", i)}
		for range 1000 { // letters that hardly compress
			n = n*6364136223846793005 + 1442695040888963407
			e.Resources = append(e.Resources, events.Resource{ID: fmt.Sprintf("%016x%016x%016x%016x", n, n*3, n*5, n*7)})
		}
		recent.Events = append(recent.Events, e)
	}
	must(t, l.RecordEvents(t.Context(), noon, recent))
	found, err := l.EventsSince(t.Context(), one, noon)
	must(t, err)
	if len(found) == 0 || len(found) == 20 || found[len(found)-1].ID != "e-19" {
		t.Errorf("%d events were kept, want some, and the latest among them", len(found))
	}
}

func TestAnEventOfAYearThatCannotBeWrittenIsKeptWithoutItsTime(t *testing.T) {
	l := empty(t)
	must(t, l.RecordEvents(t.Context(), noon, ledger.UnitEvents{Unit: one, Events: []events.Event{{ID: "e-1", Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}}))
	found, err := l.EventsSince(t.Context(), one, noon)
	must(t, err)
	if len(found) != 1 || found[0].ID != "e-1" || !found[0].Time.IsZero() {
		t.Errorf("the events are %+v, want the one without its time", found)
	}
}
