package worlds

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/cachegate/cachegate/test/testworld"
)

// usualNow is when a world is looked at that names no time of its own.
const usualNow = "2026-11-22T12:00:00Z"

// worldFile is one file: a network, what is declared, and what must come of it.
// Keys that are not listed here are errors: a typing error must not weaken a test.
type worldFile struct {
	Title   string       `yaml:"title"`
	Source  []string     `yaml:"source"`
	Now     string       `yaml:"now"`
	World   any          `yaml:"world"`
	Base    string       `yaml:"base"`
	Patch   ast.Node     `yaml:"patch"`
	Intents any          `yaml:"intents"`
	Steps   []step       `yaml:"steps"`
	Expect  *expectation `yaml:"expect"`
	Flows   []flow       `yaml:"flows"`

	// path is the folder, name the file in it.
	path, name string
}

// step is a run of everything, after what is declared or the time has changed.
type step struct {
	Now     string       `yaml:"now"`
	Intents any          `yaml:"intents"`
	Expect  *expectation `yaml:"expect"`
}

// expectation is what one run must find and do. A list that is left out is not
// looked at; an empty one means that there is nothing.
type expectation struct {
	// Intents are all that are judged, by cluster/name.
	Intents map[string]intentExpectation `yaml:"intents"`
	// Changes are all of the plan, in order.
	Changes []changeExpectation `yaml:"changes"`
	// Findings are some of those that are told; an empty list: none is.
	Findings []findingExpectation `yaml:"findings"`
}

type intentExpectation struct {
	Path      *string `yaml:"path"`
	Before    string  `yaml:"before"`
	After     string  `yaml:"after"`
	Satisfied *bool   `yaml:"satisfied"`
	// Hops are all of them. In place of them, SomeHops are those that matter.
	Hops     []hopExpectation `yaml:"hops"`
	SomeHops []hopExpectation `yaml:"someHops"`
}

// hopExpectation is one hop before the run. Source tells hops of the same
// resource apart; Detail and Fix are parts of the texts.
type hopExpectation struct {
	Kind     string `yaml:"kind"`
	Resource string `yaml:"resource"`
	Verdict  string `yaml:"verdict"`
	Source   string `yaml:"source"`
	Detail   string `yaml:"detail"`
	Fix      string `yaml:"fix"`
}

// changeExpectation is one change; only what is given is compared. Why is a part
// of the text.
type changeExpectation struct {
	Action      string   `yaml:"action"`
	Resource    string   `yaml:"resource"`
	Outcome     string   `yaml:"outcome"`
	Account     string   `yaml:"account"`
	Region      string   `yaml:"region"`
	Target      string   `yaml:"target"`
	Destination string   `yaml:"destination"`
	Source      string   `yaml:"source"`
	Protocol    string   `yaml:"protocol"`
	FromPort    *int     `yaml:"fromPort"`
	ToPort      *int     `yaml:"toPort"`
	VPC         string   `yaml:"vpc"`
	Side        string   `yaml:"side"`
	Gateway     string   `yaml:"gateway"`
	RuleID      string   `yaml:"ruleId"`
	Reason      string   `yaml:"reason"`
	Why         string   `yaml:"why"`
	Intents     []string `yaml:"intents"`
}

// findingExpectation is a finding; only what is given is compared. Title, Detail
// and Fix are parts of the texts.
type findingExpectation struct {
	Kind     string `yaml:"kind"`
	Status   string `yaml:"status"`
	Severity string `yaml:"severity"`
	Cluster  string `yaml:"cluster"`
	Intent   string `yaml:"intent"`
	Resource string `yaml:"resource"`
	Actor    string `yaml:"actor"`
	Title    string `yaml:"title"`
	Detail   string `yaml:"detail"`
	Fix      string `yaml:"fix"`
}

// worldFiles reads every world below this folder.
func worldFiles(t *testing.T) []worldFile {
	t.Helper()
	return readWorlds(t, filepath.Join("*", "*.y*ml"))
}

// readWorlds reads the worlds whose names match a pattern.
func readWorlds(t *testing.T, pattern string) []worldFile {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	files := make([]worldFile, 0, len(names))
	for _, name := range names {
		f, err := readWorld(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		files = append(files, f)
	}
	return files
}

func readWorld(name string) (worldFile, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return worldFile{}, err
	}
	f, err := parseWorld(data)
	f.path, f.name = filepath.Dir(name), strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	return f, err
}

func parseWorld(data []byte) (worldFile, error) {
	f := worldFile{}
	if err := testworld.Decode(data, &f); err != nil {
		return f, err
	}
	if err := f.complete(); err != nil {
		return f, err
	}
	return f, f.expand()
}

// expand puts the base network with its patch in place of the world.
func (f *worldFile) expand() error {
	if f.Base == "" {
		return nil
	}
	tree, err := testworld.Expand(f.Base, f.Patch)
	f.World = tree
	return err
}

// runs gives the steps, of which a file with an expectation alone has one.
func (f worldFile) runs() []step {
	switch {
	case len(f.Steps) > 0:
		return f.Steps
	case f.Expect == nil:
		return nil // it has flows alone
	default:
		return []step{{Expect: f.Expect}}
	}
}

// complete refuses a file that would check less than it seems to.
func (f worldFile) complete() error {
	switch {
	case f.Title == "":
		return errors.New("title is missing: a sentence that says what the world shows")
	case len(f.Source) == 0:
		return errors.New("source is missing: the AWS pages that the expectations come from")
	case (f.World == nil) == (f.Base == ""):
		return fmt.Errorf("one of world and base must be there, not both; base is one of %s", strings.Join(testworld.Names(), ", "))
	case f.Patch != nil && f.Base == "":
		return errors.New("patch needs a base")
	case f.Intents == nil && len(f.runs()) > 0:
		return errors.New("intents is missing")
	case f.Expect != nil && len(f.Steps) > 0:
		return errors.New("one of expect and steps may be there, not both")
	case len(f.runs()) == 0 && len(f.Flows) == 0:
		return errors.New("one of expect, steps and flows must be there")
	}
	for i, page := range f.Source {
		if !strings.HasPrefix(page, "https://docs.aws.amazon.com/") {
			return fmt.Errorf("source %d is %q; it must be a page of AWS's documentation", i+1, page)
		}
	}
	if err := validTime(f.Now); err != nil {
		return err
	}
	for i, s := range f.runs() {
		if err := s.complete(); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return completeFlows(f.Flows)
}

func validTime(text string) error {
	if text == "" {
		return nil
	}
	_, err := time.Parse(time.RFC3339, text)
	return err
}

func (s step) complete() error {
	if err := validTime(s.Now); err != nil {
		return err
	}
	if s.Expect == nil {
		return errors.New("expect is missing")
	}
	if s.Expect.Intents == nil {
		return errors.New("expect.intents is missing; it is {} where no intent is judged")
	}
	for name, i := range s.Expect.Intents {
		if err := i.complete(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for i, c := range s.Expect.Changes {
		if c.Action == "" || c.Resource == "" || c.Outcome == "" {
			return fmt.Errorf("change %d needs action, resource and outcome", i+1)
		}
	}
	for i, f := range s.Expect.Findings {
		if f.Kind == "" {
			return fmt.Errorf("finding %d needs a kind", i+1)
		}
	}
	return nil
}

func (i intentExpectation) complete() error {
	states := []string{"open", "closed", "blocked", "pending", "unknown"}
	switch {
	case i.Satisfied == nil:
		return errors.New("satisfied must be there")
	case i.Path == nil && len(i.SomeHops) == 0:
		return errors.New("path must be there, unless only some hops matter")
	case (len(i.Hops) == 0) == (len(i.SomeHops) == 0):
		return errors.New("one of hops and someHops must be there, not both")
	case !slices.Contains(states, i.Before) || !slices.Contains(states, i.After):
		return fmt.Errorf("before is %q and after %q; they may be %s", i.Before, i.After, strings.Join(states, ", "))
	}
	verdicts := []string{"pass", "fail", "pending", "unknown", "advice"}
	for n, h := range append(slices.Clone(i.Hops), i.SomeHops...) {
		if h.Kind == "" || h.Resource == "" || !slices.Contains(verdicts, h.Verdict) {
			return fmt.Errorf("hop %d needs kind, resource and a verdict of %s", n+1, strings.Join(verdicts, ", "))
		}
	}
	return nil
}

// asJSON writes a part of the file for a reader that takes files.
func asJSON(tb testing.TB, part any) []byte {
	tb.Helper()
	data, err := json.Marshal(part)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
