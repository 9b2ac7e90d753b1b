package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/cachegate/cachegate/shared/operate"
)

func TestTheTourInAPipeIsTheSameEveryTime(t *testing.T) {
	status, first := runAt(t, nil, "replay")
	if status != 0 {
		t.Fatalf("the tour ends with %d:\n%s", status, first)
	}
	if _, second := runAt(t, nil, "replay"); first != second {
		t.Fatal("a second tour is not the first one again")
	}
	if got := ansi.Strip(first); got != first {
		t.Error("there are escape sequences in a pipe")
	}
	golden(t, "tour.golden", first)
}

func TestTheTourOnATerminalFitsItAndNeedsNoColour(t *testing.T) {
	for _, c := range []struct {
		columns int
		file    string
	}{{80, "tour-80.golden"}, {160, "tour-160.golden"}} {
		onTerminal := func(a *app) { a.terminal(c.columns) }
		_, coloured := runAt(t, onTerminal, "replay")
		_, plain := runAt(t, func(a *app) { onTerminal(a); a.environment["NO_COLOR"] = "1" }, "replay")
		if !strings.Contains(coloured, "\x1b[") {
			t.Errorf("at %d columns there are no colours", c.columns)
		}
		if strings.Contains(plain, "\x1b") {
			t.Errorf("at %d columns NO_COLOR leaves escape sequences", c.columns)
		}
		if ansi.Strip(coloured) != plain {
			t.Errorf("at %d columns the text is another one with colours", c.columns)
		}
		fits(t, plain, c.columns)
		golden(t, c.file, plain)
	}
}

// tourViews are the views that the tour prints as JSON.
func tourViews(t *testing.T) []operate.View {
	t.Helper()
	status, out := runAt(t, nil, "replay", "--json")
	if status != 0 {
		t.Fatalf("the tour ends with %d:\n%s", status, out)
	}
	var views []operate.View
	for line := range strings.Lines(out) {
		var v operate.View
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v in the line %s", err, line)
		}
		views = append(views, v)
	}
	return views
}

// viewOf is the tour's only view of an event of an actor.
func viewOf(t *testing.T, views []operate.View, name, actor string) operate.View {
	t.Helper()
	var found []operate.View
	for _, v := range views {
		if v.EventName == name && strings.HasSuffix(v.Actor, actor) {
			found = append(found, v)
		}
	}
	if len(found) == 0 {
		t.Fatalf("the tour has no %s by %q", name, actor)
	}
	return found[0]
}

func changesOf(v operate.View, action, resource string) int {
	n := 0
	for _, c := range v.Changes {
		if c.Action == action && c.Resource == resource && c.Outcome == "applied" {
			n++
		}
	}
	return n
}

func TestTheTourShowsWhatItSays(t *testing.T) {
	views := tourViews(t)
	t.Run("an undeclared rule is reported as critical where the policy reports", func(t *testing.T) {
		v := viewOf(t, views, "AuthorizeSecurityGroupIngress", "/dave")
		if len(v.Changes) != 0 || len(v.Findings) != 1 {
			t.Fatalf("%+v", v)
		}
		f := v.Findings[0]
		if f.Kind != "access-undeclared" || f.Status != "OPENED" || f.Severity != "critical" || !strings.HasSuffix(f.Actor, "/dave") {
			t.Errorf("the finding is %+v", f)
		}
	})
	t.Run("an undeclared rule is revoked where the policy revokes", func(t *testing.T) {
		revoked := 0
		for _, v := range views {
			revoked += changesOf(v, "RevokeSecurityGroupIngress", catalogGroup)
		}
		if revoked != 1 {
			t.Errorf("%d rules of the catalog were revoked, expected 1", revoked)
		}
	})
	t.Run("a declared rule is put back", func(t *testing.T) {
		v := viewOf(t, views, "RevokeSecurityGroupIngress", "/erin")
		if changesOf(v, "AuthorizeSecurityGroupIngress", sessionsGroup) != 1 || v.Changes[0].Reason != "repaired" {
			t.Errorf("the changes are %+v", v.Changes)
		}
	})
	t.Run("an intent that expires is closed by the schedule", func(t *testing.T) {
		v := viewOf(t, views, "schedule", "")
		if changesOf(v, "RevokeSecurityGroupIngress", sessionsGroup) != 1 || v.Changes[0].Reason != "expired" {
			t.Errorf("the changes are %+v", v.Changes)
		}
	})
	t.Run("a cluster that changes its group is opened in the new one and closed in the old one", func(t *testing.T) {
		v := viewOf(t, views, "ModifyReplicationGroup", "/frank")
		if changesOf(v, "AuthorizeSecurityGroupIngress", hardenedGroup) != 2 || changesOf(v, "RevokeSecurityGroupIngress", sessionsGroup) != 2 {
			t.Errorf("the changes are %+v", v.Changes)
		}
	})
	t.Run("a route on the far side is put back over there", func(t *testing.T) {
		v := viewOf(t, views, "DeleteRoute", "/grace")
		if changesOf(v, "CreateRoute", ordersTable) != 1 || v.Changes[0].Account != application {
			t.Errorf("the changes are %+v", v.Changes)
		}
	})
	t.Run("an event that concerns nobody is ignored", func(t *testing.T) {
		if v := viewOf(t, views, "AuthorizeSecurityGroupIngress", "/heidi"); v.Ignored != "no-dependents" {
			t.Errorf("it is ignored as %q", v.Ignored)
		}
	})
	t.Run("everything that cachegate changed comes back and is ignored", func(t *testing.T) {
		own := 0
		for _, v := range views {
			if strings.Contains(v.Actor, "cachegate-replay") {
				own++
				if v.Ignored != "own-change" {
					t.Errorf("%s of %v is ignored as %q", v.EventName, v.Resources, v.Ignored)
				}
			}
		}
		if own == 0 {
			t.Error("no change of cachegate's came back")
		}
	})
}
