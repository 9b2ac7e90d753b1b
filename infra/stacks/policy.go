package stacks

import (
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// allow is a statement that allows actions, each named.
type allow struct {
	sid                string
	actions, resources []string
	conditions         map[string]any
}

// policies makes the inline policies of a role: a part of the role itself, so that
// nothing uses it before it may.
func policies(named map[string][]allow) *map[string]awsiam.PolicyDocument {
	out := map[string]awsiam.PolicyDocument{}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		out[name] = document(named[name])
	}
	return &out
}

func document(allows []allow) awsiam.PolicyDocument {
	var statements []awsiam.PolicyStatement
	for _, a := range allows {
		statements = append(statements, statement(a))
	}
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements})
}

func statement(a allow) awsiam.PolicyStatement {
	props := &awsiam.PolicyStatementProps{
		Sid: jsii.String(a.sid), Actions: pointers(a.actions), Resources: pointers(a.resources),
	}
	if len(a.conditions) > 0 {
		props.Conditions = &a.conditions
	}
	return awsiam.NewPolicyStatement(props)
}

// actionsOf names the IAM actions that the methods of a client's interface need,
// so that a role may do what the code calls and no more. The services used here
// name their actions as their calls.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func actionsOf[Client any](service string, keep func(call string) bool) []string {
	var actions []string
	for method := range reflect.TypeFor[Client]().Methods() {
		if call := method.Name; keep == nil || keep(call) {
			actions = append(actions, service+":"+call)
		}
	}
	slices.Sort(actions)
	return actions
}
