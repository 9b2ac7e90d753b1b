package simulation

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/test/oracle"
)

// dispatcher is cachegate's own, over the session's ledger.
func (h *harness) dispatcher() *dispatch.Dispatcher {
	return &dispatch.Dispatcher{
		Index: h.session.Ledger, Claims: h.session.Ledger, Journal: h.session.Ledger, OwnRoles: h.roles(), Clock: h.session.Runner.Clock,
		Exists: func(r events.Resource) bool { return h.sim.World().Exists(r.ID) },
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
// still: what is judged open is open to every client that is there or may come,
// and what nothing blocks is judged open.
func (h *harness) judged(r reconcile.Report) {
	n := h.read()
	for _, j := range r.After {
		i, ok := h.declaredAs(j)
		if !ok || i.Closed {
			continue
		}
		a := h.ask(i)
		a.Path = string(j.Path)
		pairs, ok := n.Pairs(a, oracle.Possible)
		h.counted.saw(string(j.Path), string(j.State))
		if ok && len(pairs) > 0 && !fromPremises(a.Path) && n.PlaceOf(pairs[0].Client.VPC).Region != n.PlaceOf(pairs[0].Node.VPC).Region {
			h.counted.saw(string(j.Path), string(j.State), "across Regions")
		}
		if !ok || len(pairs) == 0 {
			continue
		}
		switch {
		case j.State == access.StateOpen:
			h.reallyOpen(n, i, j, pairs)
		case h.nothingBlocks(n, i, a, pairs):
			h.violate("9", "intent %s is judged %s over %s, and nothing blocks it: %s", i.key(), j.State, j.Path, failing(j))
		}
	}
}

// reallyOpen finds a connection of an intent that is judged open and does not work.
func (h *harness) reallyOpen(n *oracle.Network, i Intent, j access.Judgement, pairs oracle.Pairs) {
	for _, p := range pairs {
		if w := n.Connect(p.Client, p.Node); len(w.Blockers) > 0 || !w.Over(string(j.Path)) {
			h.violate("9", "intent %s is judged open over %s, and %s does not reach %s port %d so: over %v %v", i.key(), j.Path, p.Client.Address, p.Node.Address, p.Node.Port, w.Paths, w.Blockers)
			return
		}
	}
}

// nothingBlocks says whether every client of an intent connects, whichever it may
// be. Only sources are asked about of which AWS says where their clients are: a
// group with interfaces, a range that lies in a subnet.
func (h *harness) nothingBlocks(n *oracle.Network, i Intent, a oracle.Ask, pairs oracle.Pairs) bool {
	c, _ := n.Cluster(a.Cluster)
	if a.Path == "" || c.Public || len(portsOf(i, c)) != max(len(i.Ports), 1) && len(i.Ports) > 0 {
		return false
	}
	for _, s := range i.Sources {
		if !slices.ContainsFunc(pairs, func(p oracle.Pair) bool { return p.Source == s }) {
			return false
		}
		if _, at, ok := n.GroupVPC(oracle.GroupID(s)); ok && !strings.Contains(s, "/") && at.Account != n.PlaceOf(c.VPC).Account {
			return false // a group of another account is written with it
		}
		if id := oracle.GroupID(s); len(n.Interfaces(id, c.Named6)) < len(n.Members(id)) {
			return false // a member has no address of the cache's family
		}
		if p := prefixOf(s); p.IsValid() && !h.insideSubnet(p) && !fromPremises(a.Path) || strings.HasPrefix(s, "pl-") || strings.HasPrefix(s, "vpc-") {
			return false
		}
	}
	for _, p := range pairs {
		if w := n.Connect(p.Client, p.Node); len(w.Blockers) > 0 || !w.Over(a.Path) || i.Via != "" && w.Through != i.Via {
			return false
		}
		if c.VPC != p.Client.VPC && h.overlapping(n, c.VPC, p.Client.VPC) {
			return false // AWS does not route between overlapping blocks, even where some packets come through
		}
		// A member of the group may come up anywhere in the VPC: the cache's gate has
		// to let it in from there too.
		if len(p.Client.Groups) > 0 && !n.LetsInFromAnywhere(p.Client, oracle.GroupID(p.Source), p.Node) {
			return false
		}
	}
	return true
}

func fromPremises(path string) bool { return path == "vpn" || path == "direct-connect" }

func (h *harness) overlapping(n *oracle.Network, a, b string) bool {
	return slices.ContainsFunc(n.Blocks(a), func(p netip.Prefix) bool { return slices.ContainsFunc(n.Blocks(b), p.Overlaps) })
}

func (h *harness) insideSubnet(p netip.Prefix) bool {
	return slices.ContainsFunc(h.Subnets, func(s Subnet) bool {
		blocks := []netip.Prefix{prefixOf(s.Block)}
		if s.Block6 != "" {
			blocks = append(blocks, prefixOf(s.Block6))
		}
		return within(blocks, p)
	})
}

func failing(j access.Judgement) string {
	var out []string
	for _, hop := range j.Hops {
		if !hop.Passes() {
			out = append(out, string(hop.Kind)+" "+hop.Resource+": "+hop.Detail)
		}
	}
	return strings.Join(out, "; ")
}

// declaredAs finds the intent of a judgement.
func (h *harness) declaredAs(j access.Judgement) (Intent, bool) {
	for _, i := range h.intents {
		if h.arn(i.Cluster) == j.Intent.Cluster && i.Name == j.Intent.Name {
			return i, true
		}
	}
	return Intent{}, false
}
