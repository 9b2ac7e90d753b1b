package system

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/awssim/hub"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/wake"
)

// System is a deployment of cachegate while a history is played.
type System struct {
	history History
	start   time.Time
	ctx     context.Context // that of what others do; processes have their own

	// mu is held while anything happens: effects, deliveries, steps.
	mu sync.Mutex
	// running are the invocations that go on, over says that nothing begins any more.
	running sync.WaitGroup
	over    bool

	sim    *awssim.Sim
	tables *hub.Hub
	ledger *ledger.Memory
	// wakes is the queue that is received at once, looks the one for second looks.
	wakes, looks *queue
	inbox        *inbox
	schedules    schedules
	turns        int
	events       int

	dispatches, workers []*environment
	processes           []*process
	laptops             int

	armed   []armed
	lagging bool

	judge
	outcome Outcome
}

// Outcome is what became of a history.
type Outcome struct {
	Violations []Violation
	// Story tells what happened, where somebody wants to read it.
	Story []string
	// Struck counts the faults by kind.
	Struck map[Kind]int
	Tally  Tally
}

// Violation is a promise that was broken.
type Violation struct {
	// Promise is its number in the design.
	Promise string
	// Kind is the same for violations that are about the same.
	Kind string
	Text string
	At   time.Duration
}

func (v Violation) String() string {
	return fmt.Sprintf("promise %s at %s: %s", v.Promise, v.At.Round(time.Millisecond), v.Text)
}

// quiet is how long a history goes on after all that happens in it: within it, all that
// is declared and possible has to be open, and all that ended to be closed.
const quiet = 2*sweepEvery + 40*time.Minute

// Run plays a history.
func Run(t *testing.T, h History) Outcome {
	t.Helper()
	return play(t, h, false)
}

// Tell plays a history and tells what happens in it.
func Tell(t *testing.T, h History) Outcome {
	t.Helper()
	return play(t, h, true)
}

func play(t *testing.T, h History, telling bool) Outcome {
	t.Helper()
	var out Outcome
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))) // a bubble begins in the year 2000
		s := newSystem(t.Context(), h)
		if !telling {
			s.outcome.Story = nil
		}
		s.telling = telling
		if err := s.begin(); err != nil {
			out = Outcome{Violations: []Violation{{Promise: "none", Kind: "unfit", Text: err.Error()}}}
			return
		}
		s.until(h.until() + time.Minute)
		s.locked(s.calm)
		s.until(quiet)
		s.locked(s.end)
		s.running.Wait()
		out = s.outcome
	})
	return out
}

// until lets time pass, unless something is broken already.
func (s *System) until(d time.Duration) {
	const glance = 5 * time.Minute
	for d > 0 {
		time.Sleep(min(d, glance))
		d -= glance
		broken := false
		s.locked(func() { broken = len(s.outcome.Violations) > 0 })
		if broken {
			return
		}
	}
}

func newSystem(ctx context.Context, h History) *System {
	return &System{
		history: h, start: time.Now(), ctx: ctx, ledger: ledger.NewMemory(), schedules: schedules{},
		judge: newJudge(), outcome: Outcome{Struck: map[Kind]int{}},
	}
}

// begin deploys cachegate, with the first sweep.
func (s *System) begin() error {
	w, err := s.history.world()
	if err != nil {
		return err
	}
	s.sim = awssim.New(w, awssim.WithClock(time.Now), awssim.WithSeed(s.history.Seed))
	s.tables = hub.New(hubAccount, region)
	s.tables.AddTable(intentsTable, intent.FieldCluster, intent.FieldName)
	s.wakes, s.looks, s.inbox = &queue{sys: s, name: "wake"}, &queue{sys: s, name: "later", delay: wake.Delay}, &inbox{sys: s}
	for n := range 2 {
		s.dispatches = append(s.dispatches, s.newEnvironment(fmt.Sprintf("dispatch-%d", n+1), fillDispatch))
	}
	for n := range max(s.history.Workers, 1) {
		s.workers = append(s.workers, s.newEnvironment(fmt.Sprintf("%s%d", workerName, n+1), fillReconcile))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.declareAll(); err != nil {
		return err
	}
	s.startFaults()
	for n, step := range s.history.Steps {
		s.later(step.At+time.Duration(n), func() { s.step(step) })
	}
	for n, i := range s.history.allIntents() {
		for m, moment := range []time.Duration{i.From, i.Until} {
			if moment > 0 {
				s.later(moment+2*apart+time.Duration(2*n+m), s.began)
			}
		}
	}
	s.sweep()
	return nil
}

// agreed is the limit that a person sets who agrees to what waits.
const agreed = 1000

// calm ends the disturbances: nothing lags or is wrong any more, and a person agrees to
// what waits for one.
func (s *System) calm() {
	s.sim.NoLag()
	s.lagging, s.armed = false, nil
	for _, p := range s.processes {
		p.mu.Lock()
		p.skew = 0
		p.mu.Unlock()
	}
	policy := s.policy
	policy.MaxCloses = agreed
	s.tell("CALM: a person agrees to what waits")
	s.setPolicy(policy)
	s.calmFrom = s.elapsed()
}

// end judges what is left, and lets everything come to an end.
func (s *System) end() {
	if len(s.outcome.Violations) == 0 {
		s.judgeEnd()
	}
	s.over = true
	for _, p := range s.processes {
		p.die()
	}
}

// elapsed is the time since the start of the history.
func (s *System) elapsed() time.Duration { return time.Since(s.start) }

// locked does something at one moment, at which nothing else happens.
func (s *System) locked(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// at does something at a time, unless the history is over.
func (s *System) at(t time.Time, do func()) {
	time.AfterFunc(time.Until(t), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.over {
			do()
		}
	})
}

// later does something so long after the start.
func (s *System) later(after time.Duration, do func()) { s.at(s.start.Add(after), do) }

// tell adds to the story.
func (s *System) tell(format string, args ...any) {
	if s.telling {
		s.outcome.Story = append(s.outcome.Story, fmt.Sprintf("%12s  %s", s.elapsed().Round(time.Millisecond), fmt.Sprintf(format, args...)))
	}
}

func (s *System) struck(k Kind) { s.outcome.Struck[k]++ }

// violate notes a broken promise. A history ends with the first: what follows from it
// proves nothing.
func (s *System) violate(promise, format string, args ...any) {
	v := Violation{Promise: promise, Kind: promise + " " + format, Text: fmt.Sprintf(format, args...), At: s.elapsed()}
	s.tell("VIOLATION %s", v)
	s.outcome.Violations = append(s.outcome.Violations, v)
}

// jitter draws a time of up to a second from the seed, the same for the same words.
func (s *System) jitter(words ...string) time.Duration {
	return time.Duration(mixed(s.history.Seed, hashOf(words...)) % uint64(time.Second))
}

// latency draws how long a call takes.
func (s *System) latency(p *process, c call) time.Duration {
	key := c.key ^ hashOf(p.name, c.name) + uint64(p.life)
	n := mixed(s.history.Seed, key+p.noted(key)*hashPrime)
	span := uint64(60 * time.Millisecond)
	switch {
	case c.service() == "ledger":
		span = uint64(10 * time.Millisecond)
	case n%64 == 0: // one in so many takes long
		span = uint64(2 * time.Second)
	}
	return time.Duration(span/4 + mixed(n, 1)%span)
}

// mixed scatters two numbers.
func mixed(a, b uint64) uint64 {
	x := a ^ (b + 0x9e3779b97f4a7c15 + a<<6 + a>>2)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
