package system

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cachegate/cachegate/shared/network"
)

// process is one process of cachegate's: an execution environment of a Lambda function,
// or a laptop. What it calls goes through the seam, where time passes and faults strike.
type process struct {
	sys  *System
	name string
	// life counts its incarnations: whoever takes the place of one that stopped has
	// another life.
	life int

	mu sync.Mutex
	// gone says that it stopped: nothing that it does has an effect any more.
	gone bool
	// stop ends what it is at.
	stop context.CancelFunc
	// until is when Lambda stops the invocation; zero: never.
	until time.Time
	// unit is what it reconciles just now, and closes how much it took away in that run.
	unit   network.Unit
	closes int
	// since is when it took the unit.
	since time.Duration
	// wrote counts its writes of the network in the run, busy says that it is in one.
	wrote int
	// losing says that the answer of the call that has its effect just now is lost.
	losing bool
	busy   bool
	// calls are when its last calls began, newest last.
	calls []time.Time
	// same counts calls that say the same, so that each has a latency of its own.
	same map[uint64]uint64
	// skew is by how much its clock is wrong, frozen until when it stands still.
	skew   time.Duration
	frozen time.Time
}

// errGone is what a process sees that is gone: nobody reads it.
var errGone = errors.New("the process is gone")

func (s *System) newProcess(name string, life int) *process {
	p := &process{sys: s, name: name, life: life, same: map[uint64]uint64{}, skew: s.skewOf(name)}
	s.processes = append(s.processes, p)
	return p
}

// now is what its clock says.
func (p *process) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.skew)
}

// begin starts an invocation, which ends by a time or, where it is zero, by itself.
func (p *process) begin(limit time.Duration) context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = time.Time{}
	ctx, stop := context.WithCancel(context.Background())
	if limit > 0 {
		p.until = time.Now().Add(limit)
		ctx, stop = context.WithDeadline(context.Background(), p.until)
	}
	p.stop, p.closes, p.unit, p.busy = stop, 0, network.Unit{}, false
	return ctx
}

// dead says whether the process is gone, by itself or because its time was over.
func (p *process) dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.until.IsZero() && !time.Now().Before(p.until) {
		p.gone = true
	}
	return p.gone
}

// die ends the process at once.
func (p *process) die() {
	p.mu.Lock()
	p.gone = true
	stop := p.stop
	p.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// callsKept is how many calls back a write may lean on what it read.
const callsKept = 10

// noted gives the number of calls that said the same before, and keeps when this one began.
func (p *process) noted(key uint64) (before uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before = p.same[key]
	p.same[key]++
	p.calls = append(p.calls, time.Now())
	if len(p.calls) > callsKept {
		p.calls = p.calls[1:]
	}
	return before
}

// leaning gives since when what a write leans on may have been read.
func (p *process) leaning() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.calls) == 0 {
		return time.Now()
	}
	return p.calls[0]
}

// freeze makes the process stand still for a while.
func (p *process) freeze(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = time.Now().Add(d)
}

// thaw waits until the process goes on.
func (p *process) thaw() {
	for {
		p.mu.Lock()
		left := time.Until(p.frozen)
		if !p.until.IsZero() { // Lambda does not wait for who stands still
			left = min(left, time.Until(p.until))
		}
		p.mu.Unlock()
		if left <= 0 {
			return
		}
		time.Sleep(left)
	}
}

// reconciles notes which unit the process runs from now on.
func (p *process) reconciles(unit network.Unit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unit, p.closes, p.wrote, p.busy, p.since = unit, 0, 0, true, p.sys.elapsed()
}

// freed notes that the process gave its unit back.
func (p *process) freed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = false
}

// working says whether the process is in a run.
func (p *process) working() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.busy && !p.gone
}
