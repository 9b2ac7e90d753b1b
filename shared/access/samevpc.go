package access

import (
	"fmt"
	"net/netip"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// sameVPC is the path inside the cluster's own VPC: security groups of both ends,
// network ACLs between their subnets, and no more specific route that takes the
// traffic out of the VPC's local route. Local Zone subnets are ordinary subnets here.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
type sameVPC struct{}

func (sameVPC) path() intent.Path { return intent.SameVPC }

// carriers: nothing has to carry what stays in the VPC.
func (sameVPC) carriers(*tracing) []carrier { return nil }

func (sameVPC) judge(t *tracing) {
	var c client
	switch h, ok := localSource(t); {
	case ok:
		c = clients{t}.in(t.vpc, nil)
	case h.Verdict == Unknown && t.source.Kind == intent.SecurityGroup:
		t.add(h)
		c = clients{t}.participantClient(h.Location)
	default:
		t.failSource(h)
		return
	}
	judgeLocalRoutes(t, c)
	networkACLs{t}.between(c)
	egress{t, c, true}.judge()
	ingress{tracing: t, c: c}.judge()
}

// isLocal says whether the source is in the cluster's VPC: then no other path is looked for.
func (t *tracing) isLocal() bool {
	if t.Intent.Via != "" {
		return false
	}
	_, ok := localSource(t)
	return ok
}

// localSource finds the source in the cluster's VPC; the hop says why it is not there.
func localSource(t *tracing) (Hop, bool) {
	wrong := func(format string, args ...any) (Hop, bool) {
		return t.sourceHop(t.name).failing(fmt.Sprintf(format, args...),
			say("declare the path that leads from there, or a source in %s", t.vpc.ID)), false
	}
	switch t.source.Kind {
	case intent.SecurityGroup:
		g, h, ok := t.group()
		if !ok {
			return h, false
		}
		if g.VPC != t.vpc.ID {
			return wrong("group %s is in %s, not in the cluster's %s", t.source.ID, g.VPC, t.vpc.ID)
		}
	case intent.VPC:
		if t.source.ID != t.vpc.ID {
			return wrong("%s is not the cluster's VPC %s", t.source.ID, t.vpc.ID)
		}
	case intent.CIDR, intent.PrefixList:
		if !inside(t.vpc.CIDRs, t.ranges()) {
			return wrong("%s is not inside the cluster's VPC %s (%s)", t.name, t.vpc.ID, prefixesText(t.vpc.CIDRs))
		}
	}
	return Hop{}, true
}

// judgeLocalRoutes judges that no table of the two ends sends the traffic past the
// local route: a more specific route to a middlebox does, and then a rule that refers
// to a group does not let it in.
func judgeLocalRoutes(t *tracing, c client) {
	h := Hop{Kind: HopRoute, Resource: t.vpc.ID, Location: t.cluster.Location}
	if f, failed := t.Failed(t.cluster.Location, network.KindRouteTable, ""); failed {
		t.add(h.unread(f))
		return
	}
	cache := t.cacheSubnets()
	diverted := append(divertedRoutes(t, c.subnets, t.familyOf(cache)), divertedRoutes(t, cache, t.familyOf(c.subnets))...)
	for _, d := range diverted {
		t.add(d)
	}
	if len(diverted) == 0 {
		t.add(h.passing([]string{"local"}, "the VPC's local route"))
	}
}

// divertedRoutes gives a hop for each table of subnets that sends traffic to the ranges
// past the local route.
func divertedRoutes(t *tracing, from []network.Subnet, to []netip.Prefix) []Hop {
	var out []Hop
	for _, id := range t.tablesOf(from) {
		r, ok := t.routing(id)
		if !ok {
			continue
		}
		for _, p := range to {
			if h, diverted := r.diverted(p); diverted {
				out = append(out, h)
				break
			}
		}
	}
	return out
}

// diverted gives the hop for a table that takes traffic to a prefix past the local route.
func (r *routing) diverted(p netip.Prefix) (Hop, bool) {
	h := Hop{Kind: HopRoute, Resource: r.table.ID, Location: r.table.Location}
	f := r.toward(p, network.Target{Kind: network.TargetLocal})
	switch f.state {
	case routeRight, routeAbsent:
		return Hop{}, false
	case routeUnknown:
		return h.unknown(fmt.Sprintf("whether the route of prefix list %s takes traffic out of the VPC is not known: its entries were not read", f.route.PrefixList),
			readPrefixLists(r.table.Account)), true
	case routeElsewhere, routeShadowed, routeDead:
	}
	return h.failing(fmt.Sprintf("the route %s sends traffic inside the VPC to %s, past the local route", f.dst, f.route.Target),
		forwardOrDelete(r.table, f)...), true
}
