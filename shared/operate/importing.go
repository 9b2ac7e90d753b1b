package operate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/importing"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/inventory"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// roundsOfImport bounds how often a draft is planned: each time something is left out of it,
// which may change what is said of the rest.
const roundsOfImport = 10

// Import drafts the intents that say what is open in the units of an estate, and finds out by
// planning that they change nothing: what would is left to people, with the reason. done is
// called after each unit.
func (s *Session) Import(ctx context.Context, e Estate, ownerTags []string, done func()) (*importing.Draft, error) {
	set, err := s.Runner.Intents.Declared(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading intents: %w", err)
	}
	options := importing.Options{Policies: set.Policies, OwnerTags: ownerTags, Taken: func(k intent.Key) bool {
		return slices.ContainsFunc(set.Intents, func(i intent.Intent) bool { return i.Key() == k }) ||
			slices.ContainsFunc(set.Invalid, func(i intent.Invalid) bool { return i.Key == k })
	}}
	whole := &importing.Draft{}
	for _, u := range e.Units {
		draft, err := s.importUnit(ctx, e, u, set, options)
		if err != nil {
			return nil, err
		}
		whole.Add(draft)
		done()
	}
	for _, c := range e.Placeless {
		whole.Add(importing.Make([]inventory.Cluster{inventory.OutsideVPCs(c)}, options))
	}
	return whole, nil
}

func (s *Session) importUnit(ctx context.Context, e Estate, u network.Unit, set intent.Set, options importing.Options) (*importing.Draft, error) {
	clusters, ix, err := s.Inventory(ctx, e, u)
	if err != nil {
		return nil, err
	}
	options.Tags = func(group string) map[string]string { return ix.SecurityGroups[group].Tags }
	draft := importing.Make(clusters, options)
	for range roundsOfImport {
		report, err := s.with(set, draft.Intents()).Preview(ctx, u, reconcile.Wake{}, s.At)
		if err != nil {
			return nil, fmt.Errorf("planning what is imported for unit %s: %w", u, err)
		}
		if !leaveOut(draft, report) {
			conclude(draft, report)
			return draft, nil
		}
	}
	return nil, fmt.Errorf("importing unit %s: what is drafted changes something each time that it is planned; declare its clusters one by one", u)
}

// with gives a runner for which more is declared.
func (s *Session) with(set intent.Set, more []intent.Intent) *reconcile.Runner {
	set.Intents = slices.Concat(set.Intents, more)
	runner := *s.Runner
	runner.Intents = fixed{set}
	return &runner
}

// leaveOut takes out of a draft what a plan would change something for, and what it does not
// count; false where there is nothing.
func leaveOut(d *importing.Draft, r reconcile.Report) bool {
	left := false
	for _, c := range r.Changes {
		for _, key := range c.Intents {
			if d.Leave(key, "a run would change something for it: "+c.Text()) {
				left = true
			}
		}
	}
	for _, f := range r.Live {
		key := intent.Key{Cluster: f.Cluster, Name: f.Intent}
		switch f.Kind {
		case finding.IntentConflict, finding.IntentInvalid, finding.GroupShared:
			if f.Intent != "" && d.Leave(key, f.Title) {
				left = true
			}
		case finding.AccessUndeclared:
			if f.About.RuleID != "" && d.Undeclared(f.Cluster, f.About.RuleID, f.Title) {
				left = true
			}
		default:
		}
	}
	return left
}

// conclude adds to a draft what its last plan says.
func conclude(d *importing.Draft, r reconcile.Report) {
	for _, j := range r.After {
		if !j.Satisfied {
			d.Doubt(j.Key(), fmt.Sprintf("it is %s today: %s", j.State, stops(j)))
		}
	}
	var revoked []string
	for _, c := range r.Changes {
		if c.Reason == change.Undeclared {
			revoked = append(revoked, c.Rule.ID)
		}
	}
	if len(revoked) > 0 {
		d.Warnings = append(d.Warnings, fmt.Sprintf("the policy revokes what nobody declares for a cluster that something is declared for: once these intents are there, %s of %s go",
			strings.Join(revoked, ", "), r.Unit))
	}
}

// stops gives what keeps an intent from being open.
func stops(j access.Judgement) string {
	for _, h := range j.Hops {
		if !h.Passes() {
			return h.Detail
		}
	}
	return "not known why"
}
