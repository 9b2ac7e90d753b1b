package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// planned prints the plan of one unit: what is not as declared, what a run does
// about it, and what is left for people.
func (t *eventText) planned(r reconcile.Report) {
	t.begin(paragraph)
	if t.plain() {
		t.line(0, say("unit  %s  plan %s", r.Unit, r.Hash))
	} else {
		t.rule(lightLine, r.Unit.String(), "plan "+r.Hash)
	}
	var satisfied []string
	for _, j := range r.After {
		switch {
		case t.verbose:
			t.intent(r, j, j)
		case j.Satisfied:
			satisfied = append(satisfied, j.Key().Short())
		default:
			t.unlike(r, j)
		}
	}
	if len(satisfied) > 0 {
		t.line(0, in(faint, "as declared  "), say("%s", strings.Join(satisfied, ", ")))
	}
	t.plan(r.Changes)
	t.findings(slices.DeleteFunc(slices.Clone(r.Told), func(f finding.Finding) bool { // the intents say it
		return f.Kind.RepeatsHops() && !t.verbose
	}))
	if !r.Next.IsZero() {
		t.line(0, in(faint, "next check of this unit  %s", r.Next.UTC().Format(time.RFC3339)))
	}
}

// unlike prints an intent that is not as declared. Of its hops, those are shown
// that the plan does nothing about.
func (t *eventText) unlike(r reconcile.Report, j access.Judgement) {
	helped, promise := promiseOf(r.Changes, j)
	t.intentHeading(j, j)
	if promise != "" {
		t.line(2, in(caution, "%s", promise))
	}
	closed := j.Intent.Access == intent.Closed
	left := slices.DeleteFunc(slices.Clone(j.Hops), func(h access.Hop) bool {
		right := h.Passes() != (closed && h.Kind == access.HopIngress)
		return right || helped && (h.Fixable || closed)
	})
	t.briefHops(2, "hop", hopList{hops: left, home: r.Unit.Location, closed: closed, sources: len(j.Intent.Sources)})
	for i, h := range left {
		said := slices.ContainsFunc(left[:i], func(other access.Hop) bool { return other.Fix() == h.Fix() })
		if !said {
			t.fix(2, h)
		}
	}
}

// promiseOf says what the changes of a plan do for an intent: helped says that a run
// makes some of them.
func promiseOf(changes []change.Change, j access.Judgement) (helped bool, text string) {
	waits := false
	for _, c := range changes {
		if !slices.Contains(c.Intents, j.Key()) {
			continue
		}
		helped = helped || c.Outcome == operate.Due
		waits = waits || c.Outcome == change.Planned
	}
	whole := j.State == access.StateClosed || j.Intent.Access == intent.Closed
	switch {
	case helped && whole:
		return true, "the next run fixes it"
	case helped:
		return true, "the next run fixes part of it; this remains:"
	case waits && whole:
		return true, "a run would fix it if the mode were enforce"
	default:
		return waits, ""
	}
}
