package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// nowhere says why nothing carries the source: it does not exist, its answers are sent where
// it is not, or nothing leads to it at all.
func (t *tracing) nowhere() Hop {
	where, h, ok := t.place()
	if !ok {
		return h
	}
	if missing, is := t.vpcMissing(where); is {
		return missing
	}
	h = Hop{Kind: HopPath, Resource: t.vpc.ID, Location: t.cluster.Location}
	to := t.ranges()
	if v, ok := t.VPCs[where.vpc]; ok {
		to = t.family(v.CIDRs)
	}
	if astray, is := t.ledAstray(h, t.exits(t.vpc.ID, t.cacheSubnets(), to), where); is {
		return astray
	}
	if t.v6 && t.ranged() && len(t.gatewaysOf(t.vpc.ID)) > 0 && len(t.attachmentsOf(t.vpc.ID)) == 0 {
		return noIPv6(t)
	}
	return t.unknownSource(h, where)
}

// vpcMissing says that the VPC of the source is none that was read.
func (t *tracing) vpcMissing(where place) (Hop, bool) {
	if _, ok := t.VPCs[where.vpc]; ok || where.vpc == "" || t.source.Kind != intent.VPC {
		return Hop{}, false
	}
	h := t.sourceHop(t.name)
	if f := t.anyFailure(network.KindVPC); f != nil {
		return h.unread(*f), true
	}
	return h.failing(fmt.Sprintf("%s is in no account and Region that cachegate reads", where.vpc),
		say("correct the intent's source, or let cachegate read the account and Region of the VPC")), true
}

// ledAstray says where the routes of the cache VPC send answers to the source instead.
func (t *tracing) ledAstray(h Hop, exits []exit, where place) (Hop, bool) {
	if v, ok := t.VPCs[where.vpc]; ok && len(exits) > 0 && len(t.exits(v.ID, t.subnetsOf[v.ID], t.familyOf(t.cacheSubnets()))) == 0 {
		return h.failing(fmt.Sprintf("%s has no route to the cluster's subnets, and nothing connects it to %s", v.ID, t.vpc.ID),
			say("connect %s to %s, and add routes between them", v.ID, t.vpc.ID)), true
	}
	for _, e := range exits {
		switch e.target.Kind {
		case network.TargetPeering:
			return t.notTransitive(h, e.target.ID, where), true
		case network.TargetTransitGateway:
			if stopped, is := t.atGateway(h, e, where); is {
				return stopped, true
			}
		case network.TargetInternetGateway, network.TargetNATGateway:
			return h.failing(fmt.Sprintf("routes send answers to %s to %s, which leads to the internet: the cluster has no public address", t.name, e.target),
				say("declare a source that reaches the cluster over a private path: a VPC, peering, a transit gateway, VPN or Direct Connect")), true
		case network.TargetNetworkInterface, network.TargetVPCEndpoint:
			return h.unknown(fmt.Sprintf("routes send answers to %s to %s, which decides what becomes of them; that is not judged", t.name, e.target),
				say("look at %s, or declare the path transit-vpc where it is the appliance", e.target)), true
		case network.TargetOther:
			return h.unknown(fmt.Sprintf("routes send answers to %s to %s (%s), which is not judged", t.name, notJudgedTarget(e.target.ID), e.target.ID),
				say("look at %s: whether it leads to %s", e.target.ID, t.name)), true
		case network.TargetVPNGateway:
			if stopped, is := t.atDirectConnect(h, e.target.ID, where); is {
				return stopped, true
			}
		case network.TargetLocal:
		}
	}
	return Hop{}, false
}

// atDirectConnect says that the VPC of the source is associated with the same Direct Connect
// gateway, which carries nothing between VPCs.
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/direct-connect-gateways-intro.html
func (t *tracing) atDirectConnect(h Hop, gateway string, where place) (Hop, bool) {
	v, ok := t.otherVPC()
	if !ok {
		return Hop{}, false
	}
	x := virtualInterfaces{t}
	for _, own := range x.associations(gateway) {
		for _, g := range t.gatewaysOf(v.ID) {
			if slices.ContainsFunc(x.associations(g.ID), func(a network.DirectConnectGatewayAssociation) bool {
				return a.DirectConnectGateway == own.DirectConnectGateway
			}) {
				return h.failing(fmt.Sprintf("%s and %s are associated with the Direct Connect gateway %s, which carries nothing between VPCs", t.vpc.ID, v.ID, own.DirectConnectGateway),
					say("connect the two VPCs with a peering connection or a transit gateway, for %s", t.whereText(where))), true
			}
		}
	}
	return Hop{}, false
}

// notJudgedTarget names the kind of a target of a route by its id.
func notJudgedTarget(id string) string {
	for _, k := range []struct{ part, name string }{
		{":core-network/", "a Cloud WAN core network"},
		{"lgw-", "a local gateway"},
		{"cagw-", "a carrier gateway"},
		{"eigw-", "an egress-only internet gateway"},
	} {
		if strings.Contains(id, k.part) {
			return k.name
		}
	}
	return "something else"
}

// notTransitive says that a peering connection leads to another VPC than the source's.
// https://docs.aws.amazon.com/vpc/latest/peering/invalid-peering-configurations.html
func (t *tracing) notTransitive(h Hop, connection string, where place) Hop {
	_, far, _ := t.PeeringConnections[connection].Sides(t.vpc.ID)
	return h.failing(
		fmt.Sprintf("routes send answers to %s over %s to %s, where it is not: a peering connection leads to no other VPC, VPN or gateway behind that one",
			t.whereText(where), connection, far.VPC),
		say("connect %s to the source's network itself: with a peering connection of their own, or a transit gateway", t.vpc.ID))
}

// whereText names a source and the VPC that has its addresses.
func (t *tracing) whereText(where place) string {
	if where.vpc == "" {
		if v, ok := t.otherVPC(); ok {
			where.vpc = v.ID
		}
	}
	return where.text(t.name)
}

// atGateway says what a transit gateway does with answers to the source.
func (t *tracing) atGateway(h Hop, e exit, where place) (Hop, bool) {
	if e.unread {
		for _, a := range t.attachmentsOf(t.vpc.ID) {
			if a.Gateway != e.target.ID {
				continue
			}
			if f := t.failure(gatewayOwner(a), network.KindTransitGatewayRouteTable, network.KindTransitGatewayAttachment); f != nil {
				return h.unread(*f), true
			}
			return h.failing(fmt.Sprintf("routes send answers to %s to %s, whose table for %s has no route to it", t.name, e.target, a.ID),
				say("correct the source, or attach its network to %s", e.target)), true
		}
		return h.failing(fmt.Sprintf("routes send answers to %s to %s, which %s is not attached to", t.name, e.target, t.vpc.ID),
			say("attach %s to a transit gateway that leads to the source", t.vpc.ID)), true
	}
	last := e.attachments[len(e.attachments)-1]
	for _, key := range sortedKeys(t.TransitGatewayAttachments) {
		a := t.TransitGatewayAttachments[key]
		if a.ID != last {
			continue
		}
		if !slices.Contains(judgedTypes, a.ResourceType) {
			return h.unknown(fmt.Sprintf("%s sends answers to %s to %s of type %s (%s), which is not judged", e.target, t.name, a.ID, a.ResourceType, a.ResourceID),
				say("look at %s %s: whether it leads to %s", a.ResourceType, a.ResourceID, t.name)), true
		}
		if a.ResourceType == attachmentVPC {
			return h.failing(fmt.Sprintf("%s sends answers to %s to %s of %s, where it is not", e.target, t.whereText(where), a.ID, a.ResourceID),
				say("correct the source, or attach its network to %s", e.target)), true
		}
	}
	return Hop{}, false
}

// unknownSource says that nothing leads to the source.
func (t *tracing) unknownSource(h Hop, where place) Hop {
	if len(t.Failures) > 0 {
		detail, read := missingRead(t.Failures[0])
		return h.unknown(fmt.Sprintf("nothing that was read leads from %s to %s; %s", t.vpc.ID, t.name, detail), read)
	}
	if g := t.goneGateway(); g != "" {
		return h.failing(fmt.Sprintf("routes of %s lead to %s, which does not work any more, and nothing else leads to %s", t.vpc.ID, g, t.whereText(where)),
			say("connect the source's network to %s again", t.vpc.ID))
	}
	detail := fmt.Sprintf("nothing connects %s to %s: no peering connection, transit gateway, VPN or Direct Connect leads there", t.vpc.ID, t.whereText(where))
	return h.failing(detail, say("connect them, or correct the intent's source"))
}

// goneGateway gives a target of the cache VPC's routes that is gone.
func (t *tracing) goneGateway() string {
	for _, id := range t.tablesOf(t.cacheSubnets()) {
		for _, rt := range t.RouteTables[id].Routes {
			if !alive(rt) {
				return rt.Target.String()
			}
		}
	}
	return ""
}
