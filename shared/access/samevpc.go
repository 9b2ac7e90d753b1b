package access

import (
	"fmt"
	"net/netip"
	"slices"

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
	judgeLocal(t, c)
}

// judgeLocalMembers judges the members of a group that are in the cluster's VPC, where others
// are elsewhere.
func judgeLocalMembers(t *tracing) {
	if t.source.Kind == intent.SecurityGroup && slices.Contains(t.memberVPCs(t.source.ID), t.vpc.ID) {
		judgeLocal(t, clients{t}.in(t.vpc, nil))
	}
}

// judgeLocal judges a client in the cluster's VPC.
func judgeLocal(t *tracing, c client) {
	boxed := judgeLocalRoutes(t, c)
	networkACLs{t}.between(c)
	egress{t, c, true}.judge()
	no := refusal{}
	if boxed {
		no = behindMiddleBox(t, c)
	}
	ingress{t, c, no}.judge()
}

// behindMiddleBox refuses rules that refer to a group whose traffic a middle box forwards.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
func behindMiddleBox(t *tracing, c client) refusal {
	if t.source.Kind != intent.SecurityGroup {
		return refusal{}
	}
	h := Hop{Kind: HopReference, Resource: t.source.ID, Location: t.cluster.Location}
	h = h.failing("a rule cannot refer to a group whose traffic passes a middle box", clients{t}.declareInstead(c))
	return refusal{blocked: blocked(BlockReference, "a group cannot be referenced behind a middle box"), verdict: Fail, hop: &h}
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
		where, several, one := t.placeOfGroup(g)
		if !one {
			return several, false
		}
		if where.vpc != t.vpc.ID {
			return wrong("group %s is in %s, not in the cluster's %s", t.source.ID, where.vpc, t.vpc.ID)
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
// local route: a more specific route to a middle box does; true where one is in between.
func judgeLocalRoutes(t *tracing, c client) bool {
	h := Hop{Kind: HopRoute, Resource: t.vpc.ID, Location: t.cluster.Location}
	if f, failed := t.Failed(t.cluster.Location, network.KindRouteTable, ""); failed {
		t.add(h.unread(f))
		return false
	}
	cache := t.cacheSubnets()
	diverted := append(divertedRoutes(t, c.subnets, t.familyOf(cache)), divertedRoutes(t, cache, t.familyOf(c.subnets))...)
	boxed := false
	for _, d := range diverted {
		t.add(d)
		boxed = boxed || d.Kind == HopMiddleBox
	}
	if len(diverted) == 0 {
		t.add(h.passing([]string{"local"}, "the VPC's local route"))
	}
	return boxed
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
			if h, diverted := t.diverted(r, p); diverted {
				out = append(out, h)
				break
			}
		}
	}
	return out
}

// diverted gives the hop for a table that takes traffic to a prefix past the local route.
// What a middle box lets through is its own affair.
// https://docs.aws.amazon.com/vpc/latest/userguide/intra-vpc-route.html
func (t *tracing) diverted(r *routing, p netip.Prefix) (Hop, bool) {
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
	if f.state != routeDead && t.isMiddleBox(f.route.Target) {
		box := Hop{Kind: HopMiddleBox, Resource: f.route.Target.ID, Location: r.table.Location}
		return box.unknown(fmt.Sprintf("the route %s of %s sends traffic inside the VPC through it first: it decides what it lets through, and that is not judged", f.dst, r.table.ID),
			say("ask whoever runs %s to let the clients of the cluster through", f.route.Target)), true
	}
	return h.failing(fmt.Sprintf("the route %s sends traffic inside the VPC to %s, past the local route", f.dst, f.route.Target),
		forwardOrDelete(r.table, f)...), true
}

// isMiddleBox says whether what a route leads to forwards traffic of others, as far as that
// was read.
func (t *tracing) isMiddleBox(target network.Target) bool {
	switch target.Kind {
	case network.TargetNetworkInterface:
		eni, known := t.NetworkInterfaces[target.ID]
		return known && !eni.SourceDestCheck
	case network.TargetVPCEndpoint:
		return true
	default:
		return false
	}
}
