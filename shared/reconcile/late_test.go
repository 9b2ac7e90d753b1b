package reconcile_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// A process stands still between claim and call, as a laptop that sleeps does: its lease
// ends, another run takes over, the intent goes, and then the call is made.
func TestAWriteThatComesAfterItsLeaseIsFoundAndTakenAway(t *testing.T) {
	for what, operation := range map[string]string{"a rule": "ec2:AuthorizeSecurityGroupIngress", "a route": "ec2:CreateRoute"} {
		t.Run(what, func(t *testing.T) {
			s := start(t, peered, "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}")
			slept := false
			s.Sim.OnCall(func(ctx context.Context, call awssim.Call) error {
				if slept || call.Operation != operation {
					return nil
				}
				slept = true
				s.now = s.now.Add(20 * time.Hour)
				s.declare("[]")
				other := *s.Runner
				other.Owner = "another process"
				for range 2 {
					if _, err := other.Run(ctx, cacheUnit(), reconcile.Wake{Trigger: "sweep"}); err != nil {
						t.Error(err)
					}
				}
				return nil
			})
			report, err := s.Run(t.Context(), cacheUnit(), reconcile.Wake{Trigger: "test"})
			if err == nil || !slept {
				t.Fatalf("the run gave error %v, and slept is %t: want one that lost its lease", err, slept)
			}
			late := slices.IndexFunc(report.Changes, func(c change.Change) bool { return "ec2:"+string(c.Action) == operation })
			if late < 0 || report.Changes[late].Outcome != "applied" {
				t.Fatalf("the late write is not among the changes: %v", report.Changes)
			}
			s.now = s.now.Add(time.Hour)
			s.sweep()
			s.sweep()
			wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
			wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"))
			wantStrings(t, "routes of the far side", s.routes(appAccount, "rtb-0a"))
		})
	}
}
