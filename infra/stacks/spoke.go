package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/events"
)

// spoke is a spoke's stack while it is put together.
type spoke struct {
	stack       awscdk.Stack
	options     Options
	place, hub  place
	deadLetters awssqs.Queue
	forwarder   awsiam.Role
	role        awsiam.CfnRole
}

// NewSpoke makes the stack of a spoke: an account and Region other than the hub's.
//
// The same stack goes into every such place, and CloudFormation leaves out there
// what is not wanted: the role, which is global, is made in one Region of another
// account; and where the hub itself is, nothing is forwarded, since its events
// would come twice. So the command is the same everywhere but for the credentials.
func NewSpoke(scope constructs.Construct, o Options) awscdk.Stack {
	s := &spoke{
		stack: awscdk.NewStack(scope, jsii.String(o.Name+"Spoke"), &awscdk.StackProps{
			Description: jsii.String("cachegate: lets the hub in account " + o.HubAccount + " see and act here"),
		}),
		options: o, place: here(), hub: place{account: o.HubAccount, region: o.HubRegion},
	}
	s.addDeadLetters()
	s.addForwarding()
	s.addRole()
	s.explainToNag()
	return s.stack
}

func (s *spoke) addDeadLetters() {
	s.deadLetters = queue(s.stack, "DeadLetters", &awssqs.QueueProps{RetentionPeriod: seconds(retention)})
	takeFromRules(s.deadLetters, []string{arn("events", s.place.region, s.place.account, "rule/"+s.options.rule("*"))})
}

// addForwarding makes the rules that send what is watched to the hub's bus.
// Network Manager's events come to us-west-2 whatever they are about; in other
// Regions its rule waits in vain.
func (s *spoke) addForwarding() {
	rules := arn("events", s.place.region, s.place.account, "rule/"+s.options.rule("*"))
	s.forwarder = awsiam.NewRole(s.stack, jsii.String("ForwardRole"), &awsiam.RoleProps{
		Description: jsii.String("Lets the rules of " + s.options.Name + " send to the hub's bus"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{
				"StringEquals": map[string]any{"aws:SourceAccount": s.place.account},
				"ArnLike":      map[string]any{"aws:SourceArn": rules},
			},
		}),
		InlinePolicies: policies(map[string][]allow{"Forward": {{
			sid: "Forward", actions: []string{"events:PutEvents"}, resources: []string{s.options.busARN(s.hub)},
		}}}),
	})
	elsewhere := s.condition("NotTheHub", awscdk.Fn_ConditionNot(awscdk.Fn_ConditionAnd(s.inAccount(), s.inRegion(s.hub.region))))
	target := awsevents.CfnRule_TargetProperty{
		Id: jsii.String("Hub"), Arn: jsii.String(s.options.busARN(s.hub)), RoleArn: s.forwarder.RoleArn(),
		DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: s.deadLetters.QueueArn()},
	}
	for _, p := range events.Patterns() {
		newRule(s.stack, "Rule-"+p.Name, s.options, p, target).CfnOptions().SetCondition(elsewhere)
	}
}

// addRole makes the role that the hub takes on here. The account is trusted, and
// of it one role alone: were that role itself the principal, IAM would keep its
// unique id, and shut out a hub that was made anew under the same name.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
func (s *spoke) addRole() {
	regions := append([]string{s.place.region, s.hub.region}, s.options.Regions...)
	role := awsiam.NewRole(s.stack, jsii.String("Role"), &awsiam.RoleProps{
		RoleName:    jsii.String(s.options.spokeRole(s.hub)),
		Description: jsii.String("The hub of " + s.options.Name + " reads and changes networks with this role"),
		AssumedBy: awsiam.NewPrincipalWithConditions(awsiam.NewAccountPrincipal(s.hub.account), &map[string]any{
			"ArnEquals":    map[string]any{"aws:PrincipalArn": s.options.reconcileRoleARN(s.hub)},
			"StringEquals": map[string]any{"sts:ExternalId": s.options.externalID(s.hub)},
		}),
		InlinePolicies: policies(networkAccess(s.options, s.place.account, regions)),
	})
	s.role, _ = role.Node().DefaultChild().(awsiam.CfnRole)
	wanted := s.condition("OtherAccountInRolesRegion",
		awscdk.Fn_ConditionAnd(awscdk.Fn_ConditionNot(s.inAccount()), s.inRegion(s.options.RoleRegion)))
	s.role.CfnOptions().SetCondition(wanted)
	// Its absence tells whoever deploys that the account's role is made in another Region.
	awscdk.NewCfnOutput(s.stack, jsii.String("SpokeRole"), &awscdk.CfnOutputProps{Value: role.RoleArn(), Condition: wanted})
}

// inAccount is true in the hub's account.
func (s *spoke) inAccount() awscdk.ICfnRuleConditionExpression {
	return awscdk.Fn_ConditionEquals(s.place.account, s.hub.account)
}

func (s *spoke) inRegion(region string) awscdk.ICfnRuleConditionExpression {
	return awscdk.Fn_ConditionEquals(s.place.region, region)
}

func (s *spoke) condition(id string, expression awscdk.ICfnConditionExpression) awscdk.CfnCondition {
	return awscdk.NewCfnCondition(s.stack, jsii.String(id), &awscdk.CfnConditionProps{Expression: expression})
}
