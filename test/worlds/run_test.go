package worlds

import (
	"context"
	"slices"
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

// notYetLoaded are lists of AWS's that worlds hold and the simulator leaves out.
func notYetLoaded() []string { return []string{"TransitGatewayPolicyTables"} }

// start loads a world and judges it once, as a replay does.
func start(tb testing.TB, f worldFile) *running {
	tb.Helper()
	world, warnings, err := awssim.Load(f.name+".json", asJSON(tb, f.World))
	if err != nil {
		tb.Fatal(err)
	}
	for _, w := range warnings {
		if slices.ContainsFunc(notYetLoaded(), func(list string) bool { return strings.Contains(w.String(), list) }) {
			continue
		}
		if strings.Contains(w.Text, "not known and was ignored") || strings.Contains(w.Text, "stands twice") {
			tb.Fatalf("the world has a key that is not AWS's, or has it twice: %s", w)
		}
	}
	r := &running{file: f}
	r.sim = awssim.New(world, awssim.WithClock(func() time.Time { return r.now }))
	now := f.Now
	if now == "" {
		now = usualNow
	}
	r.setNow(tb, now)
	r.session = replay.New(r.sim, r.declared(tb, f.Intents), replay.Options{Clock: func() time.Time { return r.now }})
	if err := r.session.Prepare(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return r
}

func (r *running) setNow(tb testing.TB, text string) {
	tb.Helper()
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	r.now = now
}

func (r *running) declared(tb testing.TB, items any) intent.Set {
	tb.Helper()
	set, problems, err := replay.LoadIntents(tb.Context(), "intents.json", asJSON(tb, items), r.sim)
	if err != nil {
		tb.Fatal(err)
	}
	for _, p := range problems {
		tb.Errorf("an intent is wrong: %v", p)
	}
	return set
}

// take carries out a step and gives what its run found and did.
func (r *running) take(tb testing.TB, s step) []reconcile.Report {
	tb.Helper()
	if s.Now != "" {
		r.setNow(tb, s.Now)
	}
	if s.Intents != nil {
		r.session.Declare(r.declared(tb, s.Intents))
	}
	return r.sweep(tb)
}

func (r *running) sweep(tb testing.TB) []reconcile.Report {
	tb.Helper()
	reports, err := r.session.Sweep(context.WithoutCancel(tb.Context()))
	if err != nil {
		tb.Fatal(err)
	}
	return reports
}

// settles fails unless a run on the unchanged world writes nothing and says nothing new.
func (r *running) settles(tb testing.TB) {
	tb.Helper()
	before := len(r.sim.Writes())
	reports := r.sweep(tb)
	for _, w := range r.sim.Writes()[before:] {
		tb.Errorf("a second run on the unchanged world wrote %s: %+v", w.Operation, w.Input)
	}
	for _, f := range operate.ReportView("sweep", reports...).Findings {
		tb.Errorf("a second run on the unchanged world told %s %s of %s %s again: %s", f.Kind, f.Status, f.Intent, f.Resource, f.Title)
	}
}
