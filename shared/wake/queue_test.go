package wake_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/wake"
	"github.com/cachegate/cachegate/shared/wake/waketest"
)

var home = network.Location{Account: "111122223333", Region: "us-east-1"}

func unit(vpc string) network.Unit { return network.Unit{Location: home, VPC: vpc} }

// clock stands still until it is moved.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

// at is the start of a bucket.
func at() *clock { return &clock{now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func triggers(t *testing.T, q *waketest.Queue) []string {
	t.Helper()
	return triggersOf(q.Waiting(t))
}

func triggersOf(messages []wake.Message) []string {
	var out []string
	for _, m := range messages {
		out = append(out, m.Unit[strings.LastIndex(m.Unit, "/")+1:]+" "+m.Trigger)
	}
	return out
}

func TestWakeUpsOfAUnitWithinABucketBecomeTheFirstOfThem(t *testing.T) {
	c := at()
	q := waketest.New(c.read)
	wakeUp := func(vpc, trigger string) {
		t.Helper()
		must(t, q.Sender().Wake(t.Context(), wake.Request{Unit: unit(vpc), Trigger: trigger}))
	}
	wakeUp("vpc-0a", "first")
	wakeUp("vpc-0b", "another unit")
	c.now = c.now.Add(wake.Bucket - time.Nanosecond)
	wakeUp("vpc-0a", "last of the bucket")
	for _, unit := range []string{"vpc-0a", "vpc-0b"} {
		if m := receive(t, q); !strings.HasSuffix(m.Unit, unit) || !m.First {
			t.Errorf("at once was received %+v, want the first of %s", m, unit)
		}
	}
	if _, ok := q.Receive(); ok {
		t.Error("a message was received before its bucket was over")
	}
	c.now = c.now.Add(time.Nanosecond)
	wakeUp("vpc-0a", "next bucket")
	if got, want := triggers(t, q), []string{"vpc-0a first", "vpc-0b another unit", "vpc-0a next bucket"}; !slices.Equal(got, want) {
		t.Errorf("the queue holds %v, want %v", got, want)
	}
}

func TestAMessageIsHeldBackUntilTheLastOfItsBucketWasSent(t *testing.T) {
	c := at()
	q := waketest.New(c.read)
	must(t, q.Sender().Wake(t.Context(), wake.Request{Unit: unit("vpc-0a")}))
	receive(t, q)
	c.now = c.now.Add(wake.Bucket + wake.Skew - time.Nanosecond)
	if _, ok := q.Receive(); ok {
		t.Error("it was received while a sender with a slow clock may still be in its bucket")
	}
	c.now = c.now.Add(time.Nanosecond)
	if m := receive(t, q); m.First {
		t.Error("the second look says that another follows")
	}
}

// receive gives the next message.
func receive(t *testing.T, q *waketest.Queue) wake.Message {
	t.Helper()
	batch, ok := q.Receive()
	if !ok {
		t.Fatal("nothing can be received")
	}
	m, _, err := wake.Parse(batch.Records[0].Body)
	must(t, err)
	return m
}

func TestWhatAsksForOneLookIsReceivedAtOnceAndNoMore(t *testing.T) {
	c := at()
	q := waketest.New(c.read)
	wakeUp := func(once string) {
		t.Helper()
		must(t, q.Sender().Wake(t.Context(), wake.Request{Unit: unit("vpc-0a"), Trigger: "x", Once: once}))
	}
	wakeUp("")
	receive(t, q)
	wakeUp(wake.TriggerSchedule) // the run before looked before its time
	if m := receive(t, q); m.First {
		t.Error("it says that a second look follows")
	}
	wakeUp(wake.TriggerSchedule)
	if left := q.First(t); len(left) > 0 || len(q.Waiting(t)) != 1 {
		t.Errorf("%d messages can be received, and %d later; want none, and the second look of the first", len(left), len(q.Waiting(t)))
	}
}

func TestWorkIsHandedOnWhateverElseWakesItsUnit(t *testing.T) {
	c := at()
	q := waketest.New(c.read)
	s := q.Sender()
	must(t, s.Wake(t.Context(), wake.Request{Unit: unit("vpc-0a"), Trigger: "event"}))
	m := q.Waiting(t)[0]
	must(t, s.HandOn(t.Context(), m, "message-1"))
	must(t, s.HandOn(t.Context(), m, "message-1")) // the same message, received twice
	must(t, s.HandOn(t.Context(), m, "message-2"))
	var rounds []int
	for _, w := range q.Waiting(t) {
		rounds = append(rounds, w.Round)
	}
	if !slices.Equal(rounds, []int{0, 1, 1}) {
		t.Errorf("the rounds are %v, want one of 0, and of 1 one for each message that was handed on", rounds)
	}
}

func TestManyUnitsAreWokenInAsFewCallsAsSQSAllows(t *testing.T) {
	q := waketest.New(at().read)
	var requests []wake.Request
	for i := range 25 {
		requests = append(requests, wake.Request{Unit: unit(fmt.Sprintf("vpc-%02d", i)), Trigger: "sweep"})
	}
	must(t, q.Sender().Wake(t.Context(), requests...))
	if len(q.Waiting(t)) != 25 || len(q.First(t)) != 25 || q.Calls() != 6 {
		t.Errorf("%d messages and %d in %d calls, want 25 of each in 6", len(q.First(t)), len(q.Waiting(t)), q.Calls())
	}
	must(t, q.Sender().Wake(t.Context()))
	if q.Calls() != 6 {
		t.Error("waking nobody called SQS")
	}
}

func TestWakeUpsFitIntoTheirCallHoweverLongTheirTriggers(t *testing.T) {
	q := waketest.New(at().read)
	var requests []wake.Request
	for i := range 10 {
		requests = append(requests, wake.Request{Unit: unit(fmt.Sprintf("vpc-%02d", i)), Trigger: "event " + strings.Repeat("<ä", 100_000)})
	}
	must(t, q.Sender().Wake(t.Context(), requests...))
	got := q.Waiting(t)
	if len(got) != 10 || q.Calls() != 2 {
		t.Fatalf("%d units were woken in %d calls, want 10 in one for each queue", len(got), q.Calls())
	}
	if !strings.HasPrefix(got[0].Trigger, "event <ä<ä") || !utf8.ValidString(got[0].Trigger) {
		t.Errorf("the trigger is %q", got[0].Trigger)
	}
}

func TestTextThatSQSDoesNotTakeStillWakesTheUnit(t *testing.T) {
	for name, u := range map[string]network.Unit{
		"longer than an id may be":       {Location: home, VPC: "vpc-" + strings.Repeat("0", 200)},
		"with characters no id may have": {Location: home, VPC: "vpc 0ä"},
	} {
		q := waketest.New(at().read)
		twin := network.Unit{Location: network.Location{Account: "444455556666", Region: home.Region}, VPC: u.VPC}
		s := q.Sender()
		must(t, s.Wake(t.Context(), wake.Request{Unit: u, Trigger: "intent \ufffe\uffff\x00\x1b"}, wake.Request{Unit: twin}))
		got := q.Waiting(t)
		if len(got) != 2 || got[0].Unit != u.String() || got[1].Unit != twin.String() {
			t.Fatalf("a unit %s: the queue holds %v, want it and the same of another account", name, got)
		}
		must(t, s.HandOn(t.Context(), got[0], "message"))
		if len(q.Waiting(t)) != 3 {
			t.Errorf("a unit %s was not handed on", name)
		}
	}
}

func TestAWakeUpThatCannotBeSentIsNamedAndTheOthersAreSent(t *testing.T) {
	q := waketest.New(at().read)
	q.Refused = []string{unit("vpc-13").String()}
	var requests []wake.Request
	for i := range 25 {
		requests = append(requests, wake.Request{Unit: unit(fmt.Sprintf("vpc-%02d", i))})
	}
	err := q.Sender().Wake(t.Context(), requests...)
	unsent, ok := errors.AsType[*wake.UnsentError](err)
	if !ok || len(unsent.Units) != 1 || unsent.Units[unit("vpc-13")] == nil || !strings.Contains(err.Error(), "vpc-13") {
		t.Errorf("the error is %v, want one that names vpc-13 alone", err)
	}
	if len(q.Waiting(t)) != 24 {
		t.Errorf("%d units were woken, want the other 24", len(q.Waiting(t)))
	}
}

func TestAQueueThatIsDownIsAnErrorForEveryUnit(t *testing.T) {
	down := &smithy.GenericAPIError{Code: "KmsThrottled", Message: "later"}
	q := waketest.New(at().read)
	q.Down = down
	err := q.Sender().Wake(t.Context(), wake.Request{Unit: unit("vpc-0a")}, wake.Request{Unit: unit("vpc-0b")})
	unsent, ok := errors.AsType[*wake.UnsentError](err)
	if !ok || len(unsent.Units) != 2 || !errors.Is(err, down) {
		t.Errorf("waking two gave %v, want both units and why", err)
	}
	if err := q.Sender().HandOn(t.Context(), wake.Message{Unit: unit("vpc-0a").String()}, "x"); !errors.Is(err, down) {
		t.Errorf("handing on gave %v, want why not", err)
	}
}
