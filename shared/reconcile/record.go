package reconcile

import (
	"context"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
)

// record merges the findings with what is open and writes the run down.
func (p *pass) record(ctx context.Context) error {
	if err := p.Ledger.Check(ctx, p.lease, p.Clock()); err != nil {
		return err
	}
	found := append(p.after.findings(), failedChanges(p.unit, p.report.Changes)...)
	p.mergeFindings(found, p.before.findings())
	run := ledger.Run{
		Unit: p.unit, At: p.Clock(), Trigger: p.wake.Trigger, Hash: p.report.Hash, Changes: p.report.Changes, Told: p.report.Told,
	}
	return p.Ledger.Finish(ctx, run, p.report.Live, actorsOf(p.wake.Events).repaired(p.report.Changes))
}

// mergeFindings joins what was found with what was open before; mended was found
// before the run wrote.
func (p *pass) mergeFindings(found, mended []finding.Finding) {
	name := actorsOf(p.wake.Events)
	p.report.Told, p.report.Live = finding.Merge(p.open, name.on(found, p.after.live), name.on(mended, p.before.live), p.Clock())
}
