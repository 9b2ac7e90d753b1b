package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/replay"
)

// eventText prints what became of events, as text.
type eventText struct {
	*screen
	// events is how many there are, seen how many were printed.
	events, seen int
	// compact prints an intent that is and stays as declared on one line.
	compact, verbose bool
	// touring leaves out what did not change, and the hops that pass but for the
	// scenes that show the whole way.
	touring, whole bool
	// last is what was printed last.
	last block
	// next is when each unit is looked at again, as it was last told.
	next map[network.Unit]time.Time
	now  func() time.Time
}

// block is a kind of text that others are kept apart from by a blank line.
type block uint8

const (
	nothing block = iota
	paragraph
	oneLine
)

// begin keeps what comes apart from what was printed before; events of one line
// stand together.
func (t *eventText) begin(kind block) {
	if t.last != nothing && (t.last != oneLine || kind != oneLine) {
		t.blank()
	}
	t.last = kind
}

// event prints one event with all that it led to.
func (t *eventText) event(r replay.Result) {
	t.seen++
	if r.Ignored != "" {
		t.ignored(r)
		return
	}
	t.heading(r.Event)
	for _, report := range r.Reports {
		t.report(report)
	}
	if t.verbose {
		t.calls(r.Calls)
	}
}

func (t *eventText) number() string {
	if t.events == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d  ", t.seen, t.events)
}

// ignored prints an event that nothing is done about, on one line.
func (t *eventText) ignored(r replay.Result) {
	t.begin(oneLine)
	spans := []span{in(faint, "event  %s", t.number()), in(strong, "%s", r.Event.Name), {text: "  "}}
	spans = append(spans, in(caution, "ignored"), say(" (%s): %s", r.Ignored, whyIgnored(r.Ignored)))
	if who := r.Event.Actor; who != (events.Actor{}) {
		spans = append(spans, in(faint, ", by %s", who.Display()))
	}
	t.line(0, spans...)
}

func (t *eventText) heading(e events.Event) {
	var facts []string
	if !e.Time.IsZero() {
		facts = append(facts, e.Time.UTC().Format(time.RFC3339))
	}
	facts = append(facts, e.Account+"/"+e.Region)
	if e.Actor != (events.Actor{}) {
		facts = append(facts, "by "+e.Actor.Display())
	}
	t.begin(paragraph)
	if t.plain() {
		t.line(0, say("event  %s%s  %s", t.number(), e.Name, strings.Join(facts, "  ")))
	} else {
		t.rule(lightLine, e.Name, strings.TrimSpace(t.number()))
		t.line(0, in(faint, "%s", strings.Join(facts, " · ")))
	}
	if ids := e.ResourceIDs(); len(ids) > 0 {
		t.line(0, in(faint, "names  "), say("%s", strings.Join(ids, ", ")))
	}
}

// report prints the run of one unit.
func (t *eventText) report(r reconcile.Report) {
	t.line(0, in(faint, "unit  "), in(strong, "%s", r.Unit))
	if !t.plain() {
		t.blank()
	}
	after := map[intent.Key]access.Judgement{}
	for _, j := range r.After {
		after[j.Key()] = j
	}
	var same []string
	for _, j := range r.Before {
		now, ok := after[j.Key()]
		if !ok {
			now = j
		}
		if t.touring && j.Satisfied && now.Satisfied && len(changedHops(j.Hops, now.Hops)) == 0 {
			same = append(same, intentName(j.Key()))
			continue
		}
		t.intent(r, j, now)
	}
	if len(same) > 0 {
		t.line(0, in(faint, "as before  "), say("%s", strings.Join(same, ", ")))
	}
	t.plan(r.Changes)
	t.findings(r.Told)
	if !r.Next.IsZero() && !r.Next.Equal(t.next[r.Unit]) {
		t.line(0, in(faint, "next look at this unit  %s", r.Next.UTC().Format(time.RFC3339)))
	}
	if t.next == nil {
		t.next = map[network.Unit]time.Time{}
	}
	t.next[r.Unit] = r.Next
}

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
	t.fixes(after)
	if !t.plain() {
		t.blank()
	}
}

func notPassing(hops []access.Hop) []access.Hop {
	return slices.DeleteFunc(slices.Clone(hops), func(h access.Hop) bool { return h.Verdict == access.Pass })
}

// after prints what of the hops changed.
func (t *eventText) after(moved hopList, now access.Judgement) {
	all := !moved.closed && now.State == access.StateOpen
	if !t.plain() && !(all && t.touring) {
		t.line(2, in(faint, "after"))
	}
	if !(all && t.touring) {
		t.briefHops(2, "after", moved)
	}
	switch {
	case all && t.plain():
		t.line(2, say("after  all %s pass", count(len(now.Hops), "hop")))
	case all:
		t.line(2, in(good, "✓ after"), say("  all %s pass", count(len(now.Hops), "hop")))
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
	if t.plain() || before.State != after.State {
		states = append(states, say(" → "), in(stateTone(after.State, declared), "%s", after.State))
	}
	lead := in(faint, "intent  ")
	spans := append([]span{lead, in(strong, "%s", intentName(before.Key())), say("  %s  ", path)}, states...)
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
// run mended needs nothing: its plan tells what was done.
func (t *eventText) fixes(after access.Judgement) {
	if after.Satisfied {
		return
	}
	for _, h := range after.Hops {
		if (h.Verdict == access.Pass) == (after.Intent.Access == intent.Closed && h.Kind == access.HopIngress) {
			t.fix(2, h)
		}
	}
}

func (t *eventText) fix(indent int, h access.Hop) {
	if h.Fix != "" {
		t.command(indent, []span{in(caution, "fix"), say("  %s  ", h.Resource)}, h.Fix)
	}
}

func (t *eventText) plan(changes []plan.Change) {
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

func (t *eventText) change(c plan.Change) {
	symbol, tone := outcomeTone(c.Outcome)
	if t.plain() {
		t.line(0, say("change  %s  %s  %s  %s: %s%s", c.Outcome, c.Action, c.Resource, changeText(c), reasonText(c), whyText(c)))
		return
	}
	t.hanging(2, 4, in(tone, "%s %s", symbol, c.Outcome), say("  "), in(strong, "%s", changeText(c)))
	t.hanging(4, 4, in(faint, "%s: %s", c.Action, reasonText(c)))
	if c.Why != "" {
		t.hanging(4, 4, in(tone, "%s", c.Why))
	}
}

func whyText(c plan.Change) string {
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
	title, by := f.Title, ""
	if f.Status == finding.Resolved {
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
	t.hanging(indent, indent+2, say("%s", lead), in(status, "%s", f.Status), say("  %s  %s  ", f.Severity, f.Kind), in(strong, "%s", title), in(faint, "%s", by))
	if f.Status == finding.Resolved || saidByHops(f.Kind) && !t.verbose {
		return
	}
	if f.Detail != "" {
		t.hanging(indent+2, indent+4, in(faint, "%s", f.Detail))
	}
	if f.Fix != "" {
		t.command(indent+2, []span{in(caution, "fix"), say("  ")}, f.Fix)
	}
}

// saidByHops says whether a finding repeats the hops of an intent, which are
// printed above it.
func saidByHops(k finding.Kind) bool {
	return k == finding.AccessMissing || k == finding.AccessBlocked || k == finding.AccessUnknown || k == finding.GroupShared
}
