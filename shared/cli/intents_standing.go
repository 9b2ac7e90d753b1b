package cli

import (
	"context"
	"slices"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
)

// standing is how a live intent stood at the last run of its unit, and why.
type standing struct {
	State string
	Why   []string
}

// The states in which an intent stands beside those of a way.
const (
	standsSatisfied = "satisfied"
	standsContested = "contested"
)

// standings gives how intents stood when their units were run last, as the ledger has
// it. An intent of which that is not known, or not to be read, is not among them.
func (a *app) standings(ctx context.Context, d *live.Deployment, set intent.Set) map[intent.Key]standing {
	session, err := a.liveSession(d, false)
	if err != nil {
		return nil // who may only read the intents has no more of the deployment
	}
	known, err := session.Dispatcher.Index.Units(ctx)
	if err != nil {
		return nil
	}
	out := map[intent.Key]standing{}
	for _, j := range known {
		ours := func(i intent.Intent) bool { return slices.Contains(j.Clusters, i.Cluster) }
		if !slices.ContainsFunc(set.Intents, ours) {
			continue
		}
		findings, err := session.Dispatcher.Journal.Findings(ctx, j.Unit)
		if err != nil {
			continue
		}
		for _, i := range set.Intents {
			if ours(i) && i.Live(a.clock()) {
				out[i.Key()] = standingOf(i, j.Unit, findings)
			}
		}
	}
	return out
}

// standingOf says how an intent stands by the findings that are open.
func standingOf(i intent.Intent, unit network.Unit, findings []finding.Finding) standing {
	s := standing{State: standsSatisfied}
	for _, f := range findings {
		if f.Unit != unit || f.Cluster != i.Cluster || f.Intent != i.Name || f.Kind == finding.IntentInvalid || f.Kind == finding.IntentEnds || f.Kind == finding.ExpiredButOpen || f.Kind == finding.ClaimChanged {
			continue
		}
		if state := stateByFinding(f.Kind); rankOfStanding(state) > rankOfStanding(s.State) {
			s.State = state
		}
		why := f.Title
		if f.Kind.RepeatsHops() && f.Detail != "" {
			why = f.Detail
		}
		s.Why = append(s.Why, why)
	}
	return s
}

func stateByFinding(k finding.Kind) string {
	switch k {
	case finding.AccessContested:
		return standsContested
	case finding.AccessBlocked, finding.GroupShared, finding.ChangeRefused:
		return "blocked"
	case finding.AccessUnknown:
		return "unknown"
	case finding.IntentConflict:
		return "conflict"
	case finding.AccessUndeclared: // of a closed intent
		return "open"
	default:
		return "closed"
	}
}

// rankOfStanding orders the states from the best on.
func rankOfStanding(state string) int {
	return slices.Index([]string{standsSatisfied, "closed", "open", "conflict", "unknown", "blocked", standsContested}, state)
}
