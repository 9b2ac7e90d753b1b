package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Teller sends notes, and gives back those that could not be sent, with the channels
// that still have to.
type Teller interface {
	Tell(ctx context.Context, notes []Note) (unsent []Note, err error)
}

// Outbox sends what the ledger keeps until it is sent: nothing is lost where a
// process dies between finding and sending, and what was sent is not sent again.
type Outbox struct {
	Teller  Teller
	Notices ledger.Notices
}

// Tell sends the findings of a unit: what a run just found, with what it did about it,
// and what earlier runs could not send. What is unsent stays in the ledger; the error
// says why.
func (o Outbox) Tell(ctx context.Context, unit network.Unit, found []finding.Finding, changes []change.Change) (unsent []Note, err error) {
	pending, err := o.Notices.Pending(ctx, unit)
	if err != nil {
		return Notes(found, changes), fmt.Errorf("reading what is to be sent of unit %s: %w", unit, err)
	}
	if len(pending) == 0 {
		return nil, nil
	}
	unsent, err = o.Teller.Tell(ctx, notesOf(pending, found, changes))
	if len(unsent) > 0 { // once more, on the channels that failed: a throttled topic recovers
		unsent, err = o.Teller.Tell(ctx, unsent)
	}
	return unsent, errors.Join(err, o.Notices.Ack(ctx, unit, pending, noticesOf(unsent)))
}

func notesOf(pending []ledger.Notice, found []finding.Finding, changes []change.Change) []Note {
	out := make([]Note, 0, len(pending))
	for _, n := range pending {
		note := Note{Finding: n.Finding, Channels: AllChannels}
		if n.Channels != 0 {
			note.Channels = Channel(n.Channels)
		}
		if slices.ContainsFunc(found, func(f finding.Finding) bool { return f.ID == n.Finding.ID }) {
			note.Changes = changes
		}
		out = append(out, note)
	}
	return out
}

func noticesOf(unsent []Note) []ledger.Notice {
	out := make([]ledger.Notice, 0, len(unsent))
	for _, n := range unsent {
		left := ledger.Notice{Finding: n.Finding, Channels: uint8(n.Channels)}
		if n.Channels == AllChannels {
			left.Channels = 0 // nobody heard of it yet
		}
		out = append(out, left)
	}
	return out
}
