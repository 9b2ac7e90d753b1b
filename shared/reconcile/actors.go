package reconcile

import (
	"cmp"
	"slices"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
)

// actors are the events of a wake, asked for who did something.
type actors []events.Event

// actorsOf puts events in the order of their times: they come in any.
func actorsOf(seen []events.Event) actors {
	return slices.SortedStableFunc(slices.Values(seen), func(a, b events.Event) int { return a.Time.Compare(b.Time) })
}

// of gives who made the last of the events that did something, by those that say who.
func (a actors) of(did func(events.Event) bool) string {
	for _, e := range slices.Backward(a) {
		if e.Actor != (events.Actor{}) && did(e) {
			return e.Actor.Display()
		}
	}
	return ""
}

// on names the actor in findings that have none. Of a rule or a route that is who made
// it. Of an intent it is who changed what fails on its way. All else is nobody's
// doing: what cachegate may not or cannot do, or what is declared.
func (a actors) on(v view, findings []finding.Finding) []finding.Finding {
	out := slices.Clone(findings)
	for i := range out {
		f := &out[i]
		switch {
		case f.Actor != "":
		case f.About != finding.About{}:
			f.Actor = a.of(func(e events.Event) bool { return made(e, *f) })
		case f.Resource == "" && f.Intent != "" && f.Kind != finding.IntentInvalid:
			f.Actor = a.behind(v, *f)
		}
	}
	return out
}

// behind gives who changed what fails on the way of a finding's intent.
func (a actors) behind(v view, f finding.Finding) string {
	for _, j := range v.live {
		if j.Intent.Cluster != f.Cluster || j.Intent.Name != f.Intent {
			continue
		}
		w := wayOf(v, j)
		return a.of(func(e events.Event) bool {
			return slices.ContainsFunc(j.Hops, func(h access.Hop) bool { return !h.Passes() && w.touched(e, h) })
		})
	}
	return ""
}

// repaired gives what the applied changes put right, with who had undone it: a
// claimed thing that was gone, or a forbidden one that was there.
func (a actors) repaired(v view, changes []change.Change) map[string]string {
	out := map[string]string{}
	for _, c := range changes {
		if c.Outcome != change.Applied {
			continue
		}
		switch c.Reason {
		case change.Repaired:
			out[change.ContestKey(c)] = a.of(func(e events.Event) bool { return undid(e, v, c.Requirement) })
		case change.Undeclared, change.ClosedIntent:
			about := finding.About{RuleID: c.Rule.ID, Peer: c.Rule.Peer}
			out[change.ContestKey(c)] = a.of(func(e events.Event) bool {
				return made(e, finding.Finding{Resource: c.Resource, About: about}) || names(e, c.Resource) && !detailed(e, c.Resource)
			})
		default:
		}
	}
	return out
}

// claimed gives the id of cachegate's own rule for a requirement, as it was before.
func (v view) claimed(req change.Requirement) string {
	var id string
	for _, c := range v.claims {
		if c.Requirement == req {
			id = cmp.Or(id, c.RuleID)
		}
	}
	return id
}
