package access

import (
	"fmt"
	"net/netip"
	"slices"

	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/network"
)

// bgp judges that a virtual interface has a session of the family that is judged:
// each family has its own.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_CreateBGPPeer.html
func (t virtualInterfaces) bgp(v network.VirtualInterface) Hop {
	family, flag := "IPv4", "ipv4"
	if t.v6 {
		family, flag = "IPv6", "ipv6"
	}
	var sessions []network.BGPPeer
	for _, p := range v.BGPPeers {
		if (p.AddressFamily == flag || p.AddressFamily == "") && p.State != "deleted" && p.State != "deleting" {
			sessions = append(sessions, p)
		}
	}
	is := func(said func(network.BGPPeer) bool) bool { return slices.ContainsFunc(sessions, said) }
	h := Hop{Kind: HopBGP, Resource: v.ID, Location: v.Location}
	describe := command(v.Location, "aws directconnect describe-virtual-interfaces --virtual-interface-id %s", v.ID)
	switch {
	case vifIsMade(v.State):
		h.Detail, h.Verdict = "no BGP session is up while the virtual interface is "+v.State, Pending
		h.Fixes = fixes(say("wait for the virtual interface"), say("the next run judges it again"))
	case is(func(p network.BGPPeer) bool { return p.Status == "up" }):
		h.Verdict, h.By, h.Detail = Pass, []string{v.ID}, fmt.Sprintf("a BGP session for %s is up", family)
	case len(v.BGPPeers) == 0:
		h = h.unknown("no BGP session was reported", describe)
	case len(sessions) == 0:
		h = h.failing(fmt.Sprintf("the virtual interface has no BGP session for %s", family),
			command(v.Location, "aws directconnect create-bgp-peer --virtual-interface-id %s --new-bgp-peer asn=ASN,addressFamily=%s", v.ID, flag))
	case is(func(p network.BGPPeer) bool { return p.State == statePending || p.State == "verifying" }):
		h.Detail = "the BGP session is being made"
		h = h.waiting()
	case is(func(p network.BGPPeer) bool { return p.Status != "down" }):
		h = h.unknown("the state of the BGP session was not reported", describe)
	default:
		h = h.failing(fmt.Sprintf("no BGP session for %s is up", family), describe.Because("check the router at the on-premises end (peer address, ASN, authentication key)"))
	}
	return h
}

// announced judges that the data centre announces the ranges over any of the
// interfaces with a session: a gateway sends only where it has learnt a route.
// Where nothing is told of the routes, the session has to do.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_ListVirtualInterfaceRoutes.html
func (t virtualInterfaces) announced(h Hop, vifs []network.VirtualInterface, ranges []netip.Prefix) Hop {
	vifs = t.up(vifs)
	missing := unannounced(vifs, ranges)
	if len(missing) == 0 {
		h.Detail += ", and on-premises announces " + prefixesText(ranges)
		return h
	}
	for _, v := range vifs {
		if v.RoutesUnread != "" {
			h.Detail += fmt.Sprintf("; what on-premises announces is not known: in account %s, %s %s", v.Account, v.Region, v.RoutesUnread)
			return h
		}
		if len(v.Accepted)+len(v.Advertised) == 0 {
			h.Detail += "; what on-premises announces was not reported"
			return h
		}
	}
	return h.failing(fmt.Sprintf("%s, and on-premises does not announce %s over it", h.Detail, prefixesText(missing)),
		say("announce %s from the router at the on-premises end", prefixesText(missing)),
		command(h.Location, "aws directconnect list-virtual-interface-routes --virtual-interface-id %s --filters routeDirection=accepted", h.Resource).
			Because("what is accepted"))
}

// up gives those of virtual interfaces that work.
func (t virtualInterfaces) up(vifs []network.VirtualInterface) []network.VirtualInterface {
	return slices.DeleteFunc(slices.Clone(vifs), func(v network.VirtualInterface) bool { return t.rank(v) != vifUp })
}

// unannounced gives the ranges that the accepted routes of virtual interfaces do
// not hold together.
func unannounced(vifs []network.VirtualInterface, ranges []netip.Prefix) []netip.Prefix {
	var b netipx.IPSetBuilder
	for _, v := range vifs {
		for _, p := range v.Accepted {
			b.AddPrefix(p)
		}
	}
	learnt, err := b.IPSet()
	if err != nil {
		return ranges // no route that was read is invalid
	}
	return slices.DeleteFunc(slices.Clone(ranges), learnt.ContainsPrefix)
}
