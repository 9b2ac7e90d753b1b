package reconcile

import (
	"context"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
)

// recoverRuns finds out what runs did that were cut off: a change that the network
// shows was made. The record of this run completes theirs.
func (p *pass) recoverRuns(context.Context) error {
	for i, run := range p.known.Begun {
		for n := range run.Changes {
			p.recovered(&run.Changes[n])
			if run.Changes[n].Outcome == change.Applied {
				p.report.Recovered = append(p.report.Recovered, run.Changes[n])
			}
		}
		p.known.Begun[i] = run
	}
	return nil
}

// recovered says what became of a change that was planned by a run that was cut off.
func (p *pass) recovered(c *change.Change) {
	if c.Outcome != "" {
		return // a guard held it back
	}
	if !c.Writes() {
		p.claimRecovered(c)
		return
	}
	switch made, known := change.MadeBefore(p.before.snapshot, *c); {
	case made:
		c.Outcome, c.Seen, c.Why = change.Applied, true, "the run was cut off; the next one found it made"
	case !known:
		c.Why = "the run was cut off, and the next one cannot read whether it was made"
	default:
		c.Why = "the run was cut off, and the next one does not find it made"
	}
}

// begin records what this run sets out to write, before it does.
func (p *pass) begin(ctx context.Context) error {
	run := ledger.Run{
		Unit: p.unit, At: p.Clock(), Trigger: p.wake.Trigger, Hash: p.report.Hash, Changes: p.before.plan.Changes,
		Found: p.before.findings(), Approval: p.before.plan.Approval,
	}
	p.journal = run.WithID()
	return p.Ledger.Begin(ctx, p.lease, p.journal)
}
