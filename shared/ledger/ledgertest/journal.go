package ledgertest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

func journalTests() []test {
	return []test{
		{"a unit without a run has no findings and no contests", emptyJournal},
		{"the findings of a unit are those of its last run, whole and in order", findingsOfLastRun},
		{"the findings of one unit are none of another's", findingsApart},
		{"hundreds of findings come back", manyFindings},
		{"what was put right is counted run by run, in order, with each actor once", contests},
		{"what was put right before a time does not count", contestsSince},
		{"what one unit put right is none of another's", contestsApart},
		{"the writers of a resource are the units whose runs changed it since a time", writers},
		{"only what was applied makes a writer", writersApplied},
		{"what a run found is pending until it was sent", noticesUntilAck},
		{"a finding is pending once, in its latest words", noticesOnce},
		{"what changed while it was sent is pending again", noticesChanged},
		{"what one channel still has to tell is kept for it", noticesLeft},
		{"a run that began is there until it is finished, whole", begunUntilFinished},
		{"a run that was cut off is finished by a later one", begunRecovered},
		{"what began in one unit is none of another's", begunApart},
		{"nothing is begun or finished under a lease that was lost", begunFenced},
		{"the events of a unit come back since a time, in the order in which they came", recentEvents},
		{"an event comes back with who did what", wholeEvents},
	}
}

func finish(t *testing.T, l ledger.Ledger, r ledger.Run, live []finding.Finding, repaired map[string]string) {
	t.Helper()
	must(t, l.Finish(t.Context(), ledger.Lease{}, r, live, repaired))
}

func runAt(u network.Unit, at time.Time, changes ...change.Change) ledger.Run {
	return ledger.Run{ID: "run-" + at.Format("150405") + "-" + u.VPC, Unit: u, At: at, Trigger: "sweep", Hash: "0123456789abcdef", Changes: changes}
}

func findings(t *testing.T, l ledger.Ledger, u network.Unit) []finding.Finding {
	t.Helper()
	found, err := l.Findings(t.Context(), u)
	must(t, err)
	return found
}

func emptyJournal(t *testing.T, l ledger.Ledger) {
	want(t, "the number of findings", len(findings(t, l, unitA)), 0)
	found, err := l.Contests(t.Context(), unitA, noon)
	must(t, err)
	want(t, "the number of contests", len(found), 0)
	units, err := l.Writers(t.Context(), []string{"sg-0c"}, noon)
	must(t, err)
	wantUnits(t, "the writers", units)
}

func someFinding(id string) finding.Finding {
	return finding.Finding{
		ID: id, Kind: finding.AccessBlocked, Status: finding.Open, Severity: finding.High, Unit: unitA, Cluster: orders.Intent.Cluster, Intent: "orders",
		Resource: "sg-0c", Owner: "team-orders", Title: "intent orders of sessions is blocked", Detail: "route rtb-0c: no route; \"quoted\"\nand a line",
		Fix: "aws ec2 create-route", Actor: "platform-deploy/alice", Since: noon,
	}
}

func findingsOfLastRun(t *testing.T, l ledger.Ledger) {
	finish(t, l, runAt(unitA, noon), []finding.Finding{someFinding("a"), someFinding("z")}, nil)
	finish(t, l, runAt(unitA, noon.Add(time.Minute)), []finding.Finding{someFinding("b"), someFinding("c")}, nil)
	got := findings(t, l, unitA)
	if len(got) != 2 {
		t.Fatalf("%d findings are open, want 2", len(got))
	}
	for i, id := range []string{"b", "c"} {
		wanted := someFinding(id)
		want(t, "the time of "+id+" is the same", got[i].Since.Equal(wanted.Since), true)
		got[i].Since = wanted.Since
		want(t, "finding "+id, got[i], wanted)
	}
	finish(t, l, runAt(unitA, noon.Add(2*time.Minute)), nil, nil)
	want(t, "the number once all are resolved", len(findings(t, l, unitA)), 0)
}

func findingsApart(t *testing.T, l ledger.Ledger) {
	finish(t, l, runAt(unitA, noon), []finding.Finding{someFinding("a")}, nil)
	finish(t, l, runAt(unitB, noon), nil, nil)
	want(t, "the number of unit A", len(findings(t, l, unitA)), 1)
	want(t, "the number of unit B", len(findings(t, l, unitB)), 0)
}

func manyFindings(t *testing.T, l ledger.Ledger) {
	var live []finding.Finding
	for i := range 300 {
		live = append(live, someFinding("finding-"+noon.Add(time.Duration(i)*time.Second).Format("150405")))
	}
	finish(t, l, runAt(unitA, noon), live, nil)
	got := findings(t, l, unitA)
	want(t, "the number", len(got), 300)
	want(t, "they are in order", slices.IsSortedFunc(got, func(a, b finding.Finding) int { return cmp.Compare(a.ID, b.ID) }), true)
	finish(t, l, runAt(unitA, noon.Add(time.Minute)), live[:1], nil)
	want(t, "the number once most are resolved", len(findings(t, l, unitA)), 1)
}

func contestsOf(t *testing.T, l ledger.Ledger, u network.Unit, since time.Time) map[string]change.Contest {
	t.Helper()
	found, err := l.Contests(t.Context(), u, since)
	must(t, err)
	return found
}

func contests(t *testing.T, l ledger.Ledger) {
	for i, actor := range []string{"terraform/ci", "", "user/bob", "terraform/ci"} {
		repaired := map[string]string{"AuthorizeSecurityGroupIngress sg-0c 10.1.0.0/16": actor}
		if i == 0 {
			repaired["CreateRoute rtb-0c 10.1.0.0/16"] = ""
		}
		finish(t, l, runAt(unitA, noon.Add(time.Duration(i)*time.Minute)), nil, repaired)
	}
	found := contestsOf(t, l, unitA, noon)
	want(t, "the number of contests", len(found), 2)
	rule, route := found["AuthorizeSecurityGroupIngress sg-0c 10.1.0.0/16"], found["CreateRoute rtb-0c 10.1.0.0/16"]
	want(t, "the number of repairs of the rule", len(rule.Repairs), 4)
	for i, at := range rule.Repairs {
		want(t, "a repair is at its run's time", at.Equal(noon.Add(time.Duration(i)*time.Minute)), true)
	}
	actors := slices.Clone(rule.Actors)
	slices.Sort(actors)
	want(t, "the actors are each once", slices.Equal(actors, []string{"terraform/ci", "user/bob"}), true)
	want(t, "the number of repairs of the route", len(route.Repairs), 1)
	want(t, "the number of actors of the route", len(route.Actors), 0)
}

func contestsSince(t *testing.T, l ledger.Ledger) {
	for i := range 3 {
		finish(t, l, runAt(unitA, noon.Add(time.Duration(i)*time.Hour)), nil, map[string]string{"a": "user/bob"})
	}
	want(t, "the number since the second run", len(contestsOf(t, l, unitA, noon.Add(time.Hour))["a"].Repairs), 2)
	want(t, "the number of contests since after the last", len(contestsOf(t, l, unitA, noon.Add(3*time.Hour))), 0)
	want(t, "the number since the first run", len(contestsOf(t, l, unitA, noon)["a"].Repairs), 3)
}

func contestsApart(t *testing.T, l ledger.Ledger) {
	finish(t, l, runAt(unitA, noon), nil, map[string]string{"a": "user/bob"})
	want(t, "the number of unit B", len(contestsOf(t, l, unitB, noon)), 0)
}

func changeWith(resource string, outcome change.Outcome) change.Change {
	return change.Change{
		Action: change.AuthorizeIngress, Requirement: change.Requirement{Kind: change.Rule, Location: home, Resource: resource, Port: 6379},
		Outcome: outcome,
	}
}

func writers(t *testing.T, l ledger.Ledger) {
	finish(t, l, runAt(unitB, noon, changeWith("sg-0c", change.Applied)), nil, nil)
	finish(t, l, runAt(unitA, noon.Add(time.Hour), changeWith("sg-0d", change.Applied), changeWith("sg-0c", change.Applied)), nil, nil)
	for _, tt := range []struct {
		what      string
		resources []string
		since     time.Time
		want      []network.Unit
	}{
		{"of sg-0c since noon", []string{"sg-0c"}, noon, []network.Unit{unitA, unitB}},
		{"of sg-0c since one minute past", []string{"sg-0c"}, noon.Add(time.Minute), []network.Unit{unitA}},
		{"of sg-0d", []string{"sg-0d"}, noon, []network.Unit{unitA}},
		{"of any of several", []string{"vpc-0a", "sg-0d", "sgr-01"}, noon, []network.Unit{unitA}},
		{"of what nobody wrote", []string{"rtb-0a"}, noon, nil},
		{"of nothing", nil, noon, nil},
		{"since later", []string{"sg-0c"}, noon.Add(2 * time.Hour), nil},
	} {
		got, err := l.Writers(t.Context(), tt.resources, tt.since)
		must(t, err)
		wantUnits(t, "the writers "+tt.what, got, tt.want...)
	}
}

func writersApplied(t *testing.T, l ledger.Ledger) {
	finish(t, l, runAt(unitA, noon, changeWith("sg-0c", change.Refused), changeWith("sg-0c", change.Planned), changeWith("sg-0c", change.Failed)), nil, nil)
	got, err := l.Writers(t.Context(), []string{"sg-0c"}, noon)
	must(t, err)
	wantUnits(t, "the writers", got)
}
