package cli

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestALongRunShowsHowFarItIsAndTakesTheBarAway(t *testing.T) {
	var bar bytes.Buffer
	a := newTestApp(io.Discard)
	a.stderr = &bar
	a.width = func(w io.Writer) (int, bool) { return 80, w == a.stderr }
	p := a.eventProgress(4)
	p.step()
	if bar.Len() > 0 {
		t.Fatalf("a short run shows %q", bar.String())
	}
	p.show()
	if !strings.Contains(bar.String(), "1/4") {
		t.Errorf("the bar is %q, expected 1/4", bar.String())
	}
	p.end()
	drawn := bar.Len()
	p.step()
	p.show()
	if bar.Len() != drawn {
		t.Errorf("after its end the bar shows %q", bar.String()[drawn:])
	}
	if last := bar.String(); strings.TrimSpace(last[strings.LastIndex(strings.TrimSuffix(last, "\r"), "\r")+1:]) != "" {
		t.Errorf("the bar is left on the screen: %q", last)
	}
}

func TestNoProgressIsShownWhereNoTerminalIs(t *testing.T) {
	var bar bytes.Buffer
	a := newTestApp(io.Discard)
	a.stderr, a.patience = &bar, time.Nanosecond
	p := a.eventProgress(2)
	p.step()
	p.end()
	if p.waiting != nil || bar.Len() > 0 {
		t.Errorf("a pipe is shown %q", bar.String())
	}
}

func TestEventsOnATerminalTellThemselvesHowFarTheyAre(t *testing.T) {
	var out, bar bytes.Buffer
	a := newTestApp(&out)
	a.stderr, a.width = &bar, func(io.Writer) (int, bool) { return 80, true }
	if p := a.eventProgress(2); p.waiting != nil {
		t.Error("a bar would be drawn between the events")
	}
}

func TestWhatCannotBeCountedTurns(t *testing.T) {
	var bar bytes.Buffer
	a := newTestApp(io.Discard)
	a.stderr = &bar
	a.width = func(w io.Writer) (int, bool) { return 80, w == a.stderr }
	p := a.newProgress("judging the world", unknownLength)
	p.show()
	for turns := 0; turns < 3; { // until it has turned a few times by itself
		p.mu.Lock()
		turns = strings.Count(bar.String(), "judging the world")
		p.mu.Unlock()
		runtime.Gosched()
	}
	p.end()
	drawn := bar.String()
	p.end()
	p.show()
	if bar.String() != drawn || strings.TrimSpace(drawn[strings.LastIndex(strings.TrimSuffix(drawn, "\r"), "\r")+1:]) != "" {
		t.Errorf("the terminal is left with %q", bar.String())
	}
}
