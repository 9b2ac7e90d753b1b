package worker_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/wake"
)

func TestAnEventOpensWhatIsDeclaredAndMissingAndPeopleHearOnce(t *testing.T) {
	h := build(t, mayReach)
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.first()
	wants(t, "rules", h.sources(), checkout+":6379")
	h.settle()
	wants(t, "what people heard", h.told(), "access-missing RESOLVED")
	if actor := h.teller.told[0].Finding.Actor; actor != "user/bob" {
		t.Errorf("the finding names %q, want who made the call of the event", actor)
	}
	if changes := h.teller.told[0].Changes; len(changes) != 1 {
		t.Errorf("the finding is told with %d changes, want the one that was made", len(changes))
	}
	if runs, changes := h.measured(metrics.Runs), h.measured(metrics.Changes); runs != 2 || changes != 1 {
		t.Errorf("%v runs and %v changes were measured, want two looks and one change", runs, changes)
	}
	if h.measured(metrics.AWSCalls) == 0 {
		t.Error("no AWS call was measured")
	}
	own := h.sim.TakeEvents()
	for _, e := range own {
		h.deliver(string(e))
	}
	if len(own) == 0 || len(h.queue.Waiting(t)) > 0 {
		t.Errorf("of %d events of cachegate's own, %d woke the unit that wrote", len(own), len(h.queue.Waiting(t)))
	}
	h.deliver(wake.SweepInput())
	h.settle()
	wants(t, "what people heard after a sweep", h.told(), "access-missing RESOLVED")
}

func TestAStormOfEventsIsTwoRunsABucket(t *testing.T) {
	h := build(t, mayReach)
	for range 30 {
		h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"), sample(t, "sg_rules", "AuthorizeSecurityGroupIngress"))
		h.now = h.now.Add(wake.Bucket / 30)
	}
	h.settle()
	if runs := h.measured(metrics.Runs); runs != 2 {
		t.Errorf("%v runs were made, want two", runs)
	}
	wants(t, "rules", h.sources(), checkout+":6379")
}

func TestAFindingNamesWhoActedLastThoughTheQueueKeptTheFirstEventAlone(t *testing.T) {
	h := build(t, mayReach)
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.now = h.now.Add(wake.Bucket / 2)
	later := strings.NewReplacer("user/bob", "user/carol", "3b287aff", "4c398bff", "09:05:35Z", "09:05:47Z").Replace(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.deliver(later, later)
	if waiting := h.queue.Waiting(t); len(waiting) != 1 {
		t.Fatalf("in the queue is %+v, want one wake-up", waiting)
	}
	h.settle()
	if actor := h.teller.told[0].Finding.Actor; actor != "user/carol" {
		t.Errorf("the finding names %q, want who acted last", actor)
	}
}

// blind are events that cannot be read.
type blind struct{ ledger.RecentEvents }

func (blind) EventsSince(context.Context, network.Unit, time.Time) ([]events.Event, error) {
	return nil, errDown
}

func TestWithoutTheEventsThatCameARunGoesOn(t *testing.T) {
	h := build(t, mayReach)
	h.RecentEvents = blind{h.ledger}
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.settle()
	wants(t, "rules", h.sources(), checkout+":6379")
	if actor := h.teller.told[0].Finding.Actor; actor != "" {
		t.Errorf("the finding names %q, whom nobody told of", actor)
	}
}

func TestAnIntentThatExpiresIsClosedByTheScheduleOfItsUnit(t *testing.T) {
	h := build(t, mayReach)
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.settle()
	if len(h.schedules) > 0 {
		t.Errorf("nothing is due, and yet there are the schedules %v", h.schedules)
	}
	ends := h.now.Add(time.Hour).Truncate(time.Second)
	h.set.Intents[0].ExpiresAt = ends
	h.changed(h.set.Intents[0].Cluster, "checkout")
	h.settle()
	if at := h.schedules[cacheVPC]; !at.Equal(ends) {
		t.Fatalf("the unit is looked at again at %s, want at %s, when the intent ends", at, ends)
	}
	wants(t, "rules before the end", h.sources(), checkout+":6379")
	h.now = ends
	h.deliver(wake.ScheduleInput(cacheVPC))
	h.settle()
	wants(t, "rules after the end", h.sources())
	if len(h.schedules) > 0 {
		t.Errorf("nothing is due any more, and yet there are the schedules %v", h.schedules)
	}
}

func TestWhoeverElseHasTheUnitIsWaitedFor(t *testing.T) {
	h := build(t, mayReach)
	lease, err := h.ledger.Acquire(t.Context(), cacheVPC, "laptop", h.now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	for round := range 3 {
		if failed := h.work(); failed > 0 {
			t.Fatalf("%d wake-ups failed", failed)
		}
		waiting := h.queue.Waiting(t)
		if len(waiting) != 1 || waiting[0].Round != round+1 {
			t.Fatalf("in the queue is %+v, want the wake-up in round %d", waiting, round+1)
		}
	}
	wants(t, "rules while somebody else has the unit", h.sources())
	if err := h.ledger.Free(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	h.settle()
	wants(t, "rules", h.sources(), checkout+":6379")
	if actor := h.teller.told[0].Finding.Actor; actor != "user/bob" {
		t.Errorf("after three rounds the finding names %q, want who made the call", actor)
	}
	if n := h.measured(metrics.HandedOn); n != 3 {
		t.Errorf("%v runs were handed on, want 3", n)
	}
}

func TestARunWhoseTimeIsOverStopsWritingAndIsHandedOn(t *testing.T) {
	h := build(t, mayReach)
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.now = h.now.Add(wake.Delay)
	batch, _ := h.queue.Receive()
	ctx, cancel := contextUntil(t, h.now.Add(time.Minute)) // less than what a run keeps to look at what it did
	defer cancel()
	response, err := h.Handle(ctx, batch)
	if err != nil || len(response.BatchItemFailures) > 0 {
		t.Fatalf("the run failed: %v, %v", response, err)
	}
	wants(t, "rules at the deadline", h.sources())
	wants(t, "what people heard", h.told(), "access-missing OPENED")
	if at := h.schedules[cacheVPC]; !at.After(h.now) {
		t.Errorf("the unit is looked at again at %s: should the message be lost, nothing wakes it", at)
	}
	h.settle()
	wants(t, "rules", h.sources(), checkout+":6379")
	wants(t, "what people heard", h.told(), "access-missing OPENED", "access-missing RESOLVED")
	if len(h.schedules) > 0 {
		t.Errorf("the schedules are %v, want none", h.schedules)
	}
}

func TestARunThatFailsIsDeliveredAgain(t *testing.T) {
	h := build(t, mayReach)
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.runner.Ledger = unrecorded{h.ledger}
	if failed := h.work(); failed != 2 {
		t.Errorf("%d wake-ups failed, want both looks", failed)
	}
	wants(t, "what people heard of a run that is not recorded", h.told())
	if n := h.measured(metrics.RunsFailed); n != 2 {
		t.Errorf("%v failed runs were measured, want 2", n)
	}
	h.runner.Ledger = h.ledger
	h.deliver(wake.ScheduleInput(cacheVPC)) // stands for the same message, received again
	h.settle()
	wants(t, "rules", h.sources(), checkout+":6379")
	if n := h.measured(metrics.Runs); n != 1 {
		t.Errorf("%v runs were measured, want 1", n)
	}
}

func TestAWriteThatEC2RefusesIsTriedAgainSoon(t *testing.T) {
	h := build(t, mayReach)
	h.sim.Fail(awssim.Injection{Operation: "AuthorizeSecurityGroupIngress", Code: "UnauthorizedOperation"})
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.settle()
	at := h.schedules[cacheVPC]
	if at.Before(h.now) || at.After(h.now.Add(10*time.Minute)) {
		t.Fatalf("the unit is looked at again at %s, want within minutes of %s", at, h.now)
	}
	h.sim.Heal()
	h.deliver(wake.ScheduleInput(cacheVPC))
	h.settle()
	wants(t, "rules", h.sources(), checkout+":6379")
}

func TestAUnitWhoseClustersWentIsFollowedToWhereTheyAre(t *testing.T) {
	h := build(t, mayReach)
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.settle()
	h.sim.TakeEvents()
	client := elasticache.NewFromConfig(h.sim.Config(account, region, awssim.Actor{Session: "alice"}))
	if _, err := client.DeleteReplicationGroup(t.Context(), &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: aws.String("sessions")}); err != nil {
		t.Fatal(err)
	}
	for _, e := range h.sim.TakeEvents() {
		h.deliver(string(e))
	}
	h.first()
	pending := network.PendingUnit(here).String()
	if waiting := h.queue.Waiting(t); !slices.ContainsFunc(waiting, func(m wake.Message) bool { return m.Unit == pending }) {
		t.Fatalf("in the queue is %+v, want the unit of clusters that are not there", waiting)
	}
	h.settle()
	wants(t, "rules of a cluster that is gone", h.sources())
	h.deliver(wake.SweepInput())
	units := []string{}
	for _, m := range h.queue.First(t) {
		units = append(units, m.Unit)
	}
	wants(t, "the units of a sweep", units, pending)
}

func TestAnIntentThatNamesANodeIsClosedWhenItIsDeleted(t *testing.T) {
	const node = "arn:aws:elasticache:us-east-1:111122223333:cluster:sessions-001"
	h := build(t, "- {cluster: \""+node+"\", name: checkout, source: "+checkout+"}")
	h.changed(node, "checkout")
	h.settle()
	wants(t, "rules", h.sources(), checkout+":6379")
	h.declare("[]")
	h.changed(node, "checkout")
	h.settle()
	wants(t, "rules after the intent was deleted", h.sources())
}

func TestTheKillSwitchStopsAUnitUntilItIsTakenBack(t *testing.T) {
	h := build(t, mayReach+"- {cluster: \"*\", name: \"*\", mode: \"off\"}")
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.settle()
	wants(t, "rules in mode off", h.sources())
	h.declare(mayReach)
	h.changed("*", "*")
	h.settle()
	wants(t, "rules", h.sources(), checkout+":6379")
}

func TestWhatSomebodyElseOpensIsTold(t *testing.T) {
	h := build(t, mayReach)
	h.deliver(wake.ScheduleInput(cacheVPC))
	h.settle()
	h.sim.TakeEvents()
	_, err := h.admin().AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String(caches), IpPermissions: []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range h.sim.TakeEvents() {
		h.deliver(string(e))
	}
	h.settle()
	wants(t, "what people heard", h.told(), "access-missing RESOLVED", "access-undeclared OPENED")
	if f := h.teller.told[1].Finding; f.Severity != "critical" || f.Actor == "" {
		t.Errorf("access from everywhere is %s, by %q", f.Severity, f.Actor)
	}
}

func TestATypingErrorInTheFirstIntentEverIsTold(t *testing.T) {
	for name, arrives := range map[string]func(*harness){
		"by the stream": func(h *harness) { h.changed("sesions", "checkout") },
		"by a sweep":    func(h *harness) { h.deliver(wake.SweepInput()) },
	} {
		h := build(t, "[]")
		h.ledger = ledger.NewMemory() // nothing was judged yet
		h.runner.Ledger, h.dispatcher.Dispatcher.Index, h.Notices = h.ledger, h.ledger, h.ledger
		h.set = intent.Parse([]intent.Record{{Fields: map[string]intent.Value{
			"cluster": intent.TextValue("sesions"), "name": intent.TextValue("checkout"), "source": intent.TextValue(checkout),
		}}}, intent.Options{})
		arrives(h)
		h.settle()
		wants(t, "what people heard "+name, h.told(), "intent-invalid OPENED")
		h.deliver(wake.SweepInput())
		h.settle()
		wants(t, "what people heard after a sweep", h.told(), "intent-invalid OPENED")
		h.declare(mayReach)
		h.changed("sesions", "checkout")
		h.changed(h.set.Intents[0].Cluster, "checkout")
		h.settle()
		wants(t, "rules", h.sources(), checkout+":6379")
		wants(t, "what people heard once it was mended", h.told(), "intent-invalid OPENED", "intent-invalid RESOLVED", "access-missing RESOLVED")
	}
}

func TestModeObserveWritesNothingAndCountsWhatIsNotAsDeclared(t *testing.T) {
	h := build(t, mayReach+"- {cluster: \"*\", name: \"*\", mode: observe}")
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.settle()
	wants(t, "rules", h.sources())
	wants(t, "what people heard", h.told(), "access-missing OPENED")
	if unsatisfied, changes, failed := h.measured(metrics.Unsatisfied), h.measured(metrics.Changes), h.measured(metrics.ChangesFailed); unsatisfied != 2 || changes != 0 || failed != 0 {
		t.Errorf("%v intents were measured as unsatisfied, %v changes, %v failed ones; want 1 in each look and none", unsatisfied, changes, failed)
	}
}
