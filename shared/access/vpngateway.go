package access

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
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

// vpnGateway finds and judges the virtual private gateway of a VPC; false where
// there is none that routes could lead to. Other kinds are what may stand in for
// it, if it were read.
func (j *judging) vpnGateway(vpc network.VPC, side Side, source string, others ...network.Kind) (attachedGateway, bool) {
	for _, g := range j.gatewaysOf(vpc.ID) {
		if vpc.ID == j.vpc.ID && j.leftOut(g.ID) {
			continue
		}
		h := Hop{
			Kind: HopVPNGateway, Resource: g.ID, Location: g.Location, Verdict: Pass, By: []string{g.ID}, Source: source, Side: side,
			Detail: fmt.Sprintf("is %s to %s", g.state, vpc.ID),
		}
		switch g.verdict() {
		case Pass:
		case Pending:
			h = h.waiting()
		default:
			h = h.failing(h.Detail, command(g.Location, "aws ec2 attach-vpn-gateway --vpn-gateway-id %s --vpc-id %s", g.ID, vpc.ID))
		}
		j.add(h)
		return g, true
	}
	id := vpc.ID
	h := Hop{Kind: HopVPNGateway, Resource: id, Location: vpc.Location, Source: source, Side: side}
	h = h.failing("no virtual private gateway is attached to "+id, command(vpc.Location, "aws ec2 attach-vpn-gateway --vpn-gateway-id VGW_ID --vpc-id %s", id))
	if via := j.Intent.Via; id == j.vpc.ID && j.leftOut("") {
		h.Resource = via
		h = h.failing(fmt.Sprintf("%s is not attached to %s", via, id), command(vpc.Location, "aws ec2 attach-vpn-gateway --vpn-gateway-id %s --vpc-id %s", via, id))
	}
	if f, dark := j.ReadFailure(vpc.Location, append(others, network.KindVPNGateway)...); dark {
		h = h.unread(f)
	}
	j.add(h)
	j.unknownRoutes(vpc.Location, h.Verdict == Unknown)
	return attachedGateway{}, false
}

// vgwRoutes judges the routes of a VPC's subnets to its virtual private gateway,
// propagated or static. The leg says whose traffic goes where.
func (j *judging) vgwRoutes(g attachedGateway, vpc network.VPC, l leg, source string) {
	l.Location, l.farName, l.propagates = vpc.Location, vpc.ID, true
	l.target, l.state = network.Target{Kind: network.TargetVPNGateway, ID: g.ID}, g.verdict()
	if f, hidden := j.ReadFailure(vpc.Location, network.KindRouteTable, network.KindSubnet); hidden && l.dark == nil {
		l.dark = &f
	}
	j.routes(l, source)
	if l.dark == nil && j.propagatesUnseen(l) {
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.Propagation, Location: l.Location})
	}
}

// propagatesUnseen says whether a table propagates from the leg's gateway without
// a route that shows it: while the gateway or what is behind it is down, nobody
// can tell what the propagation carries.
func (j *judging) propagatesUnseen(l leg) bool {
	for _, id := range j.tablesOf(l.from) {
		shows := func(n Need) bool { return n.Kind == change.Propagation && n.Resource == id && n.Target == l.target }
		if slices.Contains(j.RouteTables[id].PropagatingVGWs, l.target.ID) && !slices.ContainsFunc(j.needs, shows) {
			return true
		}
	}
	return false
}

func itself(p netip.Prefix) netip.Prefix { return p }
