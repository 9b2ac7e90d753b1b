package stacks

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/notify"
)

// addBus makes the bus that spokes forward to and that findings are told on, and
// lets the spokes' accounts, and no others, put events there.
func (h *hub) addBus() {
	h.bus = awsevents.NewCfnEventBus(h.stack, jsii.String("Bus"), &awsevents.CfnEventBusProps{
		Name:        jsii.String(h.options.bus()),
		Description: jsii.String("Events that the spokes forward, and the findings of " + h.options.Name),
	})
	if len(h.options.SpokeAccounts) == 0 {
		return
	}
	accounts := make([]string, 0, len(h.options.SpokeAccounts))
	for _, a := range h.options.SpokeAccounts {
		accounts = append(accounts, arn("iam", "", a, "root"))
	}
	awsevents.NewCfnEventBusPolicy(h.stack, jsii.String("BusPolicy"), &awsevents.CfnEventBusPolicyProps{
		EventBusName: h.bus.Ref(),
		StatementId:  jsii.String("SpokesForward"),
		Statement: map[string]any{
			"Sid": "SpokesForward", "Effect": "Allow", "Principal": map[string]any{"AWS": accounts},
			"Action": "events:PutEvents", "Resource": h.options.busARN(h.place),
			// Findings come from the hub's own functions, never from a spoke's account.
			// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
			"Condition": map[string]any{"StringNotEquals": map[string]any{"events:source": notify.EventSource}},
		},
	})
}

// addRules makes a rule for each pattern on two buses: the account's default one,
// where its own events of this Region arrive, and the hub's own, where those of
// other accounts and Regions do.
func (h *hub) addRules() {
	target := awsevents.CfnRule_TargetProperty{
		Id: jsii.String("EventsQueue"), Arn: h.events.QueueArn(),
		DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: h.deadLetters.QueueArn()},
	}
	accounts := append([]string{h.place.account}, h.options.SpokeAccounts...)
	for _, p := range events.Patterns() {
		newRule(h.stack, "Rule-"+p.Name, h.options, p, target)
		r := newRule(h.stack, "BusRule-"+p.Name, h.options, p, target)
		pattern := patternOf(p)
		pattern["account"] = accounts
		r.SetEventPattern(pattern)
		r.SetEventBusName(jsii.String(h.options.bus()))
		r.AddResourceDependency(h.bus, nil)
	}
}

// newRule makes the rule of a pattern on the default bus.
func newRule(stack awscdk.Stack, id string, o Options, p events.Pattern, target awsevents.CfnRule_TargetProperty) awsevents.CfnRule {
	return awsevents.NewCfnRule(stack, jsii.String(id), &awsevents.CfnRuleProps{
		Name:         jsii.String(o.rule(p.Name)),
		Description:  jsii.String("Changes that may affect who can reach a cache: " + p.Source),
		EventPattern: patternOf(p),
		State:        jsii.String("ENABLED"),
		Targets:      []any{target},
	})
}

func patternOf(p events.Pattern) map[string]any {
	var pattern map[string]any
	_ = json.Unmarshal([]byte(p.JSON), &pattern) // it was made by json.Marshal
	return pattern
}
