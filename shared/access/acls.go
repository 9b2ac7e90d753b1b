package access

import (
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// acls judges the network ACLs of the cache's subnets and, where they are
// known, of the client's: the connection on the cluster's ports, the answers on
// ephemeral ports. Traffic inside one subnet passes none.
func (j *judging) acls(c client) {
	cache := j.cacheSubnets()
	j.aclSide(cache, c.addresses, j.cluster.Location, false, c.source.String())
	if c.vpc == "" {
		return
	}
	if c.dark != nil {
		j.darkACLs(c)
		return
	}
	j.aclSide(c.subnets, j.familyOf(cache), c.Location, true, c.source.String())
}

// darkACLs adds the hop for the network ACLs of a VPC that cannot be read.
func (j *judging) darkACLs(c client) {
	h := Hop{Kind: HopNetworkACL, Resource: "network ACLs of " + c.vpc, Location: c.Location, Verdict: Unknown, Source: c.source.String(), Side: SourceSide}
	h = h.unread(*c.dark)
	j.add(h)
}

// aclSide judges the ACLs of subnets against the remote ranges; client tells
// which end the subnets are.
func (j *judging) aclSide(subnets []network.Subnet, remotes []netip.Prefix, l network.Location, client bool, source string) {
	if j.aclsUnread(l, client, source) {
		return
	}
	comes, leaves := j.flows(client)
	set := aclSet{checks: map[string][]aclCheck{}}
	for _, sn := range subnets {
		far := slices.DeleteFunc(slices.Clone(remotes), func(remote netip.Prefix) bool {
			return slices.ContainsFunc(sn.CIDRs, func(own netip.Prefix) bool { return network.Covers(own, remote) })
		})
		set.add(j.aclFor(sn), false, far, comes, "")
		set.add(j.aclFor(sn), true, far, leaves, "")
	}
	j.judgeACLs(set, client, source)
}

// aclsUnread adds the hop for network ACLs that could not be read.
func (j *judging) aclsUnread(l network.Location, client bool, source string) bool {
	f, dark := j.Failed(l, network.KindNetworkACL, "")
	if dark {
		h := Hop{Kind: HopNetworkACL, Resource: "network ACLs", Location: l, Verdict: Unknown, Source: source, Side: sideOf(client)}
		h = h.unread(f)
		j.add(h)
	}
	return dark
}

// flow is what goes one way at one end: the connection or its answers.
type flow struct {
	ports portRange
	what  string
}

// flows gives what comes in at one end of a way and what leaves there: the
// connection on the cluster's ports, the answers on ephemeral ones.
func (j *judging) flows(client bool) (comes, leaves []flow) {
	for _, port := range j.ports {
		comes = append(comes, flow{portRange{port, port}, "the connection"})
	}
	leaves = []flow{{ephemeral, "the answers"}}
	if client {
		return leaves, comes
	}
	return comes, leaves
}

// aclSet collects the checks of several network ACLs, in the order in which they
// are first met.
type aclSet struct {
	order  []string
	checks map[string][]aclCheck
}

// add appends the checks of flows to or from ranges; where is said of them in
// what they report.
func (s *aclSet) add(acl string, egress bool, ranges []netip.Prefix, flows []flow, where string) {
	if acl == "" || len(ranges) == 0 {
		return
	}
	if _, ok := s.checks[acl]; !ok {
		s.order = append(s.order, acl)
	}
	for _, p := range ranges {
		for _, f := range flows {
			s.checks[acl] = append(s.checks[acl], aclCheck{egress: egress, remote: p, ports: f.ports, what: f.what + where})
		}
	}
}

func (j *judging) judgeACLs(set aclSet, client bool, source string) {
	for _, id := range set.order {
		checks := set.checks[id]
		slices.SortStableFunc(checks, func(a, b aclCheck) int { return a.rank() - b.rank() })
		h := j.judgeACL(j.NetworkACLs[id], checks)
		h.Source, h.Side = source, sideOf(client)
		j.add(h)
	}
}

func sideOf(client bool) Side {
	if client {
		return SourceSide
	}
	return ClusterSide
}
