package cli

import (
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/record"
)

// recordedView is a change of the record, as history and show print it with --json.
type recordedView struct {
	Change   string         `json:"change"`
	Run      string         `json:"run"`
	At       string         `json:"at"`
	Unit     string         `json:"unit"`
	Trigger  string         `json:"trigger"`
	Plan     string         `json:"plan"`
	Action   string         `json:"action"`
	Resource string         `json:"resource"`
	Account  string         `json:"account"`
	Region   string         `json:"region"`
	Detail   map[string]any `json:"detail"`
	Text     string         `json:"text"`
	Intents  []string       `json:"intents"`
	// Owners and Why are those of the intents as they were declared then.
	Owners []string `json:"owners"`
	Why    []string `json:"declaredWhy"`
	// Reason is why cachegate made it, Outcome what became of it, Verified whether EC2 was seen
	// to show it, HeldBack which guard held it back and Because in which words.
	Reason   string     `json:"reason"`
	Outcome  string     `json:"outcome"`
	Verified bool       `json:"verified"`
	HeldBack string     `json:"heldBack,omitempty"`
	Because  string     `json:"because,omitempty"`
	Cause    *causeView `json:"cause,omitempty"`
	Approved string     `json:"approvedBy,omitempty"`
}

type causeView struct {
	Event string `json:"event"`
	Name  string `json:"name"`
	Actor string `json:"actor,omitempty"`
	At    string `json:"at,omitempty"`
}

func recordedViewOf(c record.Change) recordedView {
	v := recordedView{
		Change: c.ID, Run: c.Run, At: utc(c.At), Unit: c.Unit.String(), Trigger: c.Trigger, Plan: c.Plan,
		Action: string(c.Action), Resource: c.Resource, Account: c.Location.Account, Region: c.Location.Region, Detail: c.Detail(),
		Text: c.Sentence(), Intents: []string{}, Owners: textsOf(c.Owners()), Why: textsOf(c.Reasons()),
		Reason: string(c.Reason), Outcome: string(c.Outcome), Verified: c.Seen, HeldBack: string(c.Guard), Because: c.Change.Why, Approved: c.Approval.By,
	}
	for _, k := range c.Intents {
		v.Intents = append(v.Intents, k.Short())
	}
	if c.Cause.Event != "" {
		v.Cause = &causeView{Event: c.Cause.Event, Name: c.Cause.Name, Actor: c.Cause.Actor, At: utc(c.Cause.At)}
	}
	return v
}

// textsOf gives a list for programs: empty, and never null.
func textsOf(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}

func recordedViews(changes []record.Change) []recordedView {
	out := make([]recordedView, 0, len(changes))
	for _, c := range changes {
		out = append(out, recordedViewOf(c))
	}
	return out
}

// recordedLine is a change of the record in one line, with what led to it below.
func (s *screen) recordedLine(indent int, c record.Change, ids bool) {
	symbol, t := outcomeTone(c.Outcome)
	spans := []span{in(faint, "%s  ", s.when(c.At)), in(t, "%s ", symbol), say("%s", c.Story())}
	if c.Outcome == change.Applied && !c.Seen {
		spans = append(spans, in(caution, "  not seen"))
	}
	if ids {
		spans = append(spans, in(accent, "  %s", c.ID))
	}
	s.hanging(indent, indent+4, spans...)
}

// behind says what led to a change, in one line.
func behindChange(c record.Change) string {
	parts := []string{c.Because()}
	if who := c.Owners(); len(who) > 0 {
		parts = append(parts, "owner "+strings.Join(who, ", "))
	}
	if why := c.Reasons(); len(why) > 0 {
		parts = append(parts, `"`+strings.Join(why, `", "`)+`"`)
	}
	if len(c.Declared) == 0 && c.Rule.Description != "" {
		parts = append(parts, fmt.Sprintf("described as %q", c.Rule.Description))
	}
	if c.Approval.Given() {
		parts = append(parts, "approved by "+c.Approval.By)
	}
	if c.Cause.Name != "" {
		text := "after " + c.Cause.Name
		if c.Cause.Actor != "" {
			text += " by " + c.Cause.Actor
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// recordedList prints changes below each other, the first beside a label.
func (s *screen) recordedList(label string, changes []record.Change) {
	for i, c := range changes {
		if i == 0 {
			s.line(0, in(faint, "%s", label))
		}
		s.recordedLine(2, c, true)
	}
}

// runView is a run as show prints it with --json.
type runView struct {
	Run      string         `json:"run"`
	Unit     string         `json:"unit"`
	At       string         `json:"at"`
	Trigger  string         `json:"trigger"`
	Plan     string         `json:"plan"`
	Causes   []causeView    `json:"causes"`
	Changes  []recordedView `json:"changes"`
	Findings []toldView     `json:"findings"`
}

// showRun prints a run, or one change of it.
func (a *app) showRun(run ledger.Run, changes []record.Change, place int, flags showFlags) error {
	if place > 0 {
		changes = changes[place-1 : place]
	}
	if flags.json {
		if place > 0 {
			return a.printJSON(recordedViewOf(changes[0]))
		}
		return a.printJSON(runViewOf(run, changes))
	}
	s := a.screen()
	s.hanging(0, 4, in(accent, "%s", run.ID), in(strong, "  %s", s.when(run.At)), say("  %s", run.Unit))
	s.labelled("woken by", wokenBy(run)...)
	s.labelled("plan", run.Hash)
	for _, c := range changes {
		s.recordedLine(0, c, true)
		s.hanging(4, 6, in(faint, "%s: %s", c.Action, behindChange(c)))
	}
	if len(run.Changes) == 0 {
		s.line(0, say("it changed nothing"))
	}
	if place > 0 {
		return nil
	}
	for _, f := range run.Told {
		s.hanging(0, 4, in(faint, "told  "), say("%s  ", f.Status), in(severityTone(f.Severity), "%s", f.Severity), say("  %s  %s", f.Handle(), f.Title))
	}
	return nil
}

func runViewOf(run ledger.Run, changes []record.Change) runView {
	v := runView{
		Run: run.ID, Unit: run.Unit.String(), At: utc(run.At), Trigger: run.Trigger, Plan: run.Hash,
		Causes: []causeView{}, Changes: recordedViews(changes), Findings: []toldView{},
	}
	for _, c := range run.Causes {
		v.Causes = append(v.Causes, causeView{Event: c.Event, Name: c.Name, Actor: c.Actor, At: utc(c.At)})
	}
	for _, f := range run.Told {
		v.Findings = append(v.Findings, toldView{
			At: utc(run.At), Run: run.ID, Status: string(f.Status), Severity: string(f.Severity), Actor: f.Actor, Title: f.Title, Detail: f.Detail,
		})
	}
	return v
}

// shownCauses is how many events of a run are shown; JSON has all that are kept.
const shownCauses = 5

func wokenBy(run ledger.Run) []string {
	out := []string{run.Trigger}
	if run.Trigger == "" {
		out[0] = "nobody knows"
	}
	for i, c := range run.Causes {
		if i == shownCauses {
			out = append(out, fmt.Sprintf("and %d more events", len(run.Causes)-i))
			break
		}
		text := c.Name
		if c.Actor != "" {
			text += " by " + c.Actor
		}
		if !c.At.IsZero() {
			text += " at " + utc(c.At)
		}
		out = append(out, text)
	}
	return out
}
