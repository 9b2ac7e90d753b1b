package wake_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/wake"
	"github.com/cachegate/cachegate/shared/wake/waketest"
)

func TestWhatIsKeptOfAnEventComesBack(t *testing.T) {
	e := events.Event{
		ID: "e-1", Name: "RevokeSecurityGroupIngress", Time: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), Source: "aws.ec2",
		Actor:     events.Actor{Type: "AssumedRole", ARN: "arn:aws:sts::111122223333:assumed-role/admin/alice", SessionIssuer: "arn:aws:iam::111122223333:role/admin", Account: "111122223333"},
		Resources: []events.Resource{{Kind: events.KindSecurityGroup, ID: "sg-0a"}, {Kind: events.KindSecurityGroupRule, ID: "sgr-0a"}},
	}
	q := waketest.New(at().read)
	must(t, q.Sender().Wake(t.Context(), wake.Request{Unit: unit("vpc-0a"), Events: []wake.Seen{wake.See(e)}}))
	got := q.Waiting(t)[0].Events[0].Event()
	e.Source = ""
	for i := range e.Resources {
		e.Resources[i].Kind = ""
	}
	if d := cmp.Diff(e, got); d != "" {
		t.Errorf("the event came back changed (-sent +received):\n%s", d)
	}
}

func TestOfAnEventThatNamesAThousandResourcesTheFirstAreKept(t *testing.T) {
	if n := len(large(0).Resources); n != 200 {
		t.Errorf("%d resources are kept, want 200", n)
	}
}

func TestAnEventOfAYearThatCannotBeWrittenStillWakes(t *testing.T) {
	q := waketest.New(at().read)
	seen := wake.See(events.Event{ID: "e-1", Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)})
	must(t, q.Sender().Wake(t.Context(), wake.Request{Unit: unit("vpc-0a"), Events: []wake.Seen{seen}}))
	if got := q.Waiting(t)[0]; len(got.Events) != 1 || !got.Events[0].Time.IsZero() {
		t.Errorf("the message holds %v, want the event without its time", got.Events)
	}
}

func TestAMessageThatNamesNoUnitIsRefused(t *testing.T) {
	for _, body := range []string{"", "{", "{}", `{"unit":"111122223333/us-east-1"}`, `{"unit":"//"}`, `[]`} {
		if _, _, err := wake.Parse(body); err == nil {
			t.Errorf("%q was read as a wake-up", body)
		}
	}
	_, u, err := wake.Parse(`{"unit":"111122223333/us-east-1/vpc-0a","trigger":"sweep","more":"of a later version"}`)
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
	data, err := json.Marshal(wake.Message{Unit: "a/b/c", Trigger: "sweep", Round: 2, Events: []wake.Seen{{}}})
	must(t, err)
	for _, name := range []string{"unit", "trigger", "events", "round", "sent"} {
		if !strings.Contains(string(data), fmt.Sprintf("%q:", name)) {
			t.Errorf("the message has no %q: %s", name, data)
		}
	}
}
