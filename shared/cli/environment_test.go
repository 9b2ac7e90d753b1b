package cli

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
)

func TestAScreenIsPlainWhereNoTerminalShowsIt(t *testing.T) {
	var out bytes.Buffer
	onTerminal := func(columns int) *app {
		a := newTestApp(&out)
		a.terminal(columns)
		return a
	}
	t.Run("in a pipe", func(t *testing.T) {
		if s := newTestApp(&out).screen(); !s.plain() || s.colour {
			t.Errorf("the screen is %+v", s)
		}
	})
	t.Run("on a terminal that understands nothing", func(t *testing.T) {
		a := onTerminal(80)
		a.environment["TERM"] = "dumb"
		if s := a.screen(); !s.plain() || s.colour {
			t.Errorf("the screen is %+v", s)
		}
	})
	t.Run("on a terminal that nothing is known of", func(t *testing.T) {
		a := onTerminal(80)
		delete(a.environment, "TERM")
		if s := a.screen(); s.plain() != (runtime.GOOS != "windows") {
			t.Errorf("the screen is %+v", s)
		}
	})
	t.Run("with NO_COLOR there are tables and no colours", func(t *testing.T) {
		a := onTerminal(80)
		a.environment["NO_COLOR"] = "yes"
		if s := a.screen(); s.plain() || s.colour {
			t.Errorf("the screen is %+v", s)
		}
	})
	t.Run("an empty NO_COLOR is none", func(t *testing.T) {
		a := onTerminal(80)
		a.environment["NO_COLOR"] = ""
		if s := a.screen(); s.plain() || !s.colour {
			t.Errorf("the screen is %+v", s)
		}
	})
	t.Run("its width is kept within what can be read", func(t *testing.T) {
		for columns, want := range map[int]int{20: 60, 80: 80, 137: 137, 500: 200} {
			if s := onTerminal(columns).screen(); s.width != want {
				t.Errorf("at %d columns the width is %d, expected %d", columns, s.width, want)
			}
		}
	})
}

func TestAFileIsNoTerminal(t *testing.T) {
	if columns, ok := newEnvironment([]string{"COLUMNS=120", "TERM=xterm"}).widthOf(&bytes.Buffer{}); ok {
		t.Errorf("a buffer is a terminal of %d columns", columns)
	}
}

func TestAColourNeverReachesAScreenWithoutColours(t *testing.T) {
	for _, tone := range []tone{normal, good, bad, caution, faint, strong, accent} {
		s := &screen{width: 80}
		if got := s.render(span{text: "text", tone: tone}); got != "text" {
			t.Errorf("tone %d gives %q without colours", tone, got)
		}
		s.colour = true
		if got := s.render(span{text: "\x1b[2Jtext", tone: tone}); !strings.Contains(got, "text") || strings.Contains(got, "[2J") {
			t.Errorf("tone %d gives %q", tone, got)
		}
	}
}
