// Package schedule keeps one EventBridge Scheduler schedule for each unit: the
// next moment at which the unit has to be looked at without any event, such as
// the end of an intent.
package schedule

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/wake"
)

// Client are the calls that the schedules need.
type Client interface {
	CreateSchedule(context.Context, *scheduler.CreateScheduleInput, ...func(*scheduler.Options)) (*scheduler.CreateScheduleOutput, error)
	UpdateSchedule(context.Context, *scheduler.UpdateScheduleInput, ...func(*scheduler.Options)) (*scheduler.UpdateScheduleOutput, error)
	DeleteSchedule(context.Context, *scheduler.DeleteScheduleInput, ...func(*scheduler.Options)) (*scheduler.DeleteScheduleOutput, error)
}

// Schedules moves the units' schedules.
type Schedules struct {
	Client Client
	// Group is the schedules' group; Target the ARN of the queue that they send to,
	// Role the role with which they do, DeadLetters the ARN of the queue for what
	// they could not send.
	Group, Target, Role, DeadLetters string
	Clock                            func() time.Time
}

const (
	// soonest is how far in the future a schedule is set at least: Scheduler counts
	// in minutes, and refuses what is past.
	soonest = time.Minute
	// retries and oldest bound how long Scheduler tries to send: the sweep looks at
	// the unit anyway.
	retries = 10
	oldest  = 3600
	// farthest is how far in the future a schedule is set at most. What comes later
	// is set by the run that this one wakes: an intent may end in the year 9999.
	farthest = 365 * 24 * time.Hour
	// tries is how often a schedule is set that changes at the same time.
	tries = 3
)

// Move sets the schedule of a unit to a time; the zero time takes it away. A
// schedule deletes itself once it was carried out.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#one-time
func (s *Schedules) Move(ctx context.Context, unit network.Unit, at time.Time) error {
	name := Name(unit)
	if at.IsZero() {
		_, err := s.Client.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: aws.String(name), GroupName: aws.String(s.Group)})
		if _, gone := errors.AsType[*types.ResourceNotFoundException](err); err != nil && !gone {
			return fmt.Errorf("deleting the schedule of unit %s: %w", unit, err)
		}
		return nil
	}
	if err := s.set(ctx, s.input(unit, at)); err != nil {
		return fmt.Errorf("moving the schedule of unit %s to %s: %w", unit, at.UTC().Format(time.RFC3339), err)
	}
	return nil
}

// set changes a schedule, or makes it where there is none. A schedule that was
// carried out goes by itself, and so may come and go between the two calls.
func (s *Schedules) set(ctx context.Context, in scheduler.UpdateScheduleInput) error {
	var err error
	for range tries {
		update := in // the client fills in a token, which is to be another one for every call
		_, err = s.Client.UpdateSchedule(ctx, &update)
		if _, none := errors.AsType[*types.ResourceNotFoundException](err); none {
			create := scheduler.CreateScheduleInput(in)
			_, err = s.Client.CreateSchedule(ctx, &create)
		}
		if _, conflict := errors.AsType[*types.ConflictException](err); !conflict {
			return err
		}
	}
	return err
}

func (s *Schedules) input(unit network.Unit, at time.Time) scheduler.UpdateScheduleInput {
	return scheduler.UpdateScheduleInput{
		Name: aws.String(Name(unit)), GroupName: aws.String(s.Group),
		Description:        aws.String("the next moment that matters to " + unit.String()),
		ScheduleExpression: aws.String("at(" + s.minute(at).Format("2006-01-02T15:04:05") + ")"), ScheduleExpressionTimezone: aws.String("UTC"),
		FlexibleTimeWindow:    &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		ActionAfterCompletion: types.ActionAfterCompletionDelete,
		State:                 types.ScheduleStateEnabled,
		Target: &types.Target{
			Arn: aws.String(s.Target), RoleArn: aws.String(s.Role), Input: aws.String(wake.ScheduleInput(unit)),
			DeadLetterConfig: &types.DeadLetterConfig{Arn: aws.String(s.DeadLetters)},
			RetryPolicy:      &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(retries), MaximumEventAgeInSeconds: aws.Int32(oldest)},
		},
	}
}

// minute gives the first full minute at or after a time, or the nearest that
// Scheduler takes: it fires within a minute, and must not do so before the time
// has come.
func (s *Schedules) minute(at time.Time) time.Time {
	now := s.Clock()
	if first, last := now.Add(soonest), now.Add(farthest); at.Before(first) {
		at = first
	} else if at.After(last) {
		at = last
	}
	at = at.UTC()
	if full := at.Truncate(time.Minute); !full.Equal(at) {
		at = full.Add(time.Minute)
	}
	return at
}

// Name is the name of a unit's schedule: Scheduler takes 64 characters, and fewer
// of them than a unit has.
func Name(unit network.Unit) string {
	sum := sha256.Sum256([]byte(unit.String()))
	return "unit-" + hex.EncodeToString(sum[:16])
}
