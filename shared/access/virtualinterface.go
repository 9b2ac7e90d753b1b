package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/network"
)

// interfacesOf gives the virtual interfaces of a virtual private gateway or of a
// Direct Connect gateway, those that work first.
func (j *judging) interfacesOf(vgw, dxgw string) []network.VirtualInterface {
	return j.interfaces(func(v network.VirtualInterface) bool {
		return vgw != "" && v.VPNGateway == vgw || dxgw != "" && v.DirectConnectGateway == dxgw
	})
}

// unconfirmed gives the virtual interfaces of an account that wait for it to
// confirm them, and so belong to no gateway yet. Where one that does may be
// hidden, none stands in for it.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_ConfirmPrivateVirtualInterface.html
func (j *judging) unconfirmed(kind, account string) []network.VirtualInterface {
	if _, dark := j.hiddenInterfaces(); dark {
		return nil
	}
	return j.interfaces(func(v network.VirtualInterface) bool {
		return v.State == vifConfirming && v.Type == kind && v.Account == account && v.VPNGateway == "" && v.DirectConnectGateway == ""
	})
}

// hiddenInterfaces gives why virtual interfaces may be hidden. They may be in any
// Region and of any account, so that any place that cannot be read may hide one.
func (j *judging) hiddenInterfaces() (network.Failure, bool) {
	for _, f := range j.Failures {
		if f.Kind == network.KindVirtualInterface {
			return f, true
		}
	}
	return network.Failure{}, false
}

func (j *judging) interfaces(are func(network.VirtualInterface) bool) []network.VirtualInterface {
	var out []network.VirtualInterface
	for _, id := range sortedKeys(j.VirtualInterfaces) {
		v := j.VirtualInterfaces[id]
		if v.State != "deleted" && v.State != "rejected" && are(v) {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b network.VirtualInterface) int { return j.vifRank(a) - j.vifRank(b) })
	return out
}

// The ranks of virtual interfaces, from the best to the worst.
const (
	vifUp = iota
	vifWaiting
	vifUntold
	vifBroken
)

const vifConfirming = "confirming"

// vifRank says what a virtual interface is worth for the family that is judged.
func (j *judging) vifRank(v network.VirtualInterface) int {
	switch bgp := j.bgp(v).Verdict; {
	case v.State == network.Available && bgp == Pass:
		return vifUp
	case vifIsMade(v.State) || v.State == network.Available && bgp == Pending:
		return vifWaiting
	case v.State == "unknown" || v.State == network.Available && bgp == Unknown:
		return vifUntold
	default:
		return vifBroken
	}
}

// bestRank is that of the best of virtual interfaces in order.
func (j *judging) bestRank(vifs []network.VirtualInterface) int {
	if len(vifs) == 0 {
		return vifBroken
	}
	return j.vifRank(vifs[0])
}

// vifIsMade says whether a virtual interface comes to work, or back to work, by
// itself or by being confirmed.
func vifIsMade(state string) bool {
	switch state {
	case vifConfirming, "verifying", statePending, "testing":
		return true
	default:
		return false
	}
}

// virtualInterface judges the best of the virtual interfaces that lead to a
// gateway, and its BGP session; what the others learn counts as well. The flag
// names the gateway for who confirms it.
func (j *judging) virtualInterface(vifs, others []network.VirtualInterface, flag string, c client) {
	v := vifs[0]
	announces := func(x network.VirtualInterface) bool {
		return j.vifRank(x) == vifUp && len(unannounced([]network.VirtualInterface{x}, c.addresses)) == 0
	}
	if i := slices.IndexFunc(vifs, announces); i >= 0 {
		v = vifs[i]
	}
	bgp := j.bgp(v)
	if j.vifRank(v) == vifUp {
		bgp = j.announced(bgp, append(slices.Clone(vifs), others...), c.addresses)
	}
	for _, h := range []Hop{interfaceHop(v, flag), bgp} {
		h.Source = c.source.String()
		j.add(h)
	}
}

// interfaceHop judges a virtual interface itself.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_VirtualInterface.html
func interfaceHop(v network.VirtualInterface, flag string) Hop {
	h := Hop{
		Kind: HopVirtualInterface, Resource: v.ID, Location: v.Location, Verdict: Pass, By: []string{v.ID},
		Detail: fmt.Sprintf("the %s virtual interface is %s", v.Type, v.State),
	}
	describe := command(v.Location, "aws directconnect describe-virtual-interfaces --virtual-interface-id %s", v.ID)
	switch {
	case v.State == network.Available:
	case v.State == vifConfirming:
		h.Verdict, h.By = Pending, nil
		h.Fixes = fixes(command(v.Location, "aws directconnect confirm-%s-virtual-interface --virtual-interface-id %s %s", cmp.Or(v.Type, "private"), v.ID, flag))
		h.Detail += fmt.Sprintf("; account %s has to confirm it and name its gateway", v.Account)
	case vifIsMade(v.State):
		h = h.waiting()
	case v.State == "unknown":
		h = h.unknown(h.Detail, describe)
	default:
		h = h.failing(h.Detail, describe.Because("check the BGP session and the connection at the Direct Connect location"))
	}
	return h
}

// bgp judges that a virtual interface has a session of the family that is judged:
// each family has its own.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_CreateBGPPeer.html
func (j *judging) bgp(v network.VirtualInterface) Hop {
	family, flag := "IPv4", "ipv4"
	if j.v6 {
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
		h = h.unknown("no BGP session was told", describe)
	case len(sessions) == 0:
		h = h.failing(fmt.Sprintf("the virtual interface has no BGP session for %s", family),
			command(v.Location, "aws directconnect create-bgp-peer --virtual-interface-id %s --new-bgp-peer asn=ASN,addressFamily=%s", v.ID, flag))
	case is(func(p network.BGPPeer) bool { return p.State == statePending || p.State == "verifying" }):
		h.Detail = "the BGP session is being made"
		h = h.waiting()
	case is(func(p network.BGPPeer) bool { return p.Status != "down" }):
		h = h.unknown("the state of the BGP session was not told", describe)
	default:
		h = h.failing(fmt.Sprintf("no BGP session for %s is up", family), describe.Because("check the router at the on-premises end (peer address, ASN, authentication key)"))
	}
	return h
}

// announced judges that the data centre announces the ranges over any of the
// interfaces with a session: a gateway sends only where it has learnt a route.
// Where nothing is told of the routes, the session has to do.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_ListVirtualInterfaceRoutes.html
func (j *judging) announced(h Hop, vifs []network.VirtualInterface, ranges []netip.Prefix) Hop {
	vifs = j.up(vifs)
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
			h.Detail += "; what on-premises announces was not told"
			return h
		}
	}
	return h.failing(fmt.Sprintf("%s, and on-premises does not announce %s over it", h.Detail, prefixesText(missing)),
		say("announce %s from the router at the on-premises end", prefixesText(missing)),
		command(h.Location, "aws directconnect list-virtual-interface-routes --virtual-interface-id %s --filters routeDirection=accepted", h.Resource).
			Because("what is accepted"))
}

// up gives those of virtual interfaces that work.
func (j *judging) up(vifs []network.VirtualInterface) []network.VirtualInterface {
	return slices.DeleteFunc(slices.Clone(vifs), func(v network.VirtualInterface) bool { return j.vifRank(v) != vifUp })
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
