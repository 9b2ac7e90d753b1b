package reconcile

import (
	"context"
	"slices"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
)

// record merges the findings with what is open and writes the run down.
func (p *pass) record(ctx context.Context) error {
	if err := p.fence(ctx); err != nil {
		return err
	}
	if err := p.recordCloses(ctx); err != nil {
		return err
	}
	found := append(p.after.findings(), failedChanges(p.before, p.report.Changes)...)
	mended := p.before.findings()
	for _, run := range p.begun {
		mended = append(mended, run.Found...)
	}
	p.mergeFindings(found, mended)
	run := p.journal
	if run.ID == "" {
		run = ledger.Run{Unit: p.unit, At: p.Clock(), Trigger: p.wake.Trigger, Hash: p.report.Hash}
	}
	run.Changes, run.Told, run.Found = p.report.Changes, p.report.Told, nil
	run.Approval = p.before.plan.Approval
	run.Causes = causesOf(p.wake.Events)
	p.keepStandings(&run)
	return p.Ledger.Finish(ctx, p.lease, run, p.report.Live, p.repaired(), p.begun...)
}

// repaired gives what this run and those that it recovered put right.
func (p *pass) repaired() map[string]string {
	return actorsOf(p.wake.Events).repaired(p.before, slices.Concat(p.report.Changes, p.report.Recovered))
}

// mergeFindings joins what was found with what was open before; mended was found
// before the run wrote.
func (p *pass) mergeFindings(found, mended []finding.Finding) {
	name, after := actorsOf(p.wake.Events), p.after
	after.claims = p.before.claims // what was there before tells which rule is gone
	p.report.Told, p.report.Live = finding.Merge(p.open, name.on(after, found), name.on(p.before, mended), p.Clock())
}
