package stacks_test

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// request is a call that IAM is asked about.
type request struct {
	principal, action, resource string
	context                     map[string][]string
}

// allows says what IAM would say to statements, as far as the stacks use its
// language; whatever else they use fails a test.
func allows(statements []any, r request) bool {
	allowed := false
	for _, s := range statements {
		if !applies(object(s), r) {
			continue
		}
		if dig(s, "Effect") != "Allow" {
			return false
		}
		allowed = true
	}
	return allowed
}

func applies(s map[string]any, r request) bool {
	for _, not := range []string{"NotAction", "NotResource", "NotPrincipal"} {
		if s[not] != nil {
			panic("a statement has " + not)
		}
	}
	if principal := s["Principal"]; principal != nil && principal != "*" {
		var who []string
		for _, v := range object(principal) {
			who = append(who, texts(v)...)
		}
		if !slices.Contains(who, "*") && !slices.Contains(who, r.principal) {
			return false
		}
	}
	return anyLike(texts(s["Action"]), r.action) && (s["Resource"] == nil || anyLike(texts(s["Resource"]), r.resource)) &&
		conditionsHold(object(s["Condition"]), r.context)
}

func conditionsHold(conditions map[string]any, context map[string][]string) bool {
	for operator, keys := range conditions {
		for key, values := range object(keys) {
			got, want := context[key], texts(values)
			var ok bool
			switch operator {
			case "StringEquals", "Bool", "ArnEquals":
				ok = len(got) == 1 && slices.Contains(want, got[0])
			case "ArnLike":
				ok = len(got) == 1 && anyLike(want, got[0])
			case "ForAllValues:StringEquals":
				ok = !slices.ContainsFunc(got, func(g string) bool { return !slices.Contains(want, g) })
			case "Null":
				ok = (len(got) == 0) == (want[0] == "true")
			default:
				panic("a statement has a condition " + operator)
			}
			if !ok {
				return false
			}
		}
	}
	return true
}

// anyLike says whether a text is like one of the patterns, in which "*" stands for
// anything: path.Match stops at slashes, so they are something else here.
func anyLike(patterns []string, text string) bool {
	plain := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(plain(p), plain(text))
		return ok && err == nil
	})
}

// statementsOf gives all statements of a role's policies.
func statementsOf(role resource) []any {
	var out []any
	for _, p := range list(role.Properties["Policies"]) {
		out = append(out, list(dig(p, "PolicyDocument", "Statement"))...)
	}
	return out
}

func TestTheJudgeOfPoliciesJudgesAsIAMDoes(t *testing.T) {
	t.Parallel()
	statements := []any{
		map[string]any{"Effect": "Allow", "Action": []any{"a:One", "a:Two"}, "Resource": "arn:x/*"},
		map[string]any{"Effect": "Deny", "Action": "a:*", "Resource": "*", "Condition": map[string]any{"Bool": map[string]any{"tls": "false"}}},
		map[string]any{"Effect": "Allow", "Action": "a:Three", "Resource": "*", "Condition": map[string]any{
			"ForAllValues:StringEquals": map[string]any{"keys": []any{"k"}}, "Null": map[string]any{"keys": "false"},
		}},
	}
	for _, c := range []struct {
		action, resource string
		context          map[string][]string
		want             bool
	}{
		{"a:One", "arn:x/y/z", nil, true},
		{"a:Two", "arn:x/y", map[string][]string{"tls": {"true"}}, true},
		{"a:Two", "arn:x/y", map[string][]string{"tls": {"false"}}, false},
		{"a:One", "arn:z/y", nil, false},
		{"a:Four", "arn:x/y", nil, false},
		{"a:Three", "r", map[string][]string{"keys": {"k"}}, true},
		{"a:Three", "r", map[string][]string{"keys": {"k", "l"}}, false},
		{"a:Three", "r", nil, false},
	} {
		if got := allows(statements, request{action: c.action, resource: c.resource, context: c.context}); got != c.want {
			t.Errorf("%s on %s with %v is allowed: %t", c.action, c.resource, c.context, got)
		}
	}
}
