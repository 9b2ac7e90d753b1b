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
	p.report.Told = append(p.report.Told, p.closedAccess()...)
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
	p.weigh(found, mended)
	p.report.Told, p.report.Live = finding.Merge(p.open, name.on(after, found), name.on(p.before, mended), p.Clock())
}

// weigh brings the severity of missing access to what it is over time: what was put right at
// once was never missed, and what is high stays so until it is resolved, though the claim that
// shows that it was there is given up.
func (p *pass) weigh(found, mended []finding.Finding) {
	before := map[string]finding.Severity{}
	for _, f := range p.open {
		before[f.ID] = f.Severity
	}
	for i, f := range mended {
		if _, announced := before[f.ID]; !announced && f.Kind == finding.AccessMissing && f.Severity == finding.High {
			mended[i].Severity = finding.AccessMissing.Severity()
		}
	}
	for i, f := range found {
		missing := f.Kind == finding.AccessMissing || f.Kind == finding.AccessBlocked
		if missing && before[f.ID] == finding.High && f.Severity == finding.Medium {
			found[i].Severity = finding.High
		}
	}
}
