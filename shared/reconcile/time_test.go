package reconcile_test

import (
	"context"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
)

func TestTimeThatPassesDuringARun(t *testing.T) {
	t.Run("an intent that ended between the plan and the write opens nothing more", func(t *testing.T) {
		s := start(t, peered, "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering, expiresAt: 2026-11-22T12:00:30Z}")
		s.Sim.OnCall(func(_ context.Context, c awssim.Call) error {
			if c.Operation == "ec2:CreateRoute" { // it was throttled, and retried
				s.now = s.now.Add(20 * time.Second)
			}
			return nil
		})
		s.now = s.now.Add(5 * time.Second)
		report := s.run(cacheUnit())
		if got := s.sources("sg-0c"); len(got) > 0 {
			t.Errorf("%v is open at %s, and the intent ended at 12:00:30", got, s.now.Format(time.TimeOnly))
		}
		if report.Next.After(s.now) || report.Next.IsZero() {
			t.Errorf("the unit is looked at again at %s, and what was opened before is over at %s", report.Next, s.now)
		}
		s.run(cacheUnit())
		if got := s.routes(cacheAccount, "rtb-0c"); len(got) > 0 {
			t.Errorf("the next run leaves the routes %v", got)
		}
	})
}
