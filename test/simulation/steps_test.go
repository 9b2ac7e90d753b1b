package simulation

import (
	"errors"
	"slices"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// The steps of a case.
const (
	doSweep    = "sweep"    // reconcile all units
	doRun      = "run"      // reconcile the unit of the VPC On, Intent being declared just before
	doEvents   = "events"   // deliver the events so far, and reconcile what they wake
	doDeclare  = "declare"  // Intent comes, or takes the place of the one with its name
	doWithdraw = "withdraw" // the At-th intent is deleted
	doSpoil    = "spoil"    // the At-th intent becomes malformed in the field To
	doPolicy   = "policy"   // Policy comes, or takes the place of the one for its target
	doWait     = "wait"     // Times minutes pass
	doFail     = "fail"     // the calls To of account On fail, Times times or for good
	doHeal     = "heal"     // nothing fails any more
	doLag      = "lag"      // the Times next reads after each write are late
	doBetween  = "between"  // just before the At-th write of the next run, Step happens
	doCrash    = "crash"    // the next run stops after At calls, of writes only where After
)

// step carries out one step.
func (h *harness) step(s Step) {
	h.tell("step %s", s)
	switch s.Do {
	case doSweep:
		for _, u := range h.units() {
			h.reconcile(u, reconcile.Wake{Trigger: "sweep"})
		}
	case doRun:
		if s.Intent != nil {
			h.redeclare(Step{Do: doDeclare, Intent: s.Intent})
		}
		v := h.vpc(s.On)
		h.reconcile(network.Unit{Location: network.Location{Account: v.Account, Region: v.Region}, VPC: s.On}, reconcile.Wake{Trigger: "run"})
	case doEvents:
		h.deliver()
	case doWait:
		h.now = h.now.Add(time.Duration(s.Times) * time.Minute)
	case doFail, doHeal, doLag, doCrash, doBetween:
		h.disturb(s)
	case doDeclare, doWithdraw, doSpoil, doPolicy:
		h.redeclare(s)
	default:
		h.foreign(s)
	}
}

// reconcile runs a unit, twice where nothing is in the way.
func (h *harness) reconcile(u network.Unit, wake reconcile.Wake) {
	if len(h.violations) > 0 {
		return
	}
	h.runTwice(u, wake)
}

func (h *harness) disturb(s Step) {
	switch s.Do {
	case doHeal:
		h.heal()
	case doLag:
		h.lagging = s.Times > 0
		h.sim.Lag(awssim.Lag{Reads: s.Times})
	case doBetween:
		if s.Step != nil {
			h.meanwhile = meanwhile{armed: true, writes: s.At, what: *s.Step}
		}
	case doCrash:
		h.crash = crash{armed: true, calls: s.At, writes: s.After}
	case doFail:
		f := awssim.Injection{Operation: s.To, Account: s.On, Region: homeRegion, Code: "UnauthorizedOperation", Times: s.Times, After: s.After}
		if s.Block != "" {
			f.Code = s.Block
		}
		if s.After {
			f.Code, f.Err = "", errors.New("the answer was lost")
		}
		h.faults = append(h.faults, f)
		h.sim.Fail(f)
	}
}

func (h *harness) heal() {
	h.sim.Heal()
	h.sim.NoLag()
	h.faults, h.lagging, h.crash = nil, false, crash{}
}

func (h *harness) redeclare(s Step) {
	switch s.Do {
	case doDeclare:
		h.intents = slices.DeleteFunc(slices.Clone(h.intents), func(i Intent) bool { return i.key() == s.Intent.key() })
		h.intents = append(h.intents, *s.Intent)
	case doPolicy:
		h.policies = slices.DeleteFunc(slices.Clone(h.policies), func(p Policy) bool { return p.Target == s.Policy.Target })
		h.policies = append(h.policies, *s.Policy)
	case doWithdraw, doSpoil:
		if len(h.intents) == 0 {
			return
		}
		at := s.At % len(h.intents)
		h.intents = slices.Clone(h.intents)
		if s.Do == doSpoil {
			h.intents[at].Wrong = s.To
		} else {
			h.intents = slices.Delete(h.intents, at, at+1)
		}
	}
	h.declare()
}

// deliver puts all events so far through dispatch and reconciles what they wake.
func (h *harness) deliver() {
	for _, data := range h.sim.TakeEvents() {
		h.deliverOne(data)
	}
}

// takeEvents gives the events since the last time, or drops them.
func (h *harness) takeEvents(keep bool) []events.Event {
	var out []events.Event
	for _, data := range h.sim.TakeEvents() {
		decoded, err := events.Decode(data)
		if err != nil {
			h.violate("error", "decoding an event: %v\n%s", err, data)
		}
		if keep {
			out = append(out, decoded...)
		}
	}
	return out
}

// deliverOne puts one event through dispatch and reconciles what it wakes.
func (h *harness) deliverOne(data []byte) {
	decoded, err := events.Decode(data)
	if err != nil {
		h.violate("error", "decoding an event: %v\n%s", err, data)
		return
	}
	for _, e := range decoded {
		decision, err := h.dispatcher().Event(h.ctx, e)
		if err != nil {
			h.violate("error", "dispatching an event: %v\n%s", err, data)
			return
		}
		h.tell("event %s of %v wakes %v %s", e.Name, e.ResourceIDs(), decision.Units, decision.Ignored)
		for _, u := range decision.Units {
			h.reconcile(u, reconcile.Wake{Trigger: "event", Events: []events.Event{e}})
		}
	}
}
