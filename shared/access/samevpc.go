package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// sameVPC judges a source in the cluster's own VPC: security groups of both
// ends, network ACLs between their subnets, and that no more specific route
// takes the traffic out of the VPC's local route. Local Zone subnets are
// ordinary subnets here.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
func (j *judging) sameVPC(s intent.Source) {
	c, state := j.localClient(s)
	switch {
	case state.ok:
	case state.hop.Verdict == Unknown && s.Kind == intent.SecurityGroup:
		j.add(state.hop)
		c = j.participantClient(s, state.hop.Location)
	default:
		j.failSource(state.hop)
		return
	}
	j.localRoutes(c)
	j.acls(c)
	j.egress(c)
	j.ingress(c, refusal{})
}

// participantClient makes the client of a group that cannot be read and that the
// intent declares to be in the cluster's VPC: a participant's, where the VPC is
// shared. Its interfaces may be anywhere in it.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-service-behavior.html
func (j *judging) participantClient(s intent.Source, at network.Location) client {
	return client{
		source: s, Location: at, vpc: j.vpc.ID, subnets: j.subnetsOf[j.vpc.ID], addresses: j.family(j.vpc.CIDRs),
		peers: []network.Peer{j.groupPeer(s, at)},
	}
}

// localClient finds the source inside the cluster's VPC.
func (j *judging) localClient(s intent.Source) (client, sourceState) {
	wrong := func(format string, args ...any) (client, sourceState) {
		return client{}, sourceState{hop: Hop{
			Kind: HopSource, Resource: s.String(), Location: j.cluster.Location, Verdict: Fail, Source: s.String(),
			Detail: fmt.Sprintf(format, args...),
			Fixes:  fixes(say("declare the path that leads from there, or a source in %s", j.vpc.ID)),
		}}
	}
	switch s.Kind {
	case intent.SecurityGroup:
		g, state := j.groupOf(s)
		if !state.ok {
			return client{}, state
		}
		if g.VPC != j.vpc.ID {
			return wrong("group %s is in %s, not in the cluster's %s", s.ID, g.VPC, j.vpc.ID)
		}
	case intent.VPC:
		if s.ID != j.vpc.ID {
			return wrong("%s is not the cluster's VPC %s", s.ID, j.vpc.ID)
		}
	case intent.PrefixList:
		if state := j.prefixList(s); !state.ok {
			return client{}, state
		}
	case intent.CIDR:
	}
	if ranged(s) && !inside(j.vpc.CIDRs, j.rangesOf(s)) {
		return wrong("%s is not inside the cluster's VPC %s (%s)", s, j.vpc.ID, prefixesText(j.vpc.CIDRs))
	}
	return j.vpcClient(s, j.vpc), sourceState{ok: true}
}

// prefixList judges that a prefix list was read and holds what a rule may open.
func (j *judging) prefixList(s intent.Source) sourceState {
	hop := Hop{Kind: HopSource, Resource: s.ID, Location: j.cluster.Location, Verdict: Fail, Source: s.String()}
	list, ok := j.PrefixLists[s.ID]
	if f, dark := j.Failed(j.cluster.Location, network.KindPrefixList, s.ID); dark && (!ok || f.Resource == s.ID) {
		hop = hop.unread(f)
		return sourceState{hop: hop}
	}
	if !ok {
		hop.Detail = fmt.Sprintf("prefix list %s does not exist in account %s, Region %s", s.ID, j.cluster.Account, j.cluster.Region)
		hop.Fixes = fixes(say("correct the intent's source, or share the list with the account"))
		return sourceState{hop: hop}
	}
	for _, e := range list.Entries {
		if intent.CheckWidest(j.Policy, e) != nil {
			hop.Detail = fmt.Sprintf("entry %s of %s is wider than the policy's widest", e, s.ID)
			hop.Fixes = fixes(say("take the entry out of the list, declare narrower sources, or raise widest in the policy"))
			return sourceState{hop: hop}
		}
	}
	if len(j.family(list.Entries)) == 0 {
		hop.Detail = fmt.Sprintf("prefix list %s has no entry in the cluster's address family", s.ID)
		hop.Fixes = fixes(say("add entries to the list"))
		return sourceState{hop: hop}
	}
	return sourceState{ok: true}
}

// localRoutes judges that no table of the two ends sends the traffic elsewhere
// than the local route: a more specific route to a middlebox does, and then a
// rule that refers to a group does not admit it.
func (j *judging) localRoutes(c client) {
	local := network.Target{Kind: network.TargetLocal}
	h := Hop{
		Kind: HopRoute, Resource: j.vpc.ID, Location: j.cluster.Location, Verdict: Pass, By: []string{"local"},
		Detail: "the VPC's local route", Source: c.source.String(),
	}
	if f, dark := j.Failed(j.cluster.Location, network.KindRouteTable, ""); dark {
		h = h.unread(f)
		j.add(h)
		return
	}
	cache := j.cacheSubnets()
	diverted := j.diverted(c.subnets, j.familyOf(cache), local)
	diverted = append(diverted, j.diverted(cache, j.familyOf(c.subnets), local)...)
	if len(diverted) == 0 {
		j.add(h)
	}
	for _, d := range diverted {
		d.Source = c.source.String()
		j.add(d)
	}
}

func (j *judging) diverted(from []network.Subnet, to []netip.Prefix, local network.Target) []Hop {
	var out []Hop
	for _, id := range j.tablesOf(from) {
		r, ok := j.routing(id)
		if !ok {
			continue
		}
		for _, need := range to {
			f := r.toward(need, local)
			if f.state == routeRight || f.state == routeAbsent {
				continue
			}
			if f.state == routeUnknown {
				h := Hop{
					Kind: HopRoute, Resource: id, Location: r.table.Location, Verdict: Unknown,
					Detail: fmt.Sprintf("whether the route of prefix list %s takes traffic out of the VPC is not known: its entries were not read", f.route.PrefixList),
					Fixes:  fixes(readPrefixLists(r.table.Account)),
				}
				out = append(out, h)
				break
			}
			out = append(out, Hop{
				Kind: HopRoute, Resource: id, Location: r.table.Location, Verdict: Fail,
				Detail: fmt.Sprintf("the route %s sends traffic inside the VPC to %s, past the local route", f.dst, f.route.Target),
				Fixes:  forwardOrDelete(r.table, f),
			})
			break
		}
	}
	return slices.Clip(out)
}

func prefixesText(prefixes []netip.Prefix) string {
	parts := make([]string, len(prefixes))
	for i, p := range prefixes {
		parts[i] = p.String()
	}
	return strings.Join(parts, ", ")
}
