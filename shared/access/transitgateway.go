package access

import (
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// transitGateway is the path over a transit gateway: in the same Region, also one that is
// shared across accounts, or across Regions over a gateway that is peered with the cache's.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
type transitGateway struct{}

func (transitGateway) path() intent.Path { return intent.TransitGateway }

func (transitGateway) supports(t *tracing) support {
	l, _, ok := transitSearch{tracing: t}.find()
	switch {
	case !ok:
		return supportNone
	case attachmentRank(l.own.State) == deadAttachment || attachmentRank(l.far.State) == deadAttachment:
		return supportBroken
	default:
		return supportAlive
	}
}

func (transitGateway) judge(t *tracing) {
	l, h, ok := transitSearch{tracing: t}.find()
	if !ok {
		t.failSource(h)
		return
	}
	c := clients{t}.in(l.vpc, l.unread)
	hops := transitHops{t}
	hops.gateway(l.gateway)
	hops.attachment(l.own, whoseSide(ClusterSide))
	if l.peered() {
		hops.gateway(l.farGateway)
		hops.peeringAttachment(l)
	}
	hops.attachment(l.far, whoseSide(SourceSide))
	// A gateway, unlike a peering connection, carries one family where the blocks of the
	// other overlap.
	// https://docs.aws.amazon.com/whitepapers/latest/ipv6-on-aws/amazon-vpc-connectivity-options-for-ipv6.html
	judgeOverlap(t, l.own.Gateway, l.vpc.ID, t.family(l.vpc.CIDRs))
	hops.zones(t.cacheSubnets(), l.own, ClusterSide)
	if c.unread == nil {
		hops.zones(c.subnets, l.far, SourceSide)
	}
	l.judgeRoutes(t, c)
	routesBetween(t, c, l.vpc, attachmentEnd(l.far), attachmentEnd(l.own))
	cacheCrossing(t, l.own, c).judge()
	if c.unread == nil {
		clientCrossing(t, l.far, l.vpc, c).judge()
	} else {
		networkACLs{t}.unreadVPC(c)
	}
	egress{tracing: t, c: c}.judge()
	ingress{t, c, transitReference{t, l, c}.refusal()}.judge()
}

// transitLink is what leads over one transit gateway, or over two that are peered.
type transitLink struct {
	gateway network.TransitGateway
	own     network.TransitGatewayAttachment // of the cache VPC
	far     network.TransitGatewayAttachment // of the source VPC
	vpc     network.VPC                      // the source's
	unread  *network.Failure                 // why the source's VPC could not be read

	farGateway network.TransitGateway
	// near and beyond are the two views of the peering attachment: from the cache's
	// gateway and from the source's.
	near, beyond network.TransitGatewayAttachment
}

func (l transitLink) peered() bool { return l.near.ID != "" }

// judgeRoutes judges the association and the routes of every table of the gateways, in
// both directions.
func (l transitLink) judgeRoutes(t *tracing, c client) {
	if c.unread != nil { // the far VPC's blocks, to which routes go, may be others than they seem
		t.needsUnknown(change.TransitGatewayRoute, network.Location{}, true)
	}
	in := transitLeg{to: t.familyOf(t.cacheSubnets()), blockOf: t.vpc.BlockHolding, what: toCluster}
	out := transitLeg{to: c.addresses, blockOf: l.vpc.BlockHolding, what: toClient}
	if !l.peered() {
		transitRoutes{t, in.through(l.far, l.own.ID, attachmentVPC)}.judge()
		transitRoutes{t, out.through(l.own, l.far.ID, attachmentVPC)}.judge()
		return
	}
	transitRoutes{t, in.through(l.far, l.near.ID, attachmentPeering)}.judge()
	transitRoutes{t, in.through(l.near, l.own.ID, attachmentVPC)}.judge()
	transitRoutes{t, out.through(l.own, l.near.ID, attachmentPeering)}.judge()
	transitRoutes{t, out.through(l.beyond, l.far.ID, attachmentVPC)}.judge()
}

// attachmentEnd is where the routes of an attached VPC lead.
func attachmentEnd(a network.TransitGatewayAttachment) routeEnd {
	return routeEnd{network.Target{Kind: network.TargetTransitGateway, ID: a.Gateway}, attachmentVerdict(a.State)}
}

// whoseSide names what belongs to a side of the path.
func whoseSide(side Side) string {
	if side == ClusterSide {
		return "the cache's"
	}
	return "the source's"
}
