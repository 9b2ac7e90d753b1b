// Package wake carries wake-ups from whoever wants a unit to be looked at to
// whoever looks: the messages, the queue that they go through, and the rule by
// which a storm of them becomes one.
//
// The queue is FIFO with the unit as message group, so that a unit has one run at
// a time. The deduplication id is the unit and a time bucket of the sender's
// clock, and the queue holds every message back for longer than a bucket. So of
// all that is sent within a bucket the first message alone counts, and it is
// received when the last of them was sent: nothing that happened before a
// wake-up is missed by the run that it stands for.
package wake

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/network"
)

const (
	// Bucket is the time in which wake-ups of a unit become one.
	Bucket = 30 * time.Second
	// Skew is by how much the clocks of two senders may differ.
	Skew = 5 * time.Second
	// Delay is how long the queue holds a message back.
	Delay = Bucket + Skew
)

// Message asks for a run of a unit.
type Message struct {
	// Unit is what network.Unit prints.
	Unit string `json:"unit"`
	// Trigger says for people what woke the unit: "event RevokeSecurityGroupIngress …", "sweep".
	Trigger string `json:"trigger"`
	// Events are those behind the wake-up: they say who did what, never what is.
	Events []Seen `json:"events,omitempty"`
	// Round counts how often the work was handed on: zero where it is new.
	Round int `json:"round,omitempty"`
	// Sent is when the wake-up was sent, in RFC 3339.
	Sent time.Time `json:"sent"`
}

// Seen is what a run needs of an event: who did what to which resources.
type Seen struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Time      time.Time    `json:"time"`
	Actor     events.Actor `json:"actor"`
	Resources []string     `json:"resources"`
}

// maxResources bounds the resources of an event that a message names: a call may
// name a thousand.
const maxResources = 200

// See gives what is kept of an event.
func See(e events.Event) Seen {
	ids := e.ResourceIDs()
	if len(ids) > maxResources {
		ids = ids[:maxResources]
	}
	seen := Seen{ID: e.ID, Name: e.Name, Time: e.Time, Actor: e.Actor, Resources: ids}
	if year := e.Time.Year(); year < 0 || year > 9999 { // RFC 3339 has no such year
		seen.Time = time.Time{}
	}
	return seen
}

// Event gives the event back, as far as it was kept.
func (s Seen) Event() events.Event {
	e := events.Event{ID: s.ID, Name: s.Name, Time: s.Time, Actor: s.Actor}
	for _, id := range s.Resources {
		e.Resources = append(e.Resources, events.Resource{ID: id})
	}
	return e
}

// maxBytes keeps a call, and so a message too, below the 256 KB that SQS takes in
// every Region.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const maxBytes = 200 << 10

// unsendable are the characters that JSON takes as they are and SQS does not.
var unsendable = strings.NewReplacer("\ufffe", "\ufffd", "\uffff", "\ufffd")

// body gives the message as text that SQS takes. Where it would be too long, the
// earlier half of its events is left out until it fits: what a run does is not up
// to them.
func (m Message) body() string {
	for {
		data, _ := json.Marshal(m) // strings cannot fail, nor times of four-digit years
		if len(data) <= maxBytes || len(m.Events) == 0 {
			return unsendable.Replace(string(data))
		}
		m.Events = m.Events[(len(m.Events)+1)/2:]
	}
}

// Parse reads a message of the queue.
func Parse(body string) (Message, network.Unit, error) {
	var m Message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return Message{}, network.Unit{}, fmt.Errorf("reading a wake-up: %w", err)
	}
	unit, err := network.ParseUnit(m.Unit)
	if err != nil {
		return Message{}, network.Unit{}, fmt.Errorf("reading a wake-up: %w", err)
	}
	return m, unit, nil
}

// Call is what schedules send to dispatch, beside the events of EventBridge.
type Call struct {
	// Trigger is TriggerSweep or TriggerSchedule.
	Trigger string `json:"trigger"`
	// Unit is the unit that a schedule is for.
	Unit string `json:"unit,omitempty"`
}

// The triggers of a Call.
const (
	TriggerSweep    = "sweep"
	TriggerSchedule = "schedule"
)

// call is how a Call stands in a message, so that no EventBridge event reads as one.
type call struct {
	Cachegate *Call `json:"cachegate"`
}

// SweepInput is what the sweep's schedule sends.
func SweepInput() string { return encode(Call{Trigger: TriggerSweep}) }

// ScheduleInput is what a unit's own schedule sends.
func ScheduleInput(unit network.Unit) string {
	return encode(Call{Trigger: TriggerSchedule, Unit: unit.String()})
}

// ParseCall reads a Call; ok is false where a message is something else.
func ParseCall(body []byte) (c Call, ok bool) {
	var read call
	if err := json.Unmarshal(body, &read); err != nil || read.Cachegate == nil {
		return Call{}, false
	}
	return *read.Cachegate, true
}

func encode(c Call) string {
	data, _ := json.Marshal(call{Cachegate: &c}) // strings cannot fail
	return string(data)
}
