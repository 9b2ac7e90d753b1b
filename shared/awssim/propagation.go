package awssim

import (
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// propagate writes what a virtual private gateway knows into every table that it propagates to. The Region is owned
// by the state.
func (s *state) propagate(r *region, gateway string) {
	known := s.gatewayPrefixes(r, gateway)
	for _, table := range r.routeTables.vals {
		if !propagatesFrom(table, gateway) {
			continue
		}
		changed := *table
		changed.Routes = withoutPropagated(table.Routes, gateway)
		if g := r.vpnGateways.get(gateway); g != nil && attachedTo(g, *table.VpcId) {
			for _, cidr := range known {
				changed.Routes = append(changed.Routes, ec2types.Route{
					DestinationCidrBlock: &cidr, GatewayId: &gateway, Origin: ec2types.RouteOriginEnableVgwRoutePropagation,
					State: ec2types.RouteStateActive,
				})
			}
		}
		r.routeTables.put(s.owner, *table.RouteTableId, &changed)
	}
}

func propagatesFrom(table *ec2types.RouteTable, gateway string) bool {
	return slices.ContainsFunc(table.PropagatingVgws, func(p ec2types.PropagatingVgw) bool { return aws.ToString(p.GatewayId) == gateway })
}

func withoutPropagated(routes []ec2types.Route, gateway string) []ec2types.Route {
	return slices.DeleteFunc(slices.Clone(routes), func(r ec2types.Route) bool {
		return r.Origin == ec2types.RouteOriginEnableVgwRoutePropagation && aws.ToString(r.GatewayId) == gateway
	})
}

// gatewayPrefixes lists what a virtual private gateway knows: the static routes of its VPN connections, and what it
// learnt by BGP, as long as anything it can have learnt it from is up. IPv6 does not go over one.
func (s *state) gatewayPrefixes(r *region, id string) []string {
	var known []string
	add := func(routes []ec2types.VpnStaticRoute) {
		for _, route := range routes {
			cidr := aws.ToString(route.DestinationCidrBlock)
			if (route.State == "" || route.State == ec2types.VpnStateAvailable) && !slices.Contains(known, cidr) {
				known = append(known, cidr)
			}
		}
	}
	speakers, alive := 0, 0
	for _, v := range r.vpnConnections.vals {
		if aws.ToString(v.VpnGatewayId) != id {
			continue
		}
		if !aws.ToBool(v.Options.StaticRoutesOnly) {
			speakers++
			if tunnelUp(v) {
				alive++
			}
		}
		if v.State == ec2types.VpnStateAvailable {
			add(v.Routes)
		}
	}
	for v, linked := range s.interfacesTo(id) {
		speakers++
		if !linked || !sessionUp(v) {
			continue
		}
		alive++
		for _, route := range v.Routes {
			if route.RouteDirection == dxtypes.RouteDirectionAccepted && route.AddressFamily != dxtypes.AddressFamilyIPv6 {
				add([]ec2types.VpnStaticRoute{{DestinationCidrBlock: route.Cidr}})
			}
		}
	}
	if gateway := r.vpnGateways.get(id); gateway != nil && (alive > 0 || speakers == 0) {
		add(gateway.Routes)
	}
	return known
}

// tunnelUp says that a VPN connection can carry anything: it stands, and not all of its tunnels are known to be down.
func tunnelUp(v *ec2types.VpnConnection) bool {
	up := slices.ContainsFunc(v.VgwTelemetry, func(t ec2types.VgwTelemetry) bool { return t.Status != ec2types.TelemetryStatusDown })
	return v.State == ec2types.VpnStateAvailable && (up || len(v.VgwTelemetry) == 0)
}

// sessionUp says that a virtual interface can carry anything: it stands, and not all BGP sessions are known to be down.
func sessionUp(v *VirtualInterface) bool {
	up := slices.ContainsFunc(v.BgpPeers, func(p dxtypes.BGPPeer) bool { return p.BgpStatus != dxtypes.BGPStatusDown })
	return v.VirtualInterfaceState == dxtypes.VirtualInterfaceStateAvailable && (up || len(v.BgpPeers) == 0)
}

// interfacesTo lists the virtual interfaces that lead to a virtual private gateway, by themselves or through a Direct
// Connect gateway, and says of each whether it still does: an association that has ended linked it once.
func (s *state) interfacesTo(gateway string) iter.Seq2[*VirtualInterface, bool] {
	through := map[string]bool{}
	for r := range s.all {
		for _, a := range r.dxAssociations.vals {
			if associatedGateway(a) == gateway {
				id := aws.ToString(a.DirectConnectGatewayId)
				through[id] = through[id] || a.AssociationState != dxtypes.DirectConnectGatewayAssociationStateDisassociated
			}
		}
	}
	return func(yield func(*VirtualInterface, bool) bool) {
		for r := range s.all {
			for _, v := range r.virtualInterfaces.vals {
				linked, led := through[aws.ToString(v.DirectConnectGatewayId)]
				direct := aws.ToString(v.VirtualGatewayId) == gateway
				if (led || direct) && !yield(v, linked || direct) {
					return
				}
			}
		}
	}
}

// associatedGateway is the virtual private gateway or transit gateway that a Direct Connect gateway serves.
func associatedGateway(a *dxtypes.DirectConnectGatewayAssociation) string {
	if a.AssociatedGateway != nil {
		return aws.ToString(a.AssociatedGateway.Id)
	}
	return aws.ToString(a.VirtualGatewayId)
}

// carries says that what stands behind an attachment that is no VPC can be heard: a VPN connection with a tunnel up, a
// Direct Connect gateway with a virtual interface up. What the world does not hold is taken to be up.
func (s *state) carries(a *attachment) bool {
	known := false
	for r := range s.all {
		if v := r.vpnConnections.lookup(a.ResourceId); v != nil {
			return tunnelUp(v)
		}
		for _, v := range r.virtualInterfaces.vals {
			if same(v.DirectConnectGatewayId, a.ResourceId) {
				known = true
				if sessionUp(v) {
					return true
				}
			}
		}
	}
	return !known
}
