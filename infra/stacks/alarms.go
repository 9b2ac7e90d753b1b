package stacks

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/settings"
)

const (
	sum     = "Sum"
	maximum = "Maximum"

	alarmPeriod = 5 * time.Minute
	day         = 24 * time.Hour

	// One failure in half an hour is a throttled call; its message is tried again.
	failuresPeriod  = 30 * time.Minute
	tooManyFailures = 3

	// maxEventsAge is far above what dispatch needs, and maxWakeAge above a delay, a
	// run that hangs and one that finishes its work.
	maxEventsAge = 10 * time.Minute
	maxWakeAge   = 20 * time.Minute
	// maxChangesAge is when what people declare is no longer looked at soon.
	maxChangesAge = 10 * time.Minute
)

// alarm says when something is wrong, and what to do then.
type alarm struct {
	id, description string
	metric          awscloudwatch.Metric
	threshold       float64
	below           bool // rather than at or above
	missing         awscloudwatch.TreatMissingData
}

func (h *hub) addAlarms() {
	action := awscloudwatchactions.NewSnsAction(h.alerts)
	for _, a := range h.alarms() {
		comparison := awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD
		if a.below {
			comparison = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
		}
		missing := a.missing
		if missing == "" {
			missing = awscloudwatch.TreatMissingData_NOT_BREACHING
		}
		made := awscloudwatch.NewAlarm(h.stack, jsii.String(a.id), &awscloudwatch.AlarmProps{
			AlarmDescription: jsii.String(h.options.Name + ": " + a.description),
			Metric:           a.metric, Threshold: jsii.Number(a.threshold), EvaluationPeriods: jsii.Number(1),
			ComparisonOperator: comparison, TreatMissingData: missing,
		})
		made.AddAlarmAction(action)
		made.AddOkAction(action)
	}
}

func (h *hub) alarms() []alarm {
	alarms := []alarm{
		{
			id: "DeadLettersAlarm", metric: visible(h.deadLetters), threshold: 1,
			description: "events, changes of intents or schedules could not be handled. Look at the messages in DeadLetters, and at the log of dispatch; the next sweep looks at every unit",
		},
		{
			id: "WakeDeadLettersAlarm", metric: visible(h.wakeDeadLetters), threshold: 1,
			description: "a unit could not be reconciled, several times over. Look at the messages in WakeDeadLetters, and at the log of reconcile",
		},
		{
			id: "EventsAgeAlarm", metric: oldest(h.events), threshold: maxEventsAge.Seconds(),
			description: "events wait too long. Look at errors and throttles of dispatch",
		},
		{
			id: "WakeAgeAlarm", metric: oldest(h.wake), threshold: maxWakeAge.Seconds(),
			description: "units wait too long. Look at errors and durations of reconcile",
		},
		{
			id: "LaterAgeAlarm", metric: oldest(h.later), threshold: maxWakeAge.Seconds(),
			description: "units wait too long for their second look. Look at errors and durations of reconcile",
		},
		{
			id: "IntentsAgeAlarm", threshold: float64(maxChangesAge.Milliseconds()),
			metric:      h.functionMetric(settings.Dispatch, "IteratorAge", maximum),
			description: "changes of the intents table wait too long. Look at errors and throttles of dispatch",
		},
		{
			id: "NoEventsAlarm", threshold: 1, below: true, missing: awscloudwatch.TreatMissingData_BREACHING,
			metric:      h.metric(metrics.Events, sum, day),
			description: "no watched event arrived for a day; until events arrive, only the sweep keeps access as declared. Check that CloudTrail records write management events here, and that the rules are enabled. In an account without changes this is not an error",
		},
		{
			// A failed run fails its message, not the invocation, so that Errors does not count it.
			id: "RunsFailedAlarm", metric: h.metric(metrics.RunsFailed, sum, failuresPeriod), threshold: tooManyFailures,
			description: "runs fail again and again. Look at the log of reconcile; after five attempts a wake-up is in WakeDeadLetters",
		},
		{
			id: "UntoldAlarm", metric: h.metric(metrics.Untold, sum, alarmPeriod), threshold: 1,
			description: "findings could not be delivered. They are in the log of reconcile, and `cachegate findings` lists those that are open",
		},
	}
	for _, name := range functionNames {
		alarms = append(alarms,
			alarm{
				id: title(name) + "ErrorsAlarm", metric: h.functionMetric(name, "Errors", sum), threshold: 1,
				description: fmt.Sprintf("%s failed. Look at its log", name),
			},
			alarm{
				id: title(name) + "ThrottlesAlarm", metric: h.functionMetric(name, "Throttles", sum), threshold: 1,
				description: fmt.Sprintf("%s was throttled: the account had no concurrency left. Lambda retries what waits", name),
			},
		)
	}
	return alarms
}

// visible is how many messages a queue holds that nobody is at.
func visible(q awssqs.Queue) awscloudwatch.Metric {
	return q.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{Period: seconds(alarmPeriod), Statistic: jsii.String(maximum)})
}

func oldest(q awssqs.Queue) awscloudwatch.Metric {
	return q.MetricApproximateAgeOfOldestMessage(&awscloudwatch.MetricOptions{Period: seconds(alarmPeriod), Statistic: jsii.String(maximum)})
}

func (h *hub) functionMetric(function, name, statistic string) awscloudwatch.Metric {
	return h.functions[function].Metric(jsii.String(name), &awscloudwatch.MetricOptions{Period: seconds(alarmPeriod), Statistic: jsii.String(statistic)})
}

// metric is one that the functions print.
func (h *hub) metric(name metrics.Name, statistic string, period time.Duration) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(metrics.Namespace), MetricName: jsii.String(string(name)),
		DimensionsMap: &map[string]*string{metrics.Dimension: jsii.String(h.options.Name)},
		Statistic:     jsii.String(statistic), Period: seconds(period),
	})
}
