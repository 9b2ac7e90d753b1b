package reconcile_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// callsOf counts the calls of a run of the caches' unit by where they go.
func (s *scenario) callsOf(run func() reconcile.Report) (reconcile.Report, map[string]int) {
	s.t.Helper()
	var mu sync.Mutex
	calls := map[string]int{}
	s.Sim.OnCall(func(_ context.Context, c awssim.Call) error {
		mu.Lock()
		defer mu.Unlock()
		calls[c.Operation]++
		return nil
	})
	report := run()
	mu.Lock()
	defer mu.Unlock()
	return report, maps.Clone(calls)
}

func withheld(r reconcile.Report, guard change.Guard) []string {
	var out []string
	for _, c := range r.Changes {
		if c.Guard == guard {
			out = append(out, c.Resource+": "+c.Why)
		}
	}
	return out
}

// Another unit was declared to need something after it was judged: what it may need is
// left, and it is woken.
func TestACloseThatWaitsForAnotherUnitsJudgement(t *testing.T) {
	s := start(t, crossed, toSessions)
	s.sweep()
	s.declare(toCarts)
	report := s.run(cacheUnit())
	s.wantRoutes(there, back)
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c")) // nobody else can need a rule there
	if got := withheld(report, change.GuardAwaited); len(got) != 2 || !strings.Contains(got[0], "from-c of carts") {
		t.Errorf("withheld are %q, want both routes, with the intent that they wait for", got)
	}
	if want := []network.Unit{otherUnit()}; !slices.Equal(report.Awaited, want) {
		t.Errorf("woken are %v, want %v", report.Awaited, want)
	}
	if report.Next.IsZero() || report.Next.Sub(s.now) > reconcile.Recheck {
		t.Errorf("the unit is looked at again at %s, and it is %s", report.Next, s.now)
	}
	s.run(otherUnit())
	report = s.run(cacheUnit())
	s.wantRoutes(there, back) // now it is known to be needed
	if len(report.Awaited) > 0 || len(withheld(report, change.GuardAwaited)) > 0 {
		t.Errorf("after the other unit was judged, %v are awaited: %v", report.Awaited, report.Changes)
	}
	s.settles()
}

// What a run reads of AWS does not depend on units that were not judged yet.
func TestARunJudgesNoOtherUnit(t *testing.T) {
	runs := map[string]map[string]int{}
	for name, declared := range map[string]string{"alone": "[]", "another unit is not judged yet": toCarts} {
		s := start(t, crossed, toSessions)
		s.sweep()
		s.declare(declared)
		_, runs[name] = s.callsOf(func() reconcile.Report { return s.run(cacheUnit()) })
	}
	for operation, n := range runs["another unit is not judged yet"] {
		if n > runs["alone"][operation] {
			t.Errorf("%s was called %d times, and %d times where nobody else is concerned", operation, n, runs["alone"][operation])
		}
	}
}

// The needs of an intent that is gone protect nothing, and no judgement is waited for.
func TestNeedsOfIntentsThatAreGoneProtectNothing(t *testing.T) {
	s := start(t, crossed, toSessions+toCarts)
	s.sweep()
	s.declare("[]")
	s.run(cacheUnit())
	s.run(otherUnit())
	s.wantRoutes(nil, nil)
}

// A cluster that no unit was judged with may need the routes of any account; its pending
// unit is woken, and finds it.
func TestAClusterThatNoUnitWasJudgedWithIsWaitedFor(t *testing.T) {
	const (
		sessions = "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}\n"
		carts    = "- {cluster: \"arn:aws:elasticache:us-east-1:444455556666:cluster:carts\", name: near, source: 10.0.1.0/24, path: peering}\n"
		nowhere  = "- {cluster: \"arn:aws:elasticache:us-east-1:999988887777:cluster:carts\", name: near, source: 10.0.1.0/24, path: peering}\n"
	)
	for name, tt := range map[string]struct {
		left   string
		awaits []network.Unit
	}{
		"of an account of the deployment":  {carts, []network.Unit{network.PendingUnit(network.Location{Account: appAccount, Region: homeRegion})}},
		"of an account of somebody else's": {nowhere, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, bothWays(), sessions)
			s.sweep()
			s.declare(tt.left)
			report := s.run(cacheUnit())
			if !slices.Equal(report.Awaited, tt.awaits) {
				t.Errorf("woken are %v, want %v", report.Awaited, tt.awaits)
			}
			if got := s.routes(cacheAccount, "rtb-0c"); len(got) == 1 != (len(tt.awaits) > 0) {
				t.Errorf("the routes are %v", got)
			}
			wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
		})
	}
}
