package stacks

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/infra/build"
	"github.com/cachegate/cachegate/shared/settings"
)

const (
	// A function's processor grows with its memory: at 1,769 MB it has one whole.
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
	dispatchMemory  = 256
	reconcileMemory = 512

	// eventsAtOnce and eventsWindow gather a storm of events into few invocations,
	// at the price of a second.
	eventsAtOnce = 10
	eventsWindow = time.Second
	// dispatchesAtOnce keeps what a storm may ask of the ledger in bounds.
	dispatchesAtOnce = 5

	changesAtOnce = 100
	changesWindow = time.Second
	// A change of the table that cannot be handled is tried for an hour at most:
	// then the sweep has done it, and those behind it have waited long enough.
	changesAge      = time.Hour
	changesAttempts = 20

	// reconcilesAtOnce is how many units are reconciled at once from each of the two
	// queues. EC2 takes five writes a second of an account and Region, so more would only
	// wait.
	// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
	reconcilesAtOnce = 5
)

// addLogs makes the functions' log groups, which are the audit of a quarter.
func (h *hub) addLogs() {
	for _, name := range functionNames {
		h.logs[name] = awslogs.NewLogGroup(h.stack, jsii.String(title(name)+"Logs"), &awslogs.LogGroupProps{
			Retention:     awslogs.RetentionDays_THREE_MONTHS,
			EncryptionKey: h.key,
			RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
		})
	}
}

func (h *hub) addFunctions(code func(function string) string) {
	h.addFunction(settings.Dispatch, "From events to the units they touch", dispatchMemory, dispatchTimeout, code)
	h.addFunction(settings.Reconcile, "Makes one unit match what is declared", reconcileMemory, reconcileTimeout, code)
}

func (h *hub) addFunction(name, description string, memory int, timeout time.Duration, code func(string) string) {
	architecture := awslambda.Architecture_ARM_64()
	if h.options.Architecture == build.X8664 {
		architecture = awslambda.Architecture_X86_64()
	}
	h.functions[name] = awslambda.NewFunction(h.stack, jsii.String(title(name)), &awslambda.FunctionProps{
		Description:  jsii.String(description),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Handler:      jsii.String("bootstrap"),
		Architecture: architecture,
		Code:         awslambda.Code_FromAsset(jsii.String(code(name)), nil),
		MemorySize:   jsii.Number(memory),
		Timeout:      seconds(timeout),
		Environment:  environment(name, h.values()),
		// By its ARN, so that nothing that the CDK thinks of is added to the role.
		Role: awsiam.Role_FromRoleArn(h.stack, jsii.String(title(name)+"RoleAsItIs"), h.roles[name].RoleArn(),
			&awsiam.FromRoleArnOptions{Mutable: jsii.Bool(false)}),
		// The functions print JSON, and their logger asks which format is set. In it
		// Lambda's own lines are JSON too, and those of a function of its own runtime,
		// with metrics in the embedded format among them, stay as they are.
		// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
		LoggingFormat: awslambda.LoggingFormat_JSON,
		LogGroup:      h.logs[name],
	})
}

// addEventSources makes what invokes the functions.
func (h *hub) addEventSources() {
	dispatch, reconcile := h.functions[settings.Dispatch], h.functions[settings.Reconcile]
	failures := jsii.Strings("ReportBatchItemFailures")
	awslambda.NewCfnEventSourceMapping(h.stack, jsii.String("EventsSource"), &awslambda.CfnEventSourceMappingProps{
		FunctionName: dispatch.FunctionArn(), EventSourceArn: h.events.QueueArn(), FunctionResponseTypes: failures,
		BatchSize: jsii.Number(eventsAtOnce), MaximumBatchingWindowInSeconds: jsii.Number(eventsWindow.Seconds()),
		ScalingConfig: &awslambda.CfnEventSourceMapping_ScalingConfigProperty{MaximumConcurrency: jsii.Number(dispatchesAtOnce)},
	})
	awslambda.NewCfnEventSourceMapping(h.stack, jsii.String("IntentsSource"), &awslambda.CfnEventSourceMappingProps{
		FunctionName: dispatch.FunctionArn(), EventSourceArn: h.intents.TableStreamArn(), FunctionResponseTypes: failures,
		StartingPosition: jsii.String("TRIM_HORIZON"),
		BatchSize:        jsii.Number(changesAtOnce), MaximumBatchingWindowInSeconds: jsii.Number(changesWindow.Seconds()),
		BisectBatchOnFunctionError: jsii.Bool(true), MaximumRetryAttempts: jsii.Number(changesAttempts),
		MaximumRecordAgeInSeconds: jsii.Number(changesAge.Seconds()),
		DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: h.deadLetters.QueueArn()},
		},
	})
	for _, source := range []struct {
		id    string
		queue awssqs.Queue
	}{{"WakeSource", h.wake}, {"LaterSource", h.later}} {
		awslambda.NewCfnEventSourceMapping(h.stack, jsii.String(source.id), &awslambda.CfnEventSourceMappingProps{
			FunctionName: reconcile.FunctionArn(), EventSourceArn: source.queue.QueueArn(), FunctionResponseTypes: failures,
			BatchSize:     jsii.Number(1),
			ScalingConfig: &awslambda.CfnEventSourceMapping_ScalingConfigProperty{MaximumConcurrency: jsii.Number(reconcilesAtOnce)},
		})
	}
}

// values are the settings of the deployment, by their names.
func (h *hub) values() map[string]string {
	own := append([]string{h.options.reconcileRoleARN(h.place)}, h.spokeRoles()...)
	return map[string]string{
		settings.Deployment:          h.options.Name,
		settings.DefaultMode:         string(h.options.Mode),
		settings.Account:             h.place.account,
		settings.Locations:           h.locations(),
		settings.SpokeRoles:          strings.Join(h.spokeRoles(), ","),
		settings.ExternalID:          h.options.externalID(h.place),
		settings.OwnRoles:            strings.Join(own, ","),
		settings.IntentsTable:        *h.intents.TableName(),
		settings.LedgerTable:         *h.ledger.TableName(),
		settings.WakeQueue:           *h.wake.QueueUrl(),
		settings.LaterQueue:          *h.later.QueueUrl(),
		settings.AlertTopic:          *h.alerts.TopicArn(),
		settings.ChatTopic:           *h.chat.TopicArn(),
		settings.Bus:                 h.options.bus(),
		settings.ScheduleGroup:       h.options.Name,
		settings.ScheduleTarget:      *h.events.QueueArn(),
		settings.ScheduleRole:        *h.scheduleRole.RoleArn(),
		settings.ScheduleDeadLetters: *h.deadLetters.QueueArn(),
	}
}

// locations are all accounts in all Regions.
func (h *hub) locations() string {
	var out []string
	for _, account := range append([]string{h.place.account}, h.options.SpokeAccounts...) {
		for _, region := range h.regions() {
			out = append(out, account+"/"+region)
		}
	}
	return strings.Join(out, ",")
}

// environment gives a function the settings that it reads, and no others.
func environment(function string, values map[string]string) *map[string]*string {
	out := map[string]*string{}
	for _, name := range settings.Of(function) {
		value, ok := values[name]
		if !ok {
			panic("package settings has " + name + ", for which the stack has no value")
		}
		out[name] = jsii.String(value)
	}
	return &out
}

// title turns dispatch into Dispatch.
func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
