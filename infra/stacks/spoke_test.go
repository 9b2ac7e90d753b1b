package stacks_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cachegate/cachegate/shared/settings"
)

// holds says whether a condition of a template holds in an account and Region.
func holds(t *testing.T, in template, name, account, region string) bool {
	t.Helper()
	if name == "" {
		return true
	}
	var value func(v any) bool
	value = func(v any) bool {
		for operator, arguments := range object(v) {
			args := list(arguments)
			switch operator {
			case "Fn::Equals":
				return fmt.Sprint(resolve(args[0], account, region)) == fmt.Sprint(resolve(args[1], account, region))
			case "Fn::Not":
				return !value(args[0])
			case "Fn::And":
				return !slices.ContainsFunc(args, func(a any) bool { return !value(a) })
			}
		}
		t.Fatalf("condition %s has something else: %v", name, v)
		return false
	}
	return value(in.Conditions[name])
}

func TestASpokesRoleIsMadeOnceAnAccountAndNothingIsForwardedWhereTheHubIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stack, account, region string
		role, rules            bool
	}{
		{narrowSpoke, spokeAccount, hubRegion, true, true},
		{narrowSpoke, spokeAccount, "us-west-2", false, true},
		{narrowSpoke, hubAccount, "us-west-2", false, true},
		{narrowSpoke, hubAccount, hubRegion, false, false},
		{wideSpoke, spokeAccount, "us-east-1", true, true},
		{wideSpoke, spokeAccount, hubRegion, false, true},
	} {
		stack := synthesised(t, c.stack)
		_, role := stack.one(t, roleType, "Role")
		if got := holds(t, stack, role.Condition, c.account, c.region); got != c.role {
			t.Errorf("%s makes the role in %s/%s: %t, want %t", c.stack, c.account, c.region, got, c.role)
		}
		if got := holds(t, stack, stack.Outputs["SpokeRole"].Condition, c.account, c.region); got != c.role {
			t.Errorf("%s tells the role in %s/%s: %t, want %t", c.stack, c.account, c.region, got, c.role)
		}
		for id, r := range stack.of(t, ruleType) {
			if got := holds(t, stack, r.Condition, c.account, c.region); got != c.rules {
				t.Errorf("%s makes %s in %s/%s: %t, want %t", c.stack, id, c.account, c.region, got, c.rules)
			}
		}
	}
}

func TestASpokeForwardsToTheHubsBus(t *testing.T) {
	t.Parallel()
	spoke := synthesised(t, wideSpoke).at(spokeAccount, "us-east-1")
	const bus = "arn:aws:events:eu-west-1:111122223333:event-bus/wide"
	roleID, role := spoke.one(t, roleType, "ForwardRole")
	dead, _ := spoke.one(t, queueType, "DeadLetters")
	for id, r := range spoke.of(t, ruleType) {
		targets := list(r.Properties["Targets"])
		if len(targets) != 1 || dig(targets[0], "Arn") != bus || dig(targets[0], "RoleArn") != roleID+".Arn" ||
			dig(targets[0], "DeadLetterConfig", "Arn") != dead+".Arn" {
			t.Errorf("rule %s has targets %v", id, targets)
		}
	}
	if !allows(statementsOf(role), request{action: "events:PutEvents", resource: bus}) {
		t.Error("the rules may not put events on the hub's bus")
	}
	if allows(statementsOf(role), request{action: "events:PutEvents", resource: "arn:aws:events:us-east-1:444455556666:event-bus/default"}) {
		t.Error("the rules may put events on another bus")
	}
	trust := list(dig(role.Properties, "AssumeRolePolicyDocument", "Statement"))
	for source, want := range map[string]bool{"Wide-network": true, "Other": false} {
		r := request{principal: "events.amazonaws.com", action: "sts:AssumeRole", context: map[string][]string{
			"aws:SourceAccount": {spokeAccount}, "aws:SourceArn": {"arn:aws:events:us-east-1:444455556666:rule/" + source},
		}}
		if got := allows(trust, r); got != want {
			t.Errorf("that rule %s takes the role is allowed: %t, want %t", source, got, want)
		}
	}
}

func TestASpokeTrustsExactlyTheRoleOfItsHub(t *testing.T) {
	t.Parallel()
	_, role := synthesised(t, wideSpoke).at(spokeAccount, "us-east-1").one(t, roleType, "Role")
	trust := list(dig(role.Properties, "AssumeRolePolicyDocument", "Statement"))
	// What the hub calls its role, the spoke's, and the external id.
	env := environmentOf(t, synthesised(t, wide).at(hubAccount, hubRegion), settings.Reconcile)
	hub, err := settings.New(env)
	if err != nil {
		t.Fatal(err)
	}
	if got := "arn:aws:iam::444455556666:role/" + fmt.Sprint(role.Properties["RoleName"]); got != hub.SpokeRoles()[spokeAccount] {
		t.Errorf("the spoke's role is %s, and the hub takes on %s", got, hub.SpokeRoles()[spokeAccount])
	}
	_, reconcile := synthesised(t, wide).at(hubAccount, hubRegion).one(t, roleType, "ReconcileRole")
	caller := "arn:aws:iam::111122223333:role/" + fmt.Sprint(reconcile.Properties["RoleName"])
	for _, c := range []struct {
		account, caller, external string
		want                      bool
	}{
		{hubAccount, caller, hub.Get(settings.ExternalID), true},
		{hubAccount, caller, "cachegate/999999999999/Wide", false},
		{hubAccount, caller, "", false},
		{hubAccount, caller + "-2", hub.Get(settings.ExternalID), false},
		{hubAccount, "arn:aws:iam::111122223333:role/admin", hub.Get(settings.ExternalID), false},
		{"999999999999", caller, hub.Get(settings.ExternalID), false},
	} {
		r := request{principal: "arn:aws:iam::" + c.account + ":root", action: "sts:AssumeRole", context: map[string][]string{"aws:PrincipalArn": {c.caller}}}
		if c.external != "" {
			r.context["sts:ExternalId"] = []string{c.external}
		}
		if got := allows(trust, r); got != c.want {
			t.Errorf("that %s of %s takes the role with %q is allowed: %t, want %t", c.caller, c.account, c.external, got, c.want)
		}
	}
}
