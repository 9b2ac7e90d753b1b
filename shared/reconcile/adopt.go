package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// Adoption is what a person takes under claims in a unit.
type Adoption struct {
	Unit    network.Unit
	Changes []change.Change
	// Left are not adopted, though intents need them.
	Left []plan.LeftOut
	// Run is the run's id in the journal; empty where nothing was adopted.
	Run string
}

// The errors of taking claims and giving them up.
var (
	ErrNeverRan = errors.New("no run of the unit was finished yet")
	ErrCutOff   = errors.New("a run of the unit was cut off, and the next one has still to find out what it did")
)

// Adoptable gives what of a unit can be adopted. It writes nothing, and takes no lease.
func (r *Runner) Adoptable(ctx context.Context, unit network.Unit) (Adoption, error) {
	return r.pass(unit, Wake{}).adoptable(ctx)
}

func (p *pass) adoptable(ctx context.Context) (Adoption, error) {
	if err := p.through(ctx, look); err != nil {
		return Adoption{}, err
	}
	lease := p.lease
	p.lease = ledger.Lease{} // what the plan would close is not about to be closed, and does not count
	err := p.through(ctx, declare, observeNetwork, judge, makePlan)
	p.lease = lease
	if err != nil {
		return Adoption{}, err
	}
	if err := p.mayClaim(); err != nil {
		return Adoption{}, err
	}
	if p.before.snapshot == nil {
		return Adoption{Unit: p.unit}, nil // the clusters do not exist yet
	}
	changes, left := plan.Adoptable(p.before.input)
	return Adoption{Unit: p.unit, Changes: changes, Left: left}, nil
}

// mayClaim says why a person cannot take or give up claims of the unit now. The first run of a
// unit tells all there is as one message, so that it comes first.
func (p *pass) mayClaim() error {
	switch {
	case len(p.known.Begun) > 0:
		return fmt.Errorf("unit %s: %w", p.unit, ErrCutOff)
	case !p.known.Ran:
		return fmt.Errorf("unit %s: %w", p.unit, ErrNeverRan)
	default:
		return nil
	}
}

// Adopt takes those of the changes under claims that Adoptable gives still, under the unit's
// lease, and records that as a run that names the person, by an ARN. Nothing is written to
// AWS. ledger.ErrLeased where somebody else has the unit.
//
// Each claim is intended before the run is finished, which makes it stand. A claim that is left
// intended, because the process died, stands for nothing: the next run forgets it, and leaves
// the rule or route alone.
func (r *Runner) Adopt(ctx context.Context, unit network.Unit, by string, wanted []change.Change) (Adoption, error) {
	p := r.pass(unit, Wake{Trigger: "adopted by " + by})
	p.leases = true
	adopted, err := p.adopt(ctx, by, wanted)
	if err != nil && p.lease.Fence > 0 {
		r.free(ctx, p.lease)
	}
	return adopted, err
}

func (p *pass) adopt(ctx context.Context, by string, wanted []change.Change) (Adoption, error) {
	a, err := p.adoptable(ctx)
	if err != nil {
		return Adoption{}, err
	}
	a.Changes = slices.DeleteFunc(a.Changes, func(c change.Change) bool {
		return !slices.ContainsFunc(wanted, func(w change.Change) bool { return w.Requirement == c.Requirement && w.Rule.ID == c.Rule.ID })
	})
	if len(a.Changes) == 0 {
		return a, p.Ledger.Free(ctx, p.lease)
	}
	if err := p.beginClaims(ctx, a.Changes); err != nil {
		return Adoption{}, err
	}
	settled := make([]change.ClaimUpdate, 0, len(a.Changes))
	for i := range a.Changes {
		claim, err := p.intendAdopted(ctx, by, a.Changes[i])
		if err != nil {
			return Adoption{}, err
		}
		settled = append(settled, change.ClaimUpdate{Claim: claim})
		a.Changes[i].Outcome, a.Changes[i].Seen = change.Applied, true
	}
	few := min(len(settled), ledger.SettledAtOnce)
	if err := p.settle(ctx, settled[few:]); err != nil {
		return Adoption{}, err
	}
	p.journal.Settled = settled[:few]
	a.Run = p.journal.ID
	return a, p.finishClaims(ctx, a.Changes)
}

// intendAdopted records the claim that an adoption makes, and gives it as it will stand.
func (p *pass) intendAdopted(ctx context.Context, by string, c change.Change) (change.Claim, error) {
	claim := change.Claim{Requirement: c.Requirement, Holders: c.Holders, Created: p.Clock(), AdoptedBy: by}
	if err := p.fence(ctx); err != nil {
		return claim, err
	}
	if _, _, err := p.Ledger.Intend(ctx, claim); err != nil {
		return claim, fmt.Errorf("adopting %s: %w", c.Noun(), err)
	}
	claim.Status, claim.RuleID = change.Standing, c.Rule.ID
	return claim, nil
}

// beginClaims puts on record which claims are about to be taken or given up.
func (p *pass) beginClaims(ctx context.Context, changes []change.Change) error {
	p.journal = ledger.Run{Unit: p.unit, At: p.Clock(), Trigger: p.wake.Trigger, Hash: plan.Plan{Changes: changes}.Hash(), Changes: slices.Clone(changes)}.WithID()
	return p.Ledger.Begin(ctx, p.lease, p.journal)
}

// finishClaims records what became of them, and gives the lease back. What is known of the unit
// beside them stays as it was.
func (p *pass) finishClaims(ctx context.Context, changes []change.Change) error {
	p.journal.Changes, p.journal.Next = changes, p.known.Next
	return p.Ledger.Finish(ctx, p.lease, p.journal, p.known.Findings, nil)
}

// claimRecovered says what became of a claim that a person took or gave up, where that was cut
// off: the claims that there are show it.
func (p *pass) claimRecovered(c *change.Change) {
	claimed := slices.ContainsFunc(p.before.claims, func(k change.Claim) bool { return k.Requirement == c.Requirement && k.Status != change.Intended })
	if claimed == (c.Action == change.Adopt) {
		c.Outcome, c.Seen, c.Why = change.Applied, true, "the command was cut off; the next run found it done"
		return
	}
	c.Why = "the command was cut off, and the next run does not find it done"
}
