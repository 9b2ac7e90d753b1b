package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
)

// Preview gives what a run of a unit would find and set out to do at a time, and
// writes nothing: neither to AWS nor to the ledger. It takes no lease, so that
// nobody waits for it. What nobody changes meanwhile, a run changes as the report
// says; a change without an outcome is one that it would make. Zero is now.
func (r *Runner) Preview(ctx context.Context, unit network.Unit, wake Wake, at time.Time) (Report, error) {
	looking := *r
	if !at.IsZero() {
		looking.Clock = func() time.Time { return at }
	}
	last, _, err := looking.Ledger.Judged(ctx, unit)
	if err != nil {
		return Report{}, fmt.Errorf("reading what unit %s depended on: %w", unit, err)
	}
	a, err := looking.plan(ctx, unit, false)
	if err != nil {
		return Report{}, fmt.Errorf("planning unit %s: %w", unit, err)
	}
	moved, err := looking.moved(ctx, unit, last, a.declared.where)
	if err != nil {
		return Report{}, err
	}
	open, err := looking.Ledger.Findings(ctx, unit)
	if err != nil {
		return Report{}, fmt.Errorf("reading the findings of unit %s: %w", unit, err)
	}
	report := Report{
		Unit: unit, Moved: moved, Before: a.live, After: a.live, Changes: a.plan.Changes,
		Snapshot: a.snapshot, Hash: a.plan.Hash(), Next: a.next(looking.Clock()),
	}
	found := actors(wake.Events).on(a.findings(), a.live)
	report.Told, report.Live = finding.Merge(open, found, nil, looking.Clock())
	return report, nil
}
