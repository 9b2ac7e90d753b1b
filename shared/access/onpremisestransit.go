package access

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/network"
)

// farEnd is what a data centre comes in by at a transit gateway: a VPN connection or a
// Direct Connect gateway.
type farEnd struct {
	resource, whose string
	// again is how it is attached anew.
	again fix.Fix
	// pending is one that AWS is still at work on: its attachment comes with it.
	pending bool
}

// ownAttachment judges the transit gateway and the cache VPC's attachment to it.
func (p onPremises) ownAttachment(own network.TransitGatewayAttachment) {
	hops := transitHops{p.tracing}
	hops.gateway(p.gatewayOf(own))
	hops.attachment(own, whoseSide(ClusterSide))
	hops.zones(p.cacheSubnets(), own, ClusterSide)
}

// farAttachment judges the attachment of the data centre's end, and the gateway's tables
// between it and the cache VPC.
func (p onPremises) farAttachment(own network.TransitGatewayAttachment, end farEnd) {
	far, attached := p.attachmentOfResource(own.Gateway, end.resource)
	if attached && attachmentVerdict(far.State) != Fail {
		transitHops{p.tracing}.attachment(far, end.whose)
		p.transitRoutes(own, far)
		return
	}
	h := Hop{Kind: HopAttachment, Resource: end.resource, Location: gatewayOwner(own)}
	h = h.failing(fmt.Sprintf("%s attachment to %s is missing", end.whose, own.Gateway), end.again)
	f := p.failure(gatewayOwner(own), network.KindTransitGatewayAttachment)
	switch {
	case attached:
		h.Resource, h.Detail = far.ID, fmt.Sprintf("%s attachment to %s is %s", end.whose, own.Gateway, far.State)
	case f != nil:
		h = h.unread(*f)
	case end.pending:
		h = h.waiting()
	}
	p.add(h)
	p.needsUnknown(change.TransitGatewayRoute, gatewayOwner(own), h.Verdict == Unknown)
}

// noFarEnd records that the routes of the gateway are not known, where it has no end.
func (p onPremises) noFarEnd(own network.TransitGatewayAttachment) {
	p.needsUnknown(change.TransitGatewayRoute, gatewayOwner(own), p.unreadEnds(own) != nil)
}

// attachmentOfResource gives the attachment of a resource to a gateway, one that works or
// may work before a dead one.
func (ix *Index) attachmentOfResource(gateway, resource string) (network.TransitGatewayAttachment, bool) {
	var dead network.TransitGatewayAttachment
	for _, a := range ix.gatewayAttachments(gateway) {
		if a.ResourceID != resource {
			continue
		}
		if attachmentVerdict(a.State) != Fail {
			return a, true
		}
		dead = a
	}
	return dead, dead.ID != ""
}

// transitRoutes judges the gateway's tables between the cache VPC and the data centre's
// attachment.
func (p onPremises) transitRoutes(own, far network.TransitGatewayAttachment) {
	in := transitLeg{to: p.familyOf(p.cacheSubnets()), blockOf: p.vpc.BlockHolding, what: toCluster}
	out := transitLeg{to: p.c.addresses, blockOf: itself, what: toClient}
	transitRoutes{p.tracing, in.through(far, own.ID, attachmentVPC)}.judge()
	transitRoutes{p.tracing, out.through(own, far.ID, far.ResourceType)}.judge()
}

// vpcRoutes judges the cache VPC's routes to the transit gateway, and what traffic passes
// between them.
func (p onPremises) vpcRoutes(own network.TransitGatewayAttachment) {
	at, end := p.cluster.Location, attachmentEnd(own)
	vpcRoutes{p.tracing, leg{
		Location: at, from: p.cacheSubnets(), to: p.c.addresses, blockOf: itself, what: toClient, farName: p.name,
		target: end.target, state: end.state, unread: p.failure(at, network.KindRouteTable, network.KindSubnet),
	}}.judge()
	cacheCrossing(p.tracing, own, p.c).judge()
}
