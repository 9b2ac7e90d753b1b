package dispatch

import (
	"context"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/wake"
)

// wakeUps gathers what a batch wakes: a unit once, with all events behind it.
type wakeUps struct {
	of    map[network.Unit]*wake.Request
	order []network.Unit
	// records are the ids of those that wake a unit.
	records map[network.Unit][]string
}

// maxEvents bounds the events that a wake-up carries; they say who did what, and
// what is there is read anyway.
const maxEvents = 20

func (w *wakeUps) add(record string, units []network.Unit, trigger string, seen ...wake.Seen) {
	for _, u := range units {
		r, ok := w.of[u]
		if !ok {
			r = &wake.Request{Unit: u, Trigger: trigger}
			w.of[u] = r
			w.order = append(w.order, u)
		}
		w.records[u] = append(w.records[u], record)
		if len(r.Events) < maxEvents {
			r.Events = append(r.Events, seen...)
		}
	}
}

func (w *wakeUps) requests() []wake.Request {
	out := make([]wake.Request, 0, len(w.order))
	for _, u := range w.order {
		out = append(out, *w.of[u])
	}
	return out
}

// recordEvents records which events wake units: of the wake-ups that the queue takes for
// one, it keeps the first message, and the run asks the ledger for the others.
func (d *Dispatcher) recordEvents(ctx context.Context, requests []wake.Request) error {
	var recent []ledger.UnitEvents
	for _, r := range requests {
		s := ledger.UnitEvents{Unit: r.Unit}
		for _, seen := range r.Events {
			s.Events = append(s.Events, seen.Event())
		}
		if len(s.Events) > 0 {
			recent = append(recent, s)
		}
	}
	if len(recent) == 0 {
		return nil
	}
	return d.Journal.RecordEvents(ctx, d.Clock(), recent...)
}
