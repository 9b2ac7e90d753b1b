package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/wake"
)

// twoIntents are two that begin or end one after the other.
const twoIntents = "- {cluster: sessions, name: first, source: sg-0e81c00a1b2c3d4e5}\n- {cluster: sessions, name: second, source: 10.20.9.0/25}\n"

// slowly lets time go on while a run waits for EC2 to show its writes.
func (h *harness) slowly() {
	h.runner.Sleep = func(_ context.Context, d time.Duration) error {
		h.now = h.now.Add(d)
		return nil
	}
}

func TestWhatHappensWhileARunVerifies(t *testing.T) {
	t.Run("an intent that ends is closed soon", func(t *testing.T) {
		h := build(t, twoIntents)
		h.slowly()
		h.deliver(wake.SweepInput())
		h.settle()
		ends := h.now.Add(time.Hour).Truncate(time.Minute)
		for i := range h.set.Intents {
			h.set.Intents[i].ExpiresAt = ends.Add(map[string]time.Duration{"first": 0, "second": 50 * time.Second}[h.set.Intents[i].Name])
		}
		h.changed(h.set.Intents[0].Cluster, "first")
		h.settle()
		h.now = ends.Add(30 * time.Second)
		h.deliver(wake.ScheduleInput(cacheVPC))
		delete(h.schedules, cacheVPC) // it was carried out
		h.sim.Lag(awssim.Lag{Reads: 30})
		h.first()
		h.sim.NoLag()
		if at, scheduled := h.schedules[cacheVPC]; len(h.queue.Waiting(t)) == 0 && (!scheduled || at.Sub(h.now) > 5*time.Minute) {
			t.Errorf("nobody looks again before the sweep: scheduled %v at %s, and it is %s", scheduled, at, h.now)
		}
		h.settle()
		if got := h.ingress(); len(got) > 0 {
			t.Errorf("access that ended stands: %v", got)
		}
	})
	t.Run("an intent that begins is opened soon", func(t *testing.T) {
		h := build(t, twoIntents)
		h.slowly()
		begins := h.now.Add(5 * time.Second)
		for i := range h.set.Intents {
			if h.set.Intents[i].Name == "second" {
				h.set.Intents[i].NotBefore = begins
			}
		}
		h.changed(h.set.Intents[0].Cluster, "first")
		h.sim.Lag(awssim.Lag{Reads: 30})
		h.work()
		h.sim.NoLag()
		if h.now.Before(begins) {
			t.Fatalf("the run ended at %s, before the second intent began at %s: the test shows nothing", h.now, begins)
		}
		if _, scheduled := h.schedules[cacheVPC]; len(h.queue.Waiting(t)) == 0 && !scheduled {
			t.Error("nobody looks again before the sweep")
		}
		h.settle()
		if got := h.ingress(); len(got) != 2 {
			t.Errorf("the rules are %v, want those of both intents", got)
		}
	})
}

// ingress gives the sources of the rules of the caches' group.
func (h *harness) ingress() []string {
	var out []string
	for _, g := range h.sim.World().Accounts()[account][region].SecurityGroups {
		if *g.GroupId != caches {
			continue
		}
		for _, p := range g.IpPermissions {
			for _, x := range p.UserIdGroupPairs {
				out = append(out, *x.GroupId)
			}
			for _, x := range p.IpRanges {
				out = append(out, *x.CidrIp)
			}
		}
	}
	return out
}
