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
func (w *walk) sameVPC(s intent.Source) {
	c, state := w.localClient(s)
	switch {
	case state.ok:
	case state.hop.Verdict == Unknown && s.Kind == intent.SecurityGroup:
		w.add(state.hop)
		c = w.guestClient(s, state.hop.Location)
	default:
		w.lost(state.hop)
		return
	}
	w.localRoutes(c)
	w.acls(c)
	w.egress(c)
	w.ingress(c, refusal{})
}

// guestClient makes the client of a group that cannot be read and that the
// intent declares to be in the cluster's VPC: a participant's, where the VPC is
// shared. Its interfaces may be anywhere in it.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-service-behavior.html
func (w *walk) guestClient(s intent.Source, at network.Location) client {
	return client{
		source: s, Location: at, vpc: w.vpc.ID, subnets: w.subnetsOf[w.vpc.ID], addresses: w.family(w.vpc.CIDRs),
		peers: []network.Peer{w.groupPeer(s, at)},
	}
}

// localClient finds the source inside the cluster's VPC.
func (w *walk) localClient(s intent.Source) (client, sourceState) {
	wrong := func(format string, args ...any) (client, sourceState) {
		return client{}, sourceState{hop: Hop{
			Kind: HopSource, Resource: s.String(), Location: w.cluster.Location, Verdict: Fail, Source: s.String(),
			Detail: fmt.Sprintf(format, args...),
			Fix:    fmt.Sprintf("declare the path that leads from there, or a source in %s", w.vpc.ID),
		}}
	}
	switch s.Kind {
	case intent.SecurityGroup:
		g, state := w.groupOf(s)
		if !state.ok {
			return client{}, state
		}
		if g.VPC != w.vpc.ID {
			return wrong("group %s is in %s, not in the cluster's %s", s.ID, g.VPC, w.vpc.ID)
		}
	case intent.VPC:
		if s.ID != w.vpc.ID {
			return wrong("%s is not the cluster's VPC %s", s.ID, w.vpc.ID)
		}
	case intent.PrefixList:
		if state := w.prefixList(s); !state.ok {
			return client{}, state
		}
	case intent.CIDR:
	}
	if ranged(s) && !inside(w.vpc.CIDRs, w.rangesOf(s)) {
		return wrong("%s is not inside the cluster's VPC %s (%s)", s, w.vpc.ID, prefixesText(w.vpc.CIDRs))
	}
	return w.vpcClient(s, w.vpc), sourceState{ok: true}
}

// prefixList judges that a prefix list was read and holds what a rule may open.
func (w *walk) prefixList(s intent.Source) sourceState {
	hop := Hop{Kind: HopSource, Resource: s.ID, Location: w.cluster.Location, Verdict: Fail, Source: s.String()}
	list, ok := w.PrefixLists[s.ID]
	if f, dark := w.Failed(w.cluster.Location, network.KindPrefixList, s.ID); dark && (!ok || f.Resource == s.ID) {
		hop.Verdict = Unknown
		hop.Detail, hop.Fix = missingRead(f)
		return sourceState{hop: hop}
	}
	if !ok {
		hop.Detail = fmt.Sprintf("prefix list %s does not exist in account %s, Region %s", s.ID, w.cluster.Account, w.cluster.Region)
		hop.Fix = "correct the intent's source, or share the list with the account"
		return sourceState{hop: hop}
	}
	for _, e := range list.Entries {
		if intent.CheckWidest(w.Policy, e) != nil {
			hop.Detail = fmt.Sprintf("entry %s of %s is wider than the policy's widest", e, s.ID)
			hop.Fix = "take the entry out of the list, declare narrower sources, or raise widest in the policy"
			return sourceState{hop: hop}
		}
	}
	if len(w.family(list.Entries)) == 0 {
		hop.Detail = fmt.Sprintf("prefix list %s has no entry in the cluster's address family", s.ID)
		hop.Fix = "add entries to the list"
		return sourceState{hop: hop}
	}
	return sourceState{ok: true}
}

// localRoutes judges that no table of the two ends sends the traffic elsewhere
// than the local route: a more specific route to a middlebox does, and then a
// rule that refers to a group does not admit it.
func (w *walk) localRoutes(c client) {
	local := network.Target{Kind: network.TargetLocal}
	h := Hop{
		Kind: HopRoute, Resource: w.vpc.ID, Location: w.cluster.Location, Verdict: Pass, By: []string{"local"},
		Detail: "the VPC's local route", Source: c.source.String(),
	}
	if f, dark := w.Failed(w.cluster.Location, network.KindRouteTable, ""); dark {
		h.Verdict, h.By = Unknown, nil
		h.Detail, h.Fix = missingRead(f)
		w.add(h)
		return
	}
	cache := w.cacheSubnets()
	diverted := w.diverted(c.subnets, w.familyOf(cache), local)
	diverted = append(diverted, w.diverted(cache, w.familyOf(c.subnets), local)...)
	if len(diverted) == 0 {
		w.add(h)
	}
	for _, d := range diverted {
		d.Source = c.source.String()
		w.add(d)
	}
}

func (w *walk) diverted(from []network.Subnet, to []netip.Prefix, local network.Target) []Hop {
	var out []Hop
	for _, id := range w.tablesOf(from) {
		r, ok := w.routing(id)
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
					Fix:    "allow ec2:GetManagedPrefixListEntries to cachegate's role in account " + r.table.Account,
				}
				out = append(out, h)
				break
			}
			out = append(out, Hop{
				Kind: HopRoute, Resource: id, Location: r.table.Location, Verdict: Fail,
				Detail: fmt.Sprintf("the route %s sends traffic inside the VPC to %s, past the local route", f.dst, f.route.Target),
				Fix: "make sure that " + f.route.Target.String() + " forwards it and declare the source as a CIDR, or " +
					command(r.table.Location, "aws ec2 delete-route --route-table-id %s %s", id, destinationFlag(f.dst)),
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
