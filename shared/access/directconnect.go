package access

import (
	"cmp"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// directConnect is the path from a data centre over Direct Connect: a private virtual
// interface on the cache VPC's virtual private gateway, itself or through a Direct Connect
// gateway, or a transit virtual interface with a transit gateway.
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/direct-connect-gateways-intro.html
type directConnect struct{}

func (directConnect) path() intent.Path { return intent.DirectConnect }

func (d directConnect) carriers(t *tracing) []carrier { return onPremisesCarriers(t, d) }

func (d directConnect) judge(t *tracing) { judgeOnPremises(t, d) }

func (directConnect) at(t *tracing, gateway string) bool {
	v := virtualInterfaces{t}
	return len(v.of(gateway, "")) > 0 || len(v.associations(gateway)) > 0
}

func (directConnect) resourcesAt(t *tracing, gateway string) []string {
	var out []string
	for _, a := range (virtualInterfaces{t}).associations(gateway) {
		out = append(out, a.DirectConnectGateway)
	}
	return out
}

// knownAt: virtual interfaces show what on-premises announces, where that could be read.
func (directConnect) knownAt(p onPremises, gateway string) knowledge {
	v := virtualInterfaces{p.tracing}
	vifs := v.of(gateway, "")
	for _, a := range v.associations(gateway) {
		if associationVerdict(a.State) != Fail {
			vifs = append(vifs, v.of("", a.DirectConnectGateway)...)
		}
	}
	found := knowledge{holdsOthers, mayWork, 0}
	for _, vif := range vifs {
		up := v.rank(vif) == vifUp
		if up {
			found.health = works
		}
		for _, r := range vif.Accepted {
			found.bits = max(found.bits, bitsCovering(r, p.c.addresses))
		}
		switch {
		case len(unannounced([]network.VirtualInterface{vif}, p.c.addresses)) == 0:
			found.holding = holdsSurely
		case !up || vif.RoutesUnread != "" || len(vif.Accepted)+len(vif.Advertised) == 0:
			found.holding = min(found.holding, mayHold)
		}
	}
	if len(vifs) == 0 {
		found.holding = mayHold
	}
	return found
}

// vpnGatewayCarries: unlike a VPN, Direct Connect carries IPv6 to a virtual private gateway
// too.
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/add-peer-to-vif.html
func (directConnect) vpnGatewayCarries(*tracing) bool { return true }

func (directConnect) kind() network.Kind { return network.KindDirectConnectAssociation }

// overVPNGateway takes a virtual interface of the gateway's own, or a Direct Connect
// gateway, whichever is better.
func (directConnect) overVPNGateway(p onPremises) {
	gateways := vpnGateways{p.tracing}
	g, ok := gateways.find(p.vpc, ClusterSide, network.KindTransitGatewayAttachment)
	if !ok {
		return
	}
	v := virtualInterfaces{p.tracing}
	end := directConnectEnd{onPremises: p, at: g.Location, gateway: g.ID}
	direct, associations := v.of(g.ID, ""), v.associations(g.ID)
	if len(direct) == 0 && len(associations) == 0 {
		direct = v.unconfirmed("private", g.Account)
	}
	if len(direct) > 0 && (len(associations) == 0 || v.bestRank(direct) <= v.associationRank(associations[0])) {
		var others []network.VirtualInterface
		if len(unannounced(v.up(direct), p.c.addresses)) > 0 {
			others = end.interfacesBehind(associations)
		}
		v.judge(direct, others, "--virtual-gateway-id "+g.ID, p.c.addresses)
	} else {
		end.judge(associations)
	}
	if v.bestRank(direct) != vifUp && end.noneUp(associations) && len(p.connectionsAt(g.ID)) > 0 {
		// What would take over is down too, or it would have been chosen.
		vpnConnections{p.tracing, vpnEnd{Location: g.Location, gateway: g.ID, ranges: p.c.addresses, side: Between}}.judge()
	}
	gateways.routes(g, p.vpc, leg{from: p.cacheSubnets(), to: p.c.addresses, blockOf: itself, what: toClient})
}

func (directConnect) overTransitGateway(p onPremises, own network.TransitGatewayAttachment) {
	p.ownAttachment(own)
	end := directConnectEnd{onPremises: p, at: gatewayOwner(own), gateway: own.Gateway, transit: true}
	if a, ok := end.judge(virtualInterfaces{p.tracing}.associations(own.Gateway)); ok {
		again := command(end.owner(a), associateGateway, a.DirectConnectGateway, own.Gateway)
		p.farAttachment(own, farEnd{
			resource: a.DirectConnectGateway, whose: "the Direct Connect gateway's", again: again, pending: associationVerdict(a.State) == Pending,
		})
	} else {
		p.noFarEnd(own)
	}
	p.vpcRoutes(own)
}

// associateGateway associates a Direct Connect gateway with a gateway of the VPC.
const associateGateway = "aws directconnect create-direct-connect-gateway-association --direct-connect-gateway-id %s --gateway-id %s"

// associations gives the Direct Connect gateway associations of a gateway, those that work
// first.
func (t virtualInterfaces) associations(gateway string) []network.DirectConnectGatewayAssociation {
	var out []network.DirectConnectGatewayAssociation
	for _, id := range sortedKeys(t.DirectConnectGatewayAssociations) {
		a := t.DirectConnectGatewayAssociations[id]
		if a.Gateway == gateway && a.State != "disassociated" {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b network.DirectConnectGatewayAssociation) int {
		return cmp.Compare(t.associationRank(a), t.associationRank(b))
	})
	return out
}

// associationRank is the worse of an association and of the best virtual interface behind it.
func (t virtualInterfaces) associationRank(a network.DirectConnectGatewayAssociation) int {
	rank := vifBroken
	switch associationVerdict(a.State) {
	case Pass:
		rank = vifUp
	case Pending:
		rank = vifWaiting
	case Fail, Unknown, Advice:
	}
	return max(rank, t.bestRank(t.of("", a.DirectConnectGateway)))
}

// associationVerdict judges the state of an association. One that is updated goes on
// working.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_DirectConnectGatewayAssociation.html
func associationVerdict(state string) Verdict {
	switch state {
	case "associated", "updating":
		return Pass
	case "associating":
		return Pending
	default:
		return Fail
	}
}
