package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// directConnectEnd judges the Direct Connect gateway of a gateway of the cache VPC.
type directConnectEnd struct {
	onPremises
	// at is where the owner of the gateway is.
	at      network.Location
	gateway string
	transit bool
}

// interfaces is the kind of virtual interface that leads to the gateway.
func (e directConnectEnd) interfaces() string {
	if e.transit {
		return "transit"
	}
	return "private"
}

// owner is where a Direct Connect gateway is asked about: it is global, and its owner alone
// sees it.
func (e directConnectEnd) owner(a network.DirectConnectGatewayAssociation) network.Location {
	account := cmp.Or(a.DirectConnectGatewayOwner, e.DirectConnectGateways[a.DirectConnectGateway].Account, e.at.Account)
	return network.Location{Account: account, Region: e.at.Region}
}

// judge judges the best of the associations: its state, its allowed prefixes, the Direct
// Connect gateway itself and its virtual interface. False: there is none.
func (e directConnectEnd) judge(associations []network.DirectConnectGatewayAssociation) (network.DirectConnectGatewayAssociation, bool) {
	if len(associations) == 0 {
		e.add(e.none())
		return network.DirectConnectGatewayAssociation{}, false
	}
	a := associations[0]
	owner := e.owner(a)
	e.add(e.association(a, owner))
	e.add(e.gatewayState(a.DirectConnectGateway, owner))
	v := virtualInterfaces{e.tracing}
	vifs := v.of("", a.DirectConnectGateway)
	if len(vifs) == 0 {
		vifs = v.unconfirmed(e.interfaces(), owner.Account)
	}
	if len(vifs) > 0 {
		v.judge(vifs, v.of(e.gateway, ""), "--direct-connect-gateway-id "+a.DirectConnectGateway, e.c.addresses)
	} else {
		e.add(e.noInterface(a.DirectConnectGateway, owner))
	}
	return a, true
}

// noneUp says whether no virtual interface behind associations is up.
func (e directConnectEnd) noneUp(associations []network.DirectConnectGatewayAssociation) bool {
	v := virtualInterfaces{e.tracing}
	return !slices.ContainsFunc(associations, func(a network.DirectConnectGatewayAssociation) bool {
		return v.bestRank(v.of("", a.DirectConnectGateway)) == vifUp
	})
}

// none judges a gateway at which nothing of Direct Connect is known.
func (e directConnectEnd) none() Hop {
	h := Hop{Kind: HopDirectConnectAssociation, Resource: e.gateway, Location: e.at}
	if f := e.failure(e.at, network.KindDirectConnectAssociation, network.KindVirtualInterface); f != nil {
		return h.unread(*f)
	}
	return h.failing(fmt.Sprintf("neither a virtual interface nor a Direct Connect gateway is associated with %s", e.gateway),
		command(e.at, associateGateway, "DXGW_ID", e.gateway))
}

// noInterface judges a Direct Connect gateway without a virtual interface.
func (e directConnectEnd) noInterface(gateway string, owner network.Location) Hop {
	h := Hop{Kind: HopVirtualInterface, Resource: gateway, Location: owner}
	if f := e.anyFailure(network.KindVirtualInterface); f != nil {
		return h.unread(*f)
	}
	kind := e.interfaces()
	return h.failing(fmt.Sprintf("no %s virtual interface is on the Direct Connect gateway", kind),
		command(owner, "aws directconnect create-%s-virtual-interface --connection-id DXCON_ID --new-%s-virtual-interface directConnectGatewayId=%s,…", kind, kind, gateway))
}

// association judges an association, and the prefixes that it lets on-premises learn. For a
// virtual private gateway they filter the VPC's blocks, of which each is announced whole or
// not at all; for a transit gateway they are what is announced.
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/allowed-to-prefixes.html
func (e directConnectEnd) association(a network.DirectConnectGatewayAssociation, owner network.Location) Hop {
	h := Hop{
		Kind: HopDirectConnectAssociation, Resource: cmp.Or(a.ID, a.DirectConnectGateway), Location: owner,
		Detail: fmt.Sprintf("%s is %s with %s", a.Gateway, a.State, a.DirectConnectGateway),
	}
	switch associationVerdict(a.State) {
	case Pass:
	case Pending:
		return h.waiting()
	default:
		return h.failing(h.Detail, command(owner, associateGateway, a.DirectConnectGateway, a.Gateway))
	}
	if block, wanted, ok := e.leftOut(a.AllowedPrefixes); ok {
		return h.failing(fmt.Sprintf("the allowed prefixes (%s) leave out %s, where the cache is", prefixesText(a.AllowedPrefixes), wanted),
			command(owner, "aws directconnect update-direct-connect-gateway-association --association-id %s --add-allowed-prefixes-to-direct-connect-gateway cidr=%s", cmp.Or(a.ID, "ASSOCIATION_ID"), block))
	}
	return h.passing([]string{a.Gateway}, h.Detail)
}

// leftOut gives the first of the cache's ranges that allowed prefixes do not let on-premises
// learn, with its block. Without any, a virtual private gateway announces the VPC's blocks.
func (e directConnectEnd) leftOut(allowed []netip.Prefix) (block, wanted netip.Prefix, ok bool) {
	if len(allowed) == 0 && !e.transit {
		return block, wanted, false
	}
	for _, subnet := range e.familyOf(e.cacheSubnets()) {
		block, wanted = e.vpc.BlockHolding(subnet), subnet
		if !e.transit && block.IsValid() {
			wanted = block
		}
		if !slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return network.Covers(p, wanted) }) {
			return block, wanted, true
		}
	}
	return block, wanted, false
}

// gatewayState judges a Direct Connect gateway itself.
func (e directConnectEnd) gatewayState(id string, owner network.Location) Hop {
	g, ok := e.DirectConnectGateways[id]
	h := Hop{Kind: HopDirectConnectGateway, Resource: id, Location: owner, Detail: "is " + g.State}
	switch f := e.failure(owner, network.KindDirectConnectGateway); {
	case !ok && f != nil:
		return h.unread(*f)
	case !ok:
		return h.unknown(fmt.Sprintf("was not found in account %s", owner.Account),
			command(owner, "aws directconnect describe-direct-connect-gateways --direct-connect-gateway-id %s", id))
	case g.State == statePending:
		return h.waiting()
	case g.State != network.Available:
		return h.failing(h.Detail, command(owner, associateGateway, "DXGW_ID", "GATEWAY_OF_THE_VPC").Because("associate another one that is available"))
	}
	return h.passing([]string{id}, h.Detail)
}

// interfacesBehind gives the virtual interfaces behind associations and Direct Connect
// gateways that work. A gateway that could not be read may be one: it is judged, so that
// nothing is open that needs it.
func (e directConnectEnd) interfacesBehind(associations []network.DirectConnectGatewayAssociation) []network.VirtualInterface {
	var out []network.VirtualInterface
	for _, a := range associations {
		if associationVerdict(a.State) != Pass {
			continue
		}
		h := e.gatewayState(a.DirectConnectGateway, e.owner(a))
		switch h.Verdict {
		case Pass, Advice:
		case Unknown:
			e.add(h)
		case Fail, Pending:
			continue
		}
		out = append(out, virtualInterfaces{e.tracing}.of("", a.DirectConnectGateway)...)
	}
	return out
}
