package access

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// gatewayHop judges a transit gateway itself.
func (w *walk) gatewayHop(g network.TransitGateway, source string) {
	h := Hop{Kind: HopTransitGateway, Resource: g.ID, Location: g.Location, Verdict: Pass, By: []string{g.ID}, Source: source, Detail: "is " + g.State}
	switch g.State {
	case network.Available:
	case "":
		h.Verdict, h.By, h.Detail = Unknown, nil, "was not read"
		if f, dark := w.Failed(g.Location, network.KindTransitGateway, g.ID); dark {
			h.Detail, h.Fix = missingRead(f)
		} else {
			h.Fix = fmt.Sprintf("share the gateway with the account (RAM), or let cachegate read account %s", g.Account)
		}
	case "pending", "modifying":
		h.Verdict, h.By, h.Fix = Pending, nil, "wait; the next run judges it again"
	default:
		h.Verdict, h.By, h.Fix = Fail, nil, "attach both VPCs to a gateway that is available, and name it as via"
	}
	w.add(h)
}

// attachmentHop judges an attachment of a VPC; who has to accept it is named.
func (w *walk) attachmentHop(a network.TransitGatewayAttachment, whose, source string) {
	h := Hop{
		Kind: HopAttachment, Resource: a.ID, Location: a.Location, Verdict: attachmentVerdict(a.State), Source: source,
		Detail: fmt.Sprintf("%s attachment to %s is %s", whose, a.Gateway, a.State),
	}
	switch {
	case h.Verdict == Pass:
		h.By = []string{a.ID}
	case a.State == "pendingAcceptance":
		owner := network.Location{Account: stateOr(a.GatewayOwner, a.Account), Region: a.Region}
		h.Detail += fmt.Sprintf("; account %s, which owns the gateway, has to accept it", owner.Account)
		h.Fix = command(owner, "aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s", a.ID)
	case h.Verdict == Pending:
		h.Fix = "wait; the next run judges it again"
	default:
		h.Fix = command(ownerOfVPC(a),
			"aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids ONE_PER_ZONE", a.Gateway, a.ResourceID)
	}
	w.add(h)
	if w.v6 && a.ResourceType == attachmentVPC && h.Verdict != Fail {
		w.carriesIPv6(a, whose, source)
	}
}

// ownerOfVPC is where the VPC of an attachment belongs.
func ownerOfVPC(a network.TransitGatewayAttachment) network.Location {
	return network.Location{Account: stateOr(a.ResourceOwner, a.Account), Region: a.Region}
}

// carriesIPv6 judges that IPv6 support is on at an attachment: without it, its
// interfaces have no IPv6 address. It is off by default.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachmentRequestOptions.html
func (w *walk) carriesIPv6(a network.TransitGatewayAttachment, whose, source string) {
	at := ownerOfVPC(a)
	h := Hop{Kind: HopAddressFamily, Resource: a.ID, Location: at, Source: source}
	switch a.IPv6 {
	case network.On:
		return
	case network.Off:
		w.add(h.failing(fmt.Sprintf("IPv6 support is off at %s attachment", whose),
			command(at, "aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s --options Ipv6Support=enable", a.ID)))
	case network.Unknown:
		h.Verdict = Unknown
		h.Detail = fmt.Sprintf("whether IPv6 support is on at %s attachment was not read", whose)
		h.Fix = fmt.Sprintf("let cachegate read account %s: ec2:DescribeTransitGatewayVpcAttachments", at.Account)
		if f, dark := w.Failed(at, network.KindTransitGatewayAttachment, a.ID); dark {
			h.Detail, h.Fix = missingRead(f)
		}
		w.add(h)
	}
}

// peeringAttachmentHop judges the attachment that joins two gateways.
func (w *walk) peeringAttachmentHop(l tgwLink, source string) {
	a := l.near
	h := Hop{
		Kind: HopAttachment, Resource: a.ID, Location: a.Location, Verdict: attachmentVerdict(a.State), Source: source,
		Detail: fmt.Sprintf("the peering attachment between %s and %s is %s", a.Gateway, l.farGateway.ID, a.State),
	}
	switch {
	case h.Verdict == Pass:
		h.By = []string{a.ID}
	case a.State == "pendingAcceptance":
		at := network.Location{Account: stateOr(a.PeerAccount, l.farGateway.Account), Region: stateOr(a.PeerRegion, l.farGateway.Region)}
		h.Detail += fmt.Sprintf("; the side that did not ask for it has to accept it (account %s or %s)", a.Account, at.Account)
		h.Fix = command(at, "aws ec2 accept-transit-gateway-peering-attachment --transit-gateway-attachment-id %s", a.ID)
	case h.Verdict == Pending:
		h.Fix = "wait; the next run judges it again"
	default:
		h.Fix = command(a.Location, "aws ec2 create-transit-gateway-peering-attachment --transit-gateway-id %s --peer-transit-gateway-id %s --peer-account-id %s --peer-region %s",
			a.Gateway, l.farGateway.ID, l.farGateway.Account, l.farGateway.Region)
	}
	w.add(h)
}

// zones judges that every subnet's Availability Zone has a subnet of the
// attachment: from a zone without one, the gateway cannot be reached. A Local
// Zone cannot have one; its parent zone's serves it.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
// https://docs.aws.amazon.com/local-zones/latest/ug/local-zones-connectivity-transit-gateway-lzs.html
func (w *walk) zones(subnets []network.Subnet, a network.TransitGatewayAttachment, whose, source string) {
	attached := map[string]bool{}
	for _, id := range a.Subnets {
		if sn, ok := w.Subnets[id]; ok {
			attached[sn.AvailabilityZone] = true
		}
	}
	if len(attached) == 0 {
		return // not told, or not read: the attachment's own hop says so
	}
	for _, sn := range subnets {
		zone, local := sn.AvailabilityZone, sn.ZoneType == localZone
		if local {
			zone = sn.ParentZone
		}
		if sn.AvailabilityZone == "" || attached[zone] {
			continue
		}
		h := Hop{
			Kind: HopAttachmentZone, Resource: sn.ID, Location: sn.Location, Verdict: Fail, Source: source,
			Detail: fmt.Sprintf("%s subnet is in %s, where attachment %s has no subnet", whose, zone, a.ID),
			Fix:    command(a.Location, "aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s --add-subnet-ids SUBNET_IN_%s", a.ID, zone),
		}
		if whose == "the cache's" {
			h.Side = ClusterSide
		} else {
			h.Side = SourceSide
		}
		switch {
		case local && zone == "":
			h.Verdict = Unknown
			h.Detail = fmt.Sprintf("%s subnet is in the Local Zone %s, whose parent zone was not read; a transit gateway reaches it only through an attachment there", whose, sn.AvailabilityZone)
			h.Fix = "check aws ec2 describe-availability-zones --all-availability-zones"
		case local:
			h.Detail = fmt.Sprintf("%s subnet is in the Local Zone %s, which no transit gateway can be attached to, and attachment %s has no subnet in its parent zone %s", whose, sn.AvailabilityZone, a.ID, zone)
		}
		w.add(h)
	}
}

const localZone = "local-zone"

// gatewayRoutes judges the association and the routes of every table on the way,
// in both directions.
func (w *walk) gatewayRoutes(l tgwLink, c client) {
	cache := w.familyOf(w.cacheSubnets())
	source := c.source.String()
	if !l.peered() {
		w.tgwLeg(l.far, l.own.ID, cache, w.vpc.BlockHolding, attachmentVPC, toCluster, source)
		w.tgwLeg(l.own, l.far.ID, c.addresses, l.vpc.BlockHolding, attachmentVPC, toClient, source)
		return
	}
	w.tgwLeg(l.far, l.near.ID, cache, w.vpc.BlockHolding, attachmentPeering, toCluster, source)
	w.tgwLeg(l.near, l.own.ID, cache, w.vpc.BlockHolding, attachmentVPC, toCluster, source)
	w.tgwLeg(l.own, l.near.ID, c.addresses, l.vpc.BlockHolding, attachmentPeering, toClient, source)
	w.tgwLeg(l.beyond, l.far.ID, c.addresses, l.vpc.BlockHolding, attachmentVPC, toClient, source)
}

// tgwLeg judges one gateway in one direction: the attachment that traffic comes
// in by is associated with a table, and that table sends it on to the other one.
func (w *walk) tgwLeg(in network.TransitGatewayAttachment, out string, to []netip.Prefix, block func(netip.Prefix) netip.Prefix, outType string, what direction, source string) {
	owner := network.Location{Account: stateOr(in.GatewayOwner, in.Account), Region: in.Region}
	if !w.associationHop(in, owner, source) {
		w.blind = append(w.blind, Blindness{Kind: NeedTGWRoute, Location: owner, Unread: true})
		return
	}
	r, ok := w.tgwTable(in.RouteTable)
	f, dark := w.Failed(owner, network.KindTransitGatewayRouteTable, in.RouteTable)
	if !ok || dark {
		h := Hop{
			Kind: HopTransitGatewayRoute, Resource: in.RouteTable, Location: owner, Verdict: Unknown, Source: source,
			Detail: "routes " + string(what) + " were not read", Fix: fmt.Sprintf("let cachegate read account %s, which owns the gateway", owner.Account),
		}
		if dark {
			h.Detail, h.Fix = missingRead(f)
		}
		w.add(h)
		w.blind = append(w.blind, Blindness{Kind: NeedTGWRoute, Location: owner, Unread: true})
		return
	}
	if len(to) == 0 {
		w.blind = append(w.blind, Blindness{Kind: NeedTGWRoute, Location: owner, Unread: true})
	}
	for _, g := range groupByBlock(leg{to: to, block: block}) {
		h := w.tgwRouteHop(r, owner, out, g, outType, what)
		h.Source = source
		w.add(h)
	}
}

// associationHop judges the association of an attachment with a route table;
// false where there is no table to look into.
func (w *walk) associationHop(a network.TransitGatewayAttachment, owner network.Location, source string) bool {
	h := Hop{
		Kind: HopAssociation, Resource: a.ID, Location: owner, Source: source,
		Detail: fmt.Sprintf("the attachment is %s with %s", a.AssociationState, a.RouteTable),
	}
	switch {
	case a.RouteTable != "" && (a.AssociationState == "associated" || a.AssociationState == ""):
		h.Verdict, h.By, h.Detail = Pass, []string{a.RouteTable}, "the attachment is associated with "+a.RouteTable
	case a.RouteTable != "" && a.AssociationState == "associating":
		h.Verdict, h.Fix = Pending, "wait; the next run judges it again"
	case a.ID == "":
		h.Verdict, h.Resource = Unknown, "peered gateway's view"
		h.Detail, h.Fix = "the far gateway's view of the peering attachment was not read", "let cachegate read the account of the far gateway"
	case attachmentVerdict(a.State) == Pending:
		h.Verdict, h.Fix = Pending, "wait; the next run judges it again"
		h.Detail = "the attachment is associated with no route table yet; it waits for " + a.ID
	default:
		if f, dark := w.Dark(owner, network.KindTransitGatewayAttachment); dark {
			h.Verdict = Unknown
			h.Detail, h.Fix = missingRead(f)
			break
		}
		h.Verdict = Fail
		h.Detail = "the attachment is associated with no route table of the gateway"
		if w.TransitGateways[a.Gateway].Multicast == network.On {
			h.Detail += "; the gateway's multicast domains carry no TCP and do not replace it"
		}
		h.Fix = command(owner, "aws ec2 associate-transit-gateway-route-table --transit-gateway-attachment-id %s --transit-gateway-route-table-id TGW_RTB_ID", a.ID)
	}
	w.add(h)
	return a.RouteTable != ""
}

// tgwRouteHop judges one table of a gateway for one block.
func (w *walk) tgwRouteHop(r *tgwRouting, owner network.Location, out string, g blockGroup, outType string, what direction) Hop {
	state, route := routeRight, network.TransitGatewayRoute{}
	for i, need := range g.ranges {
		if s, rt := r.toward(need, out); i == 0 || routeRank[s] > routeRank[state] {
			state, route = s, rt
		}
	}
	h := Hop{Kind: HopTransitGatewayRoute, Resource: r.table.ID, Location: owner}
	need := Need{Requirement: Requirement{
		Kind: NeedTGWRoute, Location: owner, Resource: r.table.ID, Destination: g.block,
		Target: network.Target{Kind: network.TargetOther, ID: out},
	}}
	if state == routeRight {
		h.Verdict, h.By = Pass, []string{r.table.ID}
		h.Detail = fmt.Sprintf("%s goes to %s %s (%s route %s)", g.block, out, what, route.Type, route.Destination)
		if route.Type == routeStatic {
			need.By, need.Carriers = h.By, []netip.Prefix{route.Destination}
			w.need(need)
		}
		return h
	}
	return w.missingTGWRoute(h, r, state, route, g, need, outType, what)
}

func (w *walk) missingTGWRoute(h Hop, r *tgwRouting, state routeState, route network.TransitGatewayRoute, g blockGroup, need Need, outType string, what direction) Hop {
	h.Verdict = Fail
	out := need.Target.ID
	static := command(h.Location, "aws ec2 create-transit-gateway-route --transit-gateway-route-table-id %s --destination-cidr-block %s --transit-gateway-attachment-id %s", r.table.ID, g.block, out)
	h.Fix = static
	if outType != attachmentPeering { // peering attachments propagate nothing
		h.Fix = command(h.Location, "aws ec2 enable-transit-gateway-route-table-propagation --transit-gateway-route-table-id %s --transit-gateway-attachment-id %s", r.table.ID, out) + "; or " + static
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
		h.Detail = fmt.Sprintf("the route %s is a %s %s", route.Destination, stateOr(route.State, network.RouteBlackhole), what)
	case routeShadowed:
		h.Detail = fmt.Sprintf("the more specific route %s sends part of it to %v instead of %s %s", route.Destination, route.Attachments, out, what)
	case routeElsewhere, routeRight:
		h.Detail = fmt.Sprintf("the longest match %s goes to %v instead of %s %s", route.Destination, route.Attachments, out, what)
	}
	settling := h.Verdict == Pending
	target := attachmentVerdict(w.attachmentState(r.table.Gateway, out))
	switch {
	case target != Pass && comesWith(out, state, route, g):
		need.Blocked = out + " does not work yet"
		if target == Pending {
			h.Verdict = Pending
			h.Detail += "; it waits for " + out
		}
	case !w.Policy.Writes.Has(intent.WriteTGWRoutes):
		need.Blocked = "the policy's writes leave out tgw-routes"
	case state != routeAbsent:
		need.Blocked = "the table has a route that is not cachegate's"
	}
	h.Mendable = need.Blocked == "" && h.Verdict == Fail
	if !settling {
		w.need(need)
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
func (w *walk) attachmentState(gateway, id string) string {
	for _, a := range w.gatewayAttachments(gateway) {
		if a.ID == id {
			return a.State
		}
	}
	return ""
}
