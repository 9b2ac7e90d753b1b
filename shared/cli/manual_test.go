package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// The manual's page, and the line below which the commands stand.
const (
	manualPage = "README.md"
	manualLine = "<!-- commands: CACHEGATE_UPDATE=1 go test ./shared/cli -run TestTheManual writes what follows -->\n"
)

// commandTree is the root command as a shell without any environment has it.
func commandTree() *cobra.Command {
	a := &app{stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, environment: newEnvironment(nil)}
	root := a.root()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	return root
}

// manualCommands are the commands of the manual, in the order of their names.
func manualCommands(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" && sub.Name() != "completion" {
			all = append(append(all, sub), manualCommands(sub)...)
		}
	}
	return all
}

func manual() string {
	var text strings.Builder
	all := manualCommands(commandTree())
	text.WriteString("\n| command | what it does |\n|---|---|\n")
	for _, c := range all {
		fmt.Fprintf(&text, "| [`%s`](#%s) | %s |\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), c.Short)
	}
	for _, c := range all {
		c.InitDefaultHelpFlag()
		fmt.Fprintf(&text, "\n### %s\n\n```\n%s\n\n%s```\n", c.CommandPath(), strings.TrimSpace(cmp.Or(c.Long, c.Short)), c.UsageString())
	}
	return text.String()
}

// With CACHEGATE_UPDATE=1 the test writes the commands into the page.
func TestTheManualSaysWhatTheCommandsSay(t *testing.T) {
	committed, err := os.ReadFile(manualPage)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(committed), manualLine)
	if !ok {
		t.Fatalf("%s has no line %s", manualPage, manualLine)
	}
	want := manual()
	if os.Getenv("CACHEGATE_UPDATE") != "" {
		if err := os.WriteFile(manualPage, []byte(head+manualLine+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if rest != want {
		t.Errorf("%s is not what the commands say: run CACHEGATE_UPDATE=1 go test ./shared/cli -run TestTheManual", manualPage)
	}
}

func TestEveryCommandIsInTheManualWithAText(t *testing.T) {
	all := manualCommands(commandTree())
	if len(all) < 20 {
		t.Errorf("the manual has only %d commands", len(all))
	}
	for _, c := range all {
		if c.Short == "" {
			t.Errorf("%s lacks a text", c.CommandPath())
		}
	}
}
