package awssim

import (
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// propagate writes what a virtual private gateway knows into every table that it propagates to. The Region is owned
// by the state.
func (s *state) propagate(r *region, gateway string) {
	known := s.gatewayPrefixes(r, gateway)
	for _, table := range r.RouteTables.vals {
		if !propagatesFrom(table, gateway) {
			continue
		}
		changed := *table
		changed.Routes = withoutPropagated(table.Routes, gateway)
		if g := r.VpnGateways.get(gateway); g != nil && attachedTo(g, *table.VpcId) {
			for _, cidr := range known {
				route := ec2types.Route{GatewayId: &gateway, Origin: ec2types.RouteOriginEnableVgwRoutePropagation, State: ec2types.RouteStateActive}
				if isIPv6(cidr) {
					route.DestinationIpv6CidrBlock = &cidr
				} else {
					route.DestinationCidrBlock = &cidr
				}
				changed.Routes = append(changed.Routes, route)
			}
		}
		r.RouteTables.put(s.owner, *table.RouteTableId, &changed)
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

// heard is what a virtual private gateway has from others: prefixes, and whether anything that speaks BGP to it is up,
// by family.
type heard struct {
	prefixes []string
	speakers int
	alive    [2]bool
}

func (h *heard) add(cidr *string) {
	if text := aws.ToString(cidr); !slices.Contains(h.prefixes, text) {
		h.prefixes = append(h.prefixes, text)
	}
}

// gatewayPrefixes lists what a virtual private gateway knows: the static routes of its VPN connections, and what it
// learnt by BGP, as long as anything it can have learnt it from is up. IPv6 comes over Direct Connect only.
func (s *state) gatewayPrefixes(r *region, id string) []string {
	var h heard
	for _, v := range r.VpnConnections.vals {
		if aws.ToString(v.VpnGatewayId) == id {
			h.overVPN(v)
		}
	}
	for v, linked := range s.interfacesTo(id) {
		h.overDirectConnect(v, linked)
	}
	if gateway := r.VpnGateways.get(id); gateway != nil {
		for _, route := range gateway.Routes {
			if h.speakers == 0 || h.alive[family(aws.ToString(route.DestinationCidrBlock))] {
				h.add(route.DestinationCidrBlock)
			}
		}
	}
	return h.prefixes
}

func (h *heard) overVPN(v *ec2types.VpnConnection) {
	if !aws.ToBool(v.Options.StaticRoutesOnly) {
		h.speakers++
		h.alive[0] = h.alive[0] || tunnelUp(v)
	}
	for _, route := range v.Routes {
		if v.State == ec2types.VpnStateAvailable && route.State == ec2types.VpnStateAvailable {
			h.add(route.DestinationCidrBlock)
		}
	}
}

func (h *heard) overDirectConnect(v *VirtualInterface, linked bool) {
	h.speakers++
	if !linked {
		return
	}
	h.alive[0], h.alive[1] = h.alive[0] || sessionUp(v, false), h.alive[1] || sessionUp(v, true)
	for _, route := range v.Routes {
		if route.RouteDirection == dxtypes.RouteDirectionAccepted && sessionUp(v, isIPv6(aws.ToString(route.Cidr))) {
			h.add(route.Cidr)
		}
	}
}

func isIPv6(cidr string) bool { return strings.Contains(cidr, ":") }

func family(cidr string) int {
	if isIPv6(cidr) {
		return 1
	}
	return 0
}

// tunnelUp says that a VPN connection can carry anything: it stands, and not all of its tunnels are known to be down.
func tunnelUp(v *ec2types.VpnConnection) bool {
	up := slices.ContainsFunc(v.VgwTelemetry, func(t ec2types.VgwTelemetry) bool { return t.Status != ec2types.TelemetryStatusDown })
	return v.State == ec2types.VpnStateAvailable && (up || len(v.VgwTelemetry) == 0)
}

// sessionUp says that a virtual interface can carry a family: it stands, and has a BGP session for the family that is
// not known to be down. One that tells of no sessions at all is taken to have them.
func sessionUp(v *VirtualInterface, ipv6 bool) bool {
	up := slices.ContainsFunc(v.BgpPeers, func(p dxtypes.BGPPeer) bool {
		return p.BgpStatus != dxtypes.BGPStatusDown && ipv6 == (p.AddressFamily == dxtypes.AddressFamilyIPv6)
	})
	return v.VirtualInterfaceState == dxtypes.VirtualInterfaceStateAvailable && (up || len(v.BgpPeers) == 0)
}

// interfacesTo lists the virtual interfaces that lead to a virtual private gateway, by themselves or through a Direct
// Connect gateway, and says of each whether it still does: an association that has ended linked it once.
func (s *state) interfacesTo(gateway string) iter.Seq2[*VirtualInterface, bool] {
	through := map[string]bool{}
	for r := range s.all {
		for _, a := range r.DirectConnectGatewayAssociations.vals {
			if associatedGateway(a) == gateway {
				id := aws.ToString(a.DirectConnectGatewayId)
				through[id] = through[id] || a.AssociationState != dxtypes.DirectConnectGatewayAssociationStateDisassociated
			}
		}
	}
	return func(yield func(*VirtualInterface, bool) bool) {
		for r := range s.all {
			for _, v := range r.VirtualInterfaces.vals {
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
func (s *state) carries(a *attachment, ipv6 bool) bool {
	known := false
	for r := range s.all {
		if v := r.VpnConnections.lookup(a.ResourceId); v != nil {
			return tunnelUp(v)
		}
		for _, v := range r.VirtualInterfaces.vals {
			if same(v.DirectConnectGatewayId, a.ResourceId) {
				known = true
				if sessionUp(v, ipv6) {
					return true
				}
			}
		}
	}
	return !known
}
