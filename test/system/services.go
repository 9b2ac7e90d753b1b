package system

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bustypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cachegate/cachegate/shared/wake"
)

// answer answers the calls to what neither the network nor the tables answer.
func (s *System) answer(p *process, c call) (answered bool, out any, err error) {
	switch in := c.input.(type) {
	case *sqs.SendMessageBatchInput:
		if *in.QueueUrl == laterURL {
			return true, s.looks.send(in), nil
		}
		return true, s.wakes.send(in), nil
	case *sns.PublishInput:
		s.heard(p, in)
		return true, &sns.PublishOutput{MessageId: aws.String("1")}, nil
	case *eventbridge.PutEventsInput:
		return true, put(in), nil
	case *scheduler.UpdateScheduleInput:
		out, err = s.updateSchedule(in)
		return true, out, err
	case *scheduler.CreateScheduleInput:
		out, err = s.createSchedule(in)
		return true, out, err
	case *scheduler.DeleteScheduleInput:
		out, err = s.deleteSchedule(in)
		return true, out, err
	default:
		return false, nil, nil
	}
}

// put takes events for the bus, which nobody listens to.
func put(in *eventbridge.PutEventsInput) *eventbridge.PutEventsOutput {
	out := &eventbridge.PutEventsOutput{}
	for range in.Entries {
		out.Entries = append(out.Entries, bustypes.PutEventsResultEntry{EventId: aws.String("1")})
	}
	return out
}

// schedules are the units' own schedules.
type schedules map[string]*oneTime

// oneTime is a schedule that fires once.
type oneTime struct {
	at    time.Time
	input string
	// turn tells apart what was set at different times.
	turn int
}

func (s *System) updateSchedule(in *scheduler.UpdateScheduleInput) (*scheduler.UpdateScheduleOutput, error) {
	if s.schedules[*in.Name] == nil {
		return nil, &schedulertypes.ResourceNotFoundException{Message: aws.String("no such schedule")}
	}
	return &scheduler.UpdateScheduleOutput{}, s.setSchedule(*in.Name, *in.ScheduleExpression, *in.Target.Input)
}

func (s *System) createSchedule(in *scheduler.CreateScheduleInput) (*scheduler.CreateScheduleOutput, error) {
	if s.schedules[*in.Name] != nil {
		return nil, &schedulertypes.ConflictException{Message: aws.String("it is there")}
	}
	return &scheduler.CreateScheduleOutput{}, s.setSchedule(*in.Name, *in.ScheduleExpression, *in.Target.Input)
}

func (s *System) deleteSchedule(in *scheduler.DeleteScheduleInput) (*scheduler.DeleteScheduleOutput, error) {
	if s.schedules[*in.Name] == nil {
		return nil, &schedulertypes.ResourceNotFoundException{Message: aws.String("no such schedule")}
	}
	delete(s.schedules, *in.Name)
	return &scheduler.DeleteScheduleOutput{}, nil
}

func (s *System) setSchedule(name, expression, input string) error {
	at, err := time.Parse("at(2006-01-02T15:04:05)", expression)
	if err != nil {
		return fmt.Errorf("reading the expression of a schedule: %w", err)
	}
	s.turns++
	set := &oneTime{at: at, input: input, turn: s.turns}
	s.schedules[name] = set
	// A schedule fires within its minute.
	fires := at.Add(s.jitter("schedule", name, fmt.Sprint(s.turns)) * 40)
	s.at(fires, func() {
		if s.schedules[name] != set {
			return
		}
		delete(s.schedules, name)
		if _, lost := s.hits(ScheduleLost); lost {
			return
		}
		s.inbox.put(set.input, 0)
	})
	return nil
}

// sweepEvery is the deployment's default.
const sweepEvery = time.Hour

// sweep lets the sweep's schedule fire.
func (s *System) sweep() {
	s.inbox.put(wake.SweepInput(), s.jitter("sweep", fmt.Sprint(s.elapsed())))
	s.at(time.Now().Add(sweepEvery), s.sweep)
}

// took sends the events of what was written since the last time on their way.
func (s *System) took() {
	for _, data := range s.sim.TakeEvents() {
		s.events++
		delay := time.Second + 6*s.jitter("event", fmt.Sprint(s.events))
		if _, lost := s.hits(EventLost); lost {
			continue
		}
		if f, late := s.hits(EventLate); late {
			delay += f.For
		}
		if _, other := s.hits(EventEarlier); other {
			delay = delay%time.Second + 45*time.Second
		}
		s.inbox.put(string(data), delay)
		if f, twice := s.hits(EventDoubled); twice {
			s.inbox.put(string(data), delay+f.For)
		}
	}
}

// told is one message that people heard.
type told struct {
	at             time.Duration
	id, status     string
	kind, title    string
	severity, text string
	life           string
	// intent and cluster are what it is about, where it is about one.
	intent, cluster string
}

// heard takes what is published. There is no chat topic: it says the same, and which of
// many messages goes first would depend on the order in which Go goes through a map.
func (s *System) heard(p *process, in *sns.PublishInput) {
	var forms struct {
		Default string `json:"default"`
	}
	var f struct {
		ID, Status, Kind, Title, Detail, Fix, Severity, Intent, ClusterName string
	}
	if err := json.Unmarshal([]byte(aws.ToString(in.Message)), &forms); err != nil {
		s.violate("10", "a message is no JSON: %v", err)
		return
	}
	if err := json.Unmarshal([]byte(forms.Default), &f); err != nil {
		s.violate("10", "a message is no finding: %v", err)
		return
	}
	t := told{at: s.elapsed(), id: f.ID, status: f.Status, kind: f.Kind, title: f.Title, severity: f.Severity, text: f.Detail + f.Fix, life: p.name, intent: f.Intent, cluster: f.ClusterName}
	s.tell("people hear: %s %s: %s (%s)", f.Status, f.Kind, f.Title, f.Detail)
	s.judgeTold(t, p.losing)
}
