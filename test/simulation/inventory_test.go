package simulation

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/inventory"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/test/oracle"
)

// stocked is the inventory of all units of a case.
type stocked struct {
	clusters []inventory.Cluster
	index    map[string]*access.Index
}

func (h *harness) stock() (stocked, error) {
	out := stocked{index: map[string]*access.Index{}}
	estate, err := operate.ReadEstate(h.ctx, h.session.Clients, h.session.Runner.Locations)
	if err != nil {
		return out, err
	}
	for _, u := range estate.Units {
		found, ix, err := h.session.Inventory(h.ctx, estate, u)
		if err != nil {
			return out, err
		}
		for _, c := range found {
			out.index[c.ARN] = ix
		}
		out.clusters = append(out.clusters, found...)
	}
	return out, nil
}

// Whoever the oracle says gets through is in the inventory with a rule that lets them in,
// and is not called unreachable; what is called reachable is.
func TestTheInventorySaysWhoGetsThrough(t *testing.T) {
	costly(t)
	var seen counted
	check(t, func(r *rapid.T) Case { return newWideDrawer(r).drawLife() }, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		all, err := h.stock()
		if err != nil {
			return nil, nil, err
		}
		h.counted = &seen
		n := h.read()
		names := map[string]bool{}
		for _, k := range all.clusters {
			names[k.ARN] = true
			h.stockedAs(n, all.index[k.ARN], k)
		}
		for _, arn := range n.Clusters() {
			if k, _ := n.Cluster(arn); !names[arn] && k.VPC != "" {
				h.violate("12", "%s is in no inventory", arn)
			}
		}
		return h.violations, h.story, nil
	})
	if checks(t) < casesToSeeAll {
		return
	}
	seen.seenAll(t, "on same-vpc", "off same-vpc", "on peering", "on transit-gateway", "on vpn", "declared", "undeclared")
}

// stockedAs compares the inventory of one cluster with what connects.
func (h *harness) stockedAs(n *oracle.Network, ix *access.Index, k inventory.Cluster) {
	c, ok := n.Cluster(k.ARN)
	if !ok || c.Public {
		return
	}
	works, may := map[string]map[string]bool{}, map[string]map[string]bool{} // rule, path
	for _, a := range k.Accesses {
		word := map[network.Tri]string{network.On: "on", network.Off: "off", network.Unknown: "unknown"}[a.Reachable]
		h.counted.saw(word, string(a.Path))
		h.counted.saw(map[bool]string{true: "declared", false: "undeclared"}[a.Declared])
		if works[a.Rule.ID] == nil {
			works[a.Rule.ID], may[a.Rule.ID] = h.through(n, ix, c, a)
		}
	}
	for _, a := range k.Accesses {
		paths := works[a.Rule.ID]
		switch {
		case a.Reachable == network.Off && a.Path == "" && len(paths) > 0:
			h.violate("12", "%s: %s lets %s in over %v, and the inventory says that nothing leads there: %s", k.Name, a.Rule.ID, a.Rule.Peer, paths, a.Why)
		case a.Reachable == network.Off && paths[string(a.Path)]:
			h.violate("12", "%s: %s lets %s in over %s, and the inventory says that it does not get through: %s", k.Name, a.Rule.ID, a.Rule.Peer, a.Path, a.Why)
		case a.Reachable == network.On && !paths[string(a.Path)] && !may[a.Rule.ID][string(a.Path)] && h.somebody(n, c, a):
			h.violate("12", "%s: the inventory says that %s gets through by %s over %s, and nobody does: %v", k.Name, a.Rule.Peer, a.Rule.ID, a.Path, paths)
		}
	}
	for id, paths := range works {
		for path := range paths {
			if !slices.ContainsFunc(k.Accesses, func(a inventory.Access) bool {
				return a.Rule.ID == id && a.Reachable != network.Off && (string(a.Path) == path || a.Reachable == network.Unknown ||
					fromPremises(path) && fromPremises(string(a.Path))) // a gateway with both prefers one
			}) {
				h.violate("12", "%s: %s lets somebody in over %s, which the inventory does not list", k.Name, id, path)
			}
		}
	}
}

// somebody says whether anybody is there whom a row is about: in a VPC, where an address is
// in a subnet.
func (h *harness) somebody(n *oracle.Network, c oracle.Cluster, a inventory.Access) bool {
	if a.Rule.Peer.SecurityGroup != "" {
		return len(n.Neighbours(a.Rule.Peer.SecurityGroup, c.Named6)) > 0
	}
	if fromPremises(string(a.Path)) {
		return true
	}
	return slices.ContainsFunc(a.Parts, func(s intent.Source) bool {
		holders, peopled := 0, 0
		for _, v := range h.VPCs {
			if (v.ID == c.VPC) != (a.Path == intent.SameVPC) || !s.Prefix.IsValid() || !slices.ContainsFunc(n.Blocks(v.ID), s.Prefix.Overlaps) {
				continue
			}
			holders++
			if len(n.Hosts(v.ID, s.Prefix)) > 0 {
				peopled++
			}
		}
		return holders > 0 && holders == peopled
	})
}

// through gives the paths over which clients that a rule lets in get through: by the rule
// surely, or maybe by another one that lets their addresses in.
func (h *harness) through(n *oracle.Network, ix *access.Index, c oracle.Cluster, a inventory.Access) (surely, maybe map[string]bool) {
	surely, maybe = map[string]bool{}, map[string]bool{}
	for _, client := range h.clientsOf(n, ix, c, a.Rule.Peer) {
		for _, node := range n.Nodes(c, client.Address.Is6(), a.Ports) {
			w := n.Connect(client, node)
			if !w.Works() {
				continue
			}
			for _, p := range w.Paths {
				if a.Rule.Peer.SecurityGroup != "" && n.LetsIn(client.Address, node) {
					maybe[p] = true
				} else {
					surely[p] = true
				}
			}
		}
	}
	return surely, maybe
}

// clientsOf gives the clients that a rule's peer stands for.
func (h *harness) clientsOf(n *oracle.Network, ix *access.Index, c oracle.Cluster, p network.Peer) []oracle.Client {
	if p.SecurityGroup != "" {
		return n.Neighbours(p.SecurityGroup, c.Named6)
	}
	var out []oracle.Client
	for _, r := range ix.Ranges(p) {
		for _, v := range h.VPCs {
			out = append(out, n.Hosts(v.ID, r)...)
		}
		out = append(out, n.Premises(r)...)
	}
	return out
}
