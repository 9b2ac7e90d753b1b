package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
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
	// looking is for what is not changed: there is no before and after.
	looking bool
	// last is what was printed last.
	last block
	// next is when each unit is looked at again, as it was last told.
	next map[network.Unit]time.Time
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
func (t *eventText) event(r operate.Result) {
	t.seen++
	if r.Ignored != "" {
		t.ignored(r)
		return
	}
	t.heading(r.Event)
	for i, report := range r.Reports {
		if i > 0 {
			t.blank()
		}
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
func (t *eventText) ignored(r operate.Result) {
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
			same = append(same, j.Key().Short())
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
		t.line(0, in(faint, "next check of this unit  %s", r.Next.UTC().Format(time.RFC3339)))
	}
	if t.next == nil {
		t.next = map[network.Unit]time.Time{}
	}
	t.next[r.Unit] = r.Next
}
