package acceptance

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	net "github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/schedule"
	"github.com/cachegate/cachegate/shared/settings"
	"github.com/cachegate/cachegate/shared/wake"
)

// long enough for a first run on a busy machine, since an intent that is over
// before it opens nothing.
const lifetime = 25 * time.Second

func TestAnIntentIsClosedWhenItsTimeIsOver(t *testing.T) {
	s := hub(t)
	home := s.at(t, hubAccount, homeRegion)
	n := home.network()
	guard, app := n.group("cache"), n.group("app")
	n.instance(app)
	cluster := n.cluster("sessions-expiry", guard)
	s.enforcing(t, cluster)
	ends := time.Now().Add(lifetime)
	s.declare(t, cluster, "migration", map[string]string{"source": app, "expiresAt": ends.UTC().Format(time.RFC3339)})
	s.settle(t)
	if got, want := home.ingress(guard), []string{app + ":6379-6379"}; !slices.Equal(got, want) {
		t.Fatalf("while the intent lives, %s lets %v in: expected %v\n%s", guard, got, want, s.reconcile.logged())
	}

	unit := net.Unit{Location: net.Location{Account: hubAccount, Region: homeRegion}, VPC: n.vpc}
	moment := s.scheduled(t, unit)
	if moment.at.Before(ends.Truncate(time.Second)) {
		t.Errorf("the next look at the unit is at %s, before the intent ends at %s", moment.at, ends)
	}
	time.Sleep(time.Until(ends) + time.Second)
	s.fire(t, moment)
	s.settle(t)
	if got := home.ingress(guard); len(got) > 0 {
		t.Errorf("after its time, %s still lets %v in\n%s", guard, got, s.reconcile.logged())
	}
}

func TestTheSweepFindsWhatNoEventTold(t *testing.T) {
	s := hub(t)
	home := s.at(t, hubAccount, homeRegion)
	n := home.network()
	guard, app := n.group("cache"), n.group("app")
	n.instance(app)
	cluster := n.cluster("sessions-sweep", guard)
	s.enforcing(t, cluster)
	s.declare(t, cluster, "orders", map[string]string{"source": app})
	s.settle(t)
	home.revokeAll(guard)
	s.settle(t)
	if got := home.ingress(guard); len(got) > 0 {
		t.Fatalf("without any event, %s lets %v in", guard, got)
	}
	s.send(t, s.outputs[settings.OutputEventsQueue], wake.SweepInput())
	s.settle(t)
	if got, want := home.ingress(guard), []string{app + ":6379-6379"}; !slices.Equal(got, want) {
		t.Errorf("after a sweep, %s lets %v in: expected %v", guard, got, want)
	}
}

// moment is what a unit's schedule does, and when.
type moment struct {
	at           time.Time
	queue, input string
}

// scheduled reads the schedule of a unit.
func (s *stack) scheduled(t *testing.T, unit net.Unit) moment {
	t.Helper()
	out, err := scheduler.NewFromConfig(s.config(t, hubAccount)).GetSchedule(t.Context(), &scheduler.GetScheduleInput{
		Name: aws.String(schedule.Name(unit)), GroupName: aws.String(s.outputs[settings.OutputDeployment]),
	})
	if err != nil {
		t.Fatalf("reading the schedule of %s: %v\n%s", unit, err, s.reconcile.logged())
	}
	at, err := time.Parse("at(2006-01-02T15:04:05)", *out.ScheduleExpression)
	if err != nil {
		t.Fatal(err)
	}
	return moment{at: at, queue: *out.Target.Arn, input: *out.Target.Input}
}

// fire does what a schedule does when its time has come, since moto's never fires.
func (s *stack) fire(t *testing.T, m moment) {
	t.Helper()
	for _, mapping := range s.mappings {
		if mapping.source == m.queue {
			s.send(t, mapping.url, m.input)
			return
		}
	}
	t.Fatalf("the schedule sends to %s, which no function reads", m.queue)
}

func (s *stack) send(t *testing.T, url, body string) {
	t.Helper()
	_, err := sqs.NewFromConfig(s.config(t, hubAccount)).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String(body)})
	if err != nil {
		t.Fatal(err)
	}
}
