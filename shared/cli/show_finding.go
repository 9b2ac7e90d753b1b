package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/record"
)

// storyView is a finding as show prints it with --json.
type storyView struct {
	findingView
	// Way is the way of its intent as it is now, hop by hop.
	Way     []operate.HopView `json:"way,omitempty"`
	History []toldView        `json:"history"`
	Changes []recordedView    `json:"changes"`
}

type toldView struct {
	At       string `json:"at"`
	Run      string `json:"run"`
	Status   string `json:"status"`
	Severity string `json:"severity"`
	Actor    string `json:"actor,omitempty"`
	Title    string `json:"title"`
	Detail   string `json:"detail,omitempty"`
}

// showFinding prints a finding with all that is known of it.
func (a *app) showFinding(ctx context.Context, b *book, story record.Story, flags showFlags) error {
	if story.Open() {
		a.status = statusUnsatisfied
	}
	var way *access.Judgement
	if !flags.recorded && story.Intent != "" && story.Open() {
		way = a.wayNow(ctx, b, story)
	}
	if flags.json {
		v := storyView{findingView: findingViewOf(story.Finding), History: []toldView{}, Changes: recordedViews(story.Changes)}
		if way != nil {
			v.Way = operate.HopViews(way.Hops)
		}
		for _, t := range story.Told {
			f := t.Finding
			v.History = append(v.History, toldView{
				At: utc(t.At), Run: t.Run, Status: string(f.Status), Severity: string(f.Severity), Actor: f.Actor, Title: f.Title, Detail: f.Detail,
			})
		}
		return a.printJSON(v)
	}
	s := a.screen()
	s.findingHead(story.Finding)
	s.line(0, in(strong, "%s", story.Title))
	s.labelled("where", whereFound(story))
	if story.Detail != "" {
		s.labelled("what", strings.Split(story.Detail, "; ")...)
	}
	s.labelled("impact", story.Kind.Impact())
	if who := whoIsConcerned(story); who != "" {
		s.labelled("who", who)
	}
	if way != nil {
		s.picture(*way, story.Unit.Location)
	}
	s.told(story)
	s.recordedList("done", story.Changes)
	if story.Open() {
		s.fixes(story.Fix)
	}
	return nil
}

// wayNow judges the intent of a finding as it stands. That it cannot be read is told, and
// all else is shown.
func (a *app) wayNow(ctx context.Context, b *book, story record.Story) *access.Judgement {
	session, err := a.liveSession(b.deployment, false)
	if err == nil {
		p := a.newProgress("reading the path", unknownLength)
		var report reconcile.Report
		report, err = session.Run(ctx, story.Unit, reconcile.Wake{Trigger: "show"})
		p.end()
		for _, j := range report.After {
			if j.Key() == (intent.Key{Cluster: story.Cluster, Name: story.Intent}) {
				return &j
			}
		}
	}
	if err != nil {
		fmt.Fprintln(a.stderr, "warning: "+clean(fmt.Sprintf("the path is not shown: %v", live.Told(err))))
	}
	return nil
}

func whereFound(story record.Story) string {
	var parts []string
	switch {
	case story.Intent != "":
		parts = append(parts, "intent "+story.Intent+" of "+intent.ShortName(story.Cluster))
	case story.Cluster != "":
		parts = append(parts, "cluster "+intent.ShortName(story.Cluster))
	}
	if story.Resource != "" && story.Resource != story.Unit.VPC {
		parts = append(parts, story.Resource)
	}
	return strings.Join(append(parts, story.Unit.String()), ", ")
}

func whoIsConcerned(story record.Story) string {
	var parts []string
	if story.Owner != "" {
		parts = append(parts, "owner "+story.Owner)
	}
	if story.Actor != "" {
		parts = append(parts, "changed by "+story.Actor)
	}
	return strings.Join(parts, ", ")
}

// picture draws a way from its sources to its cluster, a hop a line.
func (s *screen) picture(j access.Judgement, home network.Location) {
	sources := make([]string, 0, len(j.Intent.Sources))
	for _, source := range j.Intent.Sources {
		sources = append(sources, source.String())
	}
	closed := j.Intent.Access == intent.Closed
	rows := hopList{hops: j.Hops, home: home, closed: closed, sources: len(sources)}.rows()
	kind, place := 0, 0
	for i := range rows {
		kind, place = max(kind, len(rows[i].kind)), max(place, ansi.StringWidth(clean(rows[i].where)))
	}
	state := in(stateTone(j.State, j.Intent.Access), "%s", j.State)
	s.hanging(0, 10, append(padded([]span{in(faint, "way")}, 8), in(strong, "%s", strings.Join(sources, ", ")), say("  over %s, ", pathOr(j)), state)...)
	for _, r := range rows {
		s.hanging(10, 14, say("│ "), in(r.tone, "%s ", r.symbol), say("%s  %s  ", pad(r.kind, kind), pad(r.where, place)), in(faint, "%s", r.detail))
	}
	s.hanging(10, 12, say("▼ "), in(strong, "%s", intent.ShortName(j.Intent.Cluster)))
}

func pathOr(j access.Judgement) string {
	if j.Path == "" {
		return "no path that is known"
	}
	return string(j.Path)
}

// told prints the times at which the status of a finding changed.
func (s *screen) told(story record.Story) {
	label := "history"
	for _, t := range story.Told {
		text := fmt.Sprintf("%s  %s  %s  run %s", s.when(t.At), t.Finding.Status, t.Finding.Severity, t.Run)
		if t.Finding.Actor != "" {
			text += ", after a change by " + t.Finding.Actor
		}
		s.labelled(label, text)
		label = ""
	}
	if len(story.Told) == 0 {
		s.labelled(label, "the run that opened it is no longer kept")
	}
}

// fixes prints what to do, a command so that it can be copied.
func (s *screen) fixes(text string) {
	if text == "" {
		s.labelled("fix", "nothing for now; cachegate checks again by itself")
		return
	}
	for part := range strings.SplitSeq(text, "; ") {
		s.command(0, padded([]span{in(caution, "fix")}, 8), part)
	}
}
