package worker

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// tellAgain is when a unit is run again of which something could not be told.
const tellAgain = 5 * time.Minute

// tell tells what people have to hear of a unit: what this run found, and what
// earlier ones found that died, or could not tell it. It stays in the ledger until
// it was told, so that a failure here does not fail the run; how much could not be
// told is measured, and an alarm looks at it.
func (w *Worker) tell(ctx context.Context, report reconcile.Report) (untold int) {
	waiting, err := w.Notices.Unheard(ctx, report.Unit)
	if err != nil {
		w.Log.ErrorContext(ctx, "what is to be told could not be read; the next run tells it", "unit", report.Unit.String(), "error", err)
		return max(1, len(report.Told))
	}
	if len(waiting) == 0 {
		return 0
	}
	left, err := w.Teller.Tell(ctx, notes(waiting, report))
	if len(left) > 0 { // once more, on the channels that failed: a throttled topic recovers
		left, err = w.Teller.Tell(ctx, left)
	}
	for _, n := range left {
		f := n.Finding
		w.Log.ErrorContext(ctx, "a finding could not be told yet", "error", err, "finding", f.ID, "status", string(f.Status),
			"severity", string(f.Severity), "title", f.Title, "detail", f.Detail, "fix", f.Fix)
	}
	if err := w.Notices.Heard(ctx, report.Unit, waiting, notices(left)); err != nil {
		w.Log.ErrorContext(ctx, "what was told could not be recorded; it is told once more", "unit", report.Unit.String(), "error", err)
	}
	return len(left)
}

// notes gives notices as what is to be told, with what the run did about those that
// it found.
func notes(waiting []ledger.Notice, report reconcile.Report) []notify.Note {
	out := make([]notify.Note, 0, len(waiting))
	for _, n := range waiting {
		note := notify.Note{Finding: n.Finding, Channels: notify.AllChannels}
		if n.Channels != 0 {
			note.Channels = notify.Channel(n.Channels)
		}
		if slices.ContainsFunc(report.Told, func(f finding.Finding) bool { return f.ID == n.Finding.ID }) {
			note.Changes = report.Changes
		}
		out = append(out, note)
	}
	return out
}

func notices(left []notify.Note) []ledger.Notice {
	out := make([]ledger.Notice, 0, len(left))
	for _, n := range left {
		out = append(out, ledger.Notice{Finding: n.Finding, Channels: uint8(n.Channels)})
	}
	return out
}

// sooner gives the earlier of two times; zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
