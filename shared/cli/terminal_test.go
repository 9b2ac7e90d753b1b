package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func file(name string) string { return filepath.Join("testdata", "files", name) }

// fits checks that no line is wider than a terminal, but for a flag of a command
// whose value alone is: broken, it could not be copied.
func fits(t *testing.T, text string, columns int) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		bare := strings.TrimSuffix(strings.TrimSpace(line), ` \`)
		oneFlag := strings.HasPrefix(bare, "--") && strings.Count(bare, " ") == 1
		if w := ansi.StringWidth(line); w > columns && !oneFlag {
			t.Errorf("a line is %d columns wide, expected at most %d: %s", w, columns, line)
		}
	}
}

func TestEveryCommandFitsTheTerminalAndNeedsNoColour(t *testing.T) {
	world, intents := "--world="+file("world.yaml"), "--intents="+file("intents.yaml")
	for name, args := range map[string][]string{
		"replay":  {"replay", file("revoked.json"), world, intents},
		"verbose": {"replay", file("revoked.json"), file("revoked.json"), world, intents, "--verbose"},
		"explain": {"explain", "sessions", "444455556666/sg-0b", world, intents},
	} {
		for _, columns := range []int{80, 160} {
			t.Run(fmt.Sprintf("%s at %d columns", name, columns), func(t *testing.T) {
				onTerminal := func(a *app) { a.terminal(columns) }
				_, coloured := runAt(t, onTerminal, args...)
				_, plain := runAt(t, func(a *app) { onTerminal(a); a.environment["NO_COLOR"] = "1" }, args...)
				if !strings.Contains(coloured, "\x1b[") || strings.Contains(plain, "\x1b") {
					t.Errorf("colours: %q\nwithout: %q", coloured, plain)
				}
				if ansi.Strip(coloured) != plain {
					t.Error("the text is another one with colours")
				}
				fits(t, plain, columns)
				golden(t, fmt.Sprintf("%s-%d.golden", name, columns), plain)
			})
		}
	}
}
