package dispatch

import (
	"context"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/wake"
)

// wakeUps gathers what a batch wakes: a unit once, with all events behind it.
type wakeUps struct {
	of    map[network.Unit]*wakeUp
	order []network.Unit
}

// wakeUp is one unit that is woken.
type wakeUp struct {
	trigger string
	// once is the kind of trigger, where one look is asked for and nothing else.
	once   string
	events []events.Event
	// records are the ids of the records that wake it.
	records []string
}

func (w *wakeUps) add(record string, units []network.Unit, trigger string, came ...events.Event) {
	w.wake(record, units, trigger, "", came)
}

// look adds units that one look is asked for, by the kind of trigger.
func (w *wakeUps) look(record string, units []network.Unit, trigger string) {
	w.wake(record, units, trigger, trigger, nil)
}

func (w *wakeUps) wake(record string, units []network.Unit, trigger, once string, came []events.Event) {
	for _, u := range units {
		up, ok := w.of[u]
		if !ok {
			up = &wakeUp{trigger: trigger, once: once}
			w.of[u] = up
			w.order = append(w.order, u)
		}
		if up.once != once {
			up.once = ""
		}
		up.records = append(up.records, record)
		up.events = append(up.events, came...)
	}
}

func (w *wakeUps) requests() []wake.Request {
	out := make([]wake.Request, 0, len(w.order))
	for _, u := range w.order {
		out = append(out, wake.Request{Unit: u, Trigger: w.of[u].trigger, Once: w.of[u].once})
	}
	return out
}

// record puts the events behind the wake-ups into the ledger, where the runs look for
// them: a wake-up does not carry them.
func (w *wakeUps) record(ctx context.Context, d *Dispatcher) error {
	var came []ledger.UnitEvents
	for _, u := range w.order {
		if len(w.of[u].events) > 0 {
			came = append(came, ledger.UnitEvents{Unit: u, Events: w.of[u].events})
		}
	}
	if len(came) == 0 {
		return nil
	}
	return d.Journal.RecordEvents(ctx, d.Clock(), came...)
}
