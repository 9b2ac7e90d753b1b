package reconcile_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

var errDown = errors.New("down")

// stuck is a ledger that takes no lease back.
type stuck struct{ ledger.Ledger }

func (stuck) Free(context.Context, ledger.Lease) error { return errDown }

func TestALeaseThatCannotBeGivenBackDoesNotFailARunThatIsRecorded(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.Runner.Ledger = stuck{s.Ledger}
	report := s.run(cacheUnit())
	wantStrings(t, "told", kinds(report.Told), "access-missing RESOLVED")
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
}

func TestARunThatIsCutOffGivesItsLeaseBack(t *testing.T) {
	s := start(t, sameVPC, orders)
	ctx, cancel := context.WithCancel(t.Context())
	s.Sim.OnCall(func(_ context.Context, call awssim.Call) error {
		if call.Write {
			cancel()
		}
		return ctx.Err()
	})
	s.Runner.Ledger = polite{s.Ledger}
	if _, err := s.Runner.Run(ctx, cacheUnit(), reconcile.Wake{}); err == nil {
		t.Fatal("the run was not cut off")
	}
	if _, err := s.Ledger.Acquire(t.Context(), cacheUnit(), "another", s.now, time.Minute); err != nil {
		t.Errorf("after it nobody else gets the unit: %v", err)
	}
}

// polite is a ledger that does nothing once the context is over, as one that is
// called over the network.
type polite struct{ ledger.Ledger }

func (p polite) Free(ctx context.Context, l ledger.Lease) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.Ledger.Free(ctx, l)
}

// revoked is an event of a call on the caches' group.
func revoked(by string, at time.Time) events.Event {
	e := events.Event{ID: by, Name: "RevokeSecurityGroupIngress", Time: at, Resources: []events.Resource{{Kind: events.KindSecurityGroup, ID: "sg-0c"}}}
	if by != "" {
		e.Actor = events.Actor{Type: "IAMUser", UserName: by}
	}
	return e
}

func TestAFindingNamesWhoTouchedItLastInWhateverOrderEventsCome(t *testing.T) {
	s := start(t, sameVPC, orders)
	noon := s.now
	tests := []struct {
		name string
		seen []events.Event
		want string
	}{
		{"nobody is known", nil, ""},
		{"in order", []events.Event{revoked("alice", noon), revoked("bob", noon.Add(time.Second))}, "user/bob"},
		{"the other way round", []events.Event{revoked("bob", noon.Add(time.Second)), revoked("alice", noon)}, "user/bob"},
		{"a service tells last, and not who", []events.Event{revoked("alice", noon), revoked("", noon.Add(time.Second))}, "user/alice"},
		{"only a service tells", []events.Event{revoked("", noon)}, ""},
		{"something else was touched", []events.Event{{ID: "x", Actor: events.Actor{UserName: "carol"}, Resources: []events.Resource{{ID: "sg-0b"}}}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s = start(t, sameVPC, orders)
			report, err := s.Run(t.Context(), cacheUnit(), reconcile.Wake{Events: tt.seen})
			if err != nil || len(report.Told) != 1 || report.Told[0].Kind != finding.AccessMissing {
				t.Fatalf("told was %v (%v), want what was missing", kinds(report.Told), err)
			}
			if report.Told[0].Actor != tt.want {
				t.Errorf("the finding names %q, want %q", report.Told[0].Actor, tt.want)
			}
		})
	}
}

func TestARunThatStopsWritingSaysWhenToGoOn(t *testing.T) {
	tests := []struct {
		name   string
		breaks func(s *scenario) reconcile.Wake
		// soonest and latest are when to look again, from now on; zero: never.
		soonest, latest time.Duration
	}{
		{"its time is over", func(s *scenario) reconcile.Wake { return reconcile.Wake{Until: s.now.Add(-time.Second)} }, 0, time.Nanosecond},
		{"its time is not over", func(s *scenario) reconcile.Wake { return reconcile.Wake{Until: s.now.Add(time.Second)} }, -1, -1},
		{"a write failed", func(s *scenario) reconcile.Wake {
			s.Sim.Throttle("ec2:AuthorizeSecurityGroupIngress", 100)
			return reconcile.Wake{}
		}, time.Minute, 10 * time.Minute},
		{"the mode could not be read", func(s *scenario) reconcile.Wake {
			s.Runner.Intents = &failingAfter{Intents: s.Runner.Intents, reads: 1}
			return reconcile.Wake{}
		}, time.Minute, 10 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, sameVPC, orders)
			report, err := s.Runner.Run(t.Context(), cacheUnit(), tt.breaks(s))
			if err != nil {
				t.Fatal(err)
			}
			if tt.latest < 0 {
				if !report.Next.IsZero() {
					t.Errorf("it is to be looked at again at %s, want never", report.Next)
				}
				return
			}
			if in := report.Next.Sub(s.now); report.Next.IsZero() || in < tt.soonest || in > tt.latest {
				t.Errorf("it is to be looked at again after %s, want from %s to %s", in, tt.soonest, tt.latest)
			}
		})
	}
}

// failingAfter are intents that cannot be read once, after some reads.
type failingAfter struct {
	reconcile.Intents
	reads int
}

func (f *failingAfter) Declared(ctx context.Context) (set intent.Set, err error) {
	if f.reads--; f.reads == -1 {
		return set, errDown
	}
	return f.Intents.Declared(ctx)
}

func TestUnitsKnowTheirClustersByEveryNameThatIntentsGiveThem(t *testing.T) {
	const node = "arn:aws:elasticache:us-east-1:111122223333:cluster:sessions-001"
	s := start(t, sameVPC, "- {cluster: \""+node+"\", name: orders, source: sg-0a}\n- {cluster: \""+toComeARN+"\", name: orders, source: sg-0a}")
	s.sweep()
	for unit, want := range map[network.Unit][]string{cacheUnit(): {node, sessionsARN}, network.PendingUnit(home()): nil} {
		judged, _, err := s.Ledger.Judged(t.Context(), unit)
		if err != nil {
			t.Fatal(err)
		}
		wantStrings(t, "clusters of "+unit.String(), judged.Clusters, want...)
	}
	s.declare("[]")
	s.sweep()
	judged, _, _ := s.Ledger.Judged(t.Context(), cacheUnit())
	wantStrings(t, "clusters after the intents went", judged.Clusters, sessionsARN)
}

const toComeARN = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:to-come"
