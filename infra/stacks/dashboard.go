package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/settings"
)

// addDashboard draws what came in, what was done about it, and how those who did
// it fare.
func (h *hub) addDashboard() {
	// Dashboards are global, as roles are.
	h.dashboard = h.options.Name + "-" + h.place.region
	board := awscloudwatch.NewDashboard(h.stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(h.dashboard),
	})
	board.AddWidgets(
		graph("Events", h.sums(metrics.Events, metrics.EventsIgnored, metrics.Wakes)),
		graph("Runs", h.sums(metrics.Runs, metrics.RunsFailed, metrics.HandedOn)),
		graph("Intents not as declared", h.most(metrics.Unsatisfied)),
	)
	board.AddWidgets(
		graph("Changes", h.sums(metrics.Changes, metrics.ChangesFailed, metrics.ChangesRefused)),
		graph("Findings told", h.sums(metrics.Findings, metrics.Untold)),
		graph("AWS calls", h.sums(metrics.AWSCalls)),
	)
	board.AddWidgets(
		graph("Longest run (ms)", h.most(metrics.RunTime)),
		graph("Age of the oldest message (s)", []awscloudwatch.IMetric{oldest(h.events), oldest(h.wake), oldest(h.later)}),
		graph("Messages in dead-letter queues", []awscloudwatch.IMetric{visible(h.deadLetters), visible(h.wakeDeadLetters)}),
	)
	board.AddWidgets(
		graph("Errors", h.ofFunctions("Errors", sum)),
		graph("Throttles", h.ofFunctions("Throttles", sum)),
		graph("Longest invocation (ms)", h.ofFunctions("Duration", maximum)),
	)
}

func graph(name string, metrics []awscloudwatch.IMetric) awscloudwatch.IWidget {
	const third, height = 8, 6 // of the 24 columns of a dashboard
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(name), Left: &metrics, Width: jsii.Number(third), Height: jsii.Number(height),
	})
}

func (h *hub) sums(names ...metrics.Name) []awscloudwatch.IMetric { return h.metrics(sum, names) }

func (h *hub) most(names ...metrics.Name) []awscloudwatch.IMetric { return h.metrics(maximum, names) }

func (h *hub) metrics(statistic string, names []metrics.Name) []awscloudwatch.IMetric {
	var out []awscloudwatch.IMetric
	for _, name := range names {
		out = append(out, h.metric(name, statistic, alarmPeriod))
	}
	return out
}

func (h *hub) ofFunctions(metric, statistic string) []awscloudwatch.IMetric {
	return []awscloudwatch.IMetric{
		h.functionMetric(settings.Dispatch, metric, statistic), h.functionMetric(settings.Reconcile, metric, statistic),
	}
}
