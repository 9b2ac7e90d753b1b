package cli

import (
	"time"

	"github.com/cachegate/cachegate/shared/reconcile"
)

// scene prints the title of a scene and what it is about.
func (t *eventText) scene(title, text string) {
	t.begin(paragraph)
	if t.plain() {
		t.line(0, say("=== %s", title))
	} else {
		t.rule(doubleLine, title, "")
	}
	t.prose(text)
}

// prose prints text to be read: folded in a pipe, too, since it is for people.
func (t *eventText) prose(text string) {
	columns := t.width
	if t.plain() || columns > proseWidth {
		columns = proseWidth
	}
	for _, line := range fold(cleaned([]span{{text: text}}), columns, columns) {
		t.put(0, t.renderAll(line))
	}
}

// proseWidth is how long a line may be that is easy to read.
const proseWidth = 100

// woken prints a run that no event has brought about.
func (t *eventText) woken(trigger string, at time.Time, r reconcile.Report) {
	t.begin(paragraph)
	t.line(0, in(faint, "woken  "), in(strong, "%s", trigger), say("  %s", at.UTC().Format(time.RFC3339)))
	t.report(r)
}

// aside tells what happens next inside a scene.
func (g *guide) aside(text string) {
	if !g.flags.json {
		g.text.begin(paragraph)
		g.text.prose(text)
	}
}

// farewell says where to go from here.
func (g *guide) farewell() {
	if g.flags.json {
		return
	}
	g.text.line(0, say("%d of the events are cachegate's own changes, which came back to it: their unit had seen them.", g.quiet))
	g.text.begin(paragraph)
	g.text.prose("Now yours: put what the AWS CLI prints into a world file, declare your intents, and run " +
		"cachegate replay EVENT.json --world WORLD --intents INTENTS, or cachegate explain CLUSTER SOURCE --world WORLD. " +
		"cachegate replay --help says more; --json prints for programs.")
}
