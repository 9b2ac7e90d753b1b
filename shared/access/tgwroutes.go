package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// gatewayRoutes judges the association and the routes of every table on the way,
// in both directions.
func (j *judging) gatewayRoutes(l tgwLink, c client) {
	if c.dark != nil { // the far VPC's blocks, to which routes go, may be others than they seem
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.TransitGatewayRoute, Unread: true})
	}
	cache := j.familyOf(j.cacheSubnets())
	source := c.source.String()
	if !l.peered() {
		j.tgwLeg(l.far, l.own.ID, cache, j.vpc.BlockHolding, attachmentVPC, toCluster, source)
		j.tgwLeg(l.own, l.far.ID, c.addresses, l.vpc.BlockHolding, attachmentVPC, toClient, source)
		return
	}
	j.tgwLeg(l.far, l.near.ID, cache, j.vpc.BlockHolding, attachmentPeering, toCluster, source)
	j.tgwLeg(l.near, l.own.ID, cache, j.vpc.BlockHolding, attachmentVPC, toCluster, source)
	j.tgwLeg(l.own, l.near.ID, c.addresses, l.vpc.BlockHolding, attachmentPeering, toClient, source)
	j.tgwLeg(l.beyond, l.far.ID, c.addresses, l.vpc.BlockHolding, attachmentVPC, toClient, source)
}

// tgwLeg judges one gateway in one direction: the attachment that traffic comes
// in by is associated with a table, and that table sends it on to the other one.
func (j *judging) tgwLeg(in network.TransitGatewayAttachment, out string, to []netip.Prefix, block func(netip.Prefix) netip.Prefix, outType string, what direction, source string) {
	owner := network.Location{Account: cmp.Or(in.GatewayOwner, in.Account), Region: in.Region}
	if !j.associationHop(in, owner, source) {
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.TransitGatewayRoute, Location: owner, Unread: true})
		return
	}
	r, ok := j.tgwTable(in.RouteTable)
	f, dark := j.Failed(owner, network.KindTransitGatewayRouteTable, in.RouteTable)
	if !ok || dark {
		h := Hop{
			Kind: HopTransitGatewayRoute, Resource: in.RouteTable, Location: owner, Verdict: Unknown, Source: source,
			Detail: "routes " + string(what) + " were not read", Fixes: fixes(say("let cachegate read account %s, which owns the gateway", owner.Account)),
		}
		if dark {
			h = h.unread(f)
		}
		j.add(h)
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.TransitGatewayRoute, Location: owner, Unread: true})
		return
	}
	if len(to) == 0 {
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.TransitGatewayRoute, Location: owner, Unread: true})
	}
	for _, g := range groupByBlock(leg{to: to, block: block}) {
		h := j.tgwRouteHop(r, owner, out, g, outType, what)
		h.Source = source
		j.add(h)
	}
}

// associationHop judges the association of an attachment with a route table;
// false where there is no table to look into.
func (j *judging) associationHop(a network.TransitGatewayAttachment, owner network.Location, source string) bool {
	h := Hop{
		Kind: HopAssociation, Resource: a.ID, Location: owner, Source: source,
		Detail: fmt.Sprintf("the attachment is %s with %s", a.AssociationState, a.RouteTable),
	}
	switch {
	case a.RouteTable != "" && (a.AssociationState == "associated" || a.AssociationState == ""):
		h.Verdict, h.By, h.Detail = Pass, []string{a.RouteTable}, "the attachment is associated with "+a.RouteTable
	case a.RouteTable != "" && a.AssociationState == "associating":
		h = h.waiting()
	case a.ID == "":
		h.Verdict, h.Resource = Unknown, "peered gateway's view"
		h.Detail, h.Fixes = "the far gateway's view of the peering attachment was not read", fixes(say("let cachegate read the account of the far gateway"))
	case attachmentVerdict(a.State) == Pending:
		h = h.waiting()
		h.Detail = "the attachment is associated with no route table yet; it waits for " + a.ID
	default:
		if f, dark := j.ReadFailure(owner, network.KindTransitGatewayAttachment); dark {
			h = h.unread(f)
			break
		}
		h.Verdict = Fail
		h.Detail = "the attachment is associated with no route table of the gateway"
		if j.TransitGateways[a.Gateway].Multicast == network.On {
			h.Detail += "; the gateway's multicast domains carry no TCP and do not replace it"
		}
		h.Fixes = fixes(command(owner, "aws ec2 associate-transit-gateway-route-table --transit-gateway-attachment-id %s --transit-gateway-route-table-id TGW_RTB_ID", a.ID))
	}
	j.add(h)
	return a.RouteTable != ""
}

// tgwRouteHop judges one table of a gateway for one block.
func (j *judging) tgwRouteHop(r *tgwRouting, owner network.Location, out string, g blockGroup, outType string, what direction) Hop {
	state, route := routeRight, network.TransitGatewayRoute{}
	for i, need := range g.ranges {
		if s, rt := r.toward(need, out); i == 0 || routeRank[s] > routeRank[state] {
			state, route = s, rt
		}
	}
	h := Hop{Kind: HopTransitGatewayRoute, Resource: r.table.ID, Location: owner}
	need := Need{Requirement: change.Requirement{
		Kind: change.TransitGatewayRoute, Location: owner, Resource: r.table.ID, Destination: g.block,
		Target: network.Target{Kind: network.TargetOther, ID: out},
	}}
	if state == routeRight {
		h.Verdict, h.By = Pass, []string{r.table.ID}
		h.Detail = fmt.Sprintf("%s goes to %s %s (%s route %s)", g.block, out, what, route.Type, route.Destination)
		if route.Type == routeStatic {
			need.By, need.Carriers = h.By, []netip.Prefix{route.Destination}
			j.need(need)
		}
		return h
	}
	return j.missingTGWRoute(h, r, state, route, g, need, outType, what)
}

func (j *judging) missingTGWRoute(h Hop, r *tgwRouting, state routeState, route network.TransitGatewayRoute, g blockGroup, need Need, outType string, what direction) Hop {
	h.Verdict = Fail
	out := need.Target.ID
	static := command(h.Location, "aws ec2 create-transit-gateway-route --transit-gateway-route-table-id %s --destination-cidr-block %s --transit-gateway-attachment-id %s", r.table.ID, g.block, out)
	h.Fixes = fixes(static)
	if outType != attachmentPeering { // peering attachments propagate nothing
		h.Fixes = fixes(command(h.Location, "aws ec2 enable-transit-gateway-route-table-propagation --transit-gateway-route-table-id %s --transit-gateway-attachment-id %s", r.table.ID, out), static.Alternative())
	}
	switch state {
	case routeAbsent:
		h.Detail = fmt.Sprintf("no route to %s %s", g.block, what)
		if i := slices.IndexFunc(r.table.Propagations, func(p network.TransitGatewayPropagation) bool { return p.Attachment == out }); i >= 0 {
			h.Detail += fmt.Sprintf(", though %s propagates into the table (%s)", out, r.table.Propagations[i].State)
			if r.table.Propagations[i].State == "enabling" {
				h.Verdict = Pending
			}
		}
	case routeDead:
		h.Detail = fmt.Sprintf("the route %s is a %s %s", route.Destination, cmp.Or(route.State, network.RouteBlackhole), what)
	case routeShadowed:
		h.Detail = fmt.Sprintf("the more specific route %s sends part of it to %v instead of %s %s", route.Destination, route.Attachments, out, what)
	case routeElsewhere, routeRight, routeUnknown:
		h.Detail = fmt.Sprintf("the longest match %s goes to %v instead of %s %s", route.Destination, route.Attachments, out, what)
	}
	settling := h.Verdict == Pending
	target := attachmentVerdict(j.attachmentState(r.table.Gateway, out))
	switch {
	case target != Pass && comesWith(out, state, route, g):
		need.Blocked = blocked(BlockNotWorking, "%s does not work yet", out)
		if target == Pending {
			h.Verdict = Pending
			h.Detail += "; it waits for " + out
		}
	case what == toClient && overlapsAny(g.block, j.vpc.CIDRs):
		need.Blocked = blocked(BlockOwnAddresses, "a route to %s would take addresses of %s away from it", g.block, j.vpc.ID)
	case !j.writesLeaveOut(change.TransitGatewayRoute).None():
		need.Blocked = j.writesLeaveOut(change.TransitGatewayRoute)
	case state != routeAbsent:
		need.Blocked = blocked(BlockForeignRoute, "the table has a route that is not cachegate's")
	}
	h.Fixable, h.Blocked = need.Blocked.None() && h.Verdict == Fail, need.Blocked
	if !settling {
		j.need(need)
	}
	return h
}

// comesWith says whether what a table lacks comes with the attachment: there is
// no route yet, the route to it is dead, or a wider one takes its place so far.
func comesWith(attachment string, state routeState, route network.TransitGatewayRoute, g blockGroup) bool {
	return state == routeAbsent || slices.Contains(route.Attachments, attachment) ||
		state != routeShadowed && route.Destination.Bits() < g.block.Bits()
}

// attachmentState gives the state of an attachment as its gateway sees it.
func (j *judging) attachmentState(gateway, id string) string {
	for _, a := range j.gatewayAttachments(gateway) {
		if a.ID == id {
			return a.State
		}
	}
	return ""
}
