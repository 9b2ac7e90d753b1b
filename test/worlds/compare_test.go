package worlds

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/operate"
)

// compare checks what a run found and did against what it must.
func compare(tb testing.TB, want *expectation, got operate.View) {
	tb.Helper()
	compareIntents(tb, want.Intents, got.Intents)
	compareChanges(tb, want.Changes, got.Changes)
	compareFindings(tb, want.Findings, got.Findings)
}

func compareIntents(tb testing.TB, want map[string]intentExpectation, got []operate.IntentView) {
	tb.Helper()
	seen := map[string]bool{}
	for _, g := range got {
		name := g.Cluster + "/" + g.Name
		w, ok := want[name]
		switch {
		case !ok:
			tb.Errorf("%s was judged, but is not expected: %s, then %s\n%s", name, g.Before, g.After, hopList(g.Hops))
			continue
		case seen[name]:
			tb.Errorf("%s was judged twice", name)
			continue
		}
		seen[name] = true
		compareIntent(tb, name, w, g)
	}
	for name := range want {
		if !seen[name] {
			tb.Errorf("%s was not judged", name)
		}
	}
}

func compareIntent(tb testing.TB, name string, want intentExpectation, got operate.IntentView) {
	tb.Helper()
	path := got.Path
	if want.Path != nil {
		path = *want.Path
	}
	w := fmt.Sprintf("path %q, before %s, after %s, satisfied %t", path, want.Before, want.After, *want.Satisfied)
	g := fmt.Sprintf("path %q, before %s, after %s, satisfied %t", got.Path, got.Before, got.After, got.Satisfied)
	if w != g {
		tb.Errorf("%s:\n  want %s\n  got  %s", name, w, g)
		if want.After != got.After {
			tb.Logf("%s, hops after the run:\n%s", name, hopList(got.HopsAfter))
		}
	}
	all := append(slices.Clone(want.Hops), want.SomeHops...)
	if m := matchHops(all, got.Hops); !m.complete() && (len(want.SomeHops) == 0 || slices.Contains(m.actualOf, -1)) {
		tb.Errorf("%s: hops before the run\n%s", name, hopTable(all, got.Hops))
	}
	if got.After != "open" || got.Access == "closed" {
		return
	}
	for _, h := range got.HopsAfter {
		if h.Verdict != "pass" && h.Verdict != "advice" {
			tb.Errorf("%s is open after the run, and yet %s %s is %s: %s", name, h.Kind, h.Resource, h.Verdict, h.Detail)
		}
	}
}

// matching says which actual hop stands for which expected one; -1 where none does.
type matching struct {
	actualOf []int
	spare    []int
}

func (m matching) complete() bool { return !slices.Contains(m.actualOf, -1) && len(m.spare) == 0 }

// matchHops pairs hops off; the expectations that say most choose first.
func matchHops(want []hopExpectation, got []operate.HopView) matching {
	order := make([]int, len(want))
	m := matching{actualOf: make([]int, len(want))}
	for i := range want {
		order[i], m.actualOf[i] = i, -1
	}
	slices.SortStableFunc(order, func(a, b int) int { return want[b].said() - want[a].said() })
	taken := make([]bool, len(got))
	for _, i := range order {
		for j, h := range got {
			if !taken[j] && want[i].is(h) {
				m.actualOf[i], taken[j] = j, true
				break
			}
		}
	}
	for j := range got {
		if !taken[j] {
			m.spare = append(m.spare, j)
		}
	}
	return m
}

func (h hopExpectation) said() int {
	n := 0
	for _, text := range []string{h.Source, h.Detail, h.Fix} {
		if text != "" {
			n++
		}
	}
	return n
}

func (h hopExpectation) is(got operate.HopView) bool {
	return h.Kind == got.Kind && h.Resource == got.Resource && h.Verdict == got.Verdict &&
		(h.Source == "" || h.Source == got.Source) &&
		strings.Contains(got.Detail, h.Detail) && strings.Contains(got.Fix, h.Fix)
}

func compareChanges(tb testing.TB, want []changeExpectation, got []operate.ChangeView) {
	tb.Helper()
	if want == nil {
		return
	}
	right := len(want) == len(got)
	for i := 0; right && i < len(want); i++ {
		right = len(want[i].differences(got[i])) == 0
	}
	if !right {
		tb.Errorf("changes\n%s", changeTable(want, got))
	}
}

// differences names what is not as expected.
func (c changeExpectation) differences(got operate.ChangeView) []string {
	var out []string
	check := func(field, want string, got any) {
		if want != "" && want != fmt.Sprint(got) {
			out = append(out, fmt.Sprintf("%s %s, not %v", field, want, got))
		}
	}
	port := func(field string, want *int) {
		if want != nil {
			check(field, fmt.Sprint(*want), got.Detail[field])
		}
	}
	check("action", c.Action, got.Action)
	check("resource", c.Resource, got.Resource)
	check("outcome", c.Outcome, got.Outcome)
	check("account", c.Account, got.Account)
	check("region", c.Region, got.Region)
	check("reason", c.Reason, got.Reason)
	for field, want := range map[string]string{
		"target": c.Target, "destination": c.Destination, "source": c.Source, "protocol": c.Protocol,
		"vpc": c.VPC, "side": c.Side, "gateway": c.Gateway, "ruleId": c.RuleID,
	} {
		check(field, want, got.Detail[field])
	}
	port("fromPort", c.FromPort)
	port("toPort", c.ToPort)
	if !strings.Contains(got.Why, c.Why) {
		out = append(out, fmt.Sprintf("why %q, not %q", c.Why, got.Why))
	}
	if c.Intents != nil && !slices.Equal(c.Intents, got.Intents) {
		out = append(out, fmt.Sprintf("intents %v, not %v", c.Intents, got.Intents))
	}
	slices.Sort(out)
	return out
}

func compareFindings(tb testing.TB, want []findingExpectation, got []operate.FindingView) {
	tb.Helper()
	if want != nil && len(want) == 0 && len(got) > 0 {
		tb.Errorf("no finding is expected, and these were told:\n%s", findingTable(got))
	}
	taken := make([]bool, len(got))
	for _, w := range want {
		i := slices.IndexFunc(got, w.is)
		for i >= 0 && taken[i] {
			next := slices.IndexFunc(got[i+1:], w.is)
			if next < 0 {
				i = -1
				break
			}
			i += 1 + next
		}
		if i < 0 {
			tb.Errorf("the finding %+v was not told; these were:\n%s", w, findingTable(got))
			continue
		}
		taken[i] = true
	}
}

func (f findingExpectation) is(got operate.FindingView) bool {
	same := func(want, got string) bool { return want == "" || want == got }
	return f.Kind == got.Kind && same(f.Status, got.Status) && same(f.Severity, got.Severity) &&
		same(f.Cluster, got.Cluster) && same(f.Intent, got.Intent) && same(f.Resource, got.Resource) && same(f.Actor, got.Actor) &&
		strings.Contains(got.Title, f.Title) && strings.Contains(got.Detail, f.Detail) && strings.Contains(got.Fix, f.Fix)
}
