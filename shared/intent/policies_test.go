package intent_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttest"
)

const billing = "arn:aws:elasticache:us-east-1:123456789012:cluster:billing"

func TestAClustersItemOverridesTheOneForAllFieldByField(t *testing.T) {
	set := parse(
		everything().with(fields{"mode": "observe", "undeclared": "ignore", "widest": list("/12", "/40"), "maxCloses": 5}),
		policyOf(sessions).with(fields{"mode": "enforce", "widest": "/16", "rulesPerGroup": 100}),
	)
	want := intent.DefaultPolicy()
	want.Target = sessions
	want.Mode, want.Undeclared, want.MaxCloses, want.RulesPerGroup = intent.Enforce, intent.Ignore, intent.Limit{Number: 5}, 100
	want.Widest = intent.Widths{V4: 16, V6: 40}
	want.Explicit = intent.AttributeMode | intent.AttributeUndeclared | intent.AttributeWidestV4 | intent.AttributeWidestV6 |
		intent.AttributeMaxCloses | intent.AttributeRulesPerGroup
	requireEqual(t, "policy", set.Policies.For(sessions), want)
	requireEqual(t, "another cluster's mode", set.Policies.For(billing).Mode, intent.Observe)
}

func TestTheModeOfAClusterFollowsTheItems(t *testing.T) {
	enforce := fields{"mode": "enforce"}
	cases := []struct {
		name  string
		items []fields
		want  intent.Mode
	}{
		{"off for all wins over enforce for one", []fields{everything().with(fields{"mode": "off"}), policyOf(sessions).with(enforce)}, intent.Off},
		{"off for one", []fields{everything().with(enforce), policyOf(sessions).with(fields{"mode": "off"})}, intent.Off},
		{"off for another", []fields{everything().with(enforce), policyOf(billing).with(fields{"mode": "off"})}, intent.Enforce},
		{"observe for all and enforce for one", []fields{everything().with(fields{"mode": "observe"}), policyOf(sessions).with(enforce)}, intent.Enforce},
		{
			"off for all holds beside a wrong field",
			[]fields{everything().with(fields{"mode": "off", "widest": 7, "x": 1}), policyOf(sessions).with(enforce)},
			intent.Off,
		},
		{"off for one holds beside a wrong field", []fields{everything().with(enforce), policyOf(sessions).with(fields{"mode": "off", "x": 1})}, intent.Off},
		{"off in an item whose name cannot be read stops everything", []fields{policyOf("all").with(fields{"mode": "off"}), everything().with(enforce)}, intent.Off},
		{"off without a name stops everything", []fields{policyOf(sessions).with(enforce), everything().with(fields{"name": absent, "mode": "off"})}, intent.Off},
		{"another mode in an item whose name cannot be read", []fields{policyOf("all").with(enforce)}, intent.Observe},
		{"a mode for all that cannot be read may have been off", []fields{everything().with(fields{"mode": "of"}), policyOf(sessions).with(enforce)}, intent.Observe},
		{"a misspelt mode for all may have been off", []fields{everything().with(fields{"moed": "off"}), policyOf(sessions).with(enforce)}, intent.Observe},
		{
			"a misspelt mode beside a right one",
			[]fields{everything().with(enforce), policyOf(sessions).with(fields{"mode": "enforce", "mod": "off"})},
			intent.Observe,
		},
		{"a mode for one that cannot be read", []fields{everything().with(enforce), policyOf(sessions).with(fields{"mode": "on"})}, intent.Observe},
		{"a mode for one that cannot be read, under off", []fields{everything().with(fields{"mode": "off"}), policyOf(sessions).with(fields{"mode": "on"})}, intent.Off},
		{"enforce for all beside a wrong field", []fields{everything().with(fields{"mode": "enforce", "x": 1})}, intent.Observe},
		{"enforce for one beside a wrong field", []fields{policyOf(sessions).with(fields{"mode": "enforce", "x": 1})}, intent.Observe},
		{"a wrong field for one leaves what holds for all", []fields{everything().with(enforce), policyOf(sessions).with(fields{"x": 1})}, intent.Enforce},
		{"a wrong field for all leaves what holds for one", []fields{everything().with(fields{"x": 1}), policyOf(sessions).with(enforce)}, intent.Enforce},
		{"two items for all", []fields{everything().with(enforce), everything().with(enforce)}, intent.Observe},
		{"two items for all, one of them off", []fields{everything().with(fields{"mode": "off"}), everything().with(enforce)}, intent.Off},
		{"two items for one, one of them off", []fields{everything().with(enforce), policyOf(sessions), policyOf(sessions).with(fields{"mode": "off"})}, intent.Off},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			requireEqual(t, "mode", parse(c.items...).Policies.For(sessions).Mode, c.want)
		})
	}
}

func TestTwoPoliciesForOneTargetAreReportedAndCountAtTheirStrictest(t *testing.T) {
	set := parse(
		everything().with(fields{"undeclared": "revoke"}),
		policyOf(sessions).with(fields{"maxCloses": 3, "widest": "/16"}),
		policyOf(sessions).with(fields{"maxCloses": 1, "writes": list("rules")}),
	)
	requireEqual(t, "messages", messages(set.InvalidPolicies[0].Problems), []string{
		at10 + `"name" of the policy for "` + sessions + `" is "` + sessions + `", declared already at intents.yaml:10: must be declared once for a cluster`,
	})
	got := set.Policies.For(sessions)
	if got.MaxCloses != (intent.Limit{Number: 1}) || got.Widest.V4 != 16 || got.Writes != intent.WriteRules || got.Undeclared != intent.Revoke {
		t.Errorf("got %+v", got)
	}
}

func TestAFieldThatCannotBeReadCountsAsItsDefaultOrWhatIsStricter(t *testing.T) {
	loose := everything().with(fields{
		"mode": "enforce", "undeclared": "revoke", "sharedGroups": "allow", "widest": list("/2", "/3"), "maxCloses": 500,
		"rulesPerGroup": 900, "routesPerTable": 900, "writes": list("rules", "routes", "propagation", "tgw-routes"),
	})
	got := parse(loose, policyOf(sessions).with(fields{
		"mode": 1, "undeclared": 1, "sharedGroups": 1, "widest": 1, "maxCloses": "x", "rulesPerGroup": "x", "routesPerTable": "x",
		"writes": list("routes", "tgw-routes", "x"),
	})).Policies.For(sessions)
	want := intent.DefaultPolicy()
	want.Writes = intent.WriteRoutes
	want.Target, want.Malformed = sessions, true
	want.MaxCloses.Percent = 0 // the stricter of 500 and the default
	want.Explicit, want.Unreadable = got.Explicit, got.Explicit
	requireEqual(t, "policy", got, want)
}

// policyItem draws the fields of a policy item, all of them right.
func policyItem(t *rapid.T, label string) fields {
	item := fields{}
	add := func(field string, values ...any) {
		if rapid.Bool().Draw(t, label+" has "+field) {
			item[field] = rapid.SampledFrom(values).Draw(t, label+" "+field)
		}
	}
	add("mode", "off", "observe", "enforce")
	add("undeclared", "ignore", "report", "revoke")
	add("sharedGroups", "refuse", "allow")
	add("maxCloses", 0, 7, 20, 300, "0%", "50%", "100%")
	add("rulesPerGroup", 1, 60, 500)
	add("routesPerTable", 1, 500, 1000)
	if rapid.Bool().Draw(t, label+" has writes") {
		names := []any{"rules", "routes", "peering-dns", "propagation", "tgw-routes"}
		item["writes"] = rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[any]).Draw(t, label+" writes")
	}
	if rapid.Bool().Draw(t, label+" has widest") {
		item["widest"] = rapid.SampledFrom([][]any{list("/4"), list("/24"), list("::/16"), list("/4", "/48"), list("/24", "/16")}).Draw(t, label+" widest")
	}
	return item
}

// spoilt draws an item with at least one thing wrong in it, never its mode where that is to stay.
func spoilt(t *rapid.T, label string, item fields, keepMode bool) fields {
	names := []string{"mode", "undeclared", "sharedGroups", "maxCloses", "rulesPerGroup", "routesPerTable", "writes", "widest", "comment", "Widest"}
	if keepMode {
		names = names[1:]
	}
	changes := fields{}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 4, rapid.ID[string]).Draw(t, label+" wrong fields") {
		changes[name] = rapid.SampledFrom([]any{-1, "x", "", nil, true, list("rules", "x"), map[string]any{}}).Draw(t, label+" wrong "+name)
	}
	return item.with(changes)
}

// looser lists the attributes in which a policy lets more happen than another, or hides more.
func looser(got, than intent.Policy) []string {
	var result []string
	check := func(attribute string, isLooser bool) {
		if isLooser {
			result = append(result, attribute)
		}
	}
	modes := []intent.Mode{intent.Off, intent.Observe, intent.Enforce}
	check("mode", slices.Index(modes, got.Mode) > slices.Index(modes, than.Mode))
	check("undeclared", got.Undeclared != than.Undeclared && got.Undeclared != intent.Report)
	check("writes", !than.Writes.Has(got.Writes))
	check("sharedGroups", got.SharedGroups == intent.Allow && than.SharedGroups == intent.Refuse)
	check("widest v4", got.Widest.V4 < than.Widest.V4)
	check("widest v6", got.Widest.V6 < than.Widest.V6)
	check("maxCloses", got.MaxCloses.Number > than.MaxCloses.Number || got.MaxCloses.Percent > than.MaxCloses.Percent)
	approvals := []intent.Approval{intent.ApproveAll, intent.ApproveCloses, intent.ApproveNone}
	check("approval", slices.Index(approvals, got.Approval) > slices.Index(approvals, than.Approval))
	check("rulesPerGroup", got.RulesPerGroup > than.RulesPerGroup)
	check("routesPerTable", got.RoutesPerTable > than.RoutesPerTable)
	return result
}

func TestAMalformedPolicyItemNeverLoosensAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		own := policyItem(t, "own").with(policyOf(sessions))
		wrong := spoilt(t, "own", own, false)
		forAll := policyItem(t, "all").with(everything())
		without := parse(forAll).Policies.For(sessions)
		if found := looser(parse(forAll, wrong).Policies.For(sessions), without); found != nil {
			t.Fatalf("with a malformed item for the cluster: %v", found)
		}
		wrongForAll := spoilt(t, "all", forAll, false)
		if found := looser(parse(wrongForAll).Policies.For(sessions), intent.DefaultPolicy()); found != nil {
			t.Fatalf("with a malformed item for all: %v", found)
		}
	})
}

func TestTheKillSwitchSurvivesEveryErrorAroundIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		off := spoilt(t, "all", policyItem(t, "all").with(everything()).with(fields{"mode": "off"}), true)
		own := policyItem(t, "own").with(policyOf(sessions))
		items := []fields{off, own, policyItem(t, "twin").with(everything())}
		if rapid.Bool().Draw(t, "name is wrong") {
			off["name"] = rapid.SampledFrom([]any{"", "all", 1, nil, sessions + " "}).Draw(t, "wrong name")
		}
		if got := parse(rapid.Permutation(items).Draw(t, "order")...).Policies.For(sessions).Mode; got != intent.Off {
			t.Fatalf("mode is %s", got)
		}
	})
}

func TestAPolicyParsesBackFromItsRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := intenttest.Policy().Draw(t, "policy")
		set := intent.Parse([]intent.Record{want.Record()}, intent.Options{})
		if got := set.Policies[want.Target]; got != want || len(set.InvalidPolicies) != 0 {
			t.Fatalf("%+v became %+v, %v", want, got, set.InvalidPolicies)
		}
	})
}

func TestTheStrictestOfPoliciesIsLooserThanNoneOfThem(t *testing.T) {
	effective := func(t *rapid.T, label string) intent.Policy {
		return parse(policyItem(t, label).with(everything())).Policies.For(sessions)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := effective(t, "a"), effective(t, "b"), effective(t, "c")
		got := intent.Strictest(a, b, c)
		for _, policy := range []intent.Policy{a, b, c} {
			if found := looser(got, policy); found != nil {
				t.Fatalf("looser in %v", found)
			}
		}
		if other := intent.Strictest(c, a, b); other != got {
			t.Fatalf("the order matters: %+v, %+v", got, other)
		}
		same := intent.Strictest(a)
		if same.Target = a.Target; same != a {
			t.Fatalf("one alone changes: %+v", same)
		}
	})
}

func TestTheStrictestOfNoPoliciesIsTheDefault(t *testing.T) {
	requireEqual(t, "policy", intent.Strictest(), intent.DefaultPolicy())
}

func TestUndeclaredAccessIsReportedWhereClustersDisagree(t *testing.T) {
	with := func(undeclared intent.Undeclared) intent.Policy {
		policy := intent.DefaultPolicy()
		policy.Undeclared = undeclared
		return policy
	}
	requireEqual(t, "ignore and revoke", intent.Strictest(with(intent.Ignore), with(intent.Revoke)).Undeclared, intent.Report)
	requireEqual(t, "revoke twice", intent.Strictest(with(intent.Revoke), with(intent.Revoke)).Undeclared, intent.Revoke)
	requireEqual(t, "ignore twice", intent.Strictest(with(intent.Ignore), with(intent.Ignore)).Undeclared, intent.Ignore)
}

func TestADeploymentsModeHoldsWhereNoItemGivesOne(t *testing.T) {
	cases := []struct {
		name  string
		items []fields
		mode  intent.Mode
		want  intent.Mode
	}{
		{"no item", nil, intent.Enforce, intent.Enforce},
		{"no item, off", nil, intent.Off, intent.Off},
		{"an item for all without a mode", []fields{everything().with(fields{"undeclared": "ignore"})}, intent.Enforce, intent.Enforce},
		{"an item for all with one", []fields{everything().with(fields{"mode": "observe"})}, intent.Enforce, intent.Observe},
		{"an item for all with a looser one", []fields{everything().with(fields{"mode": "enforce"})}, intent.Observe, intent.Enforce},
		{"an item for the cluster", []fields{policyOf(sessions).with(fields{"mode": "enforce"})}, intent.Observe, intent.Enforce},
		{"an item for another cluster", []fields{policyOf(billing).with(fields{"mode": "enforce"})}, intent.Observe, intent.Observe},
		{"a typing error in another field for all", []fields{everything().with(fields{"undeclared": "revok"})}, intent.Enforce, intent.Enforce},
		{"a typing error in another field for all, beside the mode", []fields{everything().with(fields{"mode": "enforce", "undeclared": "revok"})}, intent.Observe, intent.Observe},
		{"a mode for all that cannot be read may have been off", []fields{everything().with(fields{"mode": "of"})}, intent.Enforce, intent.Observe},
		{"a mode for all that cannot be read, over one cluster's", []fields{everything().with(fields{"mode": "of"}), policyOf(sessions).with(fields{"mode": "enforce"})}, intent.Enforce, intent.Observe},
		{"off beside a typing error", []fields{everything().with(fields{"mode": "off", "undeclared": "revok"})}, intent.Enforce, intent.Off},
		{"off for a deployment, and enforce for one cluster", []fields{policyOf(sessions).with(fields{"mode": "enforce"})}, intent.Off, intent.Off},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			policies := parse(c.items...).Policies
			before := policies.For(sessions)
			requireEqual(t, "mode", policies.DefaultTo(c.mode).For(sessions).Mode, c.want)
			requireEqual(t, "the policies that it was taken from", policies.For(sessions), before)
		})
	}
}

func TestADeploymentsModeChangesNothingElse(t *testing.T) {
	policies := parse(everything().with(fields{"mode": "observe", "undeclared": "revok", "maxCloses": 3, "widest": "/16"})).Policies
	want, got := policies.For(sessions), policies.DefaultTo(intent.Observe).For(sessions)
	got.Malformed = want.Malformed
	requireEqual(t, "policy", got, want)
}

func TestClustersAreWhatIntentsName(t *testing.T) {
	set := intent.Set{
		Intents: []intent.Intent{{Cluster: sessions, Name: "a"}, {Cluster: billing, Name: "a"}, {Cluster: sessions, Name: "b"}},
		Invalid: []intent.Invalid{{Key: intent.Key{Cluster: "arn:wrong", Name: "c"}}, {Key: intent.Key{Cluster: billing, Name: "d"}}},
	}
	want := []string{sessions, billing, "arn:wrong"}
	slices.Sort(want)
	requireEqual(t, "clusters", set.Clusters(), want)
	requireEqual(t, "the number of none", len(intent.Set{}.Clusters()), 0)
}
