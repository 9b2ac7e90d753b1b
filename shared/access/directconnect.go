package access

import (
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
func (w *walk) directConnect(s intent.Source) {
	c, ok := w.onPremises(s)
	if !ok {
		return
	}
	if own, found := w.dxTransitGateway(); found {
		w.dxOverTransitGateway(own, c)
	} else if !w.dxOverGateway(c) {
		return
	}
	w.acls(c)
	w.ingress(c, refusal{})
}

// dxTransitGateway gives the cache VPC's attachment to a transit gateway that a
// Direct Connect gateway is associated with: where via names it, or where the
// virtual private gateway has no Direct Connect.
func (w *walk) dxTransitGateway() (network.TransitGatewayAttachment, bool) {
	if strings.HasPrefix(w.Intent.Via, "vgw-") {
		return network.TransitGatewayAttachment{}, false
	}
	for _, g := range w.gatewaysOf(w.vpc.ID) {
		if w.Intent.Via == "" && (len(w.interfacesOf(g.ID, "")) > 0 || len(w.dxAssociations(g.ID)) > 0) {
			return network.TransitGatewayAttachment{}, false
		}
	}
	for _, a := range w.attachmentsOf(w.vpc.ID) {
		if w.Intent.Via == a.Gateway || w.Intent.Via == "" && len(w.dxAssociations(a.Gateway)) > 0 {
			return a, true
		}
	}
	return network.TransitGatewayAttachment{}, false
}

// interfacesOf gives the virtual interfaces of a virtual private gateway or of a
// Direct Connect gateway, those that work first.
func (w *walk) interfacesOf(vgw, dxgw string) []network.VirtualInterface {
	var out []network.VirtualInterface
	for _, id := range sortedKeys(w.VirtualInterfaces) {
		v := w.VirtualInterfaces[id]
		if v.State == "deleted" || v.State == "rejected" {
			continue
		}
		if vgw != "" && v.VPNGateway == vgw || dxgw != "" && v.DirectConnectGateway == dxgw {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b network.VirtualInterface) int { return vifRank(a) - vifRank(b) })
	return out
}

func vifRank(v network.VirtualInterface) int {
	switch {
	case v.State == network.Available && bgpUp(v):
		return 0
	case v.State == network.Available:
		return 1
	default:
		return 2
	}
}

func bgpUp(v network.VirtualInterface) bool {
	return slices.ContainsFunc(v.BGPPeers, func(p network.BGPPeer) bool { return p.Status == "up" })
}

// dxAssociations gives the Direct Connect gateway associations of a gateway.
func (w *walk) dxAssociations(gateway string) []network.DirectConnectGatewayAssociation {
	var out []network.DirectConnectGatewayAssociation
	for _, id := range sortedKeys(w.DirectConnectGatewayAssociations) {
		a := w.DirectConnectGatewayAssociations[id]
		if a.Gateway == gateway && a.State != "disassociated" {
			out = append(out, a)
		}
	}
	return out
}

// dxOverGateway judges the way over the virtual private gateway.
func (w *walk) dxOverGateway(c client) bool {
	source := c.source.String()
	g, ok := w.vpnGateway(w.vpc, source)
	if !ok {
		return false
	}
	if direct := w.interfacesOf(g.ID, ""); len(direct) > 0 {
		w.virtualInterface(direct[0], source)
	} else {
		w.dxGateway(g.ID, g.Location, source)
	}
	w.vgwRoutes(g, w.vpc, w.cacheSubnets(), c.addresses, itself, nil, toClient, source)
	return true
}

// dxOverTransitGateway judges the way over a transit gateway.
func (w *walk) dxOverTransitGateway(own network.TransitGatewayAttachment, c client) {
	source := c.source.String()
	w.gatewayHop(w.gatewayOf(own), source)
	w.attachmentHop(own, "the cache's", source)
	w.zones(w.cacheSubnets(), own, "the cache's", source)
	if gateway, ok := w.dxGateway(own.Gateway, own.Location, source); ok {
		far, attached := w.attachmentOfResource(own.Gateway, gateway)
		if attached {
			w.attachmentHop(far, "the Direct Connect gateway's", source)
			w.onPremisesRoutes(own, far, c)
		} else {
			w.add(Hop{
				Kind: HopAttachment, Resource: gateway, Location: own.Location, Verdict: Unknown, Source: source,
				Detail: fmt.Sprintf("no attachment of the Direct Connect gateway to %s was read", own.Gateway), Fix: "let cachegate read the account that owns the transit gateway",
			})
		}
	}
	w.onPremisesVPCRoutes(own, c)
}

// dxGateway judges the Direct Connect gateway of a VPC's gateway: association,
// allowed prefixes, the gateway itself and its virtual interface.
func (w *walk) dxGateway(gateway string, at network.Location, source string) (string, bool) {
	associations := w.dxAssociations(gateway)
	if len(associations) == 0 {
		h := Hop{
			Kind: HopDirectConnectAssociation, Resource: gateway, Location: at, Verdict: Fail, Source: source,
			Detail: fmt.Sprintf("neither a virtual interface nor a Direct Connect gateway is associated with %s", gateway),
			Fix:    command(at, "aws directconnect create-direct-connect-gateway-association --direct-connect-gateway-id DXGW_ID --gateway-id %s", gateway),
		}
		if f, dark := w.Dark(at, network.KindDirectConnectAssociation, network.KindVirtualInterface); dark {
			h.Verdict = Unknown
			h.Detail, h.Fix = missingRead(f)
		}
		w.add(h)
		return "", false
	}
	a := associations[0]
	w.add(w.dxAssociation(a, at, source))
	w.add(w.dxGatewayState(a.DirectConnectGateway, at, source))
	if vifs := w.interfacesOf("", a.DirectConnectGateway); len(vifs) > 0 {
		w.virtualInterface(vifs[0], source)
	} else {
		w.add(w.noInterface(a, at, source))
	}
	return a.DirectConnectGateway, true
}

func (w *walk) noInterface(a network.DirectConnectGatewayAssociation, at network.Location, source string) Hop {
	kind := "private"
	if a.GatewayType == "transitGateway" {
		kind = "transit"
	}
	h := Hop{
		Kind: HopVirtualInterface, Resource: a.DirectConnectGateway, Location: at, Verdict: Fail, Source: source,
		Detail: fmt.Sprintf("no %s virtual interface is on the Direct Connect gateway", kind),
		Fix:    command(at, "aws directconnect create-%s-virtual-interface --connection-id DXCON_ID --new-%s-virtual-interface directConnectGatewayId=%s,…", kind, kind, a.DirectConnectGateway),
	}
	owner := w.DirectConnectGateways[a.DirectConnectGateway].Account
	if f, dark := w.Dark(at, network.KindVirtualInterface); dark || owner != "" && owner != at.Account {
		h.Verdict = Unknown
		h.Detail = fmt.Sprintf("no virtual interface of the gateway is seen from account %s; its owner sees it", at.Account)
		h.Fix = "let cachegate read the account that owns the Direct Connect gateway"
		if dark {
			h.Detail, h.Fix = missingRead(f)
		}
	}
	return h
}

// dxAssociation judges an association and the prefixes that it lets on-premises
// learn.
func (w *walk) dxAssociation(a network.DirectConnectGatewayAssociation, at network.Location, source string) Hop {
	h := Hop{
		Kind: HopDirectConnectAssociation, Resource: stateOr(a.ID, a.DirectConnectGateway), Location: at, Verdict: Pass, By: []string{a.Gateway}, Source: source,
		Detail: fmt.Sprintf("%s is %s with %s", a.Gateway, a.State, a.DirectConnectGateway),
	}
	switch a.State {
	case "associated", "updating":
	case "associating":
		h.Verdict, h.By, h.Fix = Pending, nil, "wait; the next run judges it again"
		return h
	default:
		return h.failing(h.Detail, command(at, "aws directconnect create-direct-connect-gateway-association --direct-connect-gateway-id %s --gateway-id %s", a.DirectConnectGateway, a.Gateway))
	}
	transit := a.GatewayType == "transitGateway" || strings.HasPrefix(a.Gateway, "tgw-")
	if len(a.AllowedPrefixes) == 0 && !transit {
		return h // a virtual private gateway then announces the VPC's blocks
	}
	for _, subnet := range w.familyOf(w.cacheSubnets()) {
		if !slices.ContainsFunc(a.AllowedPrefixes, func(p netip.Prefix) bool { return network.Covers(p, subnet) }) {
			return h.failing(fmt.Sprintf("the allowed prefixes (%s) leave out %s of the cache", prefixesText(a.AllowedPrefixes), subnet),
				command(at, "aws directconnect update-direct-connect-gateway-association --association-id %s --add-allowed-prefixes-to-direct-connect-gateway cidr=%s", stateOr(a.ID, "ASSOCIATION_ID"), w.vpc.BlockHolding(subnet)))
		}
	}
	return h
}

func (w *walk) dxGatewayState(id string, at network.Location, source string) Hop {
	g, ok := w.DirectConnectGateways[id]
	h := Hop{Kind: HopDirectConnectGateway, Resource: id, Location: at, Verdict: Pass, By: []string{id}, Source: source, Detail: "is " + g.State}
	switch {
	case !ok:
		h.Verdict, h.By = Unknown, nil
		h.Detail, h.Fix = "was not read", "let cachegate read the account that owns the Direct Connect gateway"
		if f, dark := w.Dark(at, network.KindDirectConnectGateway); dark {
			h.Detail, h.Fix = missingRead(f)
		}
	case g.State == "pending":
		h.Verdict, h.By, h.Fix = Pending, nil, "wait; the next run judges it again"
	case g.State != network.Available:
		h = h.failing(h.Detail, "associate the VPC's gateway with a Direct Connect gateway that is available")
	}
	return h
}

// virtualInterface judges a virtual interface and its BGP sessions.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_VirtualInterface.html
func (w *walk) virtualInterface(v network.VirtualInterface, source string) {
	h := Hop{
		Kind: HopVirtualInterface, Resource: v.ID, Location: v.Location, Verdict: Pass, By: []string{v.ID}, Source: source,
		Detail: fmt.Sprintf("the %s virtual interface is %s", v.Type, v.State),
	}
	switch v.State {
	case network.Available:
	case "confirming":
		h.Verdict, h.By = Pending, nil
		h.Fix = command(v.Location, "aws directconnect confirm-%s-virtual-interface --virtual-interface-id %s", stateOr(v.Type, "private"), v.ID)
		h.Detail += "; its owner has to confirm it"
	case "verifying", "pending", "testing":
		h.Verdict, h.By, h.Fix = Pending, nil, "wait; the next run judges it again"
	case "unknown":
		h.Verdict, h.By = Unknown, nil
		h.Fix = command(v.Location, "aws directconnect describe-virtual-interfaces --virtual-interface-id %s", v.ID)
	default:
		h = h.failing(h.Detail, "check the BGP session and the connection at the Direct Connect location")
	}
	w.add(h, bgpHop(v, source))
}

func bgpHop(v network.VirtualInterface, source string) Hop {
	h := Hop{Kind: HopBGP, Resource: v.ID, Location: v.Location, Verdict: Pass, By: []string{v.ID}, Source: source, Detail: "a BGP session is up"}
	if bgpUp(v) {
		return h
	}
	if len(v.BGPPeers) == 0 {
		h.Verdict, h.By, h.Detail = Unknown, nil, "no BGP peer was told"
		h.Fix = command(v.Location, "aws directconnect describe-virtual-interfaces --virtual-interface-id %s", v.ID)
		return h
	}
	return h.failing("no BGP session is up", "check the router at the on-premises end: peer address, ASN, authentication key")
}
