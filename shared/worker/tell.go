package worker

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// tellAgain is when a unit is run again of which something could not be told.
const tellAgain = 5 * time.Minute

// tell tells what people have to hear of a unit. It stays in the ledger until it was
// told, so that a failure here does not fail the run; how much could not be told is
// measured, and an alarm looks at it.
func (w *Worker) tell(ctx context.Context, report reconcile.Report) (untold int) {
	outbox := notify.Outbox{Teller: w.Teller, Notices: w.Notices}
	left, err := outbox.Tell(ctx, report.Unit, report.Told, slices.Concat(report.Changes, report.Recovered))
	if err != nil {
		w.Log.ErrorContext(ctx, "not everything could be told, or recorded as told", "unit", report.Unit.String(), "untold", len(left), "error", err)
	}
	for _, n := range left {
		f := n.Finding
		w.Log.ErrorContext(ctx, "a finding could not be told yet", "finding", f.ID, "status", string(f.Status),
			"severity", string(f.Severity), "title", f.Title, "detail", f.Detail, "fix", f.Fix)
	}
	return len(left)
}
