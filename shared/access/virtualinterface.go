package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// virtualInterfaces finds and judges virtual interfaces.
type virtualInterfaces struct{ *tracing }

// of gives the virtual interfaces of a virtual private gateway or of a Direct Connect
// gateway, those that work first.
func (t virtualInterfaces) of(vgw, dxgw string) []network.VirtualInterface {
	return t.those(func(v network.VirtualInterface) bool {
		return vgw != "" && v.VPNGateway == vgw || dxgw != "" && v.DirectConnectGateway == dxgw
	})
}

// unconfirmed gives the virtual interfaces of an account that wait for it to confirm them,
// and so belong to no gateway yet. Where one that belongs to the gateway may not have been
// read, none takes its place.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_ConfirmPrivateVirtualInterface.html
func (t virtualInterfaces) unconfirmed(kind, account string) []network.VirtualInterface {
	if t.anyFailure(network.KindVirtualInterface) != nil {
		return nil // they may be in any Region and of any account
	}
	return t.those(func(v network.VirtualInterface) bool {
		return v.State == vifConfirming && v.Type == kind && v.Account == account && v.VPNGateway == "" && v.DirectConnectGateway == ""
	})
}

// those gives the virtual interfaces that a test picks, those that work first.
func (t virtualInterfaces) those(are func(network.VirtualInterface) bool) []network.VirtualInterface {
	var out []network.VirtualInterface
	for _, id := range sortedKeys(t.VirtualInterfaces) {
		v := t.VirtualInterfaces[id]
		if v.State != "deleted" && v.State != "rejected" && are(v) {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b network.VirtualInterface) int { return t.rank(a) - t.rank(b) })
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

// rank says what a virtual interface is worth for the family that is judged.
func (t virtualInterfaces) rank(v network.VirtualInterface) int {
	switch bgp := t.bgp(v).Verdict; {
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
func (t virtualInterfaces) bestRank(vifs []network.VirtualInterface) int {
	if len(vifs) == 0 {
		return vifBroken
	}
	return t.rank(vifs[0])
}

// vifIsMade says whether a virtual interface comes to work, or back to work, by itself or by
// being confirmed.
func vifIsMade(state string) bool {
	switch state {
	case vifConfirming, "verifying", statePending, "testing":
		return true
	default:
		return false
	}
}

// judge judges the best of the virtual interfaces that lead to a gateway, and its BGP
// session; what the others learn counts as well. The flag names the gateway for whoever
// confirms the interface.
func (t virtualInterfaces) judge(vifs, others []network.VirtualInterface, flag string, ranges []netip.Prefix) {
	v := vifs[0]
	announces := func(x network.VirtualInterface) bool {
		return t.rank(x) == vifUp && len(unannounced([]network.VirtualInterface{x}, ranges)) == 0
	}
	if i := slices.IndexFunc(vifs, announces); i >= 0 {
		v = vifs[i]
	}
	bgp := t.bgp(v)
	if t.rank(v) == vifUp {
		bgp = t.announced(bgp, append(slices.Clone(vifs), others...), ranges)
	}
	t.add(interfaceHop(v, flag))
	t.add(bgp)
}

// interfaceHop judges a virtual interface itself.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_VirtualInterface.html
func interfaceHop(v network.VirtualInterface, flag string) Hop {
	h := Hop{Kind: HopVirtualInterface, Resource: v.ID, Location: v.Location}
	h.Detail = fmt.Sprintf("the %s virtual interface is %s", v.Type, v.State)
	describe := command(v.Location, "aws directconnect describe-virtual-interfaces --virtual-interface-id %s", v.ID)
	switch {
	case v.State == network.Available:
		h = h.passing([]string{v.ID}, h.Detail)
	case v.State == vifConfirming:
		h.Verdict = Pending
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
