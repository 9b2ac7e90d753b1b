package wake_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/wake"
)

func TestAMessageThatNamesNoUnitIsRefused(t *testing.T) {
	for _, body := range []string{"", "{", "{}", `{"unit":"111122223333/us-east-1"}`, `{"unit":"//"}`, `[]`} {
		if _, _, err := wake.Parse(body); err == nil {
			t.Errorf("%q was read as a wake-up", body)
		}
	}
	_, u, err := wake.Parse(`{"unit":"111122223333/us-east-1/vpc-0a","trigger":"sweep","events":[{"id":"of an earlier version"}],"more":"of a later version"}`)
	if err != nil || u != unit("vpc-0a") {
		t.Errorf("got %v, %v", u, err)
	}
}

func TestOnlyCallsOfSchedulesReadAsCalls(t *testing.T) {
	tests := []struct {
		name, body string
		want       wake.Call
		ok         bool
	}{
		{"a sweep", wake.SweepInput(), wake.Call{Trigger: wake.TriggerSweep}, true},
		{"a unit's schedule", wake.ScheduleInput(unit("vpc-0a")), wake.Call{Trigger: wake.TriggerSchedule, Unit: unit("vpc-0a").String()}, true},
		{"an event", `{"source":"aws.ec2","detail-type":"x","detail":{"cachegate":{"trigger":"sweep"}}}`, wake.Call{}, false},
		{"an event of cachegate itself", `{"source":"cachegate","detail-type":"Cachegate Finding","detail":{}}`, wake.Call{}, false},
		{"an array", `[{"cachegate":{"trigger":"sweep"}}]`, wake.Call{}, false},
		{"nothing", "", wake.Call{}, false},
		{"null", `{"cachegate":null}`, wake.Call{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := wake.ParseCall([]byte(tt.body))
			if got != tt.want || ok != tt.ok {
				t.Errorf("got %v, %v; want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// What the messages are called is read by whoever looks into the queue, and by the
// functions of the version before while a deployment goes on.
func TestTheNamesInAMessageStay(t *testing.T) {
	data, err := json.Marshal(wake.Message{Unit: "a/b/c", Trigger: "sweep", Round: 2})
	must(t, err)
	for _, name := range []string{"unit", "trigger", "round", "sent"} {
		if !strings.Contains(string(data), fmt.Sprintf("%q:", name)) {
			t.Errorf("the message has no %q: %s", name, data)
		}
	}
}
