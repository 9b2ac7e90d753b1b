// Package action tests the GitHub Action of the repository: its steps run as GitHub runs
// them, on the files of a sample repository.
package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/cachegate/cachegate/test/full"
)

// action is what of an action.yml the steps need.
type action struct {
	Inputs map[string]struct {
		Default  string
		Required bool
	}
	Runs struct {
		Using string
		Steps []step
	}
}

type step struct {
	Name, ID, If, Shell, Run string
	Env                      map[string]string
}

const folder = "../../.github/actions/preview"

// runner carries out the steps of the action.
type runner struct {
	action  action
	values  map[string]string // of expressions
	outputs string            // the file that a step writes its outputs to
	gh      string            // the folder of gh's stand-in
	work    string
	log     bytes.Buffer
}

func newRunner(t *testing.T, inputs map[string]string) *runner {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{values: map[string]string{}, work: t.TempDir()}
	if err = yaml.Unmarshal(text, &r.action); err != nil {
		t.Fatal(err)
	}
	if r.action.Runs.Using != "composite" {
		t.Fatalf("the action is %q", r.action.Runs.Using)
	}
	path, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	r.values["github.action_path"], r.values["runner.temp"] = path, t.TempDir()
	r.values["github.repository"], r.values["github.event.pull_request.number"], r.values["github.token"] = "someone/access", "7", "token"
	for name, in := range r.action.Inputs {
		value, given := inputs[name]
		if in.Required && !given {
			t.Fatalf("input %s is missing", name)
		}
		if !given {
			value = r.evaluate(in.Default)
		}
		r.values["inputs."+name] = value
	}
	for name := range inputs {
		if _, known := r.action.Inputs[name]; !known {
			t.Fatalf("there is no input %s", name)
		}
	}
	if err := os.CopyFS(r.work, os.DirFS("testdata/sample")); err != nil {
		t.Fatal(err)
	}
	r.standIn(t)
	return r
}

// standIn puts a program in the place of gh: it keeps the comments of one pull request.
func (r *runner) standIn(t *testing.T) {
	t.Helper()
	r.gh = t.TempDir()
	const program = `#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")"
echo "$*" | head -n 1 >>calls
case "$*" in
*"--method PATCH"*|*"--method POST"*) printf '%s' "${@: -1}" | sed '1s/^body=//' >comment ;;
*) [[ -f comment ]] && echo 42 || true ;;
esac
`
	if err := os.WriteFile(filepath.Join(r.gh, "gh"), []byte(program), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
}

var expression = regexp.MustCompile(`\$\{\{ *([^}]+?) *\}\}`)

func (r *runner) evaluate(text string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string { return r.values[expression.FindStringSubmatch(e)[1]] })
}

// skipped says whether a step's condition does not hold: all parts of it do, but those that
// name a value that is empty, or another one.
func (r *runner) skipped(s step, failed bool) bool {
	if s.If == "" {
		return failed
	}
	condition := expression.FindStringSubmatch(s.If)[1]
	if failed && !strings.Contains(condition, "always()") {
		return true
	}
	for part := range strings.SplitSeq(condition, " && ") {
		name, want, compared := strings.Cut(part, " == ")
		switch {
		case part == "always()":
		case compared && r.values[name] != strings.Trim(want, "'"):
			return true
		case !compared && r.values[name] == "":
			return true
		}
	}
	return false
}

// run carries out all steps and says how each ended.
func (r *runner) run(t *testing.T) map[string]int {
	t.Helper()
	ended, failed := map[string]int{}, false
	for _, s := range r.action.Runs.Steps {
		if r.skipped(s, failed) {
			continue
		}
		if s.Shell != "bash" {
			t.Fatalf("step %q has the shell %q", s.Name, s.Shell)
		}
		if strings.Contains(s.Run, "inputs.") {
			t.Errorf("step %q puts an input into a script: %s", s.Name, s.Run)
		}
		status := r.step(t, s)
		ended[s.Name] = status
		failed = failed || status != 0
		if s.ID != "" {
			r.values["steps."+s.ID+".outcome"] = map[bool]string{true: "success", false: "failure"}[status == 0]
		}
	}
	return ended
}

func (r *runner) step(t *testing.T, s step) int {
	t.Helper()
	r.outputs = filepath.Join(t.TempDir(), "outputs")
	command := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", r.evaluate(s.Run)) //nolint:gosec // the action's own
	command.Dir, command.Stdout, command.Stderr = r.work, &r.log, &r.log
	command.Env = append(os.Environ(), "GITHUB_OUTPUT="+r.outputs, "PATH="+r.gh+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, value := range s.Env {
		command.Env = append(command.Env, name+"="+r.evaluate(value))
	}
	status := 0
	if err := command.Run(); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			t.Fatal(err)
		}
		status = exit.ExitCode()
	}
	written, _ := os.ReadFile(r.outputs) // a step may have no outputs
	for line := range strings.Lines(string(written)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			r.values["steps."+s.ID+".outputs."+name] = value
		}
	}
	return status
}

func (r *runner) comment(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.gh, "comment"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// built is the command, built once for all tests.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "cachegate")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "cachegate")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "../..").CombinedOutput() //nolint:gosec // our own
	if err != nil {
		return path, fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

func binary(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheActionChecksPlansAndComments(t *testing.T) {
	command := binary(t)
	r := newRunner(t, map[string]string{"intents": "intents.yaml", "world": "world.yaml", "binary": command})
	ended := r.run(t)
	if fmt.Sprint(ended) != "map[Build cachegate:0 Check the intents:0 Comment:0 Plan them:0]" {
		t.Errorf("the steps ended with %v\n%s", ended, r.log.String())
	}
	first := r.comment(t)
	if !strings.HasPrefix(first, "<!-- cachegate plan -->\n### cachegate: 1 to open") || !strings.Contains(first, "10.20.1.0/24") {
		t.Errorf("the comment is %q", first)
	}
	if r.values["steps.plan.outputs.status"] != "1" {
		t.Errorf("the status is %q", r.values["steps.plan.outputs.status"])
	}
	r.run(t) // the pull request got another commit
	calls, err := os.ReadFile(filepath.Join(r.gh, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(calls), "--method POST") != 1 || strings.Count(string(calls), "--method PATCH repos/someone/access/issues/comments/42") != 1 {
		t.Errorf("the calls are\n%s", calls)
	}
	if again := r.comment(t); again != first {
		t.Errorf("the same plan has another comment: %q", again)
	}
}

func TestWrongItemsFailTheActionAndStandAtTheirLines(t *testing.T) {
	r := newRunner(t, map[string]string{"intents": "wrong.yaml", "world": "world.yaml", "binary": binary(t)})
	ended := r.run(t)
	if fmt.Sprint(ended) != "map[Build cachegate:0 Check the intents:2 Comment:0 Plan them:2]" {
		t.Errorf("the steps ended with %v\n%s", ended, r.log.String())
	}
	if !strings.Contains(r.log.String(), "::error file=wrong.yaml,line=3::") {
		t.Errorf("the log is\n%s", r.log.String())
	}
	if got := r.comment(t); !strings.Contains(got, "1 wrong") || !strings.Contains(got, "wrong.yaml:3: field \"source\"") {
		t.Errorf("the comment is %q", got)
	}
}

func TestWhatCannotBePlannedIsSaid(t *testing.T) {
	r := newRunner(t, map[string]string{"intents": "intents.yaml", "world": "absent.yaml", "binary": binary(t)})
	if ended := r.run(t); ended["Plan them"] != 2 || ended["Comment"] != 0 {
		t.Errorf("the steps ended with %v\n%s", ended, r.log.String())
	}
	if got := r.comment(t); !strings.Contains(got, "it could not be planned") || !strings.Contains(got, "absent.yaml") {
		t.Errorf("the comment is %q", got)
	}
}

func TestTheActionBuildsTheBinaryAndLeavesCommentsOut(t *testing.T) {
	full.Need(t)
	r := newRunner(t, map[string]string{"intents": "intents.yaml", "world": "world.yaml", "comment": "false"})
	if ended := r.run(t); ended["Build cachegate"] != 0 || ended["Plan them"] != 0 {
		t.Errorf("the steps ended with %v\n%s", ended, r.log.String())
	}
	if got := r.comment(t); got != "" {
		t.Errorf("there is a comment: %q", got)
	}
}
