package access

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// spokes judges two VPCs that reach each other over a transit VPC: each reaches the
// appliance over VPN connections of its virtual private gateway, or over routes to its
// network interface.
type spokes struct {
	*tracing
	far network.VPC
	c   client
}

// judge judges how both VPCs reach the appliance, and their ends.
func (t spokes) judge(no refusal) {
	c, vpc := t.c, t.far
	c.unread = t.failure(vpc.Location, network.KindRouteTable, network.KindSubnet)
	appliances{t.tracing}.named()
	cache := t.cacheSubnets()
	own := judgeSpoke(t.tracing, t.vpc, leg{from: cache, to: c.addresses, blockOf: vpc.BlockHolding, what: toClient})
	far := judgeSpoke(t.tracing, vpc, leg{from: c.subnets, to: t.familyOf(cache), blockOf: t.vpc.BlockHolding, unread: c.unread, what: toCluster})
	t.sameAppliance(own, far)
	networkACLs{t.tracing}.between(c)
	if c.unread == nil {
		egress{tracing: t.tracing, c: c}.judge()
	}
	ingress{t.tracing, c, no}.judge()
}

// spokeEnd is where a VPC reaches the appliance.
type spokeEnd struct {
	// addresses are those of the appliances at the other end of the VPN connections; none
	// where they are not known, or the appliance is in the VPC.
	addresses []string
	// unread is why they are not known.
	unread *network.Failure
}

// judgeSpoke judges how one VPC reaches the appliance. The leg says whose traffic goes where.
func judgeSpoke(t *tracing, vpc network.VPC, l leg) spokeEnd {
	if eni, ok := (appliances{t}).of(vpc, l.from, l.to); ok {
		appliances{t}.judge(eni, vpc, l)
		return spokeEnd{}
	}
	if t.failure(vpc.Location, network.KindNetworkInterface) != nil {
		t.needsUnknown(change.Route, vpc.Location, true) // an appliance may be there that was not read
	}
	gateways := vpnGateways{t}
	g, ok := gateways.find(vpc, l.what.side())
	if !ok {
		return spokeEnd{}
	}
	var end spokeEnd
	connections := vpnConnections{t, vpnEnd{Location: g.Location, gateway: g.ID, ranges: l.to, side: l.what.side()}}
	if c, found := connections.judge(); found {
		end.addresses = applianceAddresses(t, g.ID, l.to)
		end.unread = t.failure(c.Location, network.KindCustomerGateway)
	}
	gateways.routes(g, vpc, l)
	return end
}

// applianceAddresses gives where the VPN connections of a gateway end that carry the ranges
// now, or where any end if none carries them.
func applianceAddresses(t *tracing, gateway string, to []netip.Prefix) []string {
	var working, all []string
	for _, c := range t.connectionsAt(gateway) {
		address := t.CustomerGateways[c.CustomerGateway].Address
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

// joinedAt says whether the VPN connections of the cache VPC and of another one end at one
// appliance; where an end of one of them is not known, neither is this.
func (t *tracing) joinedAt(far network.VPC) network.Tri {
	var ends [2][]string
	for i, v := range []network.VPC{t.vpc, far} {
		for _, g := range t.gatewaysOf(v.ID) {
			ends[i] = append(ends[i], applianceAddresses(t, g.ID, nil)...)
		}
	}
	switch {
	case len(ends[0]) == 0 || len(ends[1]) == 0:
		return network.Unknown
	case slices.ContainsFunc(ends[0], func(a string) bool { return slices.Contains(ends[1], a) }):
		return network.On
	default:
		return network.Off
	}
}

// sameAppliance judges that the VPN connections of both spokes end at one appliance.
func (t spokes) sameAppliance(own, far spokeEnd) {
	h := Hop{Kind: HopAppliance, Resource: "customer gateways", Location: t.cluster.Location}
	for _, end := range []spokeEnd{own, far} {
		if len(end.addresses) == 0 && end.unread != nil {
			h.Location = end.unread.Location
			t.add(h.unread(*end.unread).about("whether the VPN connections end at one appliance is not known"))
			return
		}
	}
	if len(own.addresses) == 0 || len(far.addresses) == 0 {
		return
	}
	h.Resource = own.addresses[0]
	i := slices.IndexFunc(own.addresses, func(a string) bool { return slices.Contains(far.addresses, a) })
	if i < 0 {
		t.add(h.failing(fmt.Sprintf("the VPN connections end at different appliances: the cache's at %v, the source's at %v", own.addresses, far.addresses),
			command(t.cluster.Location, "aws ec2 create-vpn-connection --type ipsec.1 --customer-gateway-id CGW_ID_OF_%s --vpn-gateway-id VGW_ID", far.addresses[0]).
				Because("connect both VPCs to the same appliance")))
		return
	}
	h.Resource = own.addresses[i]
	t.add(h.passing([]string{own.addresses[i]}, "the VPN connections of both VPCs end at the appliance"))
}
