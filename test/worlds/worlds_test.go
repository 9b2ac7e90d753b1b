package worlds

import (
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/operate"
)

// How many worlds there must be, so that none is lost unseen.
const (
	atLeast     = 60
	atLeastPath = 8
)

// paths are the folders: the six ways to a cluster.
func paths() []string {
	return []string{"same-vpc", "peering", "transit-gateway", "transit-vpc", "vpn", "direct-connect"}
}

func TestEveryWorldComesOutAsTheDocumentationOfAWSSays(t *testing.T) {
	for _, f := range worldFiles(t) {
		t.Run(f.path+"/"+f.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, f)
			for i, s := range f.runs() {
				got := operate.ReportView("sweep", r.take(t, s)...)
				if len(f.Steps) > 0 {
					t.Logf("step %d", i+1)
				}
				compare(t, s.Expect, got)
				r.settles(t)
			}
			if t.Failed() {
				t.Logf("%s/%s shows: %s", f.path, f.name, f.Title)
			}
		})
	}
}

func TestThereAreManyWorldsOfEveryPathAndEachNamesItsSource(t *testing.T) {
	count := map[string]int{}
	titles := map[string]string{}
	files := worldFiles(t) // each without a source is an error already
	for _, f := range files {
		count[f.path]++
		if other, ok := titles[f.Title]; ok {
			t.Errorf("%s/%s has the title of %s", f.path, f.name, other)
		}
		titles[f.Title] = f.path + "/" + f.name
		if !slices.Contains(paths(), f.path) {
			t.Errorf("%s/%s is in a folder that is no path: %s", f.path, f.name, strings.Join(paths(), ", "))
		}
	}
	if len(files) < atLeast {
		t.Errorf("there are %d worlds, and there must be at least %d", len(files), atLeast)
	}
	for _, p := range paths() {
		if count[p] < atLeastPath {
			t.Errorf("there are %d worlds of %s, and there must be at least %d", count[p], p, atLeastPath)
		}
	}
}

// rank is the place of a change in a run: opens first, in the order in which
// they are of use, then closes the other way round.
func rank(a change.Action) int {
	switch a {
	case change.CreateTGWRoute, change.CreateRoute, change.ReplaceRoute, change.EnablePropagation:
		return 1
	case change.SetPeeringDNS:
		return 2
	case change.AuthorizeIngress:
		return 3
	case change.RevokeIngress:
		return 4
	case change.DeleteRoute, change.DisablePropagation, change.DeleteTGWRoute:
		return 5
	default:
		return 0
	}
}

// makesRoom says whether a close may go before the opens: where its own group or
// table would have no room for one of them otherwise.
func makesRoom(c change.Change, later []change.Change) bool {
	return !c.Opens() && slices.ContainsFunc(later, func(o change.Change) bool { return o.Opens() && o.Point() == c.Point() })
}

// inOrder names the first applied change of a run that comes too late, and gives
// the ranks of all.
func inOrder(changes []change.Change) (late *change.Change, ranks map[int]bool) {
	last := 0
	ranks = map[int]bool{}
	for i, c := range changes {
		if c.Outcome != change.Applied {
			continue
		}
		now := rank(c.Action)
		ranks[now] = true
		if makesRoom(c, changes[i+1:]) {
			continue
		}
		if late == nil && (now == 0 || now < last) {
			late = &changes[i]
		}
		last = max(last, now)
	}
	return late, ranks
}

func TestEveryPathIsOpenedFromNothingRoutesFirstThenPeeringDNSThenIngress(t *testing.T) {
	opened := map[string]int{}
	for _, f := range worldFiles(t) {
		t.Run(f.path+"/"+f.name, func(t *testing.T) {
			r := start(t, f)
			for _, s := range f.runs() {
				for _, report := range r.take(t, s) {
					late, ranks := inOrder(report.Changes)
					if late != nil {
						t.Errorf("%s of %s comes too late:\n%s", late.Action, late.Resource, changeTable(nil, operate.ReportView("", report).Changes))
					}
					if complete(f.path, ranks) {
						opened[f.path]++
					}
				}
			}
		})
	}
	for _, p := range paths() {
		if opened[p] == 0 {
			t.Errorf("no world of %s opens the path from nothing", p)
		}
	}
}

// complete says whether the changes open a path of which nothing was there.
func complete(path string, kinds map[int]bool) bool {
	routes, dns, ingress := kinds[1], kinds[2], kinds[3]
	switch path {
	case "same-vpc":
		return ingress
	case "peering":
		return routes && dns && ingress
	default:
		return routes && ingress
	}
}

func TestAFileThatWouldCheckLessThanItSeemsToIsRefused(t *testing.T) {
	const whole = `title: t
source: [https://docs.aws.amazon.com/vpc/]
world: {"123456789012": {us-east-1: {}}}
intents: []
expect: {intents: {a/b: {path: vpn, before: open, after: open, satisfied: true, hops: [{kind: route, resource: rtb-0a, verdict: pass}]}}}
`
	refused(t, whole, []spoiled{
		{"a key that nobody reads", "title: t\n", "title: t\nexpects: {}\n"},
		{"a hop's key that nobody reads", "verdict: pass}", "verdict: pass, details: x}"},
		{"no source", "source: [https://docs.aws.amazon.com/vpc/]\n", ""},
		{"a source that is not AWS's", "docs.aws.amazon.com", "example.com"},
		{"no expectation", "expect:", "steps: [] #"},
		{"no hops", "hops: [{kind: route, resource: rtb-0a, verdict: pass}]", "hops: []"},
		{"a verdict that is none", "verdict: pass", "verdict: passes"},
		{"a state that is none", "after: open", "after: opened"},
		{"no path", "path: vpn, ", ""},
		{"not said whether it is satisfied", "satisfied: true, ", ""},
		{"no world", "world: {\"123456789012\": {us-east-1: {}}}\n", ""},
		{"a world and a base", "world:", "base: caches\nworld:"},
		{"a patch of a world", "intents: []", "intents: []\npatch: {\"444455556666\": null}"},
		{"a base that is not there", "world: {\"123456789012\": {us-east-1: {}}}", "base: cache"},
		{"a patch that removes what is not there", "world: {\"123456789012\": {us-east-1: {}}}", "base: caches\npatch: {\"444455556666\": null}"},
		{"a patch of nothing", "world: {\"123456789012\": {us-east-1: {}}}", "base: caches\npatch:"},
	})
}

// spoiled is a change to the text of a world that makes it check less than it seems to.
type spoiled struct{ name, old, changed string }

// refused fails where a world is not read, or where one that is spoiled is.
func refused(t *testing.T, whole string, cases []spoiled) {
	t.Helper()
	if _, err := parseWorld([]byte(whole)); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(whole, c.old, c.changed, 1)
			if text == whole {
				t.Fatal("the case changes nothing")
			}
			if f, err := parseWorld([]byte(text)); err == nil {
				t.Fatalf("accepted: %+v", f)
			}
		})
	}
}

func TestAHopMoreOrLessOrOtherwiseIsSeen(t *testing.T) {
	want := []hopExpectation{
		{Kind: "route", Resource: "rtb-0a", Verdict: "fail", Fix: "create-route"},
		{Kind: "route", Resource: "rtb-0a", Verdict: "fail"},
	}
	got := []operate.HopView{
		{Kind: "route", Resource: "rtb-0a", Verdict: "fail", Fix: "aws ec2 create-route"},
		{Kind: "route", Resource: "rtb-0a", Verdict: "fail", Fix: "aws ec2 replace-route"},
	}
	if !matchHops(want, got).complete() || !matchHops([]hopExpectation{want[1], want[0]}, got).complete() {
		t.Error("the same hops do not match")
	}
	other := slices.Clone(got)
	other[1].Verdict = "pass"
	for name, hops := range map[string][]operate.HopView{"one less": got[:1], "one more": append(slices.Clone(got), got[0]), "one otherwise": other} {
		if matchHops(want, hops).complete() {
			t.Errorf("%s is not seen:\n%s", name, hopTable(want, hops))
		}
	}
}

func TestAChangeMoreOrLessOrOtherwiseIsSeen(t *testing.T) {
	port := 6379
	want := changeExpectation{Action: "AuthorizeSecurityGroupIngress", Resource: "sg-0c", Outcome: "applied", Source: "sg-0a", FromPort: &port, Why: "room"}
	got := operate.ChangeView{
		Action: want.Action, Resource: want.Resource, Outcome: want.Outcome, Why: "lacks room",
		Detail: map[string]any{"source": "sg-0a", "fromPort": 6379, "toPort": 6379},
	}
	if d := want.differences(got); len(d) > 0 {
		t.Fatal(d)
	}
	otherPort := 6380
	for name, change := range map[string]func(*changeExpectation){
		"action":   func(c *changeExpectation) { c.Action = "CreateRoute" },
		"resource": func(c *changeExpectation) { c.Resource = "sg-0d" },
		"outcome":  func(c *changeExpectation) { c.Outcome = "planned" },
		"source":   func(c *changeExpectation) { c.Source = "sg-0b" },
		"port":     func(c *changeExpectation) { c.ToPort = &otherPort },
		"target":   func(c *changeExpectation) { c.Target = "pcx-0a" },
		"why":      func(c *changeExpectation) { c.Why = "contested" },
		"intents":  func(c *changeExpectation) { c.Intents = []string{"sessions/orders"} },
	} {
		other := want
		change(&other)
		if len(other.differences(got)) != 1 {
			t.Errorf("another %s makes %v", name, other.differences(got))
		}
	}
}

func TestAChangeThatComesTooLateIsSeen(t *testing.T) {
	applied := func(a change.Action, resource string) change.Change {
		c := change.Change{Action: a, Outcome: change.Applied}
		c.Resource = resource
		return c
	}
	rule, route, dns := applied(change.AuthorizeIngress, "sg-0c"), applied(change.CreateRoute, "rtb-0c"), applied(change.SetPeeringDNS, "pcx-0a")
	revoke, remove := applied(change.RevokeIngress, "sg-0c"), applied(change.DeleteRoute, "rtb-0c")
	for _, right := range [][]change.Change{{route, dns, rule, revoke, remove}, {route, rule}, {revoke, rule}, {}} {
		if late, _ := inOrder(right); late != nil {
			t.Errorf("%s comes too late", late.Action)
		}
	}
	elsewhere := applied(change.RevokeIngress, "sg-0d")
	for _, wrong := range [][]change.Change{{rule, route}, {dns, route}, {rule, dns}, {remove, revoke}, {elsewhere, rule}} {
		if late, _ := inOrder(wrong); late == nil {
			t.Errorf("the order %s, %s is not seen", wrong[0].Action, wrong[1].Action)
		}
	}
}
