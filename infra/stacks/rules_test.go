package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/events/patterntest"
)

const ruleType = "AWS::Events::Rule"

// rulesOn gives the patterns of the rules on a bus, "" being the default one.
func rulesOn(t *testing.T, in template, bus string) map[string]patterntest.Pattern {
	t.Helper()
	out := map[string]patterntest.Pattern{}
	for id, r := range in.of(t, ruleType) {
		on, _ := r.Properties["EventBusName"].(string)
		if on != bus {
			continue
		}
		text, err := json.Marshal(r.Properties["EventPattern"])
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > events.MaxPatternLength {
			t.Errorf("the pattern of %s has %d characters, of %d", id, len(text), events.MaxPatternLength)
		}
		if out[id], err = patterntest.Parse(text); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if r.Properties["State"] != "ENABLED" {
			t.Errorf("rule %s is %v", id, r.Properties["State"])
		}
	}
	return out
}

func matching(t *testing.T, rules map[string]patterntest.Pattern, event []byte) []string {
	t.Helper()
	var out []string
	for id, p := range rules {
		ok, err := p.Matches(event)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			out = append(out, id)
		}
	}
	return out
}

// ignoredByCode are samples that rules let through and dispatch drops.
func watched(s events.Sample) bool { return s.Family != events.FamilyIgnored }

func TestEveryWatchedEventMatchesOneRuleAndNoOtherEventMatchesAny(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, wide).at(hubAccount, hubRegion)
	_, bus := hub.one(t, "AWS::Events::EventBus", "Bus")
	for where, rules := range map[string]map[string]patterntest.Pattern{
		"the hub's default bus":   rulesOn(t, hub, ""),
		"the hub's own bus":       rulesOn(t, hub, fmt.Sprint(bus.Properties["Name"])),
		"a spoke's default bus":   rulesOn(t, synthesised(t, wideSpoke).at(spokeAccount, hubRegion), ""),
		"a narrow hub's":          rulesOn(t, synthesised(t, narrow).at(hubAccount, hubRegion), ""),
		"a narrow spoke's (rule)": rulesOn(t, synthesised(t, narrowSpoke).at(spokeAccount, hubRegion), ""),
	} {
		n := 0
		for _, s := range events.Samples() {
			data := s.Data
			if where == "the hub's own bus" { // the samples' network has an account more
				data = []byte(strings.ReplaceAll(string(data), `"account": "123456789012"`, `"account": "`+otherSpoke+`"`))
			}
			got := matching(t, rules, data)
			if want := map[bool]int{true: 1, false: 0}[watched(s)]; len(got) != want {
				t.Errorf("on %s, %s.%s matches %v", where, s.Family, s.Name, got)
			}
			n += len(got)
		}
		if n < 50 {
			t.Errorf("on %s only %d samples match", where, n)
		}
	}
}

func TestTheHubsBusTakesEventsOfItsAccountsAndOfNoOther(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[string]bool{
		wide:   {hubAccount: true, spokeAccount: true, otherSpoke: true, "999999999999": false},
		narrow: {hubAccount: true, spokeAccount: false, otherSpoke: false, "999999999999": false},
	} {
		hub := synthesised(t, name).at(hubAccount, hubRegion)
		_, bus := hub.one(t, "AWS::Events::EventBus", "Bus")
		rules := rulesOn(t, hub, fmt.Sprint(bus.Properties["Name"]))
		for account, expect := range want {
			for _, s := range events.Samples() {
				if !watched(s) {
					continue
				}
				var event map[string]any
				if err := json.Unmarshal(s.Data, &event); err != nil {
					t.Fatal(err)
				}
				event["account"] = account
				data, _ := json.Marshal(event)
				if got := matching(t, rules, data); (len(got) == 1) != expect {
					t.Errorf("on the bus of %s, %s of account %s matches %v", name, s.Name, account, got)
				}
			}
		}
	}
}

func TestExactlyTheSpokesAccountsMayPutEventsOnTheBus(t *testing.T) {
	t.Parallel()
	for id, r := range synthesised(t, narrow).Resources {
		if r.Type == "AWS::Events::EventBusPolicy" {
			t.Errorf("%s opens the bus of a hub without spokes", id)
		}
	}
	hub := synthesised(t, wide).at(hubAccount, hubRegion)
	policies := hub.of(t, "AWS::Events::EventBusPolicy")
	if len(policies) != 1 {
		t.Errorf("%d policies open the bus, want one", len(policies))
	}
	for _, p := range policies {
		s := object(p.Properties["Statement"])
		want := []string{"arn:aws:iam::" + spokeAccount + ":root", "arn:aws:iam::" + otherSpoke + ":root"}
		if got := texts(dig(s, "Principal", "AWS")); !slices.Equal(got, want) {
			t.Errorf("the bus is open to %v, want %v", got, want)
		}
		if s["Action"] != "events:PutEvents" || s["Resource"] != "arn:aws:events:eu-west-1:111122223333:event-bus/wide" || s["Effect"] != "Allow" {
			t.Errorf("the statement is %v", s)
		}
		if got := dig(s, "Condition", "StringNotEquals", "events:source"); got != "cachegate" {
			t.Errorf("a spoke's account may put events of any source but %v, want cachegate: findings are the hub's to tell", got)
		}
	}
	if _, bus := hub.one(t, "AWS::Events::EventBus", "Bus"); bus.Properties["Name"] != "wide" {
		t.Errorf("the bus is called %v, and the statement is about wide", bus.Properties["Name"])
	}
}

func TestEveryRuleSendsToTheInboxAndKeepsWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, narrow).at(hubAccount, hubRegion)
	inbox, _ := hub.one(t, queueType, "EventsQueue")
	dead, _ := hub.one(t, queueType, "DeadLetters")
	names := map[string][]string{}
	for id, r := range hub.of(t, ruleType) {
		targets := list(r.Properties["Targets"])
		if len(targets) != 1 || dig(targets[0], "Arn") != inbox+".Arn" || dig(targets[0], "DeadLetterConfig", "Arn") != dead+".Arn" {
			t.Errorf("rule %s has targets %v", id, targets)
		}
		if dig(targets[0], "Input") != nil || dig(targets[0], "InputPath") != nil || dig(targets[0], "InputTransformer") != nil {
			t.Errorf("rule %s changes the event, which dispatch reads whole", id)
		}
		name, _ := r.Properties["Name"].(string)
		bus, _ := r.Properties["EventBusName"].(string)
		names[bus] = append(names[bus], name)
	}
	var want []string
	for _, p := range events.Patterns() {
		want = append(want, "Cachegate-"+p.Name)
	}
	slices.Sort(want)
	if len(names) != 2 {
		t.Errorf("there are rules on %d buses, want two", len(names))
	}
	for bus := range maps.Keys(names) {
		slices.Sort(names[bus])
		if !slices.Equal(names[bus], want) {
			t.Errorf("the rules on bus %q are %v, want %v", bus, names[bus], want)
		}
	}
}

func TestOnlyTheDeploymentsRulesMaySendToTheQueues(t *testing.T) {
	t.Parallel()
	hub := synthesised(t, narrow).at(hubAccount, hubRegion)
	for _, prefix := range []string{"EventsQueue", "DeadLetters"} {
		_, policy := hub.one(t, "AWS::SQS::QueuePolicy", prefix+"Policy")
		statements := list(dig(policy.Properties, "PolicyDocument", "Statement"))
		for rule, want := range map[string]bool{
			"rule/Cachegate-network": true, "rule/cachegate/Cachegate-network": true, "rule/Other": false, "rule/other/Cachegate-network": false,
		} {
			req := request{
				principal: "events.amazonaws.com", action: "sqs:SendMessage", resource: strings.TrimSuffix(texts(dig(statements[1], "Resource"))[0], ""),
				context: map[string][]string{"aws:SourceArn": {"arn:aws:events:eu-west-1:111122223333:" + rule}, "aws:SecureTransport": {"true"}},
			}
			if got := allows(statements, req); got != want {
				t.Errorf("that %s sends to %s is allowed: %t, want %t", rule, prefix, got, want)
			}
			req.context["aws:SecureTransport"] = []string{"false"}
			if allows(statements, req) {
				t.Errorf("%s sends to %s without TLS", rule, prefix)
			}
		}
	}
}
