package oracle

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// inlet is where a data centre meets AWS: a VPN connection or Direct Connect, at a
// virtual private gateway or at a transit gateway.
type inlet struct {
	path string // vpn or direct-connect
	// gateway is the virtual private gateway, at the attachment of the transit gateway.
	gateway string
	at      attachment
}

// overTunnels follows a packet that a subnet's table sends to a virtual private
// gateway: to a data centre, or to the VPC of another one that has its VPN
// connections with the same appliance.
func (t *trip) overTunnels(gateway string) {
	if !t.holdsGateway(t.from.vpc, gateway) {
		t.stop(Gateway, gateway+" of "+t.from.vpc)
		return
	}
	if t.to.premises() {
		for _, path := range t.carriers(gateway, t.to.address) {
			t.paths = append(t.paths, path)
			t.inlets = append(t.inlets, inlet{path: path, gateway: gateway})
		}
		if len(t.inlets) == 0 {
			t.stop(Tunnel, gateway+" knows no way")
		}
		return
	}
	t.paths = []string{TransitVPC}
	for _, there := range t.tunnels(gateway, t.to.address) {
		for _, back := range t.tunnelsInto(t.to.vpc) {
			if address := t.appliance(there); address != "" && address == t.appliance(back) && t.to.address.Is4() {
				return
			}
		}
	}
	t.stop(Tunnel, "no appliance between "+gateway+" and "+t.to.vpc)
}

// appliance gives the address at which a VPN connection ends.
func (n *Network) appliance(v ec2types.VpnConnection) string {
	return aws.ToString(n.customers[aws.ToString(v.CustomerGatewayId)].IpAddress)
}

// holdsGateway says whether a virtual private gateway is attached to a VPC.
func (n *Network) holdsGateway(vpcID, gateway string) bool {
	return slices.ContainsFunc(n.vgws[gateway].VpcAttachments, func(a ec2types.VpcAttachment) bool {
		return aws.ToString(a.VpcId) == vpcID && a.State == ec2types.AttachmentStatusAttached
	})
}

// tunnelsInto gives the VPN connections of a VPC's gateways that carry traffic.
func (n *Network) tunnelsInto(vpcID string) []ec2types.VpnConnection {
	var out []ec2types.VpnConnection
	for _, id := range n.order["vpn"] {
		if v := n.vpns[id]; alive(v) && n.holdsGateway(vpcID, aws.ToString(v.VpnGatewayId)) {
			out = append(out, v)
		}
	}
	return out
}

// tunnels gives the VPN connections of a virtual private gateway that carry traffic
// to an address: static ones by their routes. Of what BGP announces AWS only says how
// many routes it is. They carry no IPv6.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
// https://docs.aws.amazon.com/vpn/latest/s2svpn/ipv4-ipv6.html
func (n *Network) tunnels(gateway string, to netip.Addr) []ec2types.VpnConnection {
	var out []ec2types.VpnConnection
	for _, id := range n.order["vpn"] {
		v := n.vpns[id]
		if aws.ToString(v.VpnGatewayId) != gateway || !alive(v) || to.Is6() {
			continue
		}
		if v.Options == nil || !aws.ToBool(v.Options.StaticRoutesOnly) || slices.ContainsFunc(v.Routes, func(r ec2types.VpnStaticRoute) bool {
			p := appendPrefix(nil, r.DestinationCidrBlock)
			return r.State == ec2types.VpnStateAvailable && len(p) == 1 && p[0].Contains(to)
		}) {
			out = append(out, v)
		}
	}
	return out
}

// alive says whether a VPN connection stands and has a tunnel up; where BGP runs, one
// that it takes routes over.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VgwTelemetry.html
func alive(v ec2types.VpnConnection) bool {
	static := v.Options != nil && aws.ToBool(v.Options.StaticRoutesOnly)
	return v.State == ec2types.VpnStateAvailable && slices.ContainsFunc(v.VgwTelemetry, func(t ec2types.VgwTelemetry) bool {
		return t.Status == ec2types.TelemetryStatusUp && (static || v.TransitGatewayId != nil || aws.ToInt32(t.AcceptedRouteCount) > 0)
	})
}

// carriers gives what carries traffic from a virtual private gateway to an address.
func (n *Network) carriers(gateway string, to netip.Addr) []string {
	var out []string
	if len(n.tunnels(gateway, to)) > 0 {
		out = append(out, VPN)
	}
	if n.announced(to, func(c circuit) bool {
		return aws.ToString(c.VirtualGatewayId) == gateway || len(n.associated(c.gateway(), gateway)) > 0
	}) {
		out = append(out, DirectConnect)
	}
	return out
}

// announced says whether a data centre announces an address over one of some
// virtual interfaces, over a BGP session of its family that is up.
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/routing-and-bgp.html
func (n *Network) announced(to netip.Addr, over func(circuit) bool) bool {
	for _, id := range n.order["circuit"] {
		c := n.circuits[id]
		if c.speaks(to) && over(c) && slices.ContainsFunc(c.accepted, func(p netip.Prefix) bool { return p.Contains(to) }) {
			return true
		}
	}
	return false
}

// speaks says whether a virtual interface has a BGP session that is up of the family
// of an address.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_BGPPeer.html
func (c circuit) speaks(of netip.Addr) bool {
	return c.VirtualInterfaceState == dxtypes.VirtualInterfaceStateAvailable && slices.ContainsFunc(c.BgpPeers, func(p dxtypes.BGPPeer) bool {
		return p.BgpStatus == dxtypes.BGPStatusUp && (p.AddressFamily == dxtypes.AddressFamilyIPv6) == of.Is6()
	})
}

// associated gives the associations that work of a Direct Connect gateway with a gateway.
func (n *Network) associated(dxGateway, gateway string) []dxtypes.DirectConnectGatewayAssociation {
	var out []dxtypes.DirectConnectGatewayAssociation
	for _, a := range n.associations {
		works := a.AssociationState == dxtypes.DirectConnectGatewayAssociationStateAssociated || a.AssociationState == dxtypes.DirectConnectGatewayAssociationStateUpdating
		if works && dxGateway != "" && aws.ToString(a.DirectConnectGatewayId) == dxGateway && a.AssociatedGateway != nil && aws.ToString(a.AssociatedGateway.Id) == gateway &&
			n.dxGateways[dxGateway] == dxtypes.DirectConnectGatewayStateAvailable {
			out = append(out, a)
		}
	}
	return out
}

// toPremises takes a packet out of a transit gateway to a data centre.
func (t *trip) toPremises(out attachment) {
	if !out.works() {
		t.stop(Transit, out.id())
		return
	}
	switch out.ResourceType {
	case ec2types.TransitGatewayAttachmentResourceTypeVpn:
		v := t.vpns[out.resource()]
		inside6 := v.Options != nil && v.Options.TunnelInsideIpVersion == ec2types.TunnelInsideIpVersionIpv6
		if alive(v) && inside6 == t.to.address.Is6() {
			t.paths = []string{VPN}
		}
	case ec2types.TransitGatewayAttachmentResourceTypeDirectConnectGateway:
		if len(t.associated(out.resource(), out.gateway())) > 0 && t.announced(t.to.address, func(c circuit) bool { return c.gateway() == out.resource() }) {
			t.paths = []string{DirectConnect}
		}
	default:
	}
	if len(t.paths) == 0 {
		t.stop(Tunnel, out.id()+" of "+out.resource())
		return
	}
	t.inlets = []inlet{{path: t.paths[0], at: out}}
}

// arrive follows a packet from a data centre to a cache: it may come in wherever the
// answer leaves. A data centre sends only where AWS has announced the cache's address.
func (n *Network) arrive(from, to end, port uint16, answer *trip) *trip {
	all := &trip{Network: n, from: from, to: to, first: port, last: port}
	for _, in := range answer.inlets {
		t := &trip{Network: n, from: from, to: to, first: port, last: port}
		inside := t.comeIn(in)
		if !inside {
			t.filter(to.acl, to.subnet, false, from.address)
		}
		if len(t.stops) == 0 {
			all.paths = add(all.paths, in.path)
		}
		all.stops = append(all.stops, t.stops...)
	}
	if len(all.paths) > 0 {
		all.stops = nil
	}
	return all
}

func (t *trip) comeIn(in inlet) (inside bool) {
	if in.path == DirectConnect && !t.tellsOf(in) {
		t.stop(Circuit, "what is announced leaves out "+t.to.address.String())
	}
	if in.gateway != "" {
		return false
	}
	out, where := t.forward(in.at, t.to.address)
	if where != "" || out.ResourceType != ec2types.TransitGatewayAttachmentResourceTypeVpc || out.resource() != t.to.vpc {
		t.stop(Transit, in.at.table+" sends it to "+out.id()+where)
		return false
	}
	return t.enter(out)
}

// tellsOf says whether a data centre learns of the cache's address over Direct
// Connect: a virtual private gateway announces its VPC's blocks, through a Direct
// Connect gateway those that lie in the allowed prefixes; of a transit gateway the
// allowed prefixes themselves are announced.
// https://docs.aws.amazon.com/directconnect/latest/UserGuide/allowed-to-prefixes.html
func (t *trip) tellsOf(in inlet) bool {
	gateway := in.gateway
	if gateway == "" {
		gateway = in.at.gateway()
	}
	for _, id := range t.order["circuit"] {
		c := t.circuits[id]
		if !c.speaks(t.to.address) {
			continue
		}
		if gateway == aws.ToString(c.VirtualGatewayId) {
			return true
		}
		for _, a := range t.associated(c.gateway(), gateway) {
			var allowed []netip.Prefix
			for _, p := range a.AllowedPrefixesToDirectConnectGateway {
				allowed = appendPrefix(allowed, p.Cidr)
			}
			if in.gateway != "" && len(allowed) == 0 {
				return true
			}
			if slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return t.tells(p, in.gateway == "") }) {
				return true
			}
		}
	}
	return false
}

// tells says whether an allowed prefix makes the cache's address known: by itself, or
// because the VPC's block that holds it lies in it.
func (t *trip) tells(allowed netip.Prefix, itself bool) bool {
	if itself {
		return allowed.Contains(t.to.address)
	}
	return slices.ContainsFunc(t.Blocks(t.to.vpc), func(b netip.Prefix) bool {
		return b.Contains(t.to.address) && allowed.Bits() <= b.Bits() && allowed.Contains(b.Addr())
	})
}
