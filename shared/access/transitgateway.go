package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// transitGateway judges a source behind a transit gateway: in the same Region,
// also one that is shared across accounts, or across Regions behind a gateway
// that is peered with the cache's.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
func (j *judging) transitGateway(s intent.Source) {
	if s.Kind == intent.PrefixList {
		if state := j.prefixList(s); !state.ok {
			j.failSource(state.hop)
			return
		}
	}
	l, hop, ok := j.tgwTo(s)
	if !ok {
		j.failSource(hop)
		return
	}
	c := j.tgwClient(s, l)
	label := s.String()
	j.gatewayHop(l.gateway, label)
	j.attachmentHop(l.own, "the cache's", label)
	if l.peered() {
		j.gatewayHop(l.farGateway, label)
		j.peeringAttachmentHop(l, label)
	}
	j.attachmentHop(l.far, "the source's", label)
	// A gateway, unlike a peering connection, carries one family where the blocks of
	// the other overlap.
	// https://docs.aws.amazon.com/whitepapers/latest/ipv6-on-aws/amazon-vpc-connectivity-options-for-ipv6.html
	j.overlap(l.own.Gateway, l.vpc, j.family(l.vpc.CIDRs), s)
	j.zones(j.cacheSubnets(), l.own, "the cache's", label)
	if c.dark == nil {
		j.zones(c.subnets, l.far, "the source's", label)
	}
	j.gatewayRoutes(l, c)
	j.gatewayVPCRoutes(l, c)
	j.cross(j.cacheCrossing(l.own, c))
	if c.dark == nil {
		j.cross(j.clientCrossing(l.far, l.vpc, c))
	} else {
		j.darkACLs(c)
	}
	j.egressByAddress(c)
	j.ingress(c, j.gatewayReference(l, c))
}

// tgwLink is the way through one transit gateway, or through two that are peered.
type tgwLink struct {
	gateway network.TransitGateway
	own     network.TransitGatewayAttachment // of the cache VPC
	far     network.TransitGatewayAttachment // of the source VPC
	vpc     network.VPC                      // the source's
	dark    *network.Failure

	farGateway network.TransitGateway
	// near and beyond are the two views of the peering attachment: from the cache's
	// gateway and from the source's.
	near, beyond network.TransitGatewayAttachment
}

func (l tgwLink) peered() bool { return l.near.ID != "" }

// tgwTo finds the way to a source: one gateway that both VPCs are attached to,
// else two that are peered. Attachments that work come first, then gateways by
// which the cache's tables lead to the source already, then the lowest id.
func (j *judging) tgwTo(s intent.Source) (tgwLink, Hop, bool) {
	vpc, unread, hop, ok := j.vpcOf(s)
	if !ok {
		return tgwLink{}, hop, false
	}
	var found []tgwLink
	for _, own := range j.attachmentsOf(j.vpc.ID) {
		if j.Intent.Via != "" && j.Intent.Via != own.Gateway {
			continue
		}
		found = append(found, j.behindGateway(own, s, vpc, unread)...)
	}
	if len(found) == 0 {
		return tgwLink{}, j.noGateway(s, vpc), false
	}
	slices.SortStableFunc(found, func(a, b tgwLink) int { return j.tgwRank(a, s) - j.tgwRank(b, s) })
	return found[0], Hop{}, true
}

func (j *judging) tgwRank(l tgwLink, s intent.Source) int {
	rank := 10 * (attachmentRank(l.own.State) + attachmentRank(l.far.State))
	if l.peered() {
		rank += 5 + 10*attachmentRank(l.near.State)
	}
	// Routes to others do not count: one that is made for another source must not
	// lead this one elsewhere in the next run.
	there := slices.Clone(l.vpc.CIDRs)
	if ranged(s) {
		there = j.rangesOf(s)
	}
	for _, id := range j.tablesOf(j.cacheSubnets()) {
		for _, r := range j.RouteTables[id].Routes {
			to := []netip.Prefix{r.Destination}
			if r.PrefixList != "" {
				to = j.PrefixLists[r.PrefixList].Entries
			}
			if r.Target.ID == l.own.Gateway && slices.ContainsFunc(to, func(p netip.Prefix) bool { return overlapsAny(p, there) }) {
				return rank
			}
		}
	}
	return rank + 1
}

// behindGateway gives the ways through the gateway of one of the cache VPC's
// attachments that lead to a source.
func (j *judging) behindGateway(own network.TransitGatewayAttachment, s intent.Source, vpc string, unread network.Location) []tgwLink {
	var out []tgwLink
	base := tgwLink{gateway: j.gatewayOf(own), own: own}
	for _, a := range j.gatewayAttachments(own.Gateway) {
		switch {
		case a.ResourceType == attachmentVPC && a.ResourceID != j.vpc.ID:
			l := base
			if j.holds(&l, a, s, vpc, unread) {
				out = append(out, l)
			}
		case a.ResourceType == attachmentPeering:
			out = append(out, j.behindPeer(base, a, s, vpc, unread)...)
		}
	}
	return out
}

// behindPeer gives the ways through a peered gateway.
func (j *judging) behindPeer(base tgwLink, near network.TransitGatewayAttachment, s intent.Source, vpc string, unread network.Location) []tgwLink {
	peer := near.PeerGateway
	if peer == "" {
		peer = near.ResourceID
	}
	var out []tgwLink
	for _, a := range j.gatewayAttachments(peer) {
		if a.ResourceType != attachmentVPC {
			continue
		}
		l := base
		l.near = near
		l.farGateway = j.gatewayOf(a)
		for _, view := range j.gatewayAttachments(peer) {
			if view.ID == near.ID {
				l.beyond = view
			}
		}
		if j.holds(&l, a, s, vpc, unread) {
			out = append(out, l)
		}
	}
	return out
}

// holds completes a way if the VPC of an attachment holds the source.
func (j *judging) holds(l *tgwLink, far network.TransitGatewayAttachment, s intent.Source, vpc string, unread network.Location) bool {
	l.far = far
	at := network.Location{Account: cmp.Or(far.ResourceOwner, far.Account), Region: far.Region}
	known, ok := j.VPCs[far.ResourceID]
	l.vpc = known
	if !ok {
		l.vpc = network.VPC{ID: far.ResourceID, Location: at}
		l.dark = j.unread(at)
	} else if f, dark := j.ReadFailure(known.Location, network.KindSubnet, network.KindRouteTable); dark {
		l.dark = &f
	}
	switch {
	case vpc != "":
		return far.ResourceID == vpc
	case !unread.IsZero():
		return at.Account == unread.Account
	case ok:
		return inside(known.CIDRs, j.rangesOf(s))
	default:
		return l.dark != nil && j.routedTo(l.own, far, j.rangesOf(s))
	}
}

// routedTo says whether the cache's transit gateway table sends ranges to an
// attachment: all that is known of a VPC whose account cannot be read.
func (j *judging) routedTo(own, far network.TransitGatewayAttachment, ranges []netip.Prefix) bool {
	r, ok := j.tgwTable(own.RouteTable)
	if !ok || len(ranges) == 0 {
		return false
	}
	for _, p := range ranges {
		if state, _ := r.toward(p, far.ID); state != routeRight {
			return false
		}
	}
	return true
}

func (j *judging) gatewayOf(a network.TransitGatewayAttachment) network.TransitGateway {
	if g, ok := j.TransitGateways[a.Gateway]; ok {
		return g
	}
	return network.TransitGateway{ID: a.Gateway, Location: network.Location{Account: cmp.Or(a.GatewayOwner, a.Account), Region: a.Region}, Owner: a.GatewayOwner}
}

func (j *judging) noGateway(s intent.Source, vpc string) Hop {
	h := Hop{Kind: HopTransitGateway, Resource: cmp.Or(j.Intent.Via, j.vpc.ID), Location: j.cluster.Location, Verdict: Fail, Source: s.String()}
	own := j.attachmentsOf(j.vpc.ID)
	if f, dark := j.darkGateways(own); dark {
		h = h.unread(f)
		return h
	}
	behind := s.String()
	if vpc != "" && vpc != behind {
		behind += " in " + vpc
	}
	switch {
	case len(own) == 0:
		h.Detail = fmt.Sprintf("%s is attached to no transit gateway", j.vpc.ID)
		h.Fixes = fixes(command(j.cluster.Location, "aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids ONE_PER_ZONE", cmp.Or(j.Intent.Via, "TGW_ID"), j.vpc.ID))
	case j.Intent.Via != "":
		h.Detail = fmt.Sprintf("%s does not join %s to %s", j.Intent.Via, j.vpc.ID, behind)
		h.Fixes = fixes(say("attach the source's VPC to %s, or correct via", j.Intent.Via))
	default:
		h.Resource = own[0].Gateway
		h.Detail = fmt.Sprintf("no transit gateway of %s leads to %s", j.vpc.ID, behind)
		h.Fixes = fixes(command(network.Location{}, "aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids ONE_PER_ZONE", own[0].Gateway, cmp.Or(vpc, "VPC_OF_THE_SOURCE")).
			Because("attach the source's VPC, in its own account"))
	}
	return h
}

// darkGateways says why not all is known of what the cache VPC's gateways lead
// to: only a gateway's owner sees all of its attachments.
func (j *judging) darkGateways(own []network.TransitGatewayAttachment) (network.Failure, bool) {
	places := []network.Location{j.cluster.Location}
	for _, a := range own {
		if j.Intent.Via == "" || j.Intent.Via == a.Gateway {
			places = append(places, j.gatewayOf(a).Location, network.Location{Account: cmp.Or(a.GatewayOwner, a.Account), Region: a.Region})
		}
	}
	for _, at := range places {
		if f, dark := j.ReadFailure(at, network.KindTransitGatewayAttachment, network.KindTransitGateway); dark {
			return f, true
		}
	}
	return network.Failure{}, false
}

// tgwClient makes the client of a source behind the gateway.
func (j *judging) tgwClient(s intent.Source, l tgwLink) client {
	if l.dark == nil {
		return j.vpcClient(s, l.vpc)
	}
	return j.darkClient(s, l.vpc, l.dark)
}

// gatewayVPCRoutes judges the routes of both VPCs to their gateways.
func (j *judging) gatewayVPCRoutes(l tgwLink, c client) {
	cache := j.cacheSubnets()
	j.routes(leg{
		Location: c.Location, from: c.subnets, to: j.familyOf(cache), block: j.vpc.BlockHolding,
		target: network.Target{Kind: network.TargetTransitGateway, ID: l.far.Gateway}, state: attachmentVerdict(l.far.State), dark: c.dark, hidden: j.unreadSubnets(), farName: j.vpc.ID, what: toCluster,
	}, c.source.String())
	near := leg{
		Location: j.cluster.Location, from: cache, to: c.addresses, block: l.vpc.BlockHolding,
		target: network.Target{Kind: network.TargetTransitGateway, ID: l.own.Gateway}, state: attachmentVerdict(l.own.State), what: toClient,
	}
	if f, dark := j.ReadFailure(j.cluster.Location, network.KindRouteTable, network.KindSubnet); dark {
		near.dark = &f
	}
	near.hidden, near.farName = c.dark, c.vpc
	if c.dark != nil { // the far VPC's blocks, to which routes go, may be others than they seem
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.Route, Location: near.Location})
	}
	j.routes(near, c.source.String())
}
