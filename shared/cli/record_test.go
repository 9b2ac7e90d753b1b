package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/cachegate/cachegate/shared/network"
)

// ran is a deployment that opened what is declared, an hour ago.
func ran(t *testing.T) *deploymentInMemory {
	t.Helper()
	d := deployedWith(t, declaredItems)
	if status, _, stderr := d.run(t, nil, "mode", "enforce"); status != statusDone {
		t.Fatal(stderr)
	}
	if err := d.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Hour)
	return d
}

// firstOf gives a field of the first line of JSON that a command prints.
func (d *deploymentInMemory) firstOf(t *testing.T, field string, args ...string) string {
	t.Helper()
	_, stdout, stderr := d.run(t, nil, args...)
	line, _, _ := strings.Cut(stdout, "\n")
	var v map[string]any
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Fatalf("%v: %v in %q %s", args, err, stdout, stderr)
	}
	return fmt.Sprint(v[field])
}

func ruleOf(t *testing.T, d *deploymentInMemory) string {
	t.Helper()
	_, stdout, _ := d.run(t, nil, "history", "--json")
	for line := range strings.Lines(stdout) {
		var v recordedView
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		if id, ok := v.Detail["ruleId"].(string); ok && strings.Contains(v.Text, "sg-0a") {
			return id
		}
	}
	t.Fatalf("no rule was made: %s", stdout)
	return ""
}

func TestTheRecordFitsTheTerminalAndNeedsNoColour(t *testing.T) {
	d := ran(t)
	finding, run := d.firstOf(t, "finding", "findings", "--json"), d.firstOf(t, "run", "history", "--json")
	for name, args := range map[string][]string{
		"findings": {"findings"},
		"finding":  {"show", finding},
		"run":      {"show", run},
		"rule":     {"show", ruleOf(t, d)},
		"undo":     {"undo", run, "--dry-run"},
		"history":  {"history"},
		"past":     {"history", "--at", "30m"},
	} {
		for _, columns := range []int{60, 80, 160} {
			t.Run(fmt.Sprintf("%s at %d columns", name, columns), func(t *testing.T) {
				onTerminal := func(a *app) { a.terminal(columns) }
				_, coloured, _ := d.run(t, onTerminal, args...)
				_, plain, _ := d.run(t, func(a *app) { onTerminal(a); a.environment["NO_COLOR"] = "1" }, args...)
				if !strings.Contains(coloured, "\x1b[") || strings.Contains(plain, "\x1b") || ansi.Strip(coloured) != plain {
					t.Errorf("colours: %q\nwithout: %q", coloured, plain)
				}
				fits(t, plain, columns)
				if columns == 80 {
					golden(t, "record-"+name+"-80.golden", plain)
				}
			})
		}
	}
}

func TestARuleIsShownWithWhomItServesAndWhatEndsIt(t *testing.T) {
	d := ran(t)
	id := ruleOf(t, d)
	wants := func(args []string, parts ...string) {
		t.Helper()
		status, stdout, stderr := d.run(t, nil, args...)
		for _, part := range parts {
			if status != statusDone || !strings.Contains(stdout, part) {
				t.Errorf("%v ends with %d and says %q %s, expected %q in it", args, status, stdout, stderr, part)
			}
		}
	}
	wants([]string{"show", id}, "cachegate's", "the rule of sg-0c for TCP 6379 from sg-0a", "2026-11-22T12:00:00Z, standing",
		"sessions/checkout, owner team-checkout, until 2026-12-01T00:00:00Z", "cachegate removes it at 2026-12-01T00:00:00Z", "let sg-0a in on TCP 6379 at sg-0c")
	wants([]string{"show", "sgr-0c"}, "not cachegate's", "the rule of sg-0c for all traffic from 0.0.0.0/0", "it is removed only where a policy")
	wants([]string{"show", "sgr-0c", "--recorded"}, "no claim stands for it")
	wants([]string{"show", "sgr-0123"}, "not there", "no account and Region of the deployment has such a rule")
	wants([]string{"show", "rtb-0c/10.30.0.0/16"}, "no claim stands for it")
	if _, _, stderr := d.run(t, nil, "intents", "delete", "sessions", "checkout", "--yes"); stderr != "" {
		t.Fatal(stderr)
	}
	wants([]string{"show", id}, "sessions/checkout, no longer declared", "a run removes it as soon as it may")
	if err := d.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	wants([]string{"show", id}, "not there", "cachegate removed it at 2026-11-22T13:00:00Z", "removed the rule for TCP 6379 from sg-0a")
}

func TestWhatANameOfSomebodyHoldsDoesNotReachTheTerminal(t *testing.T) {
	d := deployedWith(t, "- {cluster: \""+sessionsARN+"\", name: checkout, source: sg-0a, owner: \"\\u001b[2Jteam\\u202e\", reason: \"a\\u009bb\"}")
	d.run(t, nil, "mode", "enforce")
	if err := d.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	u := network.Unit{Location: network.Location{Account: hubAccount, Region: hubRegion}, VPC: "vpc-0c"}
	for _, args := range [][]string{{"history"}, {"history", "--json"}, {"history", "--at", "0s", "--unit", u.VPC}, {"findings", "--unit", u.String(), "--json"}} {
		if _, stdout, _ := d.run(t, nil, args...); strings.ContainsAny(stdout, "\x1b\u202e\u009b") {
			t.Errorf("%v prints %q", args, stdout)
		}
	}
}
