package stacks

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"

	"github.com/cachegate/cachegate/shared/wake"
)

// sweepAttempts is how often the sweep is tried; the next one is not far.
const sweepAttempts = 10

// addSchedules makes the sweep, and the group and role of the schedules that
// reconcile makes, one a unit.
func (h *hub) addSchedules() {
	h.scheduleGroup = awsscheduler.NewCfnScheduleGroup(h.stack, jsii.String("ScheduleGroup"), &awsscheduler.CfnScheduleGroupProps{
		Name: jsii.String(h.options.Name),
	})
	h.scheduleRole = awsiam.NewRole(h.stack, jsii.String("ScheduleRole"), &awsiam.RoleProps{
		Description: jsii.String("Lets the schedules of " + h.options.Name + " send to its queue"),
		// The source of a call by a schedule is the schedule's group.
		// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{
				"aws:SourceAccount": h.place.account,
				"aws:SourceArn":     arn("scheduler", h.place.region, h.place.account, "schedule-group/"+h.options.Name),
			}},
		}),
		InlinePolicies: policies(map[string][]allow{"Send": {{
			sid: "Send", actions: []string{"sqs:SendMessage"}, resources: []string{*h.events.QueueArn(), *h.deadLetters.QueueArn()},
		}}}),
	})
	// Within the window it may come when it likes, so that many deployments do not come at once.
	const windows = 4
	sweep := awsscheduler.NewCfnSchedule(h.stack, jsii.String("Sweep"), &awsscheduler.CfnScheduleProps{
		GroupName:          h.scheduleGroup.Name(),
		Name:               jsii.String("sweep"),
		Description:        jsii.String("Checks every unit, regardless of events"),
		ScheduleExpression: jsii.String(fmt.Sprintf("rate(%d minutes)", h.options.SweepMinutes)),
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{
			Mode: jsii.String("FLEXIBLE"), MaximumWindowInMinutes: jsii.Number(max(1, h.options.SweepMinutes/windows)),
		},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn: h.events.QueueArn(), RoleArn: h.scheduleRole.RoleArn(), Input: jsii.String(wake.SweepInput()),
			DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: h.deadLetters.QueueArn()},
			RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
				MaximumRetryAttempts: jsii.Number(sweepAttempts),
				// A sweep that is as late as the next one says nothing that the next does not.
				MaximumEventAgeInSeconds: jsii.Number((time.Duration(h.options.SweepMinutes) * time.Minute).Seconds()),
			},
		},
	})
	sweep.AddResourceDependency(h.scheduleGroup, nil)
}
