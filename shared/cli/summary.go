package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// summary counts what became of all events of a run.
type summary struct {
	events   int
	ignored  map[events.IgnoreReason]int
	outcomes map[change.Outcome]int
}

func (s *summary) add(r operate.Result) {
	s.events++
	if r.Ignored != "" {
		if s.ignored == nil {
			s.ignored = map[events.IgnoreReason]int{}
		}
		s.ignored[r.Ignored]++
	}
	for _, report := range r.Reports {
		s.addChanges(report.Changes)
	}
}

func (s *summary) addChanges(changes []change.Change) {
	if s.outcomes == nil {
		s.outcomes = map[change.Outcome]int{}
	}
	for _, c := range changes {
		s.outcomes[c.Outcome]++
	}
}

func (s *summary) text() string {
	ignored := 0
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(s.ignored)) {
		ignored += s.ignored[reason]
		reasons = append(reasons, fmt.Sprintf("%d %s", s.ignored[reason], reason))
	}
	handled := fmt.Sprintf("%s, %d ignored", count(s.events, "event"), ignored)
	if len(reasons) > 0 {
		handled += " (" + strings.Join(reasons, ", ") + ")"
	}
	parts := []string{handled}
	for _, outcome := range outcomesInOrder() {
		if n := s.outcomes[outcome]; n > 0 || outcome == change.Applied && s.outcomes[operate.Due] == 0 {
			parts = append(parts, fmt.Sprintf("%s %s", count(n, "change"), outcome))
		}
	}
	return strings.Join(parts, "; ")
}

func outcomesInOrder() []change.Outcome {
	return []change.Outcome{change.Applied, operate.Due, change.Planned, change.Refused, change.Failed}
}

// observed counts the changes that wait for the mode.
func (s *summary) observed() int { return s.outcomes[change.Planned] }

// summary prints the last lines: what was done, and what is not as declared.
func (t *eventText) summary(s summary, standing []access.Judgement) {
	t.begin(paragraph)
	if t.plain() {
		t.line(0, say("summary  %s", s.text()))
	} else {
		t.rule(heavyLine, "summary", "")
		t.line(0, say("%s", s.text()))
	}
	verb := " are"
	if left := unsatisfied(standing); left == 1 {
		verb = " is"
	}
	t.verdict(len(standing), unsatisfied(standing), 0, verb)
	for _, j := range standing {
		if !j.Satisfied {
			t.line(2, in(strong, "%s", j.Key().Short()), say("  "), in(bad, "%s", j.State), say("  %s", declaredText(j)))
		}
	}
}

// verdict says in a line how all intents stand. A tick stands over nothing that was not
// judged, and beside no critical finding.
func (t *eventText) verdict(intents, left, critical int, verb string) {
	if critical > 0 {
		t.line(0, in(bad, "✗"), say(" %s open", count(critical, "critical finding")+map[bool]string{true: " is", false: " are"}[critical == 1]))
	}
	switch {
	case left > 0:
		t.line(0, in(bad, "✗"), say(" %d of %s%s not satisfied", left, count(intents, "intent"), verb))
	case intents == 0:
		t.line(0, in(caution, "!"), say(" no intent was judged: every live intent is satisfied (0)"))
	case critical > 0:
		t.line(0, say("every live intent is satisfied (%d)", intents))
	default:
		t.line(0, in(good, "✓"), say(" every live intent is satisfied (%d)", intents))
	}
}

// openFindings gives the findings that are open, told before or not, and those that are
// over just now.
func openFindings(r reconcile.Report) []finding.Finding {
	out := slices.Clone(r.Live)
	for _, f := range r.Told {
		if f.Status == finding.Resolved {
			out = append(out, f)
		}
	}
	return out
}

func criticals(findings []finding.Finding) int {
	n := 0
	for _, f := range findings {
		if f.Severity == finding.Critical && f.Status != finding.Resolved {
			n++
		}
	}
	return n
}

func declaredText(j access.Judgement) string {
	text := "declared " + string(j.Intent.Access)
	if j.Intent.Owner != "" {
		text += ", owner " + j.Intent.Owner
	}
	return text
}

// calls prints how many AWS reads an event cost, by IAM action.
func (t *eventText) calls(calls map[string]int) {
	total := 0
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		total += calls[name]
		parts = append(parts, fmt.Sprintf("%s %d", name, calls[name]))
	}
	t.line(0, in(faint, "reads  %d: %s", total, strings.Join(parts, ", ")))
}
