package reconcile

import (
	"context"
	"slices"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
)

// record merges the findings with what is open and writes the run down.
func (p *pass) record(ctx context.Context) error {
	if err := p.recordCloses(ctx); err != nil {
		return err
	}
	found := append(p.withoutUnseen(p.after.findings()), failedChanges(p.before, p.report.Changes)...)
	mended := p.withoutUnseen(p.before.findings())
	for _, run := range p.known.Begun {
		mended = append(mended, run.Found...)
	}
	p.mergeFindings(found, mended, nil)
	repaired := repairedBy(nil, p)
	if len(repaired) > 0 || len(p.report.Told) > 0 {
		name := p.actors(ctx)
		p.mergeFindings(found, mended, name)
		repaired = repairedBy(name, p)
	}
	run := p.journal
	if run.ID == "" {
		run = ledger.Run{Unit: p.unit, At: p.Clock(), Trigger: p.wake.Trigger, Hash: p.report.Hash, Settled: run.Settled}
	}
	run.Changes, run.Told, run.Found, run.Next = p.report.Changes, p.report.Told, nil, p.report.Next
	if p.report.BeforeNext = p.known.Next; p.known.Unsent { // for that it was set too
		p.report.BeforeNext = p.Clock()
	}
	return p.Ledger.Finish(ctx, p.lease, run, p.report.Live, repaired, p.known.Begun...)
}

// withoutUnseen leaves out that access is missing which EC2 accepted to open and does not
// show yet: the next run, which looks again, tells whether it is. What people know as
// missing stays so.
func (p *pass) withoutUnseen(found []finding.Finding) []finding.Finding {
	var waiting []intent.Key
	for _, c := range p.report.Changes {
		if c.Opens() && unseen(p.after.snapshot, c) {
			waiting = append(waiting, c.Intents...)
		}
	}
	if len(waiting) == 0 {
		return found
	}
	return slices.DeleteFunc(slices.Clone(found), func(f finding.Finding) bool {
		return f.Kind == finding.AccessMissing && slices.Contains(waiting, intent.Key{Cluster: f.Cluster, Name: f.Intent}) &&
			!slices.ContainsFunc(p.known.Findings, func(k finding.Finding) bool { return k.ID == f.ID })
	})
}

// actors are those who may have done something: the events are read once, and only where
// that is asked.
func (p *pass) actors(ctx context.Context) actors {
	if p.wake.Recent != nil {
		p.wake.Events, p.wake.Recent = slices.Concat(p.wake.Events, p.wake.Recent(ctx)), nil
	}
	return actorsOf(p.wake.Events)
}

// repairedBy gives what this run and those that it recovered put right.
func repairedBy(name actors, p *pass) map[string]string {
	return name.repaired(p.before, slices.Concat(p.report.Changes, p.report.Recovered))
}

// mergeFindings joins what was found with what was open before; mended was found
// before the run wrote.
func (p *pass) mergeFindings(found, mended []finding.Finding, name actors) {
	after := p.after
	after.claims = p.before.claims // what was there before tells which rule is gone
	p.report.Told, p.report.Live = finding.Merge(p.known.Findings, name.on(after, found), name.on(p.before, mended), p.Clock())
}
