package reconcile

import (
	"context"
	"slices"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// record merges the findings with what is open and writes the run down.
func (p *pass) record(ctx context.Context) error {
	if err := p.recordCloses(ctx); err != nil {
		return err
	}
	found := append(p.withoutUnseen(p.after.findings()), failedChanges(p.before, p.report.Changes)...)
	found = p.keptUnread(found)
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
	p.report.Told = append(p.report.Told, p.closedAccess()...)
	if !p.known.Ran {
		p.report.Told = finding.FirstSeen(p.unit, p.report.Told, p.Clock())
	}
	run := p.journal
	if run.ID == "" {
		run = ledger.Run{Unit: p.unit, At: p.Clock(), Trigger: p.wake.Trigger, Hash: p.report.Hash, Settled: run.Settled}
	}
	run.Settled = append(run.Settled, p.stillDoubted()...)
	run.Changes, run.Told, run.Found, run.Next = p.report.Changes, p.report.Told, nil, p.report.Next
	if p.report.BeforeNext = p.known.Next; p.known.Unsent { // for that it was set too
		p.report.BeforeNext = p.Clock()
	}
	run.Approval = p.before.plan.Approval
	run.Causes = causesOf(p.wake.Events)
	p.keepStandings(&run)
	return p.Ledger.Finish(ctx, p.lease, run, p.report.Live, repaired, p.known.Begun...)
}

// stillDoubted are the claims in doubt that this run did not write anew.
func (p *pass) stillDoubted() []change.ClaimUpdate {
	return slices.DeleteFunc(slices.Clone(p.doubted), func(u change.ClaimUpdate) bool {
		return slices.ContainsFunc(p.report.Changes, func(c change.Change) bool {
			return c.Outcome == change.Applied && (c.Key() == u.Claim.Key() || c.Previous.Key() == u.Claim.Key())
		}) || slices.ContainsFunc(p.before.plan.Updates, func(r change.ClaimUpdate) bool { return r.Release && r.Claim.Key() == u.Claim.Key() })
	})
}

// keptUnread are the findings that people know as open and that this run could not look at:
// those of intents that cannot be judged just now, and those of what the unit's own account
// does not show.
func (p *pass) keptUnread(found []finding.Finding) []finding.Finding {
	unknown := map[intent.Key]bool{}
	for _, j := range p.after.live {
		unknown[j.Key()] = j.State == access.StateUnknown
	}
	dark := slices.ContainsFunc(p.after.snapshot.Failures, func(f network.Failure) bool { return f.Location == p.unit.Location })
	for _, k := range p.known.Findings {
		unread := unknown[intent.Key{Cluster: k.Cluster, Name: k.Intent}] && k.Kind != finding.AccessUnknown ||
			dark && k.Intent == "" && k.Kind != finding.UnitUnreadable && k.Kind != finding.IntentInvalid && k.Kind != finding.ChangeRefused
		if unread && !slices.ContainsFunc(found, func(f finding.Finding) bool { return f.ID == k.ID }) {
			found = append(found, k)
		}
	}
	return found
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
	p.weigh(found, mended)
	p.report.Told, p.report.Live = finding.Merge(p.known.Findings, name.on(after, found), name.on(p.before, mended), p.Clock())
}

// weigh brings the severity of missing access to what it is over time: what was put right at
// once was never missed, and what is high stays so until it is resolved, though the claim that
// shows that it was there is given up.
func (p *pass) weigh(found, mended []finding.Finding) {
	before := map[string]finding.Severity{}
	for _, f := range p.known.Findings {
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
