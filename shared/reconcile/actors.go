package reconcile

import (
	"slices"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
)

// actors are the events of a wake, asked for who did something to a resource.
type actors []events.Event

// actorsOf puts events in the order of their times: they come in any.
func actorsOf(seen []events.Event) actors {
	return slices.SortedStableFunc(slices.Values(seen), func(a, b events.Event) int { return a.Time.Compare(b.Time) })
}

// of gives who touched one of the resources last, by the events that say who.
func (a actors) of(resources ...string) string {
	for _, e := range slices.Backward(a) {
		if e.Actor == (events.Actor{}) {
			continue
		}
		ids := e.ResourceIDs()
		if slices.ContainsFunc(resources, func(r string) bool { return slices.Contains(ids, r) }) {
			return e.Actor.Display()
		}
	}
	return ""
}

// on names the actor in findings that have none: who touched what a finding is
// about, or what fails on the way of its intent.
func (a actors) on(findings []finding.Finding, judgements []access.Judgement) []finding.Finding {
	out := slices.Clone(findings)
	for i := range out {
		if out[i].Actor != "" || out[i].Kind == finding.IntentInvalid {
			continue
		}
		resources := []string{}
		if out[i].Resource != "" {
			resources = append(resources, out[i].Resource)
		}
		for _, j := range judgements {
			if out[i].Resource == "" && j.Intent.Cluster == out[i].Cluster && j.Intent.Name == out[i].Intent {
				resources = append(resources, failing(j)...)
			}
		}
		out[i].Actor = a.of(resources...)
	}
	return out
}

func failing(j access.Judgement) []string {
	var out []string
	for _, h := range j.Hops {
		if !h.Passes() {
			out = append(out, h.Resource)
		}
	}
	return out
}

// repaired gives what the applied changes put right, with who had undone it: a
// claimed thing that was gone, or a forbidden one that was there.
func (a actors) repaired(changes []change.Change) map[string]string {
	out := map[string]string{}
	for _, c := range changes {
		undone := c.Reason == change.Repaired || c.Reason == change.Undeclared || c.Reason == change.ClosedIntent
		if c.Outcome == change.Applied && undone {
			out[change.ContestKey(c)] = a.of(c.Resource)
		}
	}
	return out
}
