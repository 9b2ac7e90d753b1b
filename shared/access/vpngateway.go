package access

import (
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// gatewaysOf gives the virtual private gateways of a VPC; the attachment's state
// with each.
func (ix *Index) gatewaysOf(vpc string) []attachedGateway {
	var out []attachedGateway
	for _, id := range sortedKeys(ix.VPNGateways) {
		g := ix.VPNGateways[id]
		for _, a := range g.Attachments {
			if a.VPC == vpc {
				out = append(out, attachedGateway{g, a.State})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b attachedGateway) int { return vgwRank(a.state) - vgwRank(b.state) })
	return out
}

type attachedGateway struct {
	network.VPNGateway
	state string // of the attachment to the VPC that was asked for
}

// verdict judges the attachment: no route can be made before it is there.
func (g attachedGateway) verdict() Verdict {
	switch {
	case g.state == "attaching" || g.State == statePending:
		return Pending
	case g.state == "attached":
		return Pass
	default:
		return Fail
	}
}

func vgwRank(state string) int {
	switch state {
	case "attached":
		return 0
	case "attaching":
		return 1
	default:
		return 2
	}
}

// statePending is what AWS calls what it is still making.
const statePending = "pending"

// vpnGateways judges virtual private gateways and the routes to them.
type vpnGateways struct{ *tracing }

// find judges the virtual private gateway of a VPC; false where there is none that routes
// could lead to. Other kinds are what may stand in for it, if it were read.
func (t vpnGateways) find(vpc network.VPC, side Side, others ...network.Kind) (attachedGateway, bool) {
	const attach = "aws ec2 attach-vpn-gateway --vpn-gateway-id %s --vpc-id %s"
	for _, g := range t.gatewaysOf(vpc.ID) {
		if vpc.ID == t.vpc.ID && t.leftOut(g.ID) {
			continue
		}
		h := Hop{Kind: HopVPNGateway, Resource: g.ID, Location: g.Location, Side: side, Detail: fmt.Sprintf("is %s to %s", g.state, vpc.ID)}
		switch g.verdict() {
		case Pass:
			h = h.passing([]string{g.ID}, h.Detail)
		case Pending:
			h = h.waiting()
		default:
			h = h.failing(h.Detail, command(g.Location, attach, g.ID, vpc.ID))
		}
		t.add(h)
		return g, true
	}
	h := Hop{Kind: HopVPNGateway, Resource: vpc.ID, Location: vpc.Location, Side: side}
	if via := t.Intent.Via; vpc.ID == t.vpc.ID && t.leftOut("") {
		h.Resource = via
		h = h.failing(fmt.Sprintf("%s is not attached to %s", via, vpc.ID), command(vpc.Location, attach, via, vpc.ID))
	} else {
		h = h.failing("no virtual private gateway is attached to "+vpc.ID, command(vpc.Location, attach, "VGW_ID", vpc.ID))
	}
	if f := t.failure(vpc.Location, append(others, network.KindVPNGateway)...); f != nil {
		h = h.unread(*f)
	}
	t.add(h)
	t.needsUnknown(change.Route, vpc.Location, h.Verdict == Unknown)
	return attachedGateway{}, false
}

// leftOut says whether via names another virtual private gateway.
func (t vpnGateways) leftOut(gateway string) bool {
	return intent.CarrierOf(t.Intent.Via) == intent.VPNGatewayCarrier && t.Intent.Via != gateway
}

// routes judges the routes of a VPC's subnets to its virtual private gateway, propagated or
// static. The leg says whose traffic goes where.
func (t vpnGateways) routes(g attachedGateway, vpc network.VPC, l leg) {
	l.Location, l.farName, l.propagates = vpc.Location, vpc.ID, true
	l.target, l.state = network.Target{Kind: network.TargetVPNGateway, ID: g.ID}, g.verdict()
	if l.unread == nil {
		l.unread = t.failure(vpc.Location, network.KindRouteTable, network.KindSubnet)
	}
	vpcRoutes{t.tracing, l}.judge()
	if l.unread == nil && t.propagatesUnseen(l) {
		t.needsUnknown(change.Propagation, l.Location, false)
	}
}

// propagatesUnseen says whether a table propagates from the leg's gateway without a route
// that shows it: while the gateway or what is behind it is down, nobody can tell what the
// propagation carries.
func (t vpnGateways) propagatesUnseen(l leg) bool {
	for _, id := range t.tablesOf(l.from) {
		shows := func(n Need) bool { return n.Kind == change.Propagation && n.Resource == id && n.Target == l.target }
		if slices.Contains(t.RouteTables[id].PropagatingVGWs, l.target.ID) && !slices.ContainsFunc(t.needs, shows) {
			return true
		}
	}
	return false
}
