package worker

import (
	"context"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/wake"
)

// measure counts what a run did.
func measure(report reconcile.Report) metrics.Set {
	set := metrics.Set{metrics.Runs: 1, metrics.Findings: float64(len(report.Told))}
	for _, name := range []metrics.Name{metrics.Changes, metrics.ChangesFailed, metrics.ChangesRefused, metrics.Unsatisfied} {
		set[name] = 0
	}
	for _, c := range report.Changes {
		switch c.Outcome {
		case change.Applied:
			set[metrics.Changes]++
		case change.Failed:
			set[metrics.ChangesFailed]++
		case change.Refused:
			set[metrics.ChangesRefused]++
		case change.Planned:
		}
	}
	for _, j := range report.After {
		if !j.Satisfied {
			set[metrics.Unsatisfied]++
		}
	}
	return set
}

// log writes down, for an audit, what a run was for, what it changed and what it told.
func (w *Worker) log(ctx context.Context, report reconcile.Report, m wake.Message) {
	for _, c := range report.Changes {
		intents := make([]string, 0, len(c.Intents))
		for _, k := range c.Intents {
			intents = append(intents, k.Short())
		}
		w.Log.InfoContext(ctx, "change", "unit", report.Unit.String(), "action", string(c.Action), "resource", c.Resource,
			"location", c.Location.String(), "text", c.Text(), "outcome", string(c.Outcome), "reason", string(c.Reason), "why", c.Why, "intents", intents)
	}
	for _, f := range report.Told {
		w.Log.InfoContext(ctx, "finding", "unit", report.Unit.String(), "finding", f.ID, "status", string(f.Status),
			"severity", string(f.Severity), "title", f.Title)
	}
	unsatisfied := []string{}
	for _, j := range report.After {
		if !j.Satisfied {
			unsatisfied = append(unsatisfied, j.Key().Short()+"="+string(j.State))
		}
	}
	w.Log.InfoContext(ctx, "run", "unit", report.Unit.String(), "trigger", m.Trigger, "round", m.Round, "intents", len(report.After),
		"unsatisfied", unsatisfied, "changes", len(report.Changes), "hash", report.Hash, "next", moment(report.Next))
}

// moment gives a time as the log has it; none where there is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.UTC().Format(time.RFC3339)
}
