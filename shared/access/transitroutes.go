package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/network"
)

// transitLeg is one direction of a path through one transit gateway: what comes in by one
// attachment for some ranges has to go out by another.
type transitLeg struct {
	in      network.TransitGatewayAttachment
	out     string
	outType string
	// to are the ranges that are needed, blockOf gives the destination of a route for each
	// of them.
	to      []netip.Prefix
	blockOf func(netip.Prefix) netip.Prefix
	what    direction
	// behind are the attachments of middle VPCs that the traffic came out of before.
	behind []string
}

// through gives the leg from one attachment to another.
func (l transitLeg) through(in network.TransitGatewayAttachment, out, outType string) transitLeg {
	l.in, l.out, l.outType = in, out, outType
	return l
}

// transitRoutes judges a transit leg.
type transitRoutes struct {
	*tracing
	transitLeg
}

// judge judges that the attachment that traffic comes in by is associated with a table, and
// that this table sends it on to the other one.
func (t transitRoutes) judge() {
	owner := gatewayOwner(t.in)
	t.add(t.association(owner))
	table, ok := t.transitTable(t.in.RouteTable)
	f, failed := t.Failed(owner, network.KindTransitGatewayRouteTable, t.in.RouteTable)
	switch {
	case t.in.RouteTable == "":
		t.needsUnknown(change.TransitGatewayRoute, owner, true)
		return
	case !ok || failed:
		h := Hop{Kind: HopTransitGatewayRoute, Resource: t.in.RouteTable, Location: owner}
		h = h.unknown("routes "+string(t.what)+" were not read", say("let cachegate read account %s, which owns the gateway", owner.Account))
		if failed {
			h = h.unread(f)
		}
		t.add(h)
		t.needsUnknown(change.TransitGatewayRoute, owner, true)
		return
	case len(t.to) == 0:
		t.needsUnknown(change.TransitGatewayRoute, owner, true)
	}
	for _, g := range groupByBlock(t.to, t.blockOf) {
		t.table(table, owner, g)
	}
}

// association judges the association of the attachment with a route table.
func (t transitRoutes) association(owner network.Location) Hop {
	a := t.in
	h := Hop{
		Kind: HopAssociation, Resource: a.ID, Location: owner,
		Detail: fmt.Sprintf("the attachment is %s with %s", a.AssociationState, a.RouteTable),
	}
	switch {
	case a.RouteTable != "" && (a.AssociationState == "associated" || a.AssociationState == ""):
		return h.passing([]string{a.RouteTable}, "the attachment is associated with "+a.RouteTable)
	case a.RouteTable != "" && a.AssociationState == "associating":
		return h.waiting()
	case a.ID == "":
		h.Resource = "peered gateway's view"
		return h.unknown("the far gateway's view of the peering attachment was not read", say("let cachegate read the account of the far gateway"))
	case attachmentVerdict(a.State) == Pending:
		h.Detail = "the attachment is associated with no route table yet; it waits for " + a.ID
		return h.waiting()
	}
	if f := t.failure(owner, network.KindTransitGatewayAttachment); f != nil {
		return h.unread(*f)
	}
	if tables := t.gatewayOf(a).PolicyTables; len(tables) > 0 {
		return h.unknown(fmt.Sprintf("the attachment is associated with no route table; a policy table of the gateway (%s) may route it, which is not judged", strings.Join(tables, ", ")),
			command(owner, "aws ec2 get-transit-gateway-policy-table-entries --transit-gateway-policy-table-id %s", tables[0]).Because("see its rules"))
	}
	h.Detail = "the attachment is associated with no route table of the gateway"
	if t.TransitGateways[a.Gateway].Multicast == network.On {
		h.Detail += "; the gateway's multicast domains carry no TCP and do not replace it"
	}
	return h.failing(h.Detail, command(owner, "aws ec2 associate-transit-gateway-route-table --transit-gateway-attachment-id %s --transit-gateway-route-table-id TGW_RTB_ID", a.ID))
}

// table judges a table of the gateway for one block.
func (t transitRoutes) table(r *transitRouting, owner network.Location, g blockGroup) {
	state, route := routeRight, network.TransitGatewayRoute{}
	for i, p := range g.ranges {
		if s, rt := r.toward(p, t.out); i == 0 || routeRank[s] > routeRank[state] {
			state, route = s, rt
		}
	}
	h := Hop{Kind: HopTransitGatewayRoute, Resource: r.table.ID, Location: owner}
	need := Need{Requirement: change.Requirement{
		Kind: change.TransitGatewayRoute, Location: owner, Resource: r.table.ID, Destination: g.block,
		Target: network.Target{Kind: network.TargetOther, ID: t.out},
	}}
	if state != routeRight && t.detoured(g, route) {
		return
	}
	if state != routeRight {
		missing := missingTransitRoute{t, r.table, g, state, route}
		missing.judge(h, need)
		return
	}
	h = h.passing([]string{r.table.ID}, fmt.Sprintf("%s goes to %s %s (%s route %s)", g.block, t.out, t.what, route.Type, route.Destination))
	t.add(h)
	if route.Type == routeStatic {
		need.By, need.Carriers = h.By, []netip.Prefix{route.Destination}
		t.need(need)
	}
}

// detoured judges traffic that the table sends through something else first: a middle VPC,
// whose box decides what it lets through, or an attachment of a type that is not judged. No
// route is needed past it. False where nothing of the kind is in between.
func (t transitRoutes) detoured(g blockGroup, route network.TransitGatewayRoute) bool {
	if route.State != network.RouteActive {
		return false
	}
	for _, id := range route.Attachments {
		a, ok := t.attachmentAt(t.in.Gateway, id)
		if !ok {
			continue
		}
		if !slices.Contains(judgedTypes, a.ResourceType) {
			t.add(t.notJudged(a, g))
			t.needsUnknown(change.TransitGatewayRoute, gatewayOwner(t.in), false)
			return true
		}
		if way, ok := t.passing(a, g.ranges[0], t.what); ok && (way.boxed || route.Destination.Bits() < g.block.Bits()) {
			t.passed(a, g, way, route)
			return true
		}
	}
	return false
}

// judgedTypes are the types of attachment that are judged.
var judgedTypes = []string{attachmentVPC, attachmentVPN, attachmentDirectConnect, attachmentPeering, ""}

// notJudged names an attachment of another type.
func (t transitRoutes) notJudged(a network.TransitGatewayAttachment, g blockGroup) Hop {
	h := Hop{Kind: HopTransitGatewayRoute, Resource: t.in.RouteTable, Location: gatewayOwner(t.in)}
	return h.unknown(fmt.Sprintf("%s goes to %s of type %s (%s) %s, which decides what it lets through; that is not judged", g.block, a.ID, a.ResourceType, a.ResourceID, t.what),
		say("look at %s %s: whether it lets the clients of the cluster through", a.ResourceType, a.ResourceID))
}

// passed judges what passes a middle VPC, and what the gateway does with it afterwards.
func (t transitRoutes) passed(a network.TransitGatewayAttachment, g blockGroup, way passage, route network.TransitGatewayRoute) {
	h := Hop{Kind: HopTransitGatewayRoute, Resource: t.in.RouteTable, Location: gatewayOwner(t.in)}
	if way.boxed {
		h = h.passing([]string{t.in.RouteTable}, fmt.Sprintf("%s goes to %s of %s first %s", g.block, a.ID, a.ResourceID, t.what))
	} else {
		h = h.failing(fmt.Sprintf("the longest match %s goes to %s of %s %s, and ends there", route.Destination, a.ID, a.ResourceID, t.what),
			say("let %s send %s to %s, unless %s is meant to be passed first", t.in.RouteTable, g.block, t.out, a.ResourceID))
	}
	t.add(h)
	for _, h := range way.hops {
		t.add(h)
	}
	t.needsUnknown(change.TransitGatewayRoute, gatewayOwner(t.in), false)
	for _, next := range way.next {
		if slices.Contains(t.behind, next.ID) || next.ID == t.in.ID {
			continue // a loop
		}
		rest := t.transitLeg
		rest.to, rest.behind = g.ranges, append(slices.Clone(t.behind), next.ID)
		transitRoutes{t.tracing, rest.through(next, t.out, t.outType)}.judge()
	}
}

// missingTransitRoute is a table of a transit gateway that does not send a block where it
// is needed.
type missingTransitRoute struct {
	transitRoutes
	table network.TransitGatewayRouteTable
	blockGroup
	state routeState
	route network.TransitGatewayRoute // that decides
}

// judge fails the hop: may cachegate write the route, and what does a person do?
func (t missingTransitRoute) judge(h Hop, need Need) {
	settling := t.settles()
	h = h.failing(t.describe(), t.fixes(h.Location)...)
	if settling {
		h.Verdict = Pending
	}
	works := t.outWorks()
	switch left := t.writesLeaveOut(change.TransitGatewayRoute); {
	case works != Pass && t.comesWithAttachment():
		need.Blocked = blocked(BlockNotWorking, "%s does not work yet", t.out)
		if works == Pending {
			h.Verdict = Pending
			h.Detail += "; it waits for " + t.out
		}
	case t.what == toClient && overlapsAny(t.block, t.vpc.CIDRs):
		need.Blocked = blocked(BlockOwnAddresses, "a route to %s would take addresses of %s away from it", t.block, t.vpc.ID)
	case len(t.behind) > 0:
		need.Blocked = blocked(BlockMiddleBox, "what a middle box lets through is routed by whoever runs it")
	case !left.None():
		need.Blocked = left
	case t.state != routeAbsent:
		need.Blocked = blocked(BlockForeignRoute, "the table has a route that is not cachegate's")
	}
	h.Fixable, h.Blocked = need.Blocked.None() && h.Verdict == Fail, need.Blocked
	t.add(h)
	if !settling {
		t.need(need)
	}
}

// fixes gives the commands that make the route. A peering attachment propagates nothing.
func (t missingTransitRoute) fixes(at network.Location) []fix.Fix {
	if t.state == routeDead && t.route.Type == routeStatic {
		return fixes(say("take the blackhole %s out of %s if it is not there on purpose: it drops what %s would get", t.route.Destination, t.table.ID, t.out))
	}
	static := command(at, "aws ec2 create-transit-gateway-route --transit-gateway-route-table-id %s --destination-cidr-block %s --transit-gateway-attachment-id %s", t.table.ID, t.block, t.out)
	if t.outType == attachmentPeering {
		return fixes(static)
	}
	return fixes(command(at, "aws ec2 enable-transit-gateway-route-table-propagation --transit-gateway-route-table-id %s --transit-gateway-attachment-id %s", t.table.ID, t.out), static.Alternative())
}

// propagation gives the propagation of the attachment into the table.
func (t missingTransitRoute) propagation() (network.TransitGatewayPropagation, bool) {
	i := slices.IndexFunc(t.table.Propagations, func(p network.TransitGatewayPropagation) bool { return p.Attachment == t.out })
	if t.state != routeAbsent || i < 0 {
		return network.TransitGatewayPropagation{}, false
	}
	return t.table.Propagations[i], true
}

// settles says whether AWS is about to make the route by itself.
func (t missingTransitRoute) settles() bool {
	p, ok := t.propagation()
	return ok && p.State == "enabling"
}

// describe says what the table does instead of what is needed.
func (t missingTransitRoute) describe() string {
	dst := t.route.Destination
	switch t.state {
	case routeAbsent:
		text := fmt.Sprintf("no route to %s %s", t.block, t.what)
		if p, ok := t.propagation(); ok {
			text += fmt.Sprintf(", though %s propagates into the table (%s)", t.out, p.State)
		}
		return text
	case routeDead:
		return fmt.Sprintf("the route %s is a %s %s", dst, cmp.Or(t.route.State, network.RouteBlackhole), t.what)
	case routeShadowed:
		return fmt.Sprintf("the more specific route %s sends part of it to %v instead of %s %s", dst, t.route.Attachments, t.out, t.what)
	default:
		return fmt.Sprintf("the longest match %s goes to %v instead of %s %s", dst, t.route.Attachments, t.out, t.what)
	}
}

// outWorks judges the attachment that traffic has to go out by, as the gateway sees it.
func (t missingTransitRoute) outWorks() Verdict {
	a, _ := t.attachmentAt(t.table.Gateway, t.out)
	return attachmentVerdict(a.State)
}

// comesWithAttachment says whether what the table lacks comes with the attachment: there is
// no route yet, the route to it is dead, or a wider one takes its place so far.
func (t missingTransitRoute) comesWithAttachment() bool {
	return t.state == routeAbsent || slices.Contains(t.route.Attachments, t.out) ||
		t.state != routeShadowed && t.route.Destination.Bits() < t.block.Bits()
}
