package intent_test

import (
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
)

const (
	targets = `must be "*" for all clusters, or the ARN of one, such as arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions`
	modes   = `must be off, observe or enforce`
	lengths = `must be a prefix length such as "/16" for IPv4, or "::/48" for IPv6, or a list of the two`
	writes  = `must be a list of rules, routes, peering-dns, propagation or tgw-routes`
	ofAll   = ` of the policy for all clusters `
)

// everything is a policy item for all clusters that sets nothing.
func everything() fields { return fields{"cluster": "*", "name": "*"} }

// policyOf is a policy item for one cluster that sets nothing.
func policyOf(cluster string) fields { return fields{"cluster": "*", "name": cluster} }

func parse(items ...fields) intent.Set {
	records := make([]intent.Record, 0, len(items))
	for _, item := range items {
		records = append(records, item.record())
	}
	return intent.Parse(records, intent.Options{})
}

func TestEveryWrongFieldOfAPolicyIsNamedWithWhatItHoldsAndWhatItMayHold(t *testing.T) {
	set := func(elements ...any) intent.Value {
		v := value(list(elements...))
		v.Unordered = true
		return v
	}
	cases := []struct {
		name   string
		change fields
		want   []string
	}{
		{"a missing name", fields{"name": absent}, []string{at10 + `"name" of a policy is missing: ` + targets}},
		{"a name that is no cluster", fields{"name": "all"}, []string{at12 + `"name" of the policy for "all" is "all": ` + targets}},
		{"a bare name in the table", fields{"name": "sessions"}, []string{at12 + `"name" of the policy for "sessions" is "sessions": ` + targets}},
		{"a name that is a number", fields{"name": 1}, []string{at12 + `"name" of a policy is the number 1: ` + targets}},
		{"a mode in upper case", fields{"mode": "OFF"}, []string{at12 + `"mode"` + ofAll + `is "OFF": ` + modes}},
		{"a mode that is true", fields{"mode": true}, []string{at12 + `"mode"` + ofAll + `is the boolean true: ` + modes}},
		{"a mode that nobody filled in", fields{"mode": nil}, []string{at12 + `"mode"` + ofAll + `is empty (null): ` + modes + `, or left out`}},
		{"an unknown word for undeclared access", fields{"undeclared": "delete"}, []string{
			at12 + `"undeclared"` + ofAll + `is "delete": must be ignore, report or revoke`,
		}},
		{"every wrong word of writes", fields{"writes": list("rules", "nacls", 1)}, []string{
			at12 + `"writes"` + ofAll + `is "nacls": ` + writes, at12 + `"writes"` + ofAll + `is the number 1: ` + writes,
		}},
		{"writes in one string", fields{"writes": "rules, routes"}, []string{at12 + `"writes"` + ofAll + `is "rules, routes": ` + writes}},
		{"an unknown word for shared groups", fields{"sharedGroups": true}, []string{
			at12 + `"sharedGroups"` + ofAll + `is the boolean true: must be refuse or allow`,
		}},
		{"a widest source without its slash", fields{"widest": "16"}, []string{at12 + `"widest"` + ofAll + `is "16": ` + lengths}},
		{"a widest source that is a number", fields{"widest": 16}, []string{at12 + `"widest"` + ofAll + `is the number 16: ` + lengths}},
		{"everything as the widest source", fields{"widest": "/0"}, []string{at12 + `"widest"` + ofAll + `is "/0": ` + lengths}},
		{"everything as the widest IPv6 source", fields{"widest": "::/0"}, []string{at12 + `"widest"` + ofAll + `is "::/0": ` + lengths}},
		{"a widest source longer than any address", fields{"widest": "/129"}, []string{at12 + `"widest"` + ofAll + `is "/129": ` + lengths}},
		{"a widest source that is a real CIDR", fields{"widest": "10.0.0.0/8"}, []string{at12 + `"widest"` + ofAll + `is "10.0.0.0/8": ` + lengths}},
		{"no widest source", fields{"widest": list()}, []string{at12 + `"widest"` + ofAll + `is an empty list: ` + lengths + `, or left out`}},
		{"two widest sources of one family", fields{"widest": list("/64", "/48")}, []string{at12 + `"widest"` + ofAll + `is "/48": ` + lengths}},
		{"two widest sources whose order is lost in a set", fields{"widest": set("/32", "/8")}, []string{at12 + `"widest"` + ofAll + `is "/32": ` + lengths}},
		{"closes below none", fields{"maxCloses": -1}, []string{at12 + `"maxCloses"` + ofAll + `is the number -1: must be a whole number from 0 to 10000, a share from 0% to 100%, or a list of both`}},
		{"closes of more than all", fields{"maxCloses": "101%"}, []string{at12 + `"maxCloses"` + ofAll + `is "101%": must be a whole number from 0 to 10000, a share from 0% to 100%, or a list of both`}},
		{"closes in words", fields{"maxCloses": "many"}, []string{at12 + `"maxCloses"` + ofAll + `is "many": must be a whole number from 0 to 10000, a share from 0% to 100%, or a list of both`}},
		{"closes with a fraction", fields{"maxCloses": number("1.5")}, []string{
			at12 + `"maxCloses"` + ofAll + `is the number 1.5: must be a whole number from 0 to 10000, a share from 0% to 100%, or a list of both`,
		}},
		{"a quota beyond AWS's highest", fields{"rulesPerGroup": 1001, "routesPerTable": 0}, []string{
			at12 + `"rulesPerGroup"` + ofAll + `is the number 1001: must be a whole number from 1 to 1000`,
			at12 + `"routesPerTable"` + ofAll + `is the number 0: must be a whole number from 1 to 1000`,
		}},
		{"a misspelt field", fields{"sharedGroup": "allow"}, []string{at12 + `"sharedGroup"` + ofAll + `is not known: did you mean "sharedGroups"?`}},
		{"a field of an intent", fields{"expiresAt": 1}, []string{
			at12 + `"expiresAt"` + ofAll + `is not known: belongs to intents, the items of a cluster`,
		}},
		{"a field of nothing", fields{"comment": "x"}, []string{
			at12 + `"comment"` + ofAll + `is not known: must be one of cluster, name, mode, undeclared, writes, sharedGroups, widest, maxCloses, approval, rulesPerGroup, routesPerTable`,
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := parse(everything().with(c.change))
			if len(got.InvalidPolicies) != 1 {
				t.Fatalf("got %v", got)
			}
			requireEqual(t, "messages", messages(got.InvalidPolicies[0].Problems), c.want)
		})
	}
}

func TestEveryWayToWriteAPolicyIsAccepted(t *testing.T) {
	set := func(elements ...any) intent.Value {
		v := value(list(elements...))
		v.Unordered = true
		return v
	}
	cases := []struct {
		name   string
		change fields
		want   func(*intent.Policy)
	}{
		{"nothing set", nil, func(*intent.Policy) {}},
		{"every word", fields{"mode": "enforce", "undeclared": "revoke", "sharedGroups": "allow"}, func(p *intent.Policy) {
			p.Mode, p.Undeclared, p.SharedGroups = intent.Enforce, intent.Revoke, intent.Allow
			p.Explicit = intent.AttributeMode | intent.AttributeUndeclared | intent.AttributeSharedGroups
		}},
		{"off as YAML 1.1 hands it on", fields{"mode": false}, func(p *intent.Policy) {
			p.Mode, p.Explicit = intent.Off, intent.AttributeMode
		}},
		{"all writes, one twice", fields{"writes": list("tgw-routes", "propagation", "peering-dns", "routes", "rules", "rules")}, func(p *intent.Policy) {
			p.Writes = intent.WriteRules | intent.WriteRoutes | intent.WritePeeringDNS | intent.WritePropagation | intent.WriteTGWRoutes
			p.Explicit = intent.AttributeWrites
		}},
		{"what waits for a person", fields{"approval": "closes"}, func(p *intent.Policy) {
			p.Approval, p.Explicit = intent.ApproveCloses, intent.AttributeApproval
		}},
		{"one write", fields{"writes": "rules"}, func(p *intent.Policy) { p.Writes, p.Explicit = intent.WriteRules, intent.AttributeWrites }},
		{"no writes", fields{"writes": list()}, func(p *intent.Policy) { p.Writes, p.Explicit = 0, intent.AttributeWrites }},
		{"the widest IPv4 source", fields{"widest": "/16"}, func(p *intent.Policy) {
			p.Widest.V4, p.Explicit = 16, intent.AttributeWidestV4
		}},
		{"the widest IPv6 source", fields{"widest": "::/48"}, func(p *intent.Policy) {
			p.Widest.V6, p.Explicit = 48, intent.AttributeWidestV6
		}},
		{"the widest IPv6 source, which only IPv6 can have", fields{"widest": "/48"}, func(p *intent.Policy) {
			p.Widest.V6, p.Explicit = 48, intent.AttributeWidestV6
		}},
		{"both widest sources", fields{"widest": list("/12", "/24")}, func(p *intent.Policy) {
			p.Widest, p.Explicit = intent.Widths{V4: 12, V6: 24}, intent.AttributeWidestV4|intent.AttributeWidestV6
		}},
		{"both widest sources in a set", fields{"widest": set("::/24", "0.0.0.0/12")}, func(p *intent.Policy) {
			p.Widest, p.Explicit = intent.Widths{V4: 12, V6: 24}, intent.AttributeWidestV4|intent.AttributeWidestV6
		}},
		{"closes as a share", fields{"maxCloses": "5%"}, func(p *intent.Policy) {
			p.MaxCloses, p.Explicit = intent.Limit{Percent: 5}, intent.AttributeMaxCloses
		}},
		{"closes as a number or a share", fields{"maxCloses": list(5, "50%")}, func(p *intent.Policy) {
			p.MaxCloses, p.Explicit = intent.Limit{Number: 5, Percent: 50}, intent.AttributeMaxCloses
		}},
		{"numbers, also as strings", fields{"maxCloses": 0, "rulesPerGroup": "200", "routesPerTable": 1000}, func(p *intent.Policy) {
			p.MaxCloses, p.RulesPerGroup, p.RoutesPerTable = intent.Limit{}, 200, 1000
			p.Explicit = intent.AttributeMaxCloses | intent.AttributeRulesPerGroup | intent.AttributeRoutesPerTable
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := parse(everything().with(c.change))
			if len(got.InvalidPolicies) != 0 {
				t.Fatalf("got %v", got.InvalidPolicies)
			}
			want := intent.DefaultPolicy()
			want.Target, want.Place = intent.Everything, intent.Place{File: "intents.yaml", Line: 10}
			c.want(&want)
			requireEqual(t, "policy", got.Policies[intent.Everything], want)
		})
	}
}

func TestInAFileAPolicyMayNameAClusterByItsBareName(t *testing.T) {
	records := []intent.Record{policyOf("sessions").with(fields{"mode": "enforce"}).record(), policyOf("a b").record()}
	set := intent.Parse(records, intent.Options{BareNames: true})
	requireEqual(t, "mode", set.Policies.For("sessions").Mode, intent.Enforce)
	requireEqual(t, "messages", messages(set.InvalidPolicies[0].Problems), []string{
		at12 + `"name" of the policy for "a b" is "a b": ` + targets + `, or its bare name`,
	})
}

func TestTheDefaultPolicyIsTheDocumentedOne(t *testing.T) {
	got := intent.Policies(nil).For(sessions)
	requireEqual(t, "policy", got, intent.Policy{
		Target: sessions, Mode: intent.Observe, Undeclared: intent.Report,
		Writes:       intent.WriteRules | intent.WriteRoutes | intent.WritePeeringDNS,
		SharedGroups: intent.Refuse, Widest: intent.Widths{V4: 8, V6: 32},
		MaxCloses: intent.Limit{Number: 20, Percent: 20}, Approval: intent.ApproveNone, RulesPerGroup: 60, RoutesPerTable: 500,
	})
	requireEqual(t, "writes", got.Writes.String(), "[rules, routes, peering-dns]")
}

func TestAnIntentIsCheckedAgainstThePolicyOfItsCluster(t *testing.T) {
	wide := orders().with(fields{"cluster": sessions, "sources": list("10.0.0.0/12")})
	narrowing := policyOf(sessions).with(fields{"widest": "/16"})
	if set := parse(wide, narrowing); len(set.Intents) != 0 {
		t.Error("a source wider than the cluster's policy accepts is valid")
	}
	if set := parse(wide, policyOf(sessions+"-2").with(fields{"widest": "/16"})); len(set.Intents) != 1 {
		t.Error("a source is measured by another cluster's policy")
	}
}
