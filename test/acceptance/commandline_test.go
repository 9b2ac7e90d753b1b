package acceptance

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTheCommandLineWorksOnWhatIsDeployed(t *testing.T) {
	s := hub(t)
	home := s.at(t, hubAccount, homeRegion)
	n := home.network()
	guard, app := n.group("cache"), n.group("app")
	n.instance(app)
	cluster := n.cluster("sessions-command-line", guard)
	c := s.commandLine(t)

	file := filepath.Join(t.TempDir(), "intents.yaml")
	write(t, file, "- cluster: sessions-command-line\n  name: orders\n  source: "+app+"\n  path: somewhere\n")
	c.run(t, 2, "intents", "validate", file).says(t, file+":4: ", `"somewhere"`)
	c.run(t, 2, "intents", "apply", "-f", file).says(t, "path")
	write(t, file, "- cluster: sessions-command-line\n  name: orders\n  source: "+app+"\n")
	c.run(t, 0, "intents", "apply", "-f", file).says(t, "orders")
	c.run(t, 0, "intents", "list", "sessions-command-line").says(t, "orders", app)
	c.run(t, 0, "mode").says(t, "observe")

	before := s.gate.count()
	c.run(t, 1, "plan", "--live", "sessions-command-line").says(t, "AuthorizeSecurityGroupIngress", guard)
	c.run(t, 1, "explain", "sessions-command-line", app, "--live").says(t, guard)
	if writes := s.gate.changesSince(before); len(writes) > 0 {
		t.Errorf("looking called %v", writes)
	}

	c.run(t, 0, "mode", "enforce", "--cluster", "sessions-command-line")
	s.settle(t)
	if got, want := home.ingress(guard), []string{app + ":6379-6379"}; !slices.Equal(got, want) {
		t.Errorf("%s lets %v in: expected %v", guard, got, want)
	}
	c.run(t, 0, "plan", "--live", "sessions-command-line")
	c.run(t, 0, "explain", "sessions-command-line", app, "--live")

	c.run(t, 0, "intents", "delete", cluster, "orders", "--yes")
	s.settle(t)
	if got := home.ingress(guard); len(got) > 0 {
		t.Errorf("after the intent was deleted, %s lets %v in", guard, got)
	}
}

// commandLine is the operator's command line, with the credentials of the hub's account.
type commandLine struct {
	program     string
	environment []string
}

func (s *stack) commandLine(t *testing.T) commandLine {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	program := filepath.Join(t.TempDir(), "cachegate")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".") //nolint:gosec // our own arguments
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the command line: %v\n%s", err, out)
	}
	environment, err := s.environment(ctx, s.config(t, hubAccount))
	if err != nil {
		t.Fatal(err)
	}
	return commandLine{program: program, environment: append(environment, "HOME="+t.TempDir(), "PATH="+os.Getenv("PATH"))}
}

// said is what a command printed.
type said struct{ command, text string }

// run runs a command and checks its exit status.
func (c commandLine) run(t *testing.T, status int, args ...string) said {
	t.Helper()
	var out bytes.Buffer
	command := exec.CommandContext(t.Context(), c.program, args...) //nolint:gosec // our own arguments
	command.Env, command.Stdout, command.Stderr = c.environment, &out, &out
	err := command.Run()
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if got != status {
		t.Errorf("cachegate %s ended with %d, expected %d:\n%s", strings.Join(args, " "), got, status, out.String())
	}
	return said{command: strings.Join(args, " "), text: out.String()}
}

func (s said) says(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.text, text) {
			t.Errorf("cachegate %s does not say %q:\n%s", s.command, text, s.text)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
