package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// transitVPC judges a source in another VPC, usually of another Region, behind
// an appliance in a transit VPC: each spoke reaches it over VPN connections of
// its virtual private gateway, or over routes to its network interface. A rule
// can only name address ranges.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
func (w *walk) transitVPC(s intent.Source) {
	if s.Kind == intent.PrefixList {
		if state := w.prefixList(s); !state.ok {
			w.lost(state.hop)
			return
		}
	}
	if w.v6 {
		w.lost(w.noIPv6(s))
		return
	}
	vpc, hop, ok := w.remoteVPC(s)
	if !ok {
		w.ownSpokeOnly(s, hop)
		return
	}
	c := w.vpcClient(s, vpc)
	source := s.String()
	if s.Kind == intent.SecurityGroup {
		w.add(Hop{
			Kind: HopReference, Resource: s.ID, Location: vpc.Location, Verdict: Fail, Source: source,
			Detail: "a rule cannot refer to a group behind a transit VPC", Fix: w.declareInstead(c),
		})
		c.peers = nil
	}
	if f, dark := w.Dark(vpc.Location, network.KindRouteTable, network.KindSubnet); dark {
		c.dark = &f
	}
	cache := w.familyOf(w.cacheSubnets())
	own := w.spoke(w.vpc, w.cacheSubnets(), c.addresses, vpc.BlockHolding, nil, toClient, source)
	far := w.spoke(vpc, c.subnets, cache, w.vpc.BlockHolding, c.dark, toCluster, source)
	w.sameAppliance(own, far, source)
	w.acls(c)
	if c.dark == nil {
		w.egress(c)
	}
	w.ingress(c, refusal{})
}

// ownSpokeOnly judges what can be judged where the source's VPC is not known:
// for a range, the cache's own side, which is opened as declared.
func (w *walk) ownSpokeOnly(s intent.Source, hop Hop) {
	if !ranged(s) || hop.Verdict != Unknown {
		w.lost(hop)
		return
	}
	w.add(hop)
	c := w.rangeClient(s)
	w.spoke(w.vpc, w.cacheSubnets(), c.addresses, itself, nil, toClient, s.String())
	w.acls(c)
	w.ingress(c, refusal{})
	w.blind = append(w.blind, Blindness{Kind: NeedRoute})
}

// remoteVPC finds the VPC of a source that is not the cluster's own; the hop says
// why there is none.
func (w *walk) remoteVPC(s intent.Source) (network.VPC, Hop, bool) {
	id, unread, hop, ok := w.vpcOf(s)
	if !ok {
		return network.VPC{}, hop, false
	}
	if !unread.IsZero() {
		_, state := w.groupOf(s)
		return network.VPC{}, state.hop, false
	}
	if v, found := w.VPCs[id]; found && id != w.vpc.ID {
		return v, Hop{}, true
	}
	var without []string
	for _, key := range sortedKeys(w.VPCs) {
		v := w.VPCs[key]
		if key == w.vpc.ID || id != "" || !inside(v.CIDRs, w.rangesOf(s)) {
			continue
		}
		if w.hasSpoke(v) {
			return v, Hop{}, true
		}
		without = append(without, key)
	}
	h := Hop{
		Kind: HopSource, Resource: s.String(), Location: w.cluster.Location, Verdict: Unknown, Source: s.String(),
		Detail: fmt.Sprintf("no VPC that cachegate can read holds %s", s),
		Fix:    "let cachegate read the account and Region of the source's VPC (deploy the spoke stack there), or correct the source",
	}
	if len(without) > 0 {
		h.Verdict = Fail
		h.Detail = fmt.Sprintf("%s holds %s and has no way to a transit VPC", strings.Join(without, ", "), s)
		h.Fix = "attach a virtual private gateway with VPN connections to the appliance, or declare the path that leads there"
		return network.VPC{}, h, false
	}
	for _, f := range w.Failures {
		if f.Kind == network.KindVPC {
			h.Detail, h.Fix = missingRead(f)
			break
		}
	}
	return network.VPC{}, h, false
}

// hasSpoke says whether a VPC has a virtual private gateway, or an appliance.
func (w *walk) hasSpoke(v network.VPC) bool {
	return len(w.gatewaysOf(v.ID)) > 0 || len(w.appliancesIn(v.ID)) > 0
}

// appliancesIn gives the interfaces of a VPC that forward traffic of others.
func (w *walk) appliancesIn(vpc string) []network.NetworkInterface {
	var out []network.NetworkInterface
	for _, id := range sortedKeys(w.NetworkInterfaces) {
		if eni := w.NetworkInterfaces[id]; eni.VPC == vpc && (!eni.SourceDestCheck || id == w.Intent.Via) {
			out = append(out, eni)
		}
	}
	return out
}

// spokeEnd is how a VPC reaches the appliance.
type spokeEnd struct {
	// addresses are those of the appliances at the other end of the VPN
	// connections, or of the interface itself; none where they are not known.
	addresses []string
	ok        bool
}

// spoke judges one VPC's way to the appliance.
func (w *walk) spoke(vpc network.VPC, from []network.Subnet, to []netip.Prefix, block func(netip.Prefix) netip.Prefix, dark *network.Failure, what direction, source string) spokeEnd {
	if eni, ok := w.applianceOf(vpc); ok {
		return w.applianceSpoke(eni, vpc, from, to, block, dark, what, source)
	}
	g, ok := w.vpnGateway(vpc, source)
	if !ok {
		return spokeEnd{}
	}
	end := spokeEnd{ok: true}
	if _, found := w.vpnConnection(g.ID, g.Location, to, true, source); found {
		end.addresses = w.applianceAddresses(g.ID, to)
	}
	w.vgwRoutes(g, vpc, from, to, block, dark, what, source)
	return end
}

// applianceAddresses gives where the VPN connections of a gateway end that carry
// the ranges now, or where any end if none carries them.
func (w *walk) applianceAddresses(gateway string, to []netip.Prefix) []string {
	var working, all []string
	for _, c := range w.connections(gateway) {
		address := w.CustomerGateways[c.CustomerGateway].Address
		if address == "" {
			continue
		}
		all = append(all, address)
		if vpnRank(c) == 0 && knows(c, to) {
			working = append(working, address)
		}
	}
	if len(working) > 0 {
		return working
	}
	return all
}

// applianceOf gives the appliance's interface where the VPC is the transit VPC:
// the one that via names, else one that the VPC forwards by, if no gateway does.
func (w *walk) applianceOf(vpc network.VPC) (network.NetworkInterface, bool) {
	if strings.HasPrefix(w.Intent.Via, "eni-") {
		eni, ok := w.NetworkInterfaces[w.Intent.Via]
		return eni, ok && eni.VPC == vpc.ID
	}
	if len(w.gatewaysOf(vpc.ID)) > 0 {
		return network.NetworkInterface{}, false
	}
	if found := w.appliancesIn(vpc.ID); len(found) > 0 {
		return found[0], true
	}
	return network.NetworkInterface{}, false
}

// applianceSpoke judges a way through an appliance's interface in the VPC itself.
// https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html#EIP_Disable_SrcDestCheck
func (w *walk) applianceSpoke(eni network.NetworkInterface, vpc network.VPC, from []network.Subnet, to []netip.Prefix, block func(netip.Prefix) netip.Prefix, dark *network.Failure, what direction, source string) spokeEnd {
	h := Hop{
		Kind: HopAppliance, Resource: eni.ID, Location: eni.Location, Verdict: Pass, By: []string{eni.ID}, Source: source,
		Detail: "forwards traffic of others: its source/destination check is off",
	}
	switch {
	case eni.SourceDestCheck:
		h = h.failing("does not forward traffic of others: its source/destination check is on",
			command(eni.Location, "aws ec2 modify-network-interface-attribute --network-interface-id %s --no-source-dest-check", eni.ID))
	case eni.Status != "in-use" && eni.Status != "":
		h = h.failing("is "+eni.Status+", not attached to a running appliance", "attach the interface to the appliance")
	}
	w.add(h)
	w.routes(leg{
		Location: vpc.Location, from: from, to: to, block: block, what: what, dark: dark, farName: vpc.ID,
		target: network.Target{Kind: network.TargetNetworkInterface, ID: eni.ID}, state: Pass,
	}, source)
	return spokeEnd{ok: true}
}

// sameAppliance judges that the VPN connections of both spokes end at one appliance.
func (w *walk) sameAppliance(own, far spokeEnd, source string) {
	if len(own.addresses) == 0 || len(far.addresses) == 0 {
		return
	}
	h := Hop{
		Kind: HopAppliance, Resource: own.addresses[0], Location: w.cluster.Location, Verdict: Pass, By: own.addresses[:1], Source: source,
		Detail: "the VPN connections of both VPCs end at the appliance",
	}
	if i := slices.IndexFunc(own.addresses, func(a string) bool { return slices.Contains(far.addresses, a) }); i >= 0 {
		h.Resource, h.By = own.addresses[i], own.addresses[i:i+1]
	} else {
		h = h.failing(fmt.Sprintf("the VPN connections end at different appliances: the cache's at %v, the source's at %v", own.addresses, far.addresses),
			"connect both VPCs to the same appliance")
	}
	w.add(h)
}
