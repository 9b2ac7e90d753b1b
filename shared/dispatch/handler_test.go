package dispatch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
	"github.com/cachegate/cachegate/shared/wake"
	"github.com/cachegate/cachegate/shared/wake/waketest"
)

const (
	sessions = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions"
	carts    = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:carts"
	toCome   = "arn:aws:elasticache:eu-west-1:444455556666:serverlesscache:to-come"
)

var pending = network.PendingUnit(network.Location{Account: "444455556666", Region: "eu-west-1"})

// declared is what the intents table holds.
type declared struct {
	set intent.Set
	err error
}

func (d declared) Declared(context.Context) (intent.Set, error) { return d.set, d.err }

// office is the function before a ledger and a queue in memory: unit A holds
// sessions and depends on the samples' group, unit B holds carts.
type office struct {
	*dispatch.Handler
	ledger  *ledger.Memory
	queue   *waketest.Queue
	metrics bytes.Buffer
	log     bytes.Buffer
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{ledger: ledger.NewMemory(), queue: waketest.New(func() time.Time { return noon })}
	for _, j := range []ledger.Judged{
		{Unit: unitA, Keys: []string{"sg-0aaaaaaaaaaaaaaaa", "sg-0c"}, Clusters: []string{sessions}},
		{Unit: unitB, Keys: []string{"rtb-0f", "sg-0c"}, Clusters: []string{carts}},
	} {
		if _, err := o.ledger.Depend(t.Context(), ledger.Lease{}, j); err != nil {
			t.Fatal(err)
		}
	}
	clock := func() time.Time { return noon }
	o.Handler = &dispatch.Handler{
		Dispatcher: &dispatch.Dispatcher{Index: o.ledger, Claims: o.ledger, Journal: o.ledger, OwnRoles: []string{hubRole}, Clock: clock},
		Intents:    declared{set: intent.Set{Intents: []intent.Intent{{Cluster: carts}, {Cluster: toCome}}}},
		Queue:      o.queue.Sender(),
		Metrics:    &metrics.Emitter{Deployment: "prod", Clock: clock, Out: &o.metrics},
		Log:        slog.New(slog.NewJSONHandler(&o.log, nil)),
	}
	return o
}

// handle hands a batch over as Lambda does, and gives the ids of what is to be
// delivered again.
func (o *office) handle(t *testing.T, records ...string) []string {
	t.Helper()
	response, err := o.Handle(t.Context(), json.RawMessage(`{"Records":[`+strings.Join(records, ",")+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, f := range response.BatchItemFailures {
		out = append(out, f.ItemIdentifier)
	}
	return out
}

func (o *office) woken(t *testing.T) []string {
	t.Helper()
	out := []string{}
	for _, m := range o.queue.First(t) {
		out = append(out, m.Unit+" by "+m.Trigger)
	}
	return out
}

// message is a record of the events queue.
func message(id, body string) string {
	return fmt.Sprintf(`{"messageId":%q,"receiptHandle":"x","body":%q,"attributes":{},"messageAttributes":{},"md5OfBody":"","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:111122223333:events","awsRegion":"us-east-1"}`, id, body)
}

// streamRecord is a record of the stream of the intents table.
func streamRecord(sequence, kind, cluster, name string) string {
	return fmt.Sprintf(`{"eventID":"1","eventName":%q,"eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
		"dynamodb":{"ApproximateCreationDateTime":1.7e9,"Keys":{"cluster":{"S":%q},"name":{"S":%q}},"SequenceNumber":%q,"SizeBytes":99,"StreamViewType":"KEYS_ONLY"}}`,
		kind, cluster, name, sequence)
}

// call is an event of a call that touches groups, as EventBridge sends it.
func call(name string, groups ...string) string {
	var parameters []string
	for i, g := range groups {
		parameters = append(parameters, fmt.Sprintf("%q:%q", fmt.Sprint("groupId", i), g))
	}
	return fmt.Sprintf(`{"version":"0","id":"e","source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","account":"111122223333","region":"us-east-1","time":"2026-11-22T12:00:00Z",
		"detail":{"eventSource":"ec2.amazonaws.com","eventName":%q,"eventID":"e-%s","eventTime":"2026-11-22T12:00:00Z","awsRegion":"us-east-1","recipientAccountId":"111122223333",
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/bob","userName":"bob","accountId":"111122223333"},"requestParameters":{%s}}}`,
		name, strings.Join(groups, "-"), strings.Join(parameters, ","))
}

func wants(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) && len(got)+len(want) > 0 {
		t.Errorf("%s are\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestWhomARecordWakes(t *testing.T) {
	a, b, p := unitA.String(), unitB.String(), pending.String()
	tests := []struct {
		name, record string
		woken        []string
	}{
		{"an event that one unit depends on", message("m", call("RevokeSecurityGroupIngress", "sg-0aaaaaaaaaaaaaaaa")), []string{a + " by event RevokeSecurityGroupIngress e-sg-0aaaaaaaaaaaaaaaa"}},
		{"an event that two depend on", message("m", call("RevokeSecurityGroupIngress", "sg-0c")), []string{a + " by event RevokeSecurityGroupIngress e-sg-0c", b + " by event RevokeSecurityGroupIngress e-sg-0c"}},
		{"an event that nobody depends on", message("m", call("RevokeSecurityGroupIngress", "sg-0f")), nil},
		{"an event that is not watched", message("m", call("CreateKeyPair", "sg-0c")), nil},
		{"a finding of cachegate, which its own bus brings back", message("m", `{"id":"f","source":"cachegate","detail-type":"Cachegate Finding","detail":{"resource":"sg-0c"}}`), nil},
		{"a sweep", message("m", wake.SweepInput()), []string{b + " by sweep", p + " by sweep"}},
		{"a unit's schedule", message("m", wake.ScheduleInput(unitB)), []string{b + " by schedule"}},
		{"an intent that was written", streamRecord("1", "INSERT", sessions, "orders"), []string{a + " by intent sessions/orders"}},
		{"an intent that was deleted", streamRecord("1", "REMOVE", carts, "orders"), []string{b + " by intent carts/orders"}},
		{"an intent of a cluster that nobody saw yet", streamRecord("1", "INSERT", toCome, "orders"), []string{p + " by intent to-come/orders"}},
		{"an intent whose cluster is none", streamRecord("1", "MODIFY", "sessions", "orders"), []string{a + " by intent sessions/orders", b + " by intent sessions/orders"}},
		{"the policy of a cluster", streamRecord("1", "MODIFY", "*", sessions), []string{a + " by intent */" + sessions}},
		{"the policy of all", streamRecord("1", "MODIFY", "*", "*"), []string{a + " by intent */*", b + " by intent */*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t)
			wants(t, "the records to be delivered again", o.handle(t, tt.record))
			wants(t, "the units that were woken", o.woken(t), tt.woken...)
		})
	}
}

func TestOneWrongRecordNeverStopsTheRightOnes(t *testing.T) {
	tests := []struct {
		name, wrong, id string
	}{
		{"no JSON", message("wrong", "{"), "wrong"},
		{"an empty body", message("wrong", ""), "wrong"},
		{"an event without detail", message("wrong", `{"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail"}`), "wrong"},
		{"two events", message("wrong", "["+call("CreateRoute", "sg-0c")+","+call("CreateRoute", "sg-0c")+"]"), "wrong"},
		{"a schedule of no unit", message("wrong", `{"cachegate":{"trigger":"schedule","unit":"nowhere"}}`), "wrong"},
		{"a schedule that asks for something else", message("wrong", `{"cachegate":{"trigger":"party"}}`), "wrong"},
		{"the stream of another table", streamRecord("17", "INSERT", "", ""), "17"},
		{"a record of another source", `{"messageId":"wrong","eventSource":"aws:kinesis"}`, "wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t)
			wants(t, "the records to be delivered again", o.handle(t, message("1", call("CreateRoute", "rtb-0f")), tt.wrong, message("3", wake.ScheduleInput(unitA))), tt.id)
			wants(t, "the units that were woken", o.woken(t), unitB.String()+" by event CreateRoute e-rtb-0f", unitA.String()+" by schedule")
		})
	}
}

func TestABatchWakesAUnitOnceWithAllEventsBehindIt(t *testing.T) {
	o := open(t)
	records := []string{message("s", wake.ScheduleInput(unitA))}
	for i := range 25 {
		records = append(records, message(fmt.Sprint(i), call(fmt.Sprint("RevokeSecurityGroup", []string{"Ingress", "Egress"}[i%2]), "sg-0aaaaaaaaaaaaaaaa")))
	}
	wants(t, "the records to be delivered again", o.handle(t, records...))
	wants(t, "the units that were woken", o.woken(t), unitA.String()+" by schedule")
	came, err := o.ledger.EventsSince(t.Context(), unitA, noon)
	if err != nil {
		t.Fatal(err)
	}
	if len(came) != 25 || came[0].Name != "RevokeSecurityGroupIngress" || came[0].Actor.UserName != "bob" || !slices.Equal(came[0].ResourceIDs(), []string{"sg-0aaaaaaaaaaaaaaaa"}) {
		t.Errorf("the ledger has %d events, the first of them %+v", len(came), came[0])
	}
}

func TestOnlyRecordsWhoseUnitsCouldNotBeWokenAreDeliveredAgain(t *testing.T) {
	o := open(t)
	o.queue.Refused = []string{unitB.String()}
	again := o.handle(
		t, message("a", call("RevokeSecurityGroupIngress", "sg-0aaaaaaaaaaaaaaaa")), message("both", call("RevokeSecurityGroupIngress", "sg-0c")),
		message("b", call("CreateRoute", "rtb-0f")), message("nobody", call("CreateRoute", "rtb-00")),
	)
	wants(t, "the records to be delivered again", again, "b", "both")
	wants(t, "the units that were woken", o.woken(t), unitA.String()+" by event RevokeSecurityGroupIngress e-sg-0aaaaaaaaaaaaaaaa")
}

func TestWithoutAQueueAllThatWakesSomebodyIsDeliveredAgain(t *testing.T) {
	o := open(t)
	o.queue.Down = errThrottled
	wants(t, "the records to be delivered again", o.handle(t, streamRecord("1", "INSERT", sessions, "a"), streamRecord("2", "INSERT", carts, "b")), "1", "2")
	o.queue.Down = nil
	wants(t, "the records to be delivered again", o.handle(t, streamRecord("1", "INSERT", sessions, "a"), streamRecord("2", "INSERT", carts, "b")))
	wants(t, "the units that were woken", o.woken(t), unitA.String()+" by intent sessions/a", unitB.String()+" by intent carts/b")
}

// mute is a queue that fails and does not say for whom.
type mute struct{}

func (mute) Wake(context.Context, ...wake.Request) error { return errThrottled }

func TestAnErrorThatDoesNotSayWhoWasNotWokenFailsTheWholeBatch(t *testing.T) {
	o := open(t)
	o.Queue = mute{}
	_, err := o.Handle(t.Context(), json.RawMessage(`{"Records":[`+message("m", wake.ScheduleInput(unitA))+`]}`))
	if !errors.Is(err, errThrottled) {
		t.Errorf("the error is %v", err)
	}
	if _, err := o.Handle(t.Context(), json.RawMessage(`"no batch"`)); err == nil {
		t.Error("what is no batch was handled")
	}
}

func TestASweepWithoutTheIntentsIsDeliveredAgain(t *testing.T) {
	o := open(t)
	o.Intents = declared{err: errThrottled}
	wants(t, "the records to be delivered again", o.handle(t, message("sweep", wake.SweepInput()), message("s", wake.ScheduleInput(unitA))), "sweep")
	wants(t, "the units that were woken", o.woken(t), unitA.String()+" by schedule")
}

// counting counts what is asked of a ledger.
type counting struct {
	*ledger.Memory
	reads, others int
}

func (c *counting) Dependents(ctx context.Context, keys []string) ([]network.Unit, error) {
	c.reads++
	return c.Memory.Dependents(ctx, keys)
}

func (c *counting) Writers(ctx context.Context, resources []string, since time.Time) ([]network.Unit, error) {
	c.others++
	return c.Memory.Writers(ctx, resources, since)
}

func (c *counting) RecordEvents(ctx context.Context, at time.Time, recent ...ledger.UnitEvents) error {
	c.others++
	return c.Memory.RecordEvents(ctx, at, recent...)
}

func (c *counting) Units(ctx context.Context) ([]ledger.Judged, error) {
	c.others++
	return c.Memory.Units(ctx)
}

func TestAnEventThatNobodyDependsOnCostsOneReadOfTheLedger(t *testing.T) {
	o := open(t)
	c := &counting{Memory: o.ledger}
	o.Dispatcher.Index, o.Dispatcher.Journal = c, c
	o.handle(t, message("m", call("RevokeSecurityGroupIngress", "sg-0f")))
	if c.reads != 1 || c.others != 0 || o.queue.Calls() != 0 {
		t.Errorf("%d reads, %d other calls of the ledger, %d calls of the queue; want one read", c.reads, c.others, o.queue.Calls())
	}
	o.handle(t, message("m", call("CreateKeyPair", "sg-0c")))
	if c.reads != 1 {
		t.Error("an event that is not watched was looked up")
	}
}

// forgetful is a ledger that records no events.
type forgetful struct{ ledger.Journal }

func (forgetful) RecordEvents(context.Context, time.Time, ...ledger.UnitEvents) error {
	return errThrottled
}

func TestEventsThatWakeAUnitAreRecordedForIt(t *testing.T) {
	o := open(t)
	o.handle(t, message("1", call("RevokeSecurityGroupIngress", "sg-0aaaaaaaaaaaaaaaa")), message("2", call("RevokeSecurityGroupIngress", "sg-0c")), message("3", call("CreateRoute", "rtb-00")), message("4", wake.SweepInput()))
	for unit, want := range map[network.Unit][]string{unitA: {"e-sg-0aaaaaaaaaaaaaaaa", "e-sg-0c"}, unitB: {"e-sg-0c"}, pending: nil} {
		seen, err := o.ledger.EventsSince(t.Context(), unit, noon)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, e := range seen {
			ids = append(ids, e.ID)
		}
		wants(t, "the events of "+unit.String(), ids, want...)
	}
	o = open(t)
	o.Dispatcher.Journal = forgetful{o.ledger}
	wants(t, "the records to be delivered again", o.handle(t, message("1", call("CreateRoute", "rtb-0f"))))
	wants(t, "the units that were woken", o.woken(t), unitB.String()+" by event CreateRoute e-rtb-0f")
}

func TestABatchIsMeasured(t *testing.T) {
	o := open(t)
	o.handle(t, message("1", call("RevokeSecurityGroupIngress", "sg-0c")), message("2", call("CreateKeyPair", "sg-0c")), message("3", wake.ScheduleInput(unitA)))
	var line map[string]any
	if err := json.Unmarshal(o.metrics.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[metrics.Name]float64{metrics.Events: 2, metrics.EventsIgnored: 1, metrics.Wakes: 2} {
		if line[string(name)] != want {
			t.Errorf("%s is %v, want %v", name, line[string(name)], want)
		}
	}
}

// Every sample decodes on its way through the function, and those that name what a
// unit depends on wake it.
func TestEverySampleIsDispatched(t *testing.T) {
	for _, s := range events.Samples() {
		o := open(t)
		e, err := events.DecodeOne(s.Data)
		if err != nil {
			t.Fatal(err)
		}
		j := ledger.Judged{Unit: unitA, Keys: []string{network.LocationKey(network.Location{Account: e.Account, Region: e.Region})}}
		for _, r := range e.Resources {
			j.Keys = append(j.Keys, r.Key())
			for _, kind := range []string{resource.NameReplicationGroup, resource.NameCacheCluster, resource.NameServerlessCache, resource.NameCacheSubnetGroup, network.KeyGroupName} {
				j.Keys = append(j.Keys, network.NameKey(network.Location{Account: e.Account, Region: e.Region}, kind, r.ID))
			}
		}
		if _, err := o.ledger.Depend(t.Context(), ledger.Lease{}, j); err != nil {
			t.Fatal(err)
		}
		wants(t, s.Name+": the records to be delivered again", o.handle(t, message("m", string(s.Data))))
		if woken := len(o.woken(t)) > 0; woken == (s.Family == events.FamilyIgnored) {
			t.Errorf("%s woke a unit: %v", s.Name, woken)
		}
	}
}
