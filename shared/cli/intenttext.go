package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// intent prints one intent: its hops before, and what of them changed.
func (t *eventText) intent(r reconcile.Report, before, after access.Judgement) {
	closed := before.Intent.Access == intent.Closed
	list := func(hops []access.Hop) hopList {
		return hopList{hops: hops, home: r.Unit.Location, closed: closed, sources: len(before.Intent.Sources)}
	}
	moved := changedHops(before.Hops, after.Hops)
	t.intentHeading(before, after)
	if t.compact && before.Satisfied && after.Satisfied && len(moved) == 0 {
		t.line(2, in(faint, "%s", hopNames(list(before.Hops))))
		return
	}
	shown := before.Hops
	if t.touring && !t.whole {
		shown = notPassing(before.Hops)
	}
	t.hops(2, "hop", list(shown))
	if len(moved) > 0 {
		t.after(list(moved), after)
	}
	t.fixes(r, after)
	if !t.plain() {
		t.blank()
	}
}

func notPassing(hops []access.Hop) []access.Hop {
	return slices.DeleteFunc(slices.Clone(hops), access.Hop.Passes)
}

// after prints what of the hops changed.
func (t *eventText) after(moved hopList, now access.Judgement) {
	all := !moved.closed && now.State == access.StateOpen
	whole := say("  all %s pass", count(len(now.Hops), "hop"))
	switch {
	case t.plain() && all && t.touring:
		t.line(2, say("after"), whole)
	case t.plain():
		t.briefHops(2, "after", moved)
		if all {
			t.line(2, say("after"), whole)
		}
	case all:
		t.line(2, in(good, "✓ after"), whole)
		if !t.touring {
			t.briefHops(4, "after", moved)
		}
	default:
		t.line(2, in(faint, "after"))
		t.briefHops(4, "after", moved)
	}
}

func (t *eventText) intentHeading(before, after access.Judgement) {
	declared := before.Intent.Access
	path := string(after.Path)
	if path == "" {
		path = "path unknown"
	}
	if declared == intent.Closed {
		path = "declared closed"
	}
	satisfied := in(good, "satisfied")
	if !after.Satisfied {
		satisfied = in(bad, "not satisfied")
	}
	states := []span{in(stateTone(before.State, declared), "%s", before.State)}
	if t.plain() && !t.looking || before.State != after.State {
		states = append(states, say(" → "), in(stateTone(after.State, declared), "%s", after.State))
	}
	lead := in(faint, "intent  ")
	spans := append([]span{lead, in(strong, "%s", before.Key().Short()), say("  %s  ", path)}, states...)
	spans = append(spans, say("  "), satisfied, in(faint, "  from"), say(" %s", sourcesText(before.Intent.Sources)))
	t.line(0, spans...)
}

const fewSources = 3

func sourcesText(sources []intent.Source) string {
	names := make([]string, 0, len(sources))
	for _, s := range sources {
		names = append(names, s.String())
	}
	if len(names) > fewSources {
		names = append(names[:fewSources], fmt.Sprintf("%d more", len(sources)-fewSources))
	}
	return strings.Join(names, ", ")
}

// hopNames lists hops that are as they should be in a few words.
func hopNames(l hopList) string {
	names := make([]string, 0, len(l.hops))
	for _, r := range l.rows() {
		name := r.kind + " " + r.where
		if r.word != string(access.Pass) {
			name += " " + r.word
		}
		names = append(names, name)
	}
	return count(len(names), "hop") + ": " + strings.Join(names, ", ")
}

// changedHops gives the hops that were not there before, or not so.
func changedHops(before, after []access.Hop) []access.Hop {
	type seen struct {
		kind             access.HopKind
		resource, source string
		verdict          access.Verdict
		detail           string
	}
	was := map[seen]bool{}
	for _, h := range before {
		was[seen{h.Kind, h.Resource, h.Source, h.Verdict, h.Detail}] = true
	}
	var out []access.Hop
	for _, h := range after {
		if !was[seen{h.Kind, h.Resource, h.Source, h.Verdict, h.Detail}] {
			out = append(out, h)
		}
	}
	return out
}

// fixes prints what has to be done about the hops that do not pass. What this
// run mended needs nothing: its plan tells what was done. Where AWS refused the same
// change to cachegate just now, the finding of it says what helps.
func (t *eventText) fixes(r reconcile.Report, after access.Judgement) {
	if after.Satisfied {
		return
	}
	for _, h := range after.Hops {
		failed := func(c change.Change) bool { return c.Outcome == change.Failed && c.Resource == h.Resource }
		if h.Fixable && slices.ContainsFunc(r.Changes, failed) {
			continue
		}
		if h.Passes() == (after.Intent.Access == intent.Closed && h.Kind == access.HopIngress) {
			t.fix(2, h)
		}
	}
}

func (t *eventText) fix(indent int, h access.Hop) {
	if len(h.Fixes) > 0 {
		t.command(indent, []span{in(caution, "fix"), say("  %s  ", h.Resource)}, h.Fix())
	}
}
