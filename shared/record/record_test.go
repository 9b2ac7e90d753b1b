package record_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/record"
)

const sessions = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions"

var (
	home  = network.Location{Account: "111122223333", Region: "us-east-1"}
	one   = network.Unit{Location: home, VPC: "vpc-01"}
	two   = network.Unit{Location: home, VPC: "vpc-02"}
	noon  = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	order = intent.Key{Cluster: sessions, Name: "orders"}
)

// kept is a ledger in memory whose runs can be read by unit.
type kept struct{ *ledger.Memory }

func (k kept) Runs(_ context.Context, u network.Unit, since, before time.Time) ([]ledger.Run, error) {
	return slices.DeleteFunc(k.Memory.Runs(), func(r ledger.Run) bool {
		return r.Unit != u || r.At.Before(since) || !before.IsZero() && !r.At.Before(before)
	}), nil
}

type scene struct {
	record.Reader
	t      *testing.T
	ledger kept
}

func start(t *testing.T, units ...network.Unit) scene {
	t.Helper()
	k := kept{ledger.NewMemory()}
	for _, u := range units {
		if _, err := k.Depend(t.Context(), ledger.Lease{}, ledger.Judged{Unit: u, Clusters: []string{sessions}}); err != nil {
			t.Fatal(err)
		}
	}
	return scene{t: t, Reader: record.Reader{Ledger: k}, ledger: k}
}

// run records a run so many minutes after noon.
func (s scene) run(minutes int, r ledger.Run, live ...finding.Finding) ledger.Run {
	s.t.Helper()
	r.At = noon.Add(time.Duration(minutes) * time.Minute)
	if r.Unit == (network.Unit{}) {
		r.Unit = one
	}
	r = r.WithID()
	if err := s.ledger.Finish(s.t.Context(), ledger.Lease{}, r, live, nil); err != nil {
		s.t.Fatal(err)
	}
	return r
}

func rule(id, group string) change.Change {
	return change.Change{
		Action: change.AuthorizeIngress, Reason: change.Declared, Outcome: change.Applied, Seen: true, Intents: []intent.Key{order},
		Requirement: change.Requirement{Kind: change.Rule, Location: home, Resource: group, Port: 6379, Peer: network.Peer{SecurityGroup: "sg-0a"}},
		Rule:        network.Rule{ID: id},
	}
}

func closed(c change.Change) change.Change {
	c.Action, c.Reason = change.RevokeIngress, change.Withdrawn
	return c
}

func stands(state string) ledger.Standing {
	return ledger.Standing{Intent: order, Access: intent.Open, State: state, Satisfied: state == "open", Owner: "team-orders", Reason: "the shop", Sources: []string{"sg-0a"}}
}

func found(severity finding.Severity, id string, status finding.Status, minutes int) finding.Finding {
	return finding.Finding{
		ID: id, Kind: finding.AccessMissing, Severity: severity, Status: status, Unit: one, Cluster: sessions, Intent: "orders",
		Since: noon.Add(time.Duration(minutes) * time.Minute), Title: id,
	}
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ids(found []record.Finding) string {
	var out []string
	for _, f := range found {
		text := f.ID
		if !f.Open() {
			text += " resolved"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestFindingsAreTheOpenOnesTheWorstFirstAndThenThoseResolved(t *testing.T) {
	s := start(t, one, two)
	s.run(0, ledger.Run{Told: []finding.Finding{found(finding.Low, "was", finding.Opened, 0)}})
	s.run(1, ledger.Run{Told: []finding.Finding{found(finding.Low, "was", finding.Resolved, 0), found(finding.Low, "back", finding.Resolved, 0)}},
		found(finding.Medium, "old", finding.Open, 0), found(finding.Medium, "new", finding.Open, 1), found(finding.Critical, "worst", finding.Open, 0), found(finding.Low, "back", finding.Open, 1))
	s.run(2, ledger.Run{Unit: two}, found(finding.High, "elsewhere", finding.Open, 0))
	for name, c := range map[string]struct {
		filter record.Filter
		want   string
	}{
		"all that are open":           {record.Filter{}, "worst, elsewhere, new, old, back"},
		"with those resolved":         {record.Filter{ResolvedSince: noon}, "worst, elsewhere, new, old, back, was resolved"},
		"resolved before that":        {record.Filter{ResolvedSince: noon.Add(2 * time.Minute)}, "worst, elsewhere, new, old, back"},
		"of a severity":               {record.Filter{Least: finding.High, ResolvedSince: noon}, "worst, elsewhere"},
		"of a unit":                   {record.Filter{Units: []network.Unit{two}}, "elsewhere"},
		"of a cluster that has none":  {record.Filter{Cluster: "arn:none"}, ""},
		"of no unit at all":           {record.Filter{Units: []network.Unit{}}, ""},
		"of the cluster that has all": {record.Filter{Cluster: sessions, Least: finding.Medium}, "worst, elsewhere, new, old"},
	} {
		if got := ids(must[[]record.Finding](t)(s.Findings(t.Context(), c.filter))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestAStoryHasAllThatHappenedToAFinding(t *testing.T) {
	s := start(t, one)
	f := found(finding.Medium, "access-missing|x", finding.Opened, 0)
	held := rule("", "sg-0c")
	held.Outcome, held.Why = change.Refused, "no room"
	other := rule("sgr-9", "sg-0d")
	other.Intents = nil
	s.run(0, ledger.Run{Told: []finding.Finding{f}, Changes: []change.Change{held, other}, StoodKept: true, Stood: []ledger.Standing{stands("closed")}}, f)
	for minute := 1; minute < 6; minute++ {
		s.run(minute, ledger.Run{Changes: []change.Change{held}}, f)
	}
	done := f
	done.Status = finding.Resolved
	s.run(9, ledger.Run{Told: []finding.Finding{done}, Changes: []change.Change{rule("sgr-1", "sg-0c")}})
	for _, word := range []string{f.Handle(), f.Handle()[:6], f.ID} {
		story := must[record.Story](t)(s.Finding(t.Context(), word))
		var outcomes []string
		for _, c := range story.Changes {
			outcomes = append(outcomes, fmt.Sprintf("%s at %d by %v", c.Outcome, c.At.Minute(), c.Owners()))
		}
		if story.Open() || len(story.Told) != 2 || story.Told[1].Finding.Status != finding.Resolved ||
			strings.Join(outcomes, ", ") != "refused at 0 by [team-orders], refused at 5 by [team-orders], applied at 9 by [team-orders]" {
			t.Errorf("the story of %s is told %d times, with %v", word, len(story.Told), outcomes)
		}
	}
	_, err := s.Finding(t.Context(), "f-ffffffff")
	if _, ok := errors.AsType[*record.NoFindingError](err); !ok {
		t.Errorf("the error is %v", err)
	}
}

func TestAHistoryIsReadInPagesWhateverTheirLength(t *testing.T) {
	s := start(t, one, two)
	var want []string
	for minute := range 9 {
		changes := []change.Change{rule(fmt.Sprintf("sgr-%da", minute), "sg-0c"), rule(fmt.Sprintf("sgr-%db", minute), "sg-0c")}
		s.run(minute, ledger.Run{Unit: []network.Unit{one, two}[minute%2], Changes: changes, Hash: fmt.Sprint(minute)})
		want = append([]string{changes[1].Rule.ID, changes[0].Rule.ID}, want...)
	}
	for limit := range 7 {
		var got []string
		q := record.Query{Units: []network.Unit{one, two}, Limit: limit, Since: noon}
		for pages := 0; ; pages++ {
			page := must[record.Page](t)(s.History(t.Context(), q))
			for _, c := range page.Changes {
				got = append(got, c.Rule.ID)
			}
			if q.Before = page.Next; page.Next.IsZero() || pages > 20 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d it is %v, want %v", limit, got, want)
		}
	}
}

func TestAChangeSaysWhoIsBehindItAlsoWhenItsIntentIsGone(t *testing.T) {
	s := start(t, one)
	s.run(0, ledger.Run{StoodKept: true, Stood: []ledger.Standing{stands("open")}, Changes: []change.Change{rule("sgr-1", "sg-0c")}})
	causes := []ledger.Cause{
		{Event: "e-1", Name: "CreateRoute", Actor: "erin", At: noon, Resources: []string{"rtb-01"}},
		{Event: "e-2", Name: "AuthorizeSecurityGroupIngress", Actor: "ci/dave", At: noon, Resources: []string{"sg-0c"}},
	}
	last := s.run(5, ledger.Run{StoodKept: true, Changes: []change.Change{closed(rule("sgr-1", "sg-0c"))}, Causes: causes})
	for who, want := range map[string]int{"DAVE": 1, "team-orders": 2, "erin": 0} {
		page := must[record.Page](t)(s.History(t.Context(), record.Query{Units: []network.Unit{one}, Since: noon, Who: who}))
		if len(page.Changes) != want {
			t.Errorf("%s is behind %d changes, want %d", who, len(page.Changes), want)
		}
	}
	run, place, err := s.Run(t.Context(), last.ID+".1")
	if err != nil || place != 1 || run.ID != last.ID {
		t.Fatalf("run %s, change %d: %v", run.ID, place, err)
	}
	c := must[[]record.Change](t)(s.ChangesOf(t.Context(), run))[0]
	if c.ID != last.ID+".1" || c.Cause.Event != "e-2" || !slices.Equal(c.Owners(), []string{"team-orders"}) {
		t.Errorf("it is change %s after %+v for %v", c.ID, c.Cause, c.Owners())
	}
	for _, wrong := range []string{"000000000000", last.ID + ".2", last.ID + ".0", last.ID + ".x"} {
		if _, _, err := s.Run(t.Context(), wrong); err == nil {
			t.Errorf("%s is a change", wrong)
		}
	}
}

func TestARunThatHasNotEndedIsInTheHistory(t *testing.T) {
	s := start(t, one)
	planned := rule("", "sg-0c")
	planned.Outcome, planned.Seen = "", false
	if err := s.ledger.Begin(t.Context(), ledger.Lease{}, ledger.Run{Unit: one, At: noon, Changes: []change.Change{planned}}); err != nil {
		t.Fatal(err)
	}
	page := must[record.Page](t)(s.History(t.Context(), record.Query{Units: []network.Unit{one}, Since: noon}))
	if len(page.Changes) != 1 || !strings.Contains(page.Changes[0].Change.Why, "has not ended") {
		t.Errorf("the history is %+v", page.Changes)
	}
}

func TestWhatStoodAtATimeIsWhatTheLastRunBeforeItKept(t *testing.T) {
	s := start(t, one)
	ends := stands("open")
	ends.ExpiresAt = noon.Add(20 * time.Minute)
	was := found(finding.High, "was", finding.Opened, 10)
	was.Kind = finding.AccessUndeclared
	s.run(0, ledger.Run{StoodKept: true, Stood: []ledger.Standing{stands("closed")}})
	s.run(10, ledger.Run{StoodKept: true, Stood: []ledger.Standing{ends}, Told: []finding.Finding{was}}, was)
	s.run(15, ledger.Run{}, was)
	gone := was
	gone.Status = finding.Resolved
	s.run(30, ledger.Run{StoodKept: true, Told: []finding.Finding{gone}})
	for minute, want := range map[int]string{
		-1: "unknown, begins at 0", 0: "closed", 9: "closed", 10: "open + was", 19: "open + was", 20: "nobody + was", 29: "nobody + was", 30: "nobody",
	} {
		p := must[[]record.Past](t)(s.At(t.Context(), []network.Unit{one}, sessions, noon.Add(time.Duration(minute)*time.Minute)))[0]
		got := "nobody"
		switch {
		case !p.Known:
			got = fmt.Sprintf("unknown, begins at %d", p.Begins.Minute())
		case len(p.Declared) > 0:
			got = p.Declared[0].State
		}
		if len(p.Undeclared) > 0 {
			got += " + " + p.Undeclared[0].Title
		}
		if got != want {
			t.Errorf("minute %d: %s, want %s", minute, got, want)
		}
	}
}

func TestARuleAndARouteTellWhoseTheyAre(t *testing.T) {
	s := start(t, one)
	to := netip.MustParsePrefix("10.30.0.0/16")
	route := change.Claim{
		Requirement: change.Requirement{Kind: change.Route, Location: home, Resource: "rtb-01", Destination: to, Target: network.TargetOf("pcx-01")},
		Holders:     []change.Holder{{Unit: one, Intent: order}},
	}
	ours := change.Claim{Requirement: rule("", "sg-0c").Requirement, Holders: route.Holders}
	for _, c := range []change.Claim{route, ours} {
		if _, _, err := s.ledger.Intend(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.ledger.Stand(t.Context(), ours.Key(), "sgr-1"); err != nil {
		t.Fatal(err)
	}
	s.run(0, ledger.Run{Changes: []change.Change{rule("sgr-1", "sg-0c")}})
	for name, get := range map[string]func() (record.Standing, error){
		"the rule":         func() (record.Standing, error) { return s.Rule(t.Context(), "sgr-1") },
		"the route":        func() (record.Standing, error) { return s.Route(t.Context(), "rtb-01", to) },
		"no rule of ours":  func() (record.Standing, error) { return s.Rule(t.Context(), "sgr-2") },
		"no route of ours": func() (record.Standing, error) { return s.Route(t.Context(), "rtb-02", to) },
	} {
		got := must[record.Standing](t)(get())
		if got.Claimed != strings.HasPrefix(name, "the ") || len(got.Changes) > 0 != (name == "the rule") {
			t.Errorf("%s: claimed %v, %d changes", name, got.Claimed, len(got.Changes))
		}
	}
}
