package simulation

import (
	"slices"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/test/oracle"
)

// dispatcher is cachegate's own, over the session's ledger.
func (h *harness) dispatcher() *dispatch.Dispatcher {
	return &dispatch.Dispatcher{
		Index: h.session.Ledger, Journal: h.session.Ledger, OwnRoles: h.roles(), Clock: h.session.Runner.Clock,
		Exists: func(id string) bool { return h.sim.World().Exists(id) },
	}
}

func (h *harness) roles() []string {
	var out []string
	for _, v := range h.VPCs {
		role := "arn:aws:iam::" + v.Account + ":role/cachegate-replay"
		if !slices.Contains(out, role) {
			out = append(out, role)
		}
	}
	return out
}

// judged holds promise 9 against the judgements of a run in a world that stands
// still: what is judged open is open to every client that is there or may come.
func (h *harness) judged(r reconcile.Report) {
	n := h.read()
	for _, j := range r.After {
		i, ok := h.declaredAs(r.Unit, j)
		if !ok || i.Closed {
			continue
		}
		a := h.ask(i)
		a.Path = string(j.Path)
		pairs, ok := n.Pairs(a, oracle.Possible)
		if !ok || len(pairs) == 0 {
			continue
		}
		if j.State != access.StateOpen {
			continue
		}
		for _, p := range pairs {
			if w := n.Connect(p.Client, p.Node); len(w.Blockers) > 0 {
				h.violate("9", "intent %s is judged open over %s, and %s does not reach %s port %d: %v", i.key(), j.Path, p.Client.Address, p.Node.Address, p.Node.Port, w.Blockers)
				return
			}
		}
	}
}

// declaredAs finds the intent of a judgement.
func (h *harness) declaredAs(_ network.Unit, j access.Judgement) (Intent, bool) {
	for _, i := range h.intents {
		if h.arn(i.Cluster) == j.Intent.Cluster && i.Name == j.Intent.Name {
			return i, true
		}
	}
	return Intent{}, false
}
