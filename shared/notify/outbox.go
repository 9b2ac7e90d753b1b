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

// Teller tells notes, and gives back those that could not be told with the channels
// that still have to.
type Teller interface {
	Tell(ctx context.Context, notes []Note) (untold []Note, err error)
}

// Outbox tells what the ledger keeps until it is told: nothing is lost where a
// process dies between finding and telling, and what was told is not told again.
type Outbox struct {
	Teller  Teller
	Notices ledger.Notices
}

// Tell tells what people have to hear of a unit: what a run just found, with what it
// did about it, and what earlier ones could not tell. What is left stays in the
// ledger; the error says why.
func (o Outbox) Tell(ctx context.Context, unit network.Unit, found []finding.Finding, changes []change.Change) (left []Note, err error) {
	waiting, err := o.Notices.Unheard(ctx, unit)
	if err != nil {
		return Notes(found, changes), fmt.Errorf("reading what is to be told of unit %s: %w", unit, err)
	}
	if len(waiting) == 0 {
		return nil, nil
	}
	left, err = o.Teller.Tell(ctx, notesOf(waiting, found, changes))
	if len(left) > 0 { // once more, on the channels that failed: a throttled topic recovers
		left, err = o.Teller.Tell(ctx, left)
	}
	return left, errors.Join(err, o.Notices.Heard(ctx, unit, waiting, noticesOf(left)))
}

func notesOf(waiting []ledger.Notice, found []finding.Finding, changes []change.Change) []Note {
	out := make([]Note, 0, len(waiting))
	for _, n := range waiting {
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

func noticesOf(left []Note) []ledger.Notice {
	out := make([]ledger.Notice, 0, len(left))
	for _, n := range left {
		out = append(out, ledger.Notice{Finding: n.Finding, Channels: uint8(n.Channels)})
	}
	return out
}
