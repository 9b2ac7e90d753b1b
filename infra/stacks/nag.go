package stacks

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// explain tells cdk-nag why a finding stands. appliesTo are the parts of the
// finding that the reason is good for.
func explain(c constructs.IConstruct, rule, reason string, appliesTo ...string) {
	var parts []any
	for _, a := range appliesTo {
		parts = append(parts, a)
	}
	cdknag.NagSuppressions_AddResourceSuppressions(c, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String(rule), Reason: jsii.String(reason), AppliesTo: &parts,
	}}, jsii.Bool(true))
}

func (h *hub) explainToNag() {}
