package schedule_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/cachegate/cachegate/shared/awstest"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/schedule"
	"github.com/cachegate/cachegate/shared/wake"
)

var (
	noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	unit = network.Unit{Location: network.Location{Account: "111122223333", Region: "us-east-1"}, VPC: "vpc-0a"}
)

// service is EventBridge Scheduler with one group.
type service struct {
	t         *testing.T
	schedules map[string]scheduler.CreateScheduleInput
	calls     []string
	tokens    map[string]bool
	// before is called before every call, with its number from 1; its error is the answer.
	before func(n int) error
}

func (s *service) answer(operation string, input any) (any, error) {
	s.calls = append(s.calls, operation)
	switch in := input.(type) {
	case *scheduler.CreateScheduleInput:
		s.tokens[aws.ToString(in.ClientToken)] = true
	case *scheduler.UpdateScheduleInput:
		s.tokens[aws.ToString(in.ClientToken)] = true
	}
	if s.before != nil {
		if err := s.before(len(s.calls)); err != nil {
			return nil, err
		}
	}
	switch in := input.(type) {
	case *scheduler.CreateScheduleInput:
		if _, there := s.schedules[*in.Name]; there {
			return nil, &types.ConflictException{}
		}
		s.put(*in)
		return &scheduler.CreateScheduleOutput{}, nil
	case *scheduler.UpdateScheduleInput:
		if _, there := s.schedules[*in.Name]; !there {
			return nil, &types.ResourceNotFoundException{}
		}
		s.put(scheduler.CreateScheduleInput(*in))
		return &scheduler.UpdateScheduleOutput{}, nil
	case *scheduler.DeleteScheduleInput:
		if _, there := s.schedules[*in.Name]; !there {
			return nil, &types.ResourceNotFoundException{}
		}
		delete(s.schedules, *in.Name)
		return &scheduler.DeleteScheduleOutput{}, nil
	default:
		return nil, fmt.Errorf("Scheduler was asked for %T", input)
	}
}

// The forms that Scheduler takes.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
var (
	names    = regexp.MustCompile(`^[0-9a-zA-Z-_.]{1,64}$`)
	oneTimes = regexp.MustCompile(`^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$`)
)

func (s *service) put(in scheduler.CreateScheduleInput) {
	if !names.MatchString(*in.Name) || *in.GroupName != "prod" || !oneTimes.MatchString(*in.ScheduleExpression) || len(*in.Description) > 512 {
		s.t.Errorf("Scheduler takes no %s, %s, %s, %q", *in.Name, *in.GroupName, *in.ScheduleExpression, *in.Description)
	}
	s.schedules[*in.Name] = in
}

// start makes schedules on an empty group, at a minute past noon and a bit.
func start(t *testing.T) (*schedule.Schedules, *service) {
	t.Helper()
	s := &service{t: t, schedules: map[string]scheduler.CreateScheduleInput{}, tokens: map[string]bool{}}
	return &schedule.Schedules{
		Client: scheduler.NewFromConfig(awstest.Config(s.answer)), Group: "prod", Target: "arn:aws:sqs:us-east-1:111122223333:events",
		Role: "arn:aws:iam::111122223333:role/schedules", DeadLetters: "arn:aws:sqs:us-east-1:111122223333:dead",
		Clock: func() time.Time { return noon.Add(10 * time.Second) },
	}, s
}

func move(t *testing.T, s *schedule.Schedules, at time.Time) {
	t.Helper()
	if err := s.Move(t.Context(), unit, at); err != nil {
		t.Fatal(err)
	}
}

func TestAScheduleFiresAtTheFirstMinuteAtWhichItsTimeHasCome(t *testing.T) {
	tests := []struct {
		name string
		at   time.Time
		want time.Time
	}{
		{"a full minute", noon.Add(time.Hour), noon.Add(time.Hour)},
		{"a second past a minute", noon.Add(time.Hour + time.Second), noon.Add(time.Hour + time.Minute)},
		{"a nanosecond past a minute", noon.Add(time.Hour + 1), noon.Add(time.Hour + time.Minute)},
		{"another zone", noon.Add(time.Hour).In(time.FixedZone("", 5*3600+1800)), noon.Add(time.Hour)},
		{"sooner than Scheduler is sure to take", noon.Add(30 * time.Second), noon.Add(2 * time.Minute)},
		{"now", noon.Add(10 * time.Second), noon.Add(2 * time.Minute)},
		{"past", noon.Add(-time.Hour), noon.Add(2 * time.Minute)},
		{"further than a year away", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), noon.Add(365*24*time.Hour + time.Minute)},
		{"a year that has five digits", time.Date(50000, 1, 1, 0, 0, 0, 0, time.UTC), noon.Add(365*24*time.Hour + time.Minute)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, service := start(t)
			move(t, s, tt.at)
			got := service.schedules[schedule.Name(unit)]
			if want := "at(" + tt.want.Format("2006-01-02T15:04:05") + ")"; aws.ToString(got.ScheduleExpression) != want || aws.ToString(got.ScheduleExpressionTimezone) != "UTC" {
				t.Errorf("it fires %s in %s, want %s in UTC", aws.ToString(got.ScheduleExpression), aws.ToString(got.ScheduleExpressionTimezone), want)
			}
		})
	}
}

func TestAUnitHasOneScheduleThatMovesAndGoes(t *testing.T) {
	s, service := start(t)
	move(t, s, time.Time{}) // there is none
	move(t, s, noon.Add(time.Hour))
	move(t, s, noon.Add(2*time.Hour))
	if len(service.schedules) != 1 {
		t.Fatalf("there are %d schedules, want 1", len(service.schedules))
	}
	got := service.schedules[schedule.Name(unit)]
	if *got.ScheduleExpression != "at(2026-03-04T14:00:00)" || got.ActionAfterCompletion != types.ActionAfterCompletionDelete || got.FlexibleTimeWindow.Mode != types.FlexibleTimeWindowModeOff {
		t.Errorf("the schedule is %s, %s, %s", *got.ScheduleExpression, got.ActionAfterCompletion, got.FlexibleTimeWindow.Mode)
	}
	call, ok := wake.ParseCall([]byte(*got.Target.Input))
	if !ok || call.Trigger != wake.TriggerSchedule || call.Unit != unit.String() || *got.Target.Arn != s.Target || *got.Target.RoleArn != s.Role || *got.Target.DeadLetterConfig.Arn != s.DeadLetters {
		t.Errorf("it sends %s to %s", *got.Target.Input, *got.Target.Arn)
	}
	move(t, s, time.Time{})
	if len(service.schedules) != 0 {
		t.Error("the schedule is there after nothing is due any more")
	}
}

func TestAScheduleThatComesOrGoesMeanwhileIsSetAllTheSame(t *testing.T) {
	name := schedule.Name(unit)
	tests := []struct {
		name   string
		before func(s *service) func(n int) error
		calls  []string
	}{
		{"another run makes it between update and create", func(s *service) func(int) error {
			return func(n int) error {
				if n == 2 {
					s.schedules[name] = scheduler.CreateScheduleInput{}
				}
				return nil
			}
		}, []string{"UpdateSchedule", "CreateSchedule", "UpdateSchedule"}},
		{"it changes at the same time", func(*service) func(int) error {
			return func(n int) error {
				if n == 1 {
					return &types.ConflictException{}
				}
				return nil
			}
		}, []string{"UpdateSchedule", "UpdateSchedule", "CreateSchedule"}},
		{"it is carried out, and goes, between create and update", func(s *service) func(int) error {
			return func(n int) error {
				switch n {
				case 2:
					s.schedules[name] = scheduler.CreateScheduleInput{}
				case 3:
					delete(s.schedules, name)
				}
				return nil
			}
		}, []string{"UpdateSchedule", "CreateSchedule", "UpdateSchedule", "CreateSchedule"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, service := start(t)
			service.before = tt.before(service)
			move(t, s, noon.Add(time.Hour))
			if got := aws.ToString(service.schedules[name].ScheduleExpression); got != "at(2026-03-04T13:00:00)" {
				t.Errorf("it fires %s", got)
			}
			if !slices.Equal(service.calls, tt.calls) {
				t.Errorf("the calls are %v, want %v", service.calls, tt.calls)
			}
			if len(service.tokens) != len(service.calls) {
				t.Errorf("%d calls have %d tokens: by its token AWS takes a call for the repetition of another", len(service.calls), len(service.tokens))
			}
		})
	}
}

func TestWhatSchedulerRefusesIsAnErrorThatNamesTheUnit(t *testing.T) {
	refused := &types.ValidationException{Message: aws.String("no such role")}
	for name, at := range map[string]time.Time{"setting": noon.Add(time.Hour), "deleting": {}} {
		s, service := start(t)
		service.before = func(int) error { return refused }
		if err := s.Move(t.Context(), unit, at); !errors.Is(err, refused) || !strings.Contains(err.Error(), unit.String()) {
			t.Errorf("%s gave %v", name, err)
		}
	}
	s, service := start(t)
	service.before = func(int) error { return &types.ConflictException{} }
	if err := s.Move(t.Context(), unit, noon.Add(time.Hour)); err == nil || len(service.calls) > 6 {
		t.Errorf("a conflict without end gave %v after %d calls", err, len(service.calls))
	}
	s, service = start(t)
	service.before = func(int) error { return &types.ResourceNotFoundException{Message: aws.String("no such group")} }
	if err := s.Move(t.Context(), unit, noon.Add(time.Hour)); err == nil {
		t.Error("without the group a schedule was set")
	}
}

func TestUnitsHaveSchedulesOfTheirOwnNames(t *testing.T) {
	seen := map[string]bool{}
	for _, account := range []string{"111122223333", "444455556666"} {
		for _, region := range []string{"us-east-1", "eu-west-1"} {
			for _, vpc := range []string{"vpc-0a", "vpc-0b", "pending"} {
				seen[schedule.Name(network.Unit{Location: network.Location{Account: account, Region: region}, VPC: vpc})] = true
			}
		}
	}
	if len(seen) != 12 {
		t.Errorf("12 units have %d names", len(seen))
	}
}
