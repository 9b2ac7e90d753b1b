package access

import (
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// networkACLs judges the network ACLs that the traffic of a source passes.
type networkACLs struct{ *tracing }

// between judges the ACLs of the cache's subnets and, where they are known, of the
// client's: the connection on the cluster's ports, the answers on ephemeral ports.
// Traffic inside one subnet passes none.
func (t networkACLs) between(c client) {
	cache := t.cacheSubnets()
	t.ofSubnets(cache, c.addresses, t.cluster.Location, ClusterSide)
	switch {
	case c.vpc == "":
	case c.unread != nil:
		t.unreadVPC(c)
	default:
		t.ofSubnets(c.subnets, t.familyOf(cache), c.Location, SourceSide)
	}
}

// unreadVPC adds the hop for the ACLs of a client's VPC that could not be read.
func (t networkACLs) unreadVPC(c client) {
	t.add(Hop{Kind: HopNetworkACL, Resource: "network ACLs of " + c.vpc, Location: c.Location, Side: SourceSide}.unread(*c.unread))
}

// ofSubnets judges the ACLs of subnets on one side against the ranges of the other.
func (t networkACLs) ofSubnets(subnets []network.Subnet, remotes []netip.Prefix, at network.Location, side Side) {
	if t.unread(at, side) {
		return
	}
	in, out := t.flows(side)
	set := aclSet{checks: map[string][]aclCheck{}}
	for _, sn := range subnets {
		far := slices.DeleteFunc(slices.Clone(remotes), func(remote netip.Prefix) bool {
			return slices.ContainsFunc(sn.CIDRs, func(own netip.Prefix) bool { return network.Covers(own, remote) })
		})
		set.add(t.aclFor(sn), false, far, in, "")
		set.add(t.aclFor(sn), true, far, out, "")
	}
	t.judge(set, side)
}

// unread adds the hop for network ACLs that could not be read.
func (t networkACLs) unread(at network.Location, side Side) bool {
	f, failed := t.Failed(at, network.KindNetworkACL, "")
	if failed {
		t.add(Hop{Kind: HopNetworkACL, Resource: "network ACLs", Location: at, Side: side}.unread(f))
	}
	return failed
}

// flow is what goes in one direction: the connection or its answers.
type flow struct {
	ports portRange
	what  string
	// whole is a client that takes answers on any of the ports.
	whole bool
}

// flows gives what comes into the subnets of a side and what goes out: the connection on
// the cluster's ports, the answers on ephemeral ones.
func (t networkACLs) flows(side Side) (in, out []flow) {
	for _, port := range t.ports {
		in = append(in, flow{portRange{port, port}, "the connection", false})
	}
	out = []flow{{ephemeral, "the answers", false}}
	if kind := t.wholeRangeClient(); kind != "" {
		out = []flow{{ephemeral, "the answers to " + kind, true}}
	}
	if side == SourceSide {
		return out, in
	}
	return in, out
}

// wholeRangeClient names what of the source's interfaces takes answers on ports 1024-65535,
// unlike Linux, whose range is narrower; empty where there is none such.
// https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
func (t networkACLs) wholeRangeClient() string {
	names := map[string]string{
		"lambda": "a Lambda function", "nat_gateway": "a NAT gateway", "natGateway": "a NAT gateway",
		"load_balancer": "a load balancer", "network_load_balancer": "a load balancer",
	}
	for _, eni := range t.sourceMembers() {
		if name := names[eni.Type]; name != "" {
			return name
		}
	}
	return ""
}

// judge adds a hop for each ACL of a set.
func (t networkACLs) judge(set aclSet, side Side) {
	for _, id := range set.order {
		checks := set.checks[id]
		slices.SortStableFunc(checks, func(a, b aclCheck) int { return a.rank() - b.rank() })
		h := t.judgeACL(t.NetworkACLs[id], checks)
		h.Side = side
		t.add(h)
	}
}

// aclSet collects the checks of several network ACLs, in the order in which they are
// first met.
type aclSet struct {
	order  []string
	checks map[string][]aclCheck
}

// add appends the checks of flows to or from ranges; where is appended to what they
// report.
func (s *aclSet) add(acl string, egress bool, ranges []netip.Prefix, flows []flow, where string) {
	if acl == "" || len(ranges) == 0 {
		return
	}
	if _, ok := s.checks[acl]; !ok {
		s.order = append(s.order, acl)
	}
	for _, p := range ranges {
		for _, f := range flows {
			s.checks[acl] = append(s.checks[acl], aclCheck{egress: egress, remote: p, ports: f.ports, what: f.what + where, whole: f.whole})
		}
	}
}
