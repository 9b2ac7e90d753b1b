package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// directConnect judges a source in a data centre behind Direct Connect: a
// private virtual interface on the cache VPC's virtual private gateway, itself
// or through a Direct Connect gateway, or a transit virtual interface with a
// transit gateway.
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/direct-connect-gateways-intro.html
func (j *judging) directConnect(s intent.Source) {
	c, ok := j.onPremises(s)
	if !ok {
		return
	}
	own, over := j.wayOverTransitGateway(dxEnds, c)
	switch {
	case over:
		j.dxOverTransitGateway(own, c)
	case strings.HasPrefix(j.Intent.Via, "tgw-"):
		j.notAttached(c)
		j.acls(c)
	default:
		j.dxOverGateway(c)
		j.acls(c)
	}
	j.uncertainWay(dxEnds)
	j.ingress(c, refusal{})
}

// dxEnds are the virtual interfaces and Direct Connect gateways of a gateway.
// Unlike a VPN they carry IPv6 to a virtual private gateway too.
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/add-peer-to-vif.html
var dxEnds = ends{
	at: func(j *judging, gateway string) bool {
		return len(j.interfacesOf(gateway, "")) > 0 || len(j.dxAssociations(gateway)) > 0
	},
	vgw:  func(*judging) bool { return true },
	kind: network.KindDirectConnectAssociation,
}

// dxAssociations gives the Direct Connect gateway associations of a gateway,
// those that work first.
func (j *judging) dxAssociations(gateway string) []network.DirectConnectGatewayAssociation {
	var out []network.DirectConnectGatewayAssociation
	for _, id := range sortedKeys(j.DirectConnectGatewayAssociations) {
		a := j.DirectConnectGatewayAssociations[id]
		if a.Gateway == gateway && a.State != "disassociated" {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b network.DirectConnectGatewayAssociation) int {
		return cmp.Compare(j.dxRank(a), j.dxRank(b))
	})
	return out
}

// dxRank is the worse of an association and of the best virtual interface behind it.
func (j *judging) dxRank(a network.DirectConnectGatewayAssociation) int {
	rank := vifBroken
	switch associationVerdict(a.State) {
	case Pass:
		rank = vifUp
	case Pending:
		rank = vifWaiting
	case Fail, Unknown:
	}
	return max(rank, j.bestRank(j.interfacesOf("", a.DirectConnectGateway)))
}

// associationVerdict judges the state of an association. One that is updated
// goes on working.
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

// dxOverGateway judges the way over the virtual private gateway: by a virtual
// interface of its own, or through a Direct Connect gateway, whichever is better.
func (j *judging) dxOverGateway(c client) {
	source := c.source.String()
	g, ok := j.vpnGateway(j.vpc, ClusterSide, source, network.KindTransitGatewayAttachment)
	if !ok {
		return
	}
	end := dxEnd{Location: g.Location, gateway: g.ID}
	direct, associations := j.interfacesOf(g.ID, ""), j.dxAssociations(g.ID)
	if len(direct) == 0 && len(associations) == 0 {
		direct = j.unconfirmed("private", g.Account)
	}
	if len(direct) > 0 && (len(associations) == 0 || j.bestRank(direct) <= j.dxRank(associations[0])) {
		var others []network.VirtualInterface
		if len(unannounced(j.up(direct), c.addresses)) > 0 {
			others = j.interfacesBehind(associations, end, c)
		}
		j.virtualInterface(direct, others, "--virtual-gateway-id "+g.ID, c)
	} else {
		j.dxGateway(associations, end, c)
	}
	j.vgwRoutes(g, j.vpc, leg{from: j.cacheSubnets(), to: c.addresses, block: itself, what: toClient}, source)
}

// interfacesBehind gives the virtual interfaces behind associations and Direct
// Connect gateways that work. A gateway that cannot be read may be one: it is judged,
// so that nothing is open that leans on it.
func (j *judging) interfacesBehind(associations []network.DirectConnectGatewayAssociation, e dxEnd, c client) []network.VirtualInterface {
	var out []network.VirtualInterface
	for _, a := range associations {
		if associationVerdict(a.State) != Pass {
			continue
		}
		h := j.dxGatewayState(a.DirectConnectGateway, j.dxOwner(a, e))
		switch h.Verdict {
		case Pass:
		case Unknown:
			h.Source = c.source.String()
			j.add(h)
		default:
			continue
		}
		out = append(out, j.interfacesOf("", a.DirectConnectGateway)...)
	}
	return out
}

// dxOverTransitGateway judges the way over a transit gateway.
func (j *judging) dxOverTransitGateway(own network.TransitGatewayAttachment, c client) {
	j.ownAttachment(own, c.source.String())
	end := dxEnd{Location: ownerOf(own), gateway: own.Gateway, transit: true}
	if a, ok := j.dxGateway(j.dxAssociations(own.Gateway), end, c); ok {
		again := command(j.dxOwner(a, end), "aws directconnect create-direct-connect-gateway-association --direct-connect-gateway-id %s --gateway-id %s", a.DirectConnectGateway, own.Gateway)
		j.farAttachment(own, farEnd{
			resource: a.DirectConnectGateway, whose: "the Direct Connect gateway's", again: again, pending: associationVerdict(a.State) == Pending,
		}, c)
	} else {
		_, unread := j.hidesEnds(own, dxEnds)
		j.unknownTransitRoutes(ownerOf(own), unread)
	}
	j.onPremisesVPCRoutes(own, c)
	j.cross(j.cacheCrossing(own, c))
}

// dxEnd is the gateway that Direct Connect leads to, where its owner is.
type dxEnd struct {
	network.Location
	gateway string
	transit bool
}

// interfaces is the kind of virtual interface that leads to the gateway.
func (e dxEnd) interfaces() string {
	if e.transit {
		return "transit"
	}
	return "private"
}

// dxOwner is where a Direct Connect gateway is asked about: it is global, and
// its owner alone sees it.
func (j *judging) dxOwner(a network.DirectConnectGatewayAssociation, e dxEnd) network.Location {
	owner := cmp.Or(a.DirectConnectGatewayOwner, j.DirectConnectGateways[a.DirectConnectGateway].Account, e.Account)
	return network.Location{Account: owner, Region: e.Region}
}

// dxGateway judges the Direct Connect gateway of a gateway: association, allowed
// prefixes, the gateway itself and its virtual interface. False: there is none.
func (j *judging) dxGateway(associations []network.DirectConnectGatewayAssociation, e dxEnd, c client) (network.DirectConnectGatewayAssociation, bool) {
	if len(associations) == 0 {
		h := Hop{Kind: HopDirectConnectAssociation, Resource: e.gateway, Location: e.Location, Source: c.source.String()}
		h = h.failing(fmt.Sprintf("neither a virtual interface nor a Direct Connect gateway is associated with %s", e.gateway),
			command(e.Location, "aws directconnect create-direct-connect-gateway-association --direct-connect-gateway-id DXGW_ID --gateway-id %s", e.gateway))
		if f, dark := j.ReadFailure(e.Location, network.KindDirectConnectAssociation, network.KindVirtualInterface); dark {
			h = h.unread(f)
		}
		j.add(h)
		return network.DirectConnectGatewayAssociation{}, false
	}
	a := associations[0]
	owner := j.dxOwner(a, e)
	for _, h := range []Hop{j.dxAssociation(a, e, owner), j.dxGatewayState(a.DirectConnectGateway, owner)} {
		h.Source = c.source.String()
		j.add(h)
	}
	vifs := j.interfacesOf("", a.DirectConnectGateway)
	if len(vifs) == 0 {
		vifs = j.unconfirmed(e.interfaces(), owner.Account)
	}
	if len(vifs) > 0 {
		j.virtualInterface(vifs, j.interfacesOf(e.gateway, ""), "--direct-connect-gateway-id "+a.DirectConnectGateway, c)
		return a, true
	}
	h := j.noInterface(a, e, owner)
	h.Source = c.source.String()
	j.add(h)
	return a, true
}

// noInterface judges a Direct Connect gateway without a virtual interface.
func (j *judging) noInterface(a network.DirectConnectGatewayAssociation, e dxEnd, owner network.Location) Hop {
	kind := e.interfaces()
	h := Hop{Kind: HopVirtualInterface, Resource: a.DirectConnectGateway, Location: owner}
	h = h.failing(fmt.Sprintf("no %s virtual interface is on the Direct Connect gateway", kind),
		command(owner, "aws directconnect create-%s-virtual-interface --connection-id DXCON_ID --new-%s-virtual-interface directConnectGatewayId=%s,…", kind, kind, a.DirectConnectGateway))
	if f, dark := j.hiddenInterfaces(); dark {
		h = h.unread(f)
	}
	return h
}

// dxAssociation judges an association and the prefixes that it lets on-premises
// learn. For a virtual private gateway they filter the VPC's blocks, of which
// each is announced whole or not at all; for a transit gateway they are what is
// announced.
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/allowed-to-prefixes.html
func (j *judging) dxAssociation(a network.DirectConnectGatewayAssociation, e dxEnd, owner network.Location) Hop {
	h := Hop{
		Kind: HopDirectConnectAssociation, Resource: cmp.Or(a.ID, a.DirectConnectGateway), Location: owner, Verdict: Pass, By: []string{a.Gateway},
		Detail: fmt.Sprintf("%s is %s with %s", a.Gateway, a.State, a.DirectConnectGateway),
	}
	switch associationVerdict(a.State) {
	case Pass:
	case Pending:
		h = h.waiting()
		return h
	default:
		return h.failing(h.Detail, command(owner, "aws directconnect create-direct-connect-gateway-association --direct-connect-gateway-id %s --gateway-id %s", a.DirectConnectGateway, a.Gateway))
	}
	if len(a.AllowedPrefixes) == 0 && !e.transit {
		return h // a virtual private gateway then announces the VPC's blocks
	}
	for _, subnet := range j.familyOf(j.cacheSubnets()) {
		block := j.vpc.BlockHolding(subnet)
		wanted := subnet
		if !e.transit && block.IsValid() {
			wanted = block
		}
		if !slices.ContainsFunc(a.AllowedPrefixes, func(p netip.Prefix) bool { return network.Covers(p, wanted) }) {
			return h.failing(fmt.Sprintf("the allowed prefixes (%s) leave out %s, where the cache is", prefixesText(a.AllowedPrefixes), wanted),
				command(owner, "aws directconnect update-direct-connect-gateway-association --association-id %s --add-allowed-prefixes-to-direct-connect-gateway cidr=%s", cmp.Or(a.ID, "ASSOCIATION_ID"), block))
		}
	}
	return h
}

// dxGatewayState judges a Direct Connect gateway itself.
func (j *judging) dxGatewayState(id string, owner network.Location) Hop {
	g, ok := j.DirectConnectGateways[id]
	h := Hop{Kind: HopDirectConnectGateway, Resource: id, Location: owner, Verdict: Pass, By: []string{id}, Detail: "is " + g.State}
	f, dark := j.ReadFailure(owner, network.KindDirectConnectGateway)
	switch {
	case !ok:
		h.Verdict, h.By, h.Detail = Unknown, nil, fmt.Sprintf("was not found in account %s", owner.Account)
		h.Fixes = fixes(command(owner, "aws directconnect describe-direct-connect-gateways --direct-connect-gateway-id %s", id))
		if dark {
			h = h.unread(f)
		}
	case g.State == statePending:
		h = h.waiting()
	case g.State != network.Available:
		h = h.failing(h.Detail, command(owner, "aws directconnect create-direct-connect-gateway-association --direct-connect-gateway-id DXGW_ID --gateway-id GATEWAY_OF_THE_VPC").
			Because("associate another one that is available"))
	}
	return h
}
