package worlds

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/replay"
)

// running is a world with cachegate at work in it.
type running struct {
	file    worldFile
	sim     *awssim.Sim
	session *replay.Session
	now     time.Time
}

// start loads a world and judges it once, as a replay does.
func start(t *testing.T, f worldFile) *running {
	t.Helper()
	world, warnings, err := awssim.Load(f.name+".json", asJSON(t, f.World))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		if strings.Contains(w.Text, "not known and was ignored") || strings.Contains(w.Text, "stands twice") {
			t.Fatalf("the world has a key that is not AWS's, or has it twice: %s", w)
		}
	}
	r := &running{file: f}
	r.sim = awssim.New(world, awssim.WithClock(func() time.Time { return r.now }))
	now := f.Now
	if now == "" {
		now = usualNow
	}
	r.setNow(t, now)
	r.session = replay.New(r.sim, r.declared(t, f.Intents), replay.Options{Clock: func() time.Time { return r.now }})
	if err := r.session.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *running) setNow(t *testing.T, text string) {
	t.Helper()
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	r.now = now
}

func (r *running) declared(t *testing.T, items any) intent.Set {
	t.Helper()
	set, problems, err := replay.LoadIntents(t.Context(), "intents.json", asJSON(t, items), r.sim)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("an intent is wrong: %v", p)
	}
	return set
}

// take carries out a step and gives what its run found and did.
func (r *running) take(t *testing.T, s step) []reconcile.Report {
	t.Helper()
	if s.Now != "" {
		r.setNow(t, s.Now)
	}
	if s.Intents != nil {
		r.session.Declare(r.declared(t, s.Intents))
	}
	return r.sweep(t)
}

func (r *running) sweep(t *testing.T) []reconcile.Report {
	t.Helper()
	reports, err := r.session.Sweep(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return reports
}

// settles fails unless a run on the unchanged world writes nothing and says nothing new.
func (r *running) settles(t *testing.T) {
	t.Helper()
	before := len(r.sim.Writes())
	reports := r.sweep(t)
	for _, w := range r.sim.Writes()[before:] {
		t.Errorf("a second run on the unchanged world wrote %s: %+v", w.Operation, w.Input)
	}
	for _, f := range operate.ReportView("sweep", reports...).Findings {
		t.Errorf("a second run on the unchanged world told %s %s of %s %s again: %s", f.Kind, f.Status, f.Intent, f.Resource, f.Title)
	}
}
