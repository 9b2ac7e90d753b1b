package stacks_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
	"github.com/cachegate/cachegate/shared/schedule"
)

const roleType = "AWS::IAM::Role"

// notNarrowed are the calls that IAM or the way they are made allows no resource
// for, with the reason.
var notNarrowed = map[string]string{
	"ec2:Describe": "EC2's Describe calls have no types of resource",
	"ec2:GetTransitGatewayRouteTablePropagations": "it has no type of resource",
	"elasticache:Describe":                        "without an id they are about all caches",
	"directconnect:Describe":                      "without an id they are about all of Direct Connect",
	"directconnect:ListVirtualInterfaceRoutes":    "it has no type of resource",
	"dynamodb:ListStreams":                        "it has no type of resource",
}

func TestNoRoleHasAWildcardWhereOneCanBeAvoided(t *testing.T) {
	t.Parallel()
	for name := range contexts {
		stack := synthesised(t, name).at(spokeAccount, hubRegion)
		for id, role := range stack.of(t, roleType) {
			if role.Properties["ManagedPolicyArns"] != nil {
				t.Errorf("%s %s has policies that AWS manages: %v", name, id, role.Properties["ManagedPolicyArns"])
			}
			for _, s := range statementsOf(role) {
				for _, action := range texts(dig(s, "Action")) {
					if strings.Contains(action, "*") {
						t.Errorf("%s %s may %s", name, id, action)
					}
					for _, r := range texts(dig(s, "Resource")) {
						if r == "*" && !reasonFor(action) {
							t.Errorf("%s %s may %s on everything", name, id, action)
						}
					}
				}
			}
		}
		for id, r := range stack.Resources {
			if r.Type == "AWS::IAM::Policy" {
				t.Errorf("%s has policy %s beside its roles: the CDK added something", name, id)
			}
		}
	}
}

func reasonFor(action string) bool {
	for prefix := range notNarrowed {
		if action == prefix || strings.HasSuffix(prefix, ":Describe") && strings.HasPrefix(action, prefix) {
			return true
		}
	}
	return false
}

func calls[Client any](service string) []string {
	var out []string
	for method := range reflect.TypeFor[Client]().Methods() {
		out = append(out, service+":"+method.Name)
	}
	return out
}

// onTypes are the resources that EC2 asks the right for where a call writes.
var onTypes = map[string][]string{
	"ec2:AuthorizeSecurityGroupIngress":     {"security-group", "security-group-rule"},
	"ec2:RevokeSecurityGroupIngress":        {"security-group"},
	"ec2:CreateRoute":                       {"route-table"},
	"ec2:ReplaceRoute":                      {"route-table"},
	"ec2:DeleteRoute":                       {"route-table"},
	"ec2:EnableVgwRoutePropagation":         {"route-table", "vpn-gateway"},
	"ec2:DisableVgwRoutePropagation":        {"route-table", "vpn-gateway"},
	"ec2:ModifyVpcPeeringConnectionOptions": {"vpc-peering-connection"},
	"ec2:CreateTransitGatewayRoute":         {"transit-gateway-route-table", "transit-gateway-attachment"},
	"ec2:DeleteTransitGatewayRoute":         {"transit-gateway-route-table"},
	"ec2:DescribeVpcAttribute":              {"vpc"},
	"ec2:GetManagedPrefixListEntries":       {"prefix-list"},
	"ec2:SearchTransitGatewayRoutes":        {"transit-gateway-route-table"},
}

// networkRoles gives the roles that act on networks, each with its account.
func networkRoles(t *testing.T) map[string]resource {
	t.Helper()
	_, hub := synthesised(t, narrow).at(hubAccount, hubRegion).one(t, roleType, "ReconcileRole")
	_, wideHub := synthesised(t, wide).at(hubAccount, hubRegion).one(t, roleType, "ReconcileRole")
	_, spoke := synthesised(t, wideSpoke).at(hubAccount, hubRegion).one(t, roleType, "Role")
	return map[string]resource{"hub": hub, "wide hub": wideHub, "spoke": spoke}
}

func TestWhoeverActsOnNetworksMayMakeEveryCallThatTheCodeMakes(t *testing.T) {
	t.Parallel()
	all := slices.Concat(calls[observe.EC2]("ec2"), calls[apply.EC2]("ec2"), calls[elasticache.Client]("elasticache"),
		calls[observe.DirectConnect]("directconnect"))
	for who, role := range networkRoles(t) {
		for _, call := range all {
			types, typed := onTypes[call]
			if !typed && !reasonFor(call) {
				t.Errorf("add to onTypes what types of resource %s takes", call)
			}
			if !typed {
				types = []string{""}
			}
			for _, kind := range types {
				resource := fmt.Sprintf("arn:aws:ec2:eu-west-1:%s:%s/x-1", hubAccount, kind)
				r := request{action: call, resource: resource, context: map[string][]string{
					"aws:RequestedRegion": {hubRegion}, "aws:ResourceTag/cachegate": {"yes"},
				}}
				if !allows(statementsOf(role), r) {
					t.Errorf("%s may not %s on %s", who, call, resource)
				}
				r.context["aws:RequestedRegion"] = []string{"ap-southeast-2"}
				if allows(statementsOf(role), r) {
					t.Errorf("%s may %s in a Region that nobody named", who, call)
				}
			}
		}
	}
}

func TestWritesStayInTheAccountAndWithinTheTag(t *testing.T) {
	t.Parallel()
	for who, role := range networkRoles(t) {
		for _, call := range calls[apply.EC2]("ec2") {
			if strings.Contains(call, "Describe") || strings.Contains(call, "Search") {
				continue
			}
			kind := onTypes[call][0]
			r := request{action: call, resource: "arn:aws:ec2:eu-west-1:999999999999:" + kind + "/x-1", context: map[string][]string{
				"aws:RequestedRegion": {hubRegion}, "aws:ResourceTag/cachegate": {"yes"},
			}}
			if allows(statementsOf(role), r) {
				t.Errorf("%s may %s on another account's %s", who, call, kind)
			}
			r.resource = "arn:aws:ec2:eu-west-1:111122223333:" + kind + "/x-1"
			for _, tag := range [][]string{nil, {"no"}} {
				r.context["aws:ResourceTag/cachegate"] = tag
				want := who == "hub" || kind == "vpc-peering-connection"
				if got := allows(statementsOf(role), r); got != want {
					t.Errorf("that %s may %s on a %s tagged %v is %t, want %t", who, call, kind, tag, got, want)
				}
			}
		}
	}
}

func TestOnlyANewRuleIsTaggedAndOnlyAsOurs(t *testing.T) {
	t.Parallel()
	for who, role := range networkRoles(t) {
		for _, c := range []struct {
			action, kind string
			keys         []string
			want         bool
		}{
			{"AuthorizeSecurityGroupIngress", "security-group-rule", []string{"cachegate:managed"}, true},
			{"AuthorizeSecurityGroupIngress", "security-group-rule", []string{"cachegate:managed", "owner"}, false},
			{"AuthorizeSecurityGroupIngress", "security-group", []string{"cachegate:managed"}, false},
			{"RunInstances", "security-group-rule", []string{"cachegate:managed"}, false},
			{"", "security-group-rule", []string{"cachegate:managed"}, false},
		} {
			r := request{action: "ec2:CreateTags", resource: "arn:aws:ec2:eu-west-1:111122223333:" + c.kind + "/x-1", context: map[string][]string{
				"aws:RequestedRegion": {hubRegion}, "aws:TagKeys": c.keys,
			}}
			if c.action != "" {
				r.context["ec2:CreateAction"] = []string{c.action}
			}
			if got := allows(statementsOf(role), r); got != c.want {
				t.Errorf("that %s tags a %s with %v at %q is allowed: %t, want %t", who, c.kind, c.keys, c.action, got, c.want)
			}
		}
	}
}

func TestEachFunctionMayDoItsWorkAndNotTheOthers(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, wide).at(hubAccount, hubRegion)
	id := func(kind, prefix string) string {
		found, _ := hub.one(t, kind, prefix)
		return found
	}
	intents, ledger := id("AWS::DynamoDB::Table", "IntentsTable"), id("AWS::DynamoDB::Table", "LedgerTable")
	inbox, wakes, dead := id(queueType, "EventsQueue"), id(queueType, "WakeQueue"), id(queueType, "DeadLetters")
	alerts, key := id("AWS::SNS::Topic", "AlertTopic"), id("AWS::KMS::Key", "Key")
	scheduleRole := id(roleType, "ScheduleRole") + ".Arn"
	via := func(service string) map[string][]string {
		return map[string][]string{"kms:ViaService": {service + ".eu-west-1.amazonaws.com"}}
	}
	pass := func(service string) map[string][]string { return map[string][]string{"iam:PassedToService": {service}} }
	const schedules = "arn:aws:scheduler:eu-west-1:111122223333:schedule/"

	type check struct {
		action, resource    string
		context             map[string][]string
		dispatch, reconcile bool
	}
	checks := []check{
		{"dynamodb:GetRecords", intents + ".StreamArn", nil, true, false},
		{"dynamodb:PutItem", intents + ".Arn", nil, false, false},
		{"dynamodb:DeleteTable", ledger + ".Arn", nil, false, false},
		{"dynamodb:Scan", ledger + ".Arn", nil, false, false},
		{"sqs:SendMessage", wakes + ".Arn", nil, true, true},
		{"sqs:SendMessage", inbox + ".Arn", nil, false, false},
		{"sqs:SendMessage", dead + ".Arn", nil, true, false},
		{"sqs:ReceiveMessage", inbox + ".Arn", nil, true, false},
		{"sqs:DeleteMessage", inbox + ".Arn", nil, true, false},
		{"sqs:GetQueueAttributes", inbox + ".Arn", nil, true, false},
		{"sqs:ReceiveMessage", wakes + ".Arn", nil, false, true},
		{"sqs:DeleteMessage", wakes + ".Arn", nil, false, true},
		{"sqs:GetQueueAttributes", wakes + ".Arn", nil, false, true},
		{"sns:Publish", "arn:aws:sns:eu-west-1:111122223333:other", nil, false, false},
		{"events:PutEvents", "arn:aws:events:eu-west-1:111122223333:event-bus/default", nil, false, false},
		{"scheduler:CreateSchedule", schedules + "default/unit-1", nil, false, false},
		{"iam:PassRole", scheduleRole, pass("scheduler.amazonaws.com"), false, true},
		{"iam:PassRole", scheduleRole, pass("lambda.amazonaws.com"), false, false},
		{"iam:PassRole", "arn:aws:iam::111122223333:role/admin", pass("scheduler.amazonaws.com"), false, false},
		{"sts:AssumeRole", "arn:aws:iam::444455556666:role/Wide-spoke-eu-west-1", nil, false, true},
		{"sts:AssumeRole", "arn:aws:iam::777788889999:role/Wide-spoke-eu-west-1", nil, false, true},
		{"sts:AssumeRole", "arn:aws:iam::999999999999:role/Wide-spoke-eu-west-1", nil, false, false},
		{"sts:AssumeRole", "arn:aws:iam::444455556666:role/admin", nil, false, false},
		{"kms:Decrypt", key + ".Arn", via("dynamodb"), true, true},
		{"kms:Decrypt", key + ".Arn", via("sns"), false, true},
		{"kms:GenerateDataKey", key + ".Arn", via("sns"), false, true},
		{"kms:GenerateDataKey", key + ".Arn", via("dynamodb"), true, true},
		{"kms:GenerateDataKey", key + ".Arn", via("s3"), false, false},
		{"kms:ScheduleKeyDeletion", key + ".Arn", via("dynamodb"), false, false},
		{"ec2:DeleteSecurityGroup", "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1", map[string][]string{"aws:RequestedRegion": {hubRegion}}, false, false},
	}
	add := func(actions []string, resource string, dispatch, reconcile bool) {
		for _, a := range actions {
			checks = append(checks, check{a, resource, nil, dispatch, reconcile})
		}
	}
	add(calls[store.Reader]("dynamodb"), intents+".Arn", true, true)
	add([]string{"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}, ledger+".Arn", true, true)
	writes := slices.DeleteFunc(calls[dynamo.Client]("dynamodb"), func(c string) bool {
		return slices.Contains([]string{"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:TransactWriteItems"}, c)
	})
	add(append(writes, "dynamodb:ConditionCheckItem"), ledger+".Arn", false, true)
	add([]string{"dynamodb:PutItem"}, ledger+".Arn", true, true) // dispatch records which events came
	add(calls[schedule.Client]("scheduler"), schedules+"Wide/unit-1", false, true)
	add(calls[notify.SNS]("sns"), alerts, false, true)
	add(calls[notify.EventBridge]("events"), "arn:aws:events:eu-west-1:111122223333:event-bus/wide", false, true)

	_, dispatch := hub.one(t, roleType, "DispatchRole")
	_, reconcile := hub.one(t, roleType, "ReconcileRole")
	for _, c := range checks {
		r := request{action: c.action, resource: c.resource, context: c.context}
		if got := allows(statementsOf(dispatch), r); got != c.dispatch {
			t.Errorf("that dispatch may %s on %s with %v is %t, want %t", c.action, c.resource, c.context, got, c.dispatch)
		}
		if got := allows(statementsOf(reconcile), r); got != c.reconcile {
			t.Errorf("that reconcile may %s on %s with %v is %t, want %t", c.action, c.resource, c.context, got, c.reconcile)
		}
	}
}

func TestWithoutSpokesNoRoleCanBeAssumed(t *testing.T) {
	t.Parallel()
	_, reconcile := synthesised(t, narrow).at(hubAccount, hubRegion).one(t, roleType, "ReconcileRole")
	for _, s := range statementsOf(reconcile) {
		if slices.Contains(texts(dig(s, "Action")), "sts:AssumeRole") {
			t.Errorf("reconcile may assume %v", dig(s, "Resource"))
		}
	}
}

func TestSchedulesOfTheGroupAloneTakeTheScheduleRole(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, narrow).at(hubAccount, hubRegion)
	_, role := hub.one(t, roleType, "ScheduleRole")
	trust := list(dig(role.Properties, "AssumeRolePolicyDocument", "Statement"))
	for source, want := range map[string]bool{
		"arn:aws:scheduler:eu-west-1:111122223333:schedule-group/Cachegate": true,
		"arn:aws:scheduler:eu-west-1:111122223333:schedule-group/default":   false,
	} {
		r := request{principal: "scheduler.amazonaws.com", action: "sts:AssumeRole", context: map[string][]string{
			"aws:SourceArn": {source}, "aws:SourceAccount": {hubAccount},
		}}
		if got := allows(trust, r); got != want {
			t.Errorf("that schedules of %s take the role is allowed: %t, want %t", source, got, want)
		}
	}
	inbox, _ := hub.one(t, queueType, "EventsQueue")
	dead, _ := hub.one(t, queueType, "DeadLetters")
	for _, s := range statementsOf(role) {
		if got := texts(dig(s, "Resource")); !slices.Equal(got, []string{inbox + ".Arn", dead + ".Arn"}) || dig(s, "Action") != "sqs:SendMessage" {
			t.Errorf("schedules may %v on %v", dig(s, "Action"), got)
		}
	}
}

func TestEveryRoleFitsTheQuotas(t *testing.T) {
	t.Parallel()
	const maxPolicies, maxName = 10240, 64
	for name := range contexts {
		for id, role := range synthesised(t, name).at("111122223333", "ap-southeast-2").of(t, roleType) {
			size := 0
			for _, p := range list(role.Properties["Policies"]) {
				text, err := json.Marshal(dig(p, "PolicyDocument"))
				if err != nil {
					t.Fatal(err)
				}
				size += len(text)
			}
			// Ids stand for ARNs here, which are longer.
			if size > maxPolicies*2/3 {
				t.Errorf("%s %s has policies of %d characters, of %d, without its longest ARNs", name, id, size, maxPolicies)
			}
			if n, _ := role.Properties["RoleName"].(string); len(n) > maxName {
				t.Errorf("%s %s is called %s, which is too long", name, id, n)
			}
		}
	}
}
