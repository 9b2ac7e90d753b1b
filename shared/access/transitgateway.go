package access

import (
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// transitGateway is the path over a transit gateway: in the same Region, also one that is
// shared across accounts, or across Regions over a gateway that is peered with the cache's.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
type transitGateway struct{}

func (transitGateway) path() intent.Path { return intent.TransitGateway }

func (transitGateway) carriers(t *tracing) []carrier {
	links, _ := transitSearch{tracing: t}.find()
	var out []carrier
	for _, l := range links {
		out = append(out, carrier{
			path: intent.TransitGateway, id: l.own.Gateway, name: fmt.Sprintf("%s with %s", l.own.Gateway, l.far.ID), link: l,
			targets: []network.Target{l.end(ClusterSide).target}, attachments: l.outbound(), own: l.own,
			holds: t.holding(l.vpc, l.unread), health: l.health(),
		})
	}
	return out
}

func (g transitGateway) judge(t *tracing) {
	found := g.carriers(t)
	if len(found) == 0 {
		_, none := transitSearch{tracing: t}.find()
		t.failSource(none)
		return
	}
	t.over(found)
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

// health is that of the attachment that fares worst.
func (l transitLink) health() health {
	worst := max(attachmentHealth(l.own.State), attachmentHealth(l.far.State))
	if l.peered() {
		worst = max(worst, attachmentHealth(l.near.State))
	}
	return worst
}

func (l transitLink) farVPC() (network.VPC, *network.Failure) { return l.vpc, l.unread }

// end: each VPC has routes to the gateway that it is attached to.
func (l transitLink) end(side Side) routeEnd {
	if side == SourceSide {
		return attachmentEnd(l.far)
	}
	return attachmentEnd(l.own)
}

// outbound are the attachments that answers are sent through.
func (l transitLink) outbound() []string {
	if l.peered() {
		return []string{l.near.ID, l.far.ID}
	}
	return []string{l.far.ID}
}

func (l transitLink) inbound() []string {
	if l.peered() {
		return []string{l.near.ID, l.own.ID}
	}
	return []string{l.own.ID}
}

func (l transitLink) judgeItself(t *tracing, c client) {
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
	} else { // the far VPC's blocks, to which routes go, may be others than they seem
		t.needsUnknown(change.TransitGatewayRoute, network.Location{}, true)
	}
}

// judgeWay judges the association and the routes of every table of the gateways on the way.
func (l transitLink) judgeWay(t *tracing, c client, d direction) {
	if d == toCluster {
		in := transitLeg{to: t.familyOf(t.cacheSubnets()), blockOf: t.vpc.BlockHolding, what: toCluster}
		if !l.peered() {
			transitRoutes{t, in.through(l.far, l.own.ID, attachmentVPC)}.judge()
			return
		}
		transitRoutes{t, in.through(l.far, l.near.ID, attachmentPeering)}.judge()
		transitRoutes{t, in.through(l.near, l.own.ID, attachmentVPC)}.judge()
		return
	}
	out := transitLeg{to: c.addresses, blockOf: l.vpc.BlockHolding, what: toClient}
	if !l.peered() {
		transitRoutes{t, out.through(l.own, l.far.ID, attachmentVPC)}.judge()
		return
	}
	transitRoutes{t, out.through(l.own, l.near.ID, attachmentPeering)}.judge()
	transitRoutes{t, out.through(l.beyond, l.far.ID, attachmentVPC)}.judge()
}

func (l transitLink) judgeFilters(t *tracing, c client) {
	cacheCrossing(t, l.own, c).judge()
	if c.unread == nil {
		clientCrossing(t, l.far, l.vpc, c).judge()
	} else {
		networkACLs{t}.unreadVPC(c)
	}
}

func (l transitLink) reference(t *tracing, c client) refusal {
	if no := (transitReference{t, l, c}).refusal(); !no.blocked.None() || !l.inspected(t, c) {
		return no
	}
	return behindMiddleBox(t, c)
}

// inspected says whether requests or answers pass another VPC on their way.
func (l transitLink) inspected(t *tracing, c client) bool {
	direct := map[string]bool{l.own.ID: true, l.near.ID: true, l.far.ID: true}
	ways := t.exits(t.vpc.ID, t.cacheSubnets(), c.addresses)
	if c.unread == nil {
		ways = append(ways, t.exits(c.vpc, c.subnets, t.familyOf(t.cacheSubnets()))...)
	}
	return slices.ContainsFunc(ways, func(e exit) bool {
		over := e.passes(l.own.ID) || e.passes(l.far.ID)
		return over && slices.ContainsFunc(e.attachments, func(id string) bool { return !direct[id] })
	})
}

// egressRefers: over a transit gateway only inbound rules may refer to a group.
func (transitLink) egressRefers(*tracing, client) bool { return false }

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
