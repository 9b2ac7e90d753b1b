package stacks

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/settings"
)

// The rules of cdk-nag whose findings stand, each with its reason.
const (
	// ruleWildcards finds a statement whose resource holds a "*".
	ruleWildcards = "AwsSolutions-IAM5"
	// ruleDeadLetters finds a queue without another behind it.
	ruleDeadLetters = "AwsSolutions-SQS3"
)

// explain tells cdk-nag why a statement's resources hold a "*": a reason for these
// resources and no others.
func explain(c constructs.IConstruct, reason string, resources ...string) {
	appliesTo := make([]any, 0, len(resources))
	for _, r := range resources {
		appliesTo = append(appliesTo, "Resource::"+r)
	}
	suppress(c, &cdknag.NagPackSuppression{Id: jsii.String(ruleWildcards), Reason: jsii.String(reason), AppliesTo: &appliesTo})
}

func suppress(c constructs.IConstruct, s *cdknag.NagPackSuppression) {
	cdknag.NagSuppressions_AddResourceSuppressions(c, &[]*cdknag.NagPackSuppression{s}, jsii.Bool(true))
}

// explainNetworkAccess says why the resources of networkAccess are as wide as they
// are, in the form in which cdk-nag writes ARNs.
func explainNetworkAccess(c constructs.IConstruct) {
	const ec2 = "arn:<AWS::Partition>:ec2:*:"
	explain(c, "These calls list what is there: EC2 has no types of resource for its Describe calls, and those of ElastiCache and "+
		"Direct Connect are made without an id. They read, in the Regions that a condition names.", "*")
	explain(c, "These calls read what an id names, whoever owns it: shared VPCs, prefix lists of AWS, shared gateways. They read, in "+
		"the Regions that a condition names.", ec2+"*:vpc/*", ec2+"*:prefix-list/*", ec2+"*:transit-gateway-route-table/*")
	var own []string
	for _, t := range writtenResources() {
		if t != change.ResourceTransitGatewayAttachment { // below
			own = append(own, ec2+"<AWS::AccountId>:"+t+"/*")
		}
	}
	explain(c, "Which groups, tables and gateways are on the way to a cluster is declared after the deployment. They are the account's "+
		"own, in the Regions that a condition names; context requireTag narrows them further.", own...)
	explain(c, "A route of the account's own transit gateway route table may lead to an attachment that belongs to another account.",
		ec2+"*:transit-gateway-attachment/*")
}

func (h *hub) explainToNag() {
	reconcile := h.roles[settings.Reconcile]
	explainNetworkAccess(reconcile)
	explain(reconcile, "Each unit has a schedule of its own, made when the unit is known. All are in the deployment's own group.",
		"arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/"+h.options.Name+"/*")
	explain(h.roles[settings.Dispatch], "IAM has no type of resource for dynamodb:ListStreams, which Lambda asks for; it gives names alone.", "*")
}

func (s *spoke) explainToNag() {
	explainNetworkAccess(s.role)
	suppress(s.deadLetters, &cdknag.NagPackSuppression{
		Id: jsii.String(ruleDeadLetters), Reason: jsii.String("It is the dead-letter queue, of rules: cdk-nag looks for a queue that names it."),
	})
}
