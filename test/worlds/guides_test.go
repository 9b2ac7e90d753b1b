package worlds

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/operate"
)

// guidesFolder holds the worlds of AWS's guides, a folder each.
const guidesFolder = "guides"

// How many worlds and flows of the guides there must be, so that none is lost unseen.
const (
	atLeastGuideWorlds = 60
	atLeastGuideFlows  = 200
)

// guides are the folders.
func guides() []string {
	return []string{"caches", "direct-connect", "inspection", "peering", "sharing", "transit-gateway", "vpn"}
}

func guideFiles(t *testing.T) []worldFile {
	t.Helper()
	return readWorlds(t, filepath.Join(guidesFolder, "*", "*.y*ml"))
}

// guideName is guide/world, as the list of pending flows has it.
func (f worldFile) guideName() string { return filepath.Base(f.path) + "/" + f.name }

func TestEveryFlowOfAGuideComesOutAsItsPageSays(t *testing.T) {
	files := guideFiles(t)
	pending := readPending(t, files)
	for _, f := range files {
		t.Run(f.guideName(), func(t *testing.T) {
			t.Parallel()
			r := start(t, f)
			for _, fl := range f.Flows {
				t.Run(strings.ReplaceAll(fl.String(), "/", "_"), func(t *testing.T) {
					found := r.asked(t, fl)
					hops := operate.HopViews(found.Hops)
					key := pendingKey(f.guideName(), fl.String())
					err := fl.check(found.State, hops)
					pending.settle(t, key, err != nil)
					if err != nil {
						t.Errorf("%s\n%s\n%v\nthe page: %s\npath %q\n%s", key, f.Title, err, fl.Why, found.Path, hopList(hops))
					}
				})
			}
		})
	}
}

func TestEveryRunOfAGuideComesOutAsItsPageSays(t *testing.T) {
	files := guideFiles(t)
	pending := readPending(t, files)
	for _, f := range files {
		if len(f.runs()) == 0 {
			continue
		}
		t.Run(f.guideName(), func(t *testing.T) {
			t.Parallel()
			var tb testing.TB = t
			key := pendingKey(f.guideName(), expectEntry)
			if _, ok := pending[key]; ok {
				tb = &recorder{TB: t}
			}
			r := start(t, f)
			for _, s := range f.runs() {
				compare(tb, s.Expect, operate.ReportView("sweep", r.take(tb, s)...))
				r.settles(tb)
			}
			pending.settle(t, key, tb.Failed())
		})
	}
}

func TestThereAreManyWorldsOfEveryGuide(t *testing.T) {
	titles, count := map[string]string{}, map[string]int{}
	said := map[string]map[string]bool{}
	flows := 0
	for _, f := range append(guideFiles(t), worldFiles(t)...) {
		if other, ok := titles[f.Title]; ok {
			t.Errorf("%s/%s has the title of %s", f.path, f.name, other)
		}
		titles[f.Title] = f.path + "/" + f.name
		if !strings.HasPrefix(f.path, guidesFolder) {
			if len(f.Flows) > 0 {
				t.Errorf("%s/%s: flows belong to the worlds of the guides", f.path, f.name)
			}
			continue
		}
		guide := filepath.Base(f.path)
		if said[guide] == nil {
			said[guide] = map[string]bool{}
		}
		count[guide]++
		for _, fl := range f.Flows {
			flows++
			said[guide][fl.Works] = true
		}
	}
	worlds := 0
	for _, g := range guides() {
		worlds += count[g]
		if !said[g][flowWorks] || !said[g][flowStopped] {
			t.Errorf("%s has no flow that works, or none that does not", g)
		}
		delete(count, g)
	}
	for g := range count {
		t.Errorf("the folder %s is no guide: %s", g, strings.Join(guides(), ", "))
	}
	if worlds < atLeastGuideWorlds || flows < atLeastGuideFlows {
		t.Errorf("there are %d worlds and %d flows, and there must be at least %d and %d", worlds, flows, atLeastGuideWorlds, atLeastGuideFlows)
	}
}

func TestAFlowThatComesOutOtherwiseIsSeen(t *testing.T) {
	hops := []operate.HopView{
		{Kind: "route", Resource: "rtb-0a", Verdict: "fail", Detail: "goes to pcx-0b", Fix: "replace-route"},
		{Kind: "route", Resource: "rtb-0c", Verdict: "pass"},
	}
	cases := []struct {
		name  string
		flow  flow
		state access.State
		right bool
	}{
		{"open works", flow{Works: flowWorks}, access.StateOpen, true},
		{"open does not stop", flow{Works: flowStopped}, access.StateOpen, false},
		{"open is not unknown", flow{Works: flowUnknown}, access.StateOpen, false},
		{"blocked stops", flow{Works: flowStopped}, access.StateBlocked, true},
		{"closed stops", flow{Works: flowStopped}, access.StateClosed, true},
		{"pending stops", flow{Works: flowStopped}, access.StatePending, true},
		{"blocked is not unknown", flow{Works: flowUnknown}, access.StateBlocked, false},
		{"unknown is unknown", flow{Works: flowUnknown}, access.StateUnknown, true},
		{"unknown does not stop", flow{Works: flowStopped}, access.StateUnknown, false},
		{"unknown does not work", flow{Works: flowWorks}, access.StateUnknown, false},
		{"no state", flow{Works: flowStopped}, "", false},
		{"the resource is named", flow{Works: flowStopped, Names: []string{"rtb-0a", "pcx-0b", "replace-route"}}, access.StateBlocked, true},
		{"another resource is named", flow{Works: flowStopped, Names: []string{"pcx-0a"}}, access.StateBlocked, false},
		{"nothing wrong is said", flow{Works: flowStopped, Never: []string{"create-route"}}, access.StateBlocked, true},
		{"something wrong is said", flow{Works: flowStopped, Never: []string{"replace-route"}}, access.StateBlocked, false},
		{"only a hop that passes names it", flow{Works: flowStopped, Names: []string{"rtb-0c"}}, access.StateBlocked, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := c.flow.check(c.state, hops); (err == nil) != c.right {
				t.Errorf("want right %t, got %v", c.right, err)
			}
		})
	}
	none := operate.HopView{Kind: "path", Resource: "vpc-0c", Verdict: "fail", Detail: "no single path leads to all sources: sg-0a: none"}
	if err := (flow{Works: flowStopped}).check(access.StateBlocked, []operate.HopView{none}); err == nil {
		t.Error("words for several sources are taken for one")
	}
}

func TestAGuidesFileThatWouldCheckLessThanItSeemsToIsRefused(t *testing.T) {
	const whole = `title: t
source: [https://docs.aws.amazon.com/vpc/]
base: caches
flows:
  - {from: 10.0.2.0/24, works: false, names: [sg-0c], why: no rule}
  - {from: 10.0.3.0/24, works: true, why: a rule}
`
	refused(t, whole, []spoiled{
		{"a key that nobody reads", "why: no rule}", "why: no rule, hop: x}"},
		{"no flow", "flows:", "expect: #"},
		{"no source of the traffic", "from: 10.0.2.0/24, ", ""},
		{"no reason", ", why: a rule", ""},
		{"not said whether it works", "works: true, ", ""},
		{"a verdict that is none", "works: true", "works: maybe"},
		{"a flow twice", "10.0.3.0/24", "10.0.2.0/24"},
		{"a flow that works and is stopped by something", "works: false", "works: true"},
		{"an expectation without intents", "flows:", "expect: {intents: {}}\nflows:"},
	})
}

func TestAPendingListThatSkipsMoreThanItSaysIsRefused(t *testing.T) {
	files := []worldFile{{path: "guides/vpn", name: "static", Flows: []flow{{From: "10.0.0.0/8"}, {From: "sg-0a", Cluster: "catalog"}}}}
	const rest = " | shared/access/vpn.go:vpn | says blocked; right: open"
	list, err := parsePending("# a comment\n\nvpn/static | 10.0.0.0/8"+rest+"\nvpn/static | sg-0a to catalog"+rest+"\n", files)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	for name, text := range map[string]string{
		"a world that is not there":   "vpn/dynamic | 10.0.0.0/8" + rest,
		"a flow that is not there":    "vpn/static | 10.0.0.0/9" + rest,
		"no expectation":              "vpn/static | expect" + rest,
		"twice":                       "vpn/static | 10.0.0.0/8" + rest + "\nvpn/static | 10.0.0.0/8" + rest,
		"no place in the code":        "vpn/static | 10.0.0.0/8 | vpn | says blocked; right: open",
		"not said what is right":      "vpn/static | 10.0.0.0/8 | shared/access/vpn.go:vpn | says blocked",
		"a column less than there is": "vpn/static | shared/access/vpn.go:vpn | says blocked; right: open",
	} {
		t.Run(name, func(t *testing.T) {
			if list, err := parsePending(text, files); err == nil {
				t.Errorf("accepted: %v", list)
			}
		})
	}
}
