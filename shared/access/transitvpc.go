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
func (j *judging) transitVPC(s intent.Source) {
	if s.Kind == intent.PrefixList {
		if state := j.prefixList(s); !state.ok {
			j.failSource(state.hop)
			return
		}
	}
	vpc, hop, ok := j.remoteVPC(s)
	if j.v6 && (!j.hasAppliance(j.vpc) || ok && !j.hasAppliance(vpc)) {
		j.failSource(j.noIPv6(s))
		return
	}
	if !ok {
		j.ownSpokeOnly(s, hop)
		return
	}
	if s.Kind == intent.SecurityGroup {
		j.groupBehindTransitVPC(s, vpc)
		return
	}
	j.spokes(j.vpcClient(s, vpc), vpc, refusal{})
}

// groupBehindTransitVPC judges the way to a group, so that what its addresses
// would need is told too. No rule can name the group: where no other lets it in,
// nothing is needed of the way.
func (j *judging) groupBehindTransitVPC(s intent.Source, vpc network.VPC) {
	c := j.vpcClient(s, vpc)
	never := Hop{
		Kind: HopReference, Resource: s.ID, Location: vpc.Location, Verdict: Fail, Source: s.String(),
		Detail: "a rule cannot refer to a group behind a transit VPC", Fixes: fixes(j.declareInstead(c)),
	}
	if j.admittedByRange(c) {
		j.spokes(c, vpc, refusal{blocked: blocked(BlockReference, "a group cannot be referenced behind a transit VPC"), verdict: Fail, hop: &never})
		return
	}
	c.peers = nil
	needs := len(j.needs)
	j.spokes(c, vpc, refusal{})
	j.needs = j.needs[:needs]
	j.failSource(never)
}

// spokes judges the ways of both VPCs to the appliance, and their ends.
func (j *judging) spokes(c client, vpc network.VPC, no refusal) {
	source := c.source.String()
	if f, dark := j.ReadFailure(vpc.Location, network.KindRouteTable, network.KindSubnet); dark {
		c.dark = &f
	}
	j.namedAppliance(source)
	cache := j.cacheSubnets()
	own := j.spoke(j.vpc, leg{from: cache, to: c.addresses, block: vpc.BlockHolding, what: toClient}, source)
	far := j.spoke(vpc, leg{from: c.subnets, to: j.familyOf(cache), block: j.vpc.BlockHolding, dark: c.dark, what: toCluster}, source)
	j.sameAppliance(own, far, source)
	j.acls(c)
	if c.dark == nil {
		j.egressByAddress(c)
	}
	j.ingress(c, no)
}

// ownSpokeOnly judges what can be judged where the source's VPC is not known:
// for a range, the cache's own side, which is opened as declared.
func (j *judging) ownSpokeOnly(s intent.Source, hop Hop) {
	if !ranged(s) || hop.Verdict != Unknown {
		j.failSource(hop)
		return
	}
	j.add(hop)
	c := j.rangeClient(s)
	j.spoke(j.vpc, leg{from: j.cacheSubnets(), to: c.addresses, block: itself, what: toClient}, s.String())
	j.acls(c)
	j.ingress(c, refusal{})
	j.unknownRoutes(network.Location{}, true)
}

// remoteVPC finds the VPC of a source that is not the cluster's own; the hop says
// why there is none.
func (j *judging) remoteVPC(s intent.Source) (network.VPC, Hop, bool) {
	id, unread, hop, ok := j.vpcOf(s)
	if !ok {
		return network.VPC{}, hop, false
	}
	if !unread.IsZero() {
		_, state := j.groupOf(s)
		return network.VPC{}, state.hop, false
	}
	if v, found := j.VPCs[id]; found && id != j.vpc.ID {
		return v, Hop{}, true
	}
	var without []string
	for _, key := range sortedKeys(j.VPCs) {
		v := j.VPCs[key]
		if key == j.vpc.ID || id != "" || !inside(v.CIDRs, j.rangesOf(s)) {
			continue
		}
		if _, dark := j.ReadFailure(v.Location, network.KindVPNGateway); dark || j.hasSpoke(v) {
			return v, Hop{}, true
		}
		without = append(without, key)
	}
	if len(without) > 0 {
		h := Hop{Kind: HopSource, Resource: s.String(), Location: j.cluster.Location, Source: s.String()}
		first := j.VPCs[without[0]]
		return network.VPC{}, h.failing(fmt.Sprintf("%s holds %s and has no way to a transit VPC", strings.Join(without, ", "), s),
			say("declare the path that leads there"),
			command(first.Location, "aws ec2 attach-vpn-gateway --vpn-gateway-id VGW_ID --vpc-id %s", first.ID).
				Because("attach a virtual private gateway with VPN connections to the appliance").Alternative()), false
	}
	return network.VPC{}, j.noRemoteVPC(s), false
}

// noRemoteVPC says that no VPC that was read holds a source: another may.
func (j *judging) noRemoteVPC(s intent.Source) Hop {
	h := Hop{
		Kind: HopSource, Resource: s.String(), Location: j.cluster.Location, Verdict: Unknown, Source: s.String(),
		Detail: fmt.Sprintf("no VPC that cachegate can read holds %s", s),
		Fixes:  fixes(say("let cachegate read the account and Region of the source's VPC (deploy the spoke stack there), or correct the source")),
	}
	for _, f := range j.Failures {
		if f.Kind == network.KindVPC {
			h = h.unread(f)
			break
		}
	}
	return h
}

// hasSpoke says whether a VPC has a virtual private gateway, or an appliance.
func (j *judging) hasSpoke(v network.VPC) bool {
	return len(j.gatewaysOf(v.ID)) > 0 || len(j.appliancesIn(v.ID)) > 0
}

// spokeEnd is how a VPC reaches the appliance.
type spokeEnd struct {
	// addresses are those of the appliances at the other end of the VPN
	// connections; none where they are not known, or the appliance is in the VPC.
	addresses []string
	// dark is why they are not known.
	dark *network.Failure
}

// spoke judges one VPC's way to the appliance. The leg says whose traffic goes where.
func (j *judging) spoke(vpc network.VPC, l leg, source string) spokeEnd {
	if eni, ok := j.applianceOf(vpc, l); ok {
		j.applianceSpoke(eni, vpc, l, source)
		return spokeEnd{}
	}
	if _, dark := j.ReadFailure(vpc.Location, network.KindNetworkInterface); dark {
		j.unknownRoutes(vpc.Location, true) // an appliance may be there that is not seen
	}
	g, ok := j.vpnGateway(vpc, l.what.side(), source)
	if !ok {
		return spokeEnd{}
	}
	var end spokeEnd
	c, found := j.vpnConnection(vpnEnd{Location: g.Location, gateway: g.ID, ranges: l.to, side: l.what.side(), source: source})
	if found {
		end.addresses = j.applianceAddresses(g.ID, l.to)
	}
	if f, dark := j.ReadFailure(c.Location, network.KindCustomerGateway); found && dark {
		end.dark = &f
	}
	j.vgwRoutes(g, vpc, l, source)
	return end
}

// applianceAddresses gives where the VPN connections of a gateway end that carry
// the ranges now, or where any end if none carries them.
func (j *judging) applianceAddresses(gateway string, to []netip.Prefix) []string {
	var working, all []string
	for _, c := range j.connections(gateway) {
		address := j.CustomerGateways[c.CustomerGateway].Address
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

// sameAppliance judges that the VPN connections of both spokes end at one appliance.
func (j *judging) sameAppliance(own, far spokeEnd, source string) {
	h := Hop{Kind: HopAppliance, Resource: "customer gateways", Location: j.cluster.Location, Verdict: Pass, Source: source}
	for _, end := range []spokeEnd{own, far} {
		if len(end.addresses) == 0 && end.dark != nil {
			h.Verdict, h.Location = Unknown, end.dark.Location
			h = h.unread(*end.dark)
			h.Detail = "whether the VPN connections end at one appliance is not known: " + h.Detail
			j.add(h)
			return
		}
	}
	if len(own.addresses) == 0 || len(far.addresses) == 0 {
		return
	}
	if i := slices.IndexFunc(own.addresses, func(a string) bool { return slices.Contains(far.addresses, a) }); i >= 0 {
		h.Resource, h.By, h.Detail = own.addresses[i], own.addresses[i:i+1], "the VPN connections of both VPCs end at the appliance"
	} else {
		h.Resource = own.addresses[0]
		h = h.failing(fmt.Sprintf("the VPN connections end at different appliances: the cache's at %v, the source's at %v", own.addresses, far.addresses),
			command(j.cluster.Location, "aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id CGW_ID_OF_%s --vpn-gateway-id VGW_ID", far.addresses[0]).
				Because("connect both VPCs to the same appliance"))
	}
	j.add(h)
}
