package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// Choice says which claims a person means.
type Choice struct {
	// Units are all of them that are looked at.
	Units []network.Unit
	// Cluster is the ARN of the one cluster that is meant; empty: all of the units.
	Cluster string
	// Rule is the id of a security group rule, or of the security group or route table at which
	// the claims are; empty: all.
	Rule string
}

// Adoptable gives what can be adopted, by unit.
func (s *Session) Adoptable(ctx context.Context, chosen Choice) ([]reconcile.Adoption, error) {
	out := make([]reconcile.Adoption, 0, len(chosen.Units))
	for _, u := range chosen.Units {
		a, err := s.Runner.Adoptable(ctx, u)
		if err != nil {
			return nil, advised(u, err)
		}
		a.Changes = slices.DeleteFunc(a.Changes, func(c change.Change) bool { return !chosen.serves(c) })
		a.Left = slices.DeleteFunc(a.Left, func(l plan.LeftOut) bool { return !chosen.serves(l.Change) })
		out = append(out, a)
	}
	return out, nil
}

// serves says whether a change is for the chosen cluster.
func (c Choice) serves(made change.Change) bool {
	if c.Cluster == "" {
		return true
	}
	for _, k := range made.Intents {
		if k.Cluster == c.Cluster {
			return true
		}
	}
	return false
}

// Adopt takes what was shown under claims, a unit after the other, and gives what was done. by
// is the person, for the journal.
func (s *Session) Adopt(ctx context.Context, shown []reconcile.Adoption, by string) ([]reconcile.Adoption, error) {
	var out []reconcile.Adoption
	for _, a := range shown {
		if len(a.Changes) == 0 {
			continue
		}
		done, err := s.Runner.Adopt(ctx, a.Unit, by, a.Changes)
		if err != nil {
			return out, advised(a.Unit, err)
		}
		out = append(out, done)
	}
	return out, nil
}

// Claims gives the claims that are chosen, and those that are left out, with why.
func Claims(ctx context.Context, l ledger.Claims, chosen Choice) ([]change.Claim, []plan.LeftOut, error) {
	known := map[string]change.Claim{}
	for _, u := range chosen.Units {
		held, err := l.Claims(ctx, u, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("reading the claims of unit %s: %w", u, err)
		}
		for _, c := range held {
			known[c.Key()] = c
		}
	}
	var out []change.Claim
	var left []plan.LeftOut
	for _, c := range known {
		switch why, meant := chosen.means(c); {
		case !meant:
		case why != "":
			changes, _ := reconcile.Releasable([]change.Claim{c})
			for _, made := range changes {
				left = append(left, plan.LeftOut{Change: made, Why: why})
			}
		default:
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b change.Claim) int { return cmp.Compare(a.Key(), b.Key()) })
	slices.SortFunc(left, func(a, b plan.LeftOut) int { return cmp.Compare(a.Change.Key(), b.Change.Key()) })
	return out, left, nil
}

// means says whether a claim is chosen, and why it is left out after all: others than the chosen
// cluster or unit hold it too, and would go on needing it.
func (c Choice) means(k change.Claim) (why string, meant bool) {
	if c.Rule != "" {
		return "", k.RuleID == c.Rule || k.Resource == c.Rule
	}
	holders := slices.Concat(k.Holders, k.LastHolders)
	if c.Cluster != "" && !slices.ContainsFunc(holders, func(h change.Holder) bool { return h.Intent.Cluster == c.Cluster }) {
		return "", false
	}
	for _, h := range holders {
		other := !slices.Contains(c.Units, h.Unit) || c.Cluster != "" && h.Intent.Cluster != c.Cluster
		if other {
			return fmt.Sprintf("%s of unit %s holds it too; name the rule, or where it is, to give it up for all", h.Intent.Short(), h.Unit), true
		}
	}
	return "", true
}

// Release gives up claims, and gives the changes that were made. by is the person.
func (s *Session) Release(ctx context.Context, claims []change.Claim, by string) ([]change.Change, error) {
	made, err := s.Runner.Release(ctx, claims, "released by "+by)
	var unit network.Unit
	if len(claims) > 0 {
		for _, h := range slices.Concat(claims[0].Holders, claims[0].LastHolders) {
			unit = h.Unit
		}
	}
	return made, advised(unit, err)
}

// advised says what to do about an error of claims.
func advised(u network.Unit, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ledger.ErrLeased):
		return fmt.Errorf("a run has the unit just now, and nothing of it is done; try again in a minute: %w", err)
	case errors.Is(err, ledger.ErrLeaseLost):
		return fmt.Errorf("it took too long, and a run has the unit now; what was done is in `cachegate history`; try again: %w", err)
	case errors.Is(err, reconcile.ErrNeverRan), errors.Is(err, reconcile.ErrCutOff):
		return fmt.Errorf("%w; ask for one (cachegate run %s), and try again when it is done", err, u)
	default:
		return err
	}
}
