package access

import (
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// acls judges the network ACLs of the cache's subnets and, where they are
// known, of the client's: the connection on the cluster's ports, the answers on
// ephemeral ports. Traffic inside one subnet passes none.
func (w *walk) acls(c client) {
	cache := w.cacheSubnets()
	w.aclSide(cache, c.addresses, w.cluster.Location, false, c.source.String())
	if c.vpc == "" {
		return
	}
	if c.dark != nil {
		h := Hop{Kind: HopNetworkACL, Resource: "network ACLs of " + c.vpc, Location: c.Location, Verdict: Unknown, Source: c.source.String(), Side: SourceSide}
		h.Detail, h.Fix = missingRead(*c.dark)
		w.add(h)
		return
	}
	w.aclSide(c.subnets, w.familyOf(cache), c.Location, true, c.source.String())
}

// aclSide judges the ACLs of subnets against the remote ranges; client tells
// which end the subnets are.
func (w *walk) aclSide(subnets []network.Subnet, remotes []netip.Prefix, l network.Location, client bool, source string) {
	if f, dark := w.Failed(l, network.KindNetworkACL, ""); dark {
		h := Hop{Kind: HopNetworkACL, Resource: "network ACLs", Location: l, Verdict: Unknown, Source: source, Side: sideOf(client)}
		h.Detail, h.Fix = missingRead(f)
		w.add(h)
		return
	}
	var order []string
	checks := map[string][]aclCheck{}
	for _, sn := range subnets {
		id := w.aclFor(sn)
		if id == "" {
			continue
		}
		for _, remote := range remotes {
			if slices.ContainsFunc(sn.CIDRs, func(own netip.Prefix) bool { return network.Covers(own, remote) }) {
				continue
			}
			if _, ok := checks[id]; !ok {
				order = append(order, id)
			}
			checks[id] = append(checks[id], w.aclChecks(remote, client)...)
		}
	}
	for _, id := range order {
		h := w.judgeACL(w.NetworkACLs[id], checks[id])
		h.Source, h.Side = source, sideOf(client)
		w.add(h)
	}
}

func sideOf(client bool) Side {
	if client {
		return SourceSide
	}
	return ClusterSide
}

func (w *walk) aclChecks(remote netip.Prefix, client bool) []aclCheck {
	var out []aclCheck
	for _, port := range w.ports {
		out = append(out, aclCheck{egress: client, remote: remote, ports: portRange{port, port}, what: "the connection"})
	}
	return append(out, aclCheck{egress: !client, remote: remote, ports: ephemeral, what: "the answers"})
}
