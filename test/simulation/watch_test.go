package simulation

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/test/oracle"
)

// run is a run under watch.
type run struct {
	unit network.Unit
	// before is the network before the run, pre the one before the write that is
	// just made.
	before, pre *oracle.Network
	// seen counts the writes that were looked at.
	seen int
	// working are the declared connections that worked before the run, lost those
	// that stopped to in it.
	working []promised
	lost    []loss
	// held are the claims before the run.
	held []change.Claim
}

// loss is a connection that worked before a run and not after a write of it.
type loss struct {
	promised
	pair     oracle.Pair
	blockers []oracle.Blocker
}

// promised are connections of an open intent that must go on working.
type promised struct {
	intent Intent
	ask    oracle.Ask
	pairs  oracle.Pairs
	// whole says that all of the intent's connections worked.
	whole bool
}

// crash is a run that stops short: after so many calls, or after a write.
type crash struct {
	armed  bool
	calls  int
	writes bool // counts writes only
	count  int
	cancel context.CancelFunc
	done   bool
}

func (c crash) happened() bool { return c.done }

var errCrashed = errors.New("the process is gone")

func (h *harness) newRun(u network.Unit, before *oracle.Network) *run {
	r := &run{unit: u, before: before, pre: before, seen: len(h.sim.Writes()), held: h.allClaims()}
	for _, i := range h.live(h.now, false) {
		a := h.ask(i)
		pairs, ok := before.Pairs(a, oracle.Present)
		if !ok || len(pairs) == 0 {
			continue
		}
		if working := before.Working(a, pairs); len(working) > 0 {
			r.working = append(r.working, promised{i, a, working, len(working) == len(pairs)})
		}
	}
	return r
}

// watch is called before every attempt at a call, cachegate's own and foreign ones.
func (h *harness) watch(_ context.Context, call awssim.Call) error {
	if !ours(call.Actor) {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.run == nil {
		return nil
	}
	h.notice()
	if h.crash.armed && (call.Write || !h.crash.writes) {
		if h.crash.count++; h.crash.count > h.crash.calls {
			h.crash.done = true
			h.crash.cancel()
			return errCrashed
		}
	}
	if call.Write {
		h.interfere(call)
		h.run.pre = h.read()
		h.claimedFirst(call)
	}
	return nil
}

// meanwhile is what happens in the middle of the next run: just before one of its
// writes, on what it read before.
type meanwhile struct {
	armed  bool
	writes int
	what   Step
}

// interfere lets the meanwhile happen when its time has come: another unit's run, or
// somebody else's change of a rule. Others do not come between the last look at what
// is closed and its close, since EC2 offers no way to be faster. The caller holds the
// lock, and has it again afterwards.
func (h *harness) interfere(call awssim.Call) {
	closes := strings.HasPrefix(call.Operation, "ec2:Revoke") || strings.HasPrefix(call.Operation, "ec2:Delete")
	if !h.meanwhile.armed || closes && h.meanwhile.what.Do != doRun {
		return
	}
	if h.meanwhile.writes--; h.meanwhile.writes >= 0 {
		return
	}
	what := h.meanwhile.what
	if what.Do == doRun && what.On == h.run.unit.VPC {
		return // a unit has one run at a time: the queue and the lease see to it
	}
	outer, planned := h.run, h.crash
	h.run, h.crash, h.meanwhile = nil, crash{}, meanwhile{}
	h.mu.Unlock()
	h.tell("  MEANWHILE %s", what)
	h.step(what)
	h.mu.Lock()
	h.run, h.crash, h.disturbed = outer, planned, true
	h.run.seen = len(h.sim.Writes())
	h.run.working = h.newRun(outer.unit, h.read()).working
}

func ours(a awssim.Actor) bool { return strings.HasSuffix(a.RoleARN, ":role/cachegate-replay") }

// notice looks at what cachegate wrote since it last looked. The caller holds the lock.
func (h *harness) notice() {
	writes := h.sim.Writes()
	for _, w := range writes[h.run.seen:] {
		if ours(w.Actor) {
			h.tell("  %s %s", w.Operation, describeWrite(w))
			h.judgeWrite(w, h.run.pre)
			h.own.after(w)
		}
	}
	if len(writes) == h.run.seen {
		return
	}
	h.run.seen = len(writes)
	h.stillWorking()
}

// stillWorking holds promise 4: no declared access is lost through cachegate, at
// no moment of a run.
func (h *harness) stillWorking() {
	now := h.read()
	for _, p := range h.run.working {
		left := now.Working(p.ask, p.pairs)
		if len(left) == len(p.pairs) {
			continue
		}
		lost := p.pairs[0]
		for _, pair := range p.pairs {
			if !now.Connect(pair.Client, pair.Node).Works() {
				lost = pair
				break
			}
		}
		h.run.lost = append(h.run.lost, loss{p, lost, now.Connect(lost.Client, lost.Node).Blockers})
	}
}

// losses holds promise 4 after a run, when it is known how cachegate judged the
// intents before it.
func (h *harness) losses(r *run, report reconcile.Report, disturbed bool) {
	if disturbed {
		h.toRepair = append(h.toRepair, r.lost...)
		return
	}
	for _, l := range r.lost {
		judged := "not judged"
		for _, j := range report.Before {
			if j.Intent.Name == l.intent.Name && j.Intent.Cluster == l.ask.Cluster {
				judged = "judged " + string(j.State)
			}
		}
		part := ""
		if !l.whole {
			part = " in part"
		}
		h.violate("4", "intent %s (%s) worked%s before the run of %s and does not now: from %s to %s port %d: %v",
			l.intent.key(), judged, part, r.unit, l.pair.Client.Address, l.pair.Node.Address, l.pair.Node.Port, l.blockers)
	}
}

// repaired holds promise 4 where another unit came to need something in the moment
// between the last look and its close: nothing can prevent that, and the event of the
// close wakes whoever needs it.
func (h *harness) repaired() {
	lost := h.toRepair
	if h.toRepair = nil; len(lost) == 0 {
		return
	}
	h.deliver()
	now := h.read()
	for _, l := range lost {
		if !slices.ContainsFunc(h.live(h.now, false), func(i Intent) bool { return reflect.DeepEqual(i, l.intent) }) {
			continue
		}
		if left := now.Working(l.ask, l.pairs); len(left) < len(l.pairs) {
			h.violate("4", "intent %s was lost while two units ran at once, and is not back: from %s to %s port %d: %v",
				l.intent.key(), l.pair.Client.Address, l.pair.Node.Address, l.pair.Node.Port, now.Connect(l.pair.Client, l.pair.Node).Blockers)
		}
	}
}
