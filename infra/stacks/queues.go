package stacks

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/shared/wake"
)

const (
	// dispatchTimeout is long for what dispatch does: decode ten events, read the ledger, send.
	dispatchTimeout = time.Minute
	// reconcileTimeout is the longest a unit is kept from its next run by one that
	// hangs. A run stops before it and hands on what is left.
	reconcileTimeout = 5 * time.Minute

	// eventsVisibility is six times the timeout, as AWS advises, so that events
	// whose batch is throttled are not received again while they wait.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	eventsVisibility = 6 * dispatchTimeout
	// wakeVisibility is a little above the timeout. That advice does not fit here:
	// after a run that crashed, the message holds its whole group, its unit, back
	// until it is visible again; and nothing is throttled, since the event source
	// receives no more than the function may run at once.
	wakeVisibility = reconcileTimeout + 30*time.Second

	// maxReceives is how often a message is tried before it is put aside.
	maxReceives = 5
	// retention is how long people have to look at what was put aside: SQS's longest.
	retention = 14 * 24 * time.Hour
)

// addQueues makes the inbox of dispatch, the two queues with a message group a unit,
// and behind them those that keep what failed. The standard one also takes what
// EventBridge, the schedules and the table's stream could not deliver.
func (h *hub) addQueues() {
	h.deadLetters = queue(h.stack, "DeadLetters", &awssqs.QueueProps{RetentionPeriod: seconds(retention)})
	h.events = queue(h.stack, "EventsQueue", &awssqs.QueueProps{
		VisibilityTimeout: seconds(eventsVisibility),
		RetentionPeriod:   seconds(retention),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: h.deadLetters, MaxReceiveCount: jsii.Number(maxReceives)},
	})
	h.wakeDeadLetters = queue(h.stack, "WakeDeadLetters", &awssqs.QueueProps{Fifo: jsii.Bool(true), RetentionPeriod: seconds(retention)})
	h.wake = h.wakeQueue("WakeQueue", 0)
	h.later = h.wakeQueue("LaterQueue", wake.Delay)
	rules := []string{
		arn("events", h.place.region, h.place.account, "rule/"+h.options.rule("*")),
		arn("events", h.place.region, h.place.account, "rule/"+h.options.bus()+"/"+h.options.rule("*")),
	}
	for _, q := range []awssqs.Queue{h.events, h.deadLetters} {
		takeFromRules(q, rules)
	}
}

// wakeQueue makes a queue with a message group a unit, which holds messages back for a while.
func (h *hub) wakeQueue(id string, delay time.Duration) awssqs.Queue {
	return queue(h.stack, id, &awssqs.QueueProps{
		Fifo: jsii.Bool(true),
		// Deduplication ids name the unit, so a scope of one group loses nothing, and
		// it is what a quota of 3,000 messages a second and group asks for.
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
		ContentBasedDeduplication: jsii.Bool(false),
		DeduplicationScope:        awssqs.DeduplicationScope_MESSAGE_GROUP,
		FifoThroughputLimit:       awssqs.FifoThroughputLimit_PER_MESSAGE_GROUP_ID,
		DeliveryDelay:             seconds(delay),
		VisibilityTimeout:         seconds(wakeVisibility),
		RetentionPeriod:           seconds(retention),
		DeadLetterQueue:           &awssqs.DeadLetterQueue{Queue: h.wakeDeadLetters, MaxReceiveCount: jsii.Number(maxReceives)},
	})
}

// queue makes a queue that is encrypted, and reached through TLS only. Its name
// is the one that the alarms tell people to look for.
func queue(stack awscdk.Stack, id string, props *awssqs.QueueProps) awssqs.Queue {
	name := *stack.StackName() + "-" + id
	if props.Fifo != nil && *props.Fifo {
		name += ".fifo"
	}
	props.QueueName = jsii.String(name)
	props.Encryption = awssqs.QueueEncryption_SQS_MANAGED
	props.EnforceSSL = jsii.Bool(true)
	return awssqs.NewQueue(stack, jsii.String(id), props)
}

// takeFromRules lets rules send to a queue: one statement for all, since a queue's
// policy takes twenty.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
func takeFromRules(q awssqs.Queue, rules []string) {
	q.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("RulesSend"),
		Principals: &[]awsiam.IPrincipal{service("events.amazonaws.com")},
		Actions:    jsii.Strings("sqs:SendMessage"),
		Resources:  &[]*string{q.QueueArn()},
		Conditions: &map[string]any{"ArnLike": map[string]any{"aws:SourceArn": rules}},
	}))
}

func seconds(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}
