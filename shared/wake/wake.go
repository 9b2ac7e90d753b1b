// Package wake carries wake-ups from whoever wants a unit to be looked at to
// whoever looks: the messages, the queue that they go through, and the rule by
// which a storm of them becomes one. A message says which unit and why; the events
// behind it are in the ledger.
//
// There are two queues, both FIFO with the unit as message group. What wakes a unit goes
// into both: into the first one, which is received at once, so that nothing waits; and into
// the one for second looks, which holds every message back for longer than a time bucket of
// the sender's clock. The deduplication id is the unit and the bucket. So of all that is sent
// within a bucket the first message alone is received at once, and one more when the last of
// them was sent: nothing that happened before a wake-up is missed by the run that it stands
// for, and what AWS did not show at once is seen. A storm costs two runs a bucket.
//
// A unit has one run at a time: that is its lease's doing. Work that has to go on, since a
// run could not finish it or somebody else had the lease, goes into the queue for second
// looks.
package wake

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/network"
)

const (
	// Bucket is the time in which wake-ups of a unit become one.
	Bucket = 30 * time.Second
	// Skew is by how much the clocks of two senders may differ.
	Skew = 5 * time.Second
	// Delay is how long the queue for second looks holds a message back.
	Delay = Bucket + Skew
)

// Message asks for a run of a unit.
type Message struct {
	// Unit is what network.Unit prints.
	Unit string `json:"unit"`
	// Trigger says for people what woke the unit: "event RevokeSecurityGroupIngress …", "sweep".
	Trigger string `json:"trigger"`
	// Now says that a person asked for the run: it also tries what waits for a pause to end.
	Now bool `json:"now,omitempty"`
	// Round counts how often the work was handed on: zero where it is new.
	Round int `json:"round,omitempty"`
	// First says that a second look follows, whatever becomes of this one.
	First bool `json:"first,omitempty"`
	// Sent is when the wake-up was sent first, in RFC 3339: the ledger has the events that
	// came since shortly before.
	Sent time.Time `json:"sent"`
}

// maxTrigger is how many bytes of a trigger a message says, so that ten messages stay
// far below what SQS takes in one call.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const maxTrigger = 1 << 10

// unsendable are the characters that JSON takes as they are and SQS does not.
var unsendable = strings.NewReplacer("\ufffe", "\ufffd", "\uffff", "\ufffd")

// body gives the message as text that SQS takes.
func (m Message) body() string {
	m.Trigger = strings.ToValidUTF8(m.Trigger[:min(len(m.Trigger), maxTrigger)], "")
	data, _ := json.Marshal(m) // strings cannot fail, nor the time of a clock
	return unsendable.Replace(string(data))
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
