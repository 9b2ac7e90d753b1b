package stacks

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/schedule"
	"github.com/cachegate/cachegate/shared/settings"
)

// addRoles makes the role of each function. None takes a policy that AWS manages:
// even the one for logs lets a function write to every log group.
func (h *hub) addRoles() {
	h.roles[settings.Dispatch] = h.role("DispatchRole", "", map[string][]allow{
		"Work": {
			h.readIntents(),
			{sid: "ReadLedger", actions: dynamoActions(isRead), resources: []string{*h.ledger.TableArn()}},
			// Which events came for which unit is all that dispatch writes.
			{sid: "RecordEvents", actions: []string{"dynamodb:PutItem"}, resources: []string{*h.ledger.TableArn()}},
			h.decrypt("dynamodb"),
			h.encrypt("dynamodb"),
			h.send(),
		},
		"Receive": {receive("ReceiveEvents", *h.events.QueueArn()), h.followStream(), h.listStreams(), h.putAside()},
		"Log":     {h.writeLogs(settings.Dispatch)},
	})
	work := []allow{
		h.readIntents(),
		{sid: "KeepLedger", actions: dynamoActions(nil), resources: []string{*h.ledger.TableArn()}},
		h.decrypt("dynamodb", "sns"),
		h.encrypt("dynamodb", "sns"),
		h.send(),
		h.tell(),
		{sid: "TellBus", actions: actionsOf[notify.EventBridge]("events", nil), resources: []string{h.options.busARN(h.place)}},
	}
	work = append(work, h.keepSchedules()...)
	if spokes := h.spokeRoles(); len(spokes) > 0 {
		work = append(work, allow{sid: "ActInSpokes", actions: []string{"sts:AssumeRole"}, resources: spokes})
	}
	named := networkAccess(h.options, h.place.account, h.regions())
	named["Work"] = work
	named["Receive"] = []allow{receive("ReceiveWakeUps", *h.wake.QueueArn(), *h.later.QueueArn())}
	named["Log"] = []allow{h.writeLogs(settings.Reconcile)}
	h.roles[settings.Reconcile] = h.role("ReconcileRole", h.options.reconcileRole(h.place), named)
}

// role makes a function's role; the spokes trust the one that has a name by it.
func (h *hub) role(id, name string, named map[string][]allow) awsiam.Role {
	props := &awsiam.RoleProps{AssumedBy: service("lambda.amazonaws.com"), InlinePolicies: policies(named)}
	if name != "" {
		props.RoleName = jsii.String(name)
	}
	return awsiam.NewRole(h.stack, jsii.String(id), props)
}

// regions are those to look at: the hub's own and those that the context names.
func (h *hub) regions() []string { return append([]string{h.place.region}, h.options.Regions...) }

func (h *hub) spokeRoles() []string {
	var roles []string
	for _, account := range h.options.SpokeAccounts {
		roles = append(roles, h.options.spokeRoleARN(h.place, account))
	}
	return roles
}

// dynamoActions are what the ledger's calls need. A transaction has no right of its
// own: IAM asks for those of its puts, updates and deletes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
func dynamoActions(keep func(string) bool) []string {
	actions := actionsOf[dynamo.Client]("dynamodb", func(call string) bool {
		return call != "TransactWriteItems" && (keep == nil || keep(call) || slices.Contains([]string{"BatchGetItem", "Query"}, call))
	})
	if keep == nil { // what is written at once is written under the lease
		actions = append(actions, "dynamodb:ConditionCheckItem")
		slices.Sort(actions)
	}
	return actions
}

func (h *hub) readIntents() allow {
	return allow{sid: "ReadIntents", actions: actionsOf[store.Reader]("dynamodb", nil), resources: []string{*h.intents.TableArn()}}
}

// decrypt is what reading the tables and their stream takes, since both are
// encrypted with the stack's key.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
func (h *hub) decrypt(services ...string) allow {
	return allow{
		sid: "Decrypt", actions: []string{"kms:Decrypt", "kms:DescribeKey"}, resources: h.keys(),
		conditions: h.through(services),
	}
}

// encrypt is what writing to the tables and publishing to the topics takes beside.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (h *hub) encrypt(services ...string) allow {
	return allow{
		sid:       "Encrypt",
		actions:   []string{"kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
		resources: h.keys(), conditions: h.through(services),
	}
}

// keys are those of tables and topics.
func (h *hub) keys() []string {
	keys := []string{*h.key.KeyArn()}
	if h.options.OldTables.Key != "" {
		keys = append(keys, *h.tablesKey.KeyArn())
	}
	return keys
}

// through narrows the use of the key to what services do for the role.
func (h *hub) through(services []string) map[string]any {
	var via []string
	for _, s := range services {
		via = append(via, s+"."+h.place.region+".amazonaws.com")
	}
	return map[string]any{"StringEquals": map[string]any{"kms:ViaService": via}}
}

func (h *hub) send() allow {
	return allow{sid: "Wake", actions: []string{"sqs:SendMessage"}, resources: []string{*h.wake.QueueArn(), *h.later.QueueArn()}}
}

func (h *hub) tell() allow {
	return allow{sid: "Tell", actions: actionsOf[notify.SNS]("sns", nil), resources: []string{*h.alerts.TopicArn(), *h.chat.TopicArn()}}
}

// keepSchedules are the rights to the schedules of the units, and to hand their
// role to Scheduler and to nobody else.
func (h *hub) keepSchedules() []allow {
	return []allow{
		{
			sid:       "KeepSchedules",
			actions:   actionsOf[schedule.Client]("scheduler", nil),
			resources: []string{arn("scheduler", h.place.region, h.place.account, "schedule/"+h.options.Name+"/*")},
		},
		{
			sid: "PassScheduleRole", actions: []string{"iam:PassRole"}, resources: []string{*h.scheduleRole.RoleArn()},
			conditions: map[string]any{"StringEquals": map[string]any{"iam:PassedToService": "scheduler.amazonaws.com"}},
		},
	}
}

// receive is what Lambda's poller needs of a queue, which acts with the function's role.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
func receive(sid string, queues ...string) allow {
	return allow{sid: sid, actions: []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}, resources: queues}
}

// followStream is what the poller needs of the stream, and putAside what it needs
// to keep the keys of records that failed.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
func (h *hub) followStream() allow {
	return allow{
		sid: "FollowIntents", actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"},
		resources: []string{*h.intents.TableStreamArn()},
	}
}

func (h *hub) putAside() allow {
	return allow{sid: "PutAside", actions: []string{"sqs:SendMessage"}, resources: []string{*h.deadLetters.QueueArn()}}
}

// listStreams is not narrowed, because IAM knows no type of resource for it; it
// gives names alone. Lambda makes no event source without it.
func (h *hub) listStreams() allow {
	return allow{sid: "ListStreams", actions: []string{"dynamodb:ListStreams"}, resources: []string{"*"}}
}

func (h *hub) writeLogs(function string) allow {
	return allow{sid: "Log", actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, resources: []string{*h.logs[function].LogGroupArn()}}
}
