package simulation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/replay"
	"github.com/cachegate/cachegate/test/oracle"
)

// Violation is a promise that a case broke.
type Violation struct {
	// Promise is the number of the promise in the design, or what else went wrong.
	Promise string
	Text    string
	// Kind tells violations apart that are about different things.
	Kind string
}

// harness runs a case: cachegate at work in it, foreign hands too, and every write
// watched.
type harness struct {
	declaration
	ctx     context.Context
	sim     *awssim.Sim
	session *replay.Session
	now     time.Time

	mu         sync.Mutex
	violations []Violation
	story      []string
	own        ownership
	run        *run
	// faults are the injections that stand, lagging says that reads are late.
	faults  []awssim.Injection
	lagging bool
	crash   crash
	// meanwhile waits for the next run; disturbed says that it happened in it.
	meanwhile meanwhile
	disturbed bool
	// awaiting says that a run waits for another unit's: the deployed system runs both again.
	awaiting bool
	// toRepair are connections that were lost because two units ran at once.
	toRepair []loss

	cached struct {
		writes  int
		network *oracle.Network
	}
	told map[string]bool // findings that people know as open

	// counted takes what the case came across; nil: nobody counts.
	counted *counted
	// stood are the verdicts after the last write of a case of writes alone.
	stood map[network.Unit]map[string]string
}

// errUnfit says that a case makes no sense, such as one that was cut down too far.
var errUnfit = errors.New("the case makes no world")

func newHarness(c Case) *harness {
	return &harness{
		declaration: declaration{Case: c, intents: slices.Clone(c.Intents), policies: slices.Clone(c.Policies)},
		ctx:         context.Background(), now: start(), told: map[string]bool{},
	}
}

// simulate runs a case and gives what it broke, and the story of what happened.
func simulate(c Case) ([]Violation, []string, error) { return simulateCounting(c, nil) }

// simulateCounting runs a case like simulate, and counts the open intents of its end
// by path and state.
func simulateCounting(c Case, seen *counted) ([]Violation, []string, error) {
	h := newHarness(c)
	h.counted = seen
	if err := h.begin(); err != nil {
		return nil, nil, err
	}
	for _, s := range c.Steps {
		h.step(s)
		if len(h.violations) > 0 {
			return h.violations, h.story, nil
		}
	}
	h.settle()
	return h.violations, h.story, nil
}

// begin starts cachegate in the world of the case.
func (h *harness) begin() error {
	w, err := h.world()
	if err != nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	return h.on(w)
}

// on starts cachegate in a world.
func (h *harness) on(w *awssim.World) error {
	h.sim = awssim.New(w, awssim.WithClock(func() time.Time { return h.now }))
	set, err := h.load(h.ctx, h.sim)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	h.session = replay.New(h.sim, set, replay.Options{Clock: func() time.Time { return h.now }})
	h.own = h.claimed()
	h.sim.OnCall(h.watch)
	if err := h.session.Prepare(h.ctx); err != nil {
		h.violate("error", "preparing: %v", err)
	}
	return nil
}

func (h *harness) violate(promise, text string, args ...any) {
	v := Violation{promise, fmt.Sprintf(text, args...), promise + text}
	if slices.ContainsFunc(known(), func(part string) bool { return strings.Contains(v.Text, part) }) {
		h.tell("KNOWN %s", v.Text)
		return
	}
	h.violations = append(h.violations, v)
}

// known are parts of violations that are looked past, to see what else there is:
// CACHEGATE_KNOWN holds them, with | between.
func known() []string {
	return strings.FieldsFunc(os.Getenv("CACHEGATE_KNOWN"), func(r rune) bool { return r == '|' })
}

func (h *harness) tell(text string, args ...any) {
	h.story = append(h.story, fmt.Sprintf(text, args...))
}

// read gives the network as it is; it is read again only after a write.
func (h *harness) read() *oracle.Network {
	n := len(h.sim.Writes())
	if h.cached.network == nil || h.cached.writes != n {
		seen, err := oracle.Read(h.ctx, h.sim)
		if err != nil {
			panic(fmt.Errorf("the oracle cannot read: %w", err))
		}
		h.cached.writes, h.cached.network = n, seen
	}
	return h.cached.network
}

// declare gives cachegate what is declared now.
func (h *harness) declare() {
	set, err := h.load(h.ctx, h.sim)
	if err != nil {
		h.violate("error", "reading intents: %v", err)
		return
	}
	h.session.Declare(set)
}

// units are those that cachegate knows of, or that something is declared for.
func (h *harness) units() []network.Unit {
	known, err := h.session.Ledger.Units(h.ctx)
	if err != nil {
		h.violate("error", "reading units: %v", err)
	}
	declared, err := h.session.Units(h.ctx)
	if err != nil && len(h.faults) == 0 {
		h.violate("error", "reading units: %v", err)
	}
	var out []network.Unit
	for _, j := range known {
		out = append(out, j.Unit)
	}
	for _, u := range declared {
		if !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return ledger.SortUnits(out)
}

// runUnit reconciles a unit under watch. done says that the run came to its end
// and saw everything.
func (h *harness) runUnit(u network.Unit, wake reconcile.Wake) (report reconcile.Report, wrote int, done bool) {
	before := h.read()
	h.run = h.newRun(u, before)
	first, recorded := len(h.sim.Writes()), len(h.session.Ledger.Runs())
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	h.crash.cancel = cancel
	report, err := h.session.Run(ctx, u, wake)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notice()
	disturbed := h.disturbed
	h.disturbed, h.meanwhile = false, meanwhile{}
	h.losses(h.run, report, disturbed)
	h.run = nil
	wrote = len(h.sim.Writes()) - first
	crashed := h.crash.happened()
	h.crash = crash{}
	h.tell("run %s (%s): %d writes, crashed %v, error %v", u, wake.Trigger, wrote, crashed, err)
	if err != nil && !crashed && len(h.faults) == 0 {
		h.violate("error", "running %s: %v", u, err)
	}
	done = err == nil && !crashed && !disturbed && len(h.faults) == 0 && !h.lagging
	if err == nil {
		for _, c := range report.Changes {
			h.tell("  %s %s: %s %s", c.Outcome, c.Reason, c.Text(), c.Why)
		}
		for _, f := range report.Told {
			h.tell("  %s %s: %s (%s)", f.Status, f.Kind, f.Title, f.Detail)
		}
		h.lifecycle(u, report.Told)
	}
	h.recorded(u, first, recorded, crashed || err != nil)
	if done {
		h.own.sawUnit(u.VPC, h.read())
	}
	return report, wrote, done
}
