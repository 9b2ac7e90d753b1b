package record

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// Standing is what stands, or stood, in the network under a name: a rule by its id, or a
// route by its table and destination.
type Standing struct {
	// Claim is cachegate's, where Claimed says that there is one.
	Claim   change.Claim
	Claimed bool
	// Changes are those that put it in place or took it away, in the order of time; Findings
	// are open ones about it.
	Changes  []Change
	Findings []Finding
}

// Rule gives what the record knows of a security group rule.
func (r Reader) Rule(ctx context.Context, id string) (Standing, error) {
	return r.standing(ctx, subject{
		claim:   func(c change.Claim) bool { return c.RuleID == id },
		change:  func(c change.Change) bool { return c.Rule.ID == id },
		finding: func(f Finding) bool { return f.About.RuleID == id || strings.Contains(f.Title, id) },
	})
}

// Route gives what the record knows of a route of a VPC's or a transit gateway's route table.
func (r Reader) Route(ctx context.Context, table string, destination netip.Prefix) (Standing, error) {
	is := func(q change.Requirement) bool { return q.Resource == table && q.Destination == destination }
	return r.standing(ctx, subject{
		claim:   func(c change.Claim) bool { return is(c.Requirement) },
		change:  func(c change.Change) bool { return is(c.Requirement) },
		finding: func(f Finding) bool { return f.Resource == table && f.About.Destination == destination },
	})
}

// subject says what is about a rule or a route.
type subject struct {
	claim   func(change.Claim) bool
	change  func(change.Change) bool
	finding func(Finding) bool
}

func (r Reader) standing(ctx context.Context, s subject) (Standing, error) {
	units, err := r.Units(ctx, "")
	if err != nil {
		return Standing{}, err
	}
	var out Standing
	claims, err := each(ctx, units, func(ctx context.Context, u network.Unit) ([]change.Claim, error) {
		return r.Ledger.Claims(ctx, u, nil)
	})
	if err != nil {
		return Standing{}, err
	}
	for _, c := range claims {
		if s.claim(c) {
			out.Claim, out.Claimed = c, true
		}
	}
	runs, err := r.runs(ctx, units, time.Time{}, time.Time{})
	if err != nil {
		return Standing{}, err
	}
	slices.Reverse(runs)
	out.Changes = withoutRepeats(slices.DeleteFunc(changesOf(runs), func(c Change) bool { return !s.change(c.Change) }))
	findings, err := r.Findings(ctx, Filter{Units: units})
	if err != nil {
		return Standing{}, err
	}
	out.Findings = slices.DeleteFunc(findings, func(f Finding) bool { return !s.finding(f) })
	return out, nil
}
