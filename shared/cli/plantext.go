package cli

import (
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
)

func (t *eventText) plan(changes []change.Change) {
	if len(changes) == 0 {
		t.line(0, in(faint, "plan  "), say("nothing to do"))
		return
	}
	if !t.plain() {
		t.line(0, in(faint, "plan"))
	}
	for _, c := range changes {
		t.change(c)
	}
}

func (t *eventText) change(c change.Change) {
	symbol, mark := outcomeTone(c.Outcome)
	if t.plain() {
		t.line(0, say("change  %s  %s  %s  %s: %s%s", c.Outcome, c.Action, c.Resource, c.Sentence(), c.Because(), whyText(c)))
		return
	}
	t.hanging(2, 4, in(mark, "%s %s", symbol, c.Outcome), say("  "), in(strong, "%s", c.Sentence()))
	t.hanging(4, 4, in(faint, "%s: %s", c.Action, c.Because()))
	if c.Why != "" {
		t.hanging(4, 4, in(mark, "%s", c.Why))
	}
}

func whyText(c change.Change) string {
	if c.Why == "" {
		return ""
	}
	return "; " + c.Why
}

// findings prints the findings whose status changed.
func (t *eventText) findings(told []finding.Finding) {
	if len(told) == 0 {
		return
	}
	if !t.plain() {
		t.line(0, in(faint, "findings"))
	}
	for _, f := range told {
		t.finding(f)
	}
}

func (t *eventText) finding(f finding.Finding) {
	status := bad
	switch {
	case f.Status == finding.Resolved:
		status = good
	case f.Severity == finding.Low || f.Severity == finding.Medium:
		status = caution
	}
	title, by, said := f.Title, "", f.Status
	switch {
	case f.Kind == finding.AccessClosed:
		said = f.Said()
	case f.Status == finding.Resolved:
		title = "was: " + title
	}
	switch {
	case f.Actor == "":
	case f.Resource == "": // the event says who changed something, not that it was this
		by = " (seen after a change by " + f.Actor + ")"
	default:
		by = " (by " + f.Actor + ")"
	}
	indent, lead := 2, ""
	if t.plain() {
		indent, lead = 0, "finding  "
	}
	t.hanging(indent, indent+2, say("%s", lead), in(status, "%s", said), say("  %s  %s  ", f.Severity, f.Kind), in(strong, "%s", title), in(faint, "%s", by))
	if f.Status == finding.Resolved || f.Kind.RepeatsHops() && !t.verbose {
		return
	}
	if f.Detail != "" {
		t.hanging(indent+2, indent+4, in(faint, "%s", f.Detail))
	}
	if f.Fix != "" {
		t.command(indent+2, []span{in(caution, "fix"), say("  ")}, f.Fix)
	}
}
