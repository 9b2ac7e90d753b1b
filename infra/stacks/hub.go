package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/shared/settings"
)

// functionNames are the functions of the hub.
var functionNames = []string{settings.Dispatch, settings.Reconcile}

// hub is the hub's stack while it is put together: each file of this package adds
// a part, and reads those before it.
type hub struct {
	stack   awscdk.Stack
	options Options
	place   place

	// key is that of what the stack keeps, tablesKey that of the tables: another one where the
	// tables are those of an earlier stack.
	key             awskms.Key
	tablesKey       awskms.IKey
	intents, ledger awsdynamodb.ITable

	deadLetters, wakeDeadLetters awssqs.Queue
	events, wake, later          awssqs.Queue

	alerts, chat awssns.Topic
	bus          awsevents.CfnEventBus

	scheduleGroup awsscheduler.CfnScheduleGroup
	scheduleRole  awsiam.Role

	logs      map[string]awslogs.LogGroup
	roles     map[string]awsiam.Role
	functions map[string]awslambda.Function
	dashboard string
}

// NewHub makes the hub's stack. code gives the folder of a function's bootstrap.
func NewHub(scope constructs.Construct, o Options, code func(function string) string) awscdk.Stack {
	h := &hub{
		stack: awscdk.NewStack(scope, jsii.String(o.Name), &awscdk.StackProps{
			Description: jsii.String("cachegate: keeps network access to ElastiCache clusters as it is declared"),
		}),
		options: o,
		place:   here(),
		logs:    map[string]awslogs.LogGroup{}, roles: map[string]awsiam.Role{}, functions: map[string]awslambda.Function{},
	}
	h.addKey()
	h.addTables()
	h.addQueues()
	h.addTopics()
	h.addBus()
	h.addRules()
	h.addSchedules()
	h.addLogs()
	h.addRoles()
	h.addFunctions(code)
	h.addEventSources()
	h.addAlarms()
	h.addDashboard()
	h.addTeams()
	h.addOutputs()
	h.explainToNag()
	return h.stack
}
