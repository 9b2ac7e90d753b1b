package reconcile

import (
	"slices"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/plan"
)

// actors are the events of a wake, asked for who did something to a resource.
type actors []events.Event

// of gives who touched a resource last, by the events; any one where the
// resource is empty.
func (a actors) of(resource string) string {
	for _, e := range slices.Backward(a) {
		if resource == "" || slices.Contains(e.ResourceIDs(), resource) {
			return e.Actor.Display()
		}
	}
	return ""
}

// on names the actor in findings that have none.
func (a actors) on(findings []finding.Finding) []finding.Finding {
	out := slices.Clone(findings)
	for i := range out {
		if out[i].Actor == "" {
			out[i].Actor = a.of(out[i].Resource)
		}
	}
	return out
}

// repaired gives what the applied changes put right, with who had undone it: a
// claimed thing that was gone, or a forbidden one that was there.
func (a actors) repaired(changes []plan.Change) map[string]string {
	out := map[string]string{}
	for _, c := range changes {
		undone := c.Reason == plan.Repaired || c.Reason == plan.Undeclared || c.Reason == plan.ClosedIntent
		if c.Outcome == plan.Applied && undone {
			out[plan.ContestKey(c)] = a.of(c.Resource)
		}
	}
	return out
}
