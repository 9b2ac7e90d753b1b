package oracle

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// hybrid is what leads out of AWS.
type hybrid struct {
	vgws         map[string]ec2types.VpnGateway
	vpns         map[string]ec2types.VpnConnection
	customers    map[string]ec2types.CustomerGateway
	circuits     map[string]circuit
	dxGateways   map[string]dxtypes.DirectConnectGatewayState
	associations map[string]dxtypes.DirectConnectGatewayAssociation
}

func newHybrid() hybrid {
	return hybrid{
		vgws: map[string]ec2types.VpnGateway{}, vpns: map[string]ec2types.VpnConnection{}, customers: map[string]ec2types.CustomerGateway{},
		circuits: map[string]circuit{}, dxGateways: map[string]dxtypes.DirectConnectGatewayState{},
		associations: map[string]dxtypes.DirectConnectGatewayAssociation{},
	}
}

// circuit is a virtual interface with what the data centre announces over it.
type circuit struct {
	dxtypes.VirtualInterface
	accepted []netip.Prefix
}

func (c circuit) gateway() string { return aws.ToString(c.DirectConnectGatewayId) }

// tunnelling reads virtual private gateways, VPN connections and where these end.
func (r reader) tunnelling() error {
	gateways, err := r.ec2.DescribeVpnGateways(r.ctx, nil)
	if err != nil {
		return err
	}
	for _, g := range gateways.VpnGateways {
		r.vgws[aws.ToString(g.VpnGatewayId)] = g
	}
	connections, err := r.ec2.DescribeVpnConnections(r.ctx, nil)
	if err != nil {
		return err
	}
	for _, v := range connections.VpnConnections {
		r.vpns[aws.ToString(v.VpnConnectionId)] = v
	}
	customers, err := r.ec2.DescribeCustomerGateways(r.ctx, &ec2.DescribeCustomerGatewaysInput{})
	if err != nil {
		return err
	}
	for _, c := range customers.CustomerGateways {
		r.customers[aws.ToString(c.CustomerGatewayId)] = c
	}
	return nil
}

// circuitry reads Direct Connect: virtual interfaces, gateways, associations.
func (r reader) circuitry() error {
	interfaces, err := r.dx.DescribeVirtualInterfaces(r.ctx, nil)
	if err != nil {
		return err
	}
	for _, v := range interfaces.VirtualInterfaces {
		c := circuit{VirtualInterface: v}
		routes, failed := r.dx.ListVirtualInterfaceRoutes(r.ctx, &directconnect.ListVirtualInterfaceRoutesInput{VirtualInterfaceId: v.VirtualInterfaceId})
		if failed != nil {
			return failed
		}
		for _, route := range routes.Routes {
			if route.RouteDirection == dxtypes.RouteDirectionAccepted {
				c.accepted = appendPrefix(c.accepted, route.Cidr)
			}
		}
		r.circuits[aws.ToString(v.VirtualInterfaceId)] = c
	}
	gateways, err := r.dx.DescribeDirectConnectGateways(r.ctx, nil)
	if err != nil {
		return err
	}
	for _, g := range gateways.DirectConnectGateways {
		id := aws.ToString(g.DirectConnectGatewayId)
		r.dxGateways[id] = g.DirectConnectGatewayState
		out, err := r.dx.DescribeDirectConnectGatewayAssociations(r.ctx, &directconnect.DescribeDirectConnectGatewayAssociationsInput{DirectConnectGatewayId: &id})
		if err != nil {
			return err
		}
		for _, a := range out.DirectConnectGatewayAssociations {
			r.associations[aws.ToString(a.AssociationId)] = a
		}
	}
	return nil
}

// orderHybrid fixes the order in which what leads out of AWS is asked.
func (n *Network) orderHybrid() {
	n.order["vgw"] = slices.Sorted(maps.Keys(n.vgws))
	n.order["vpn"] = slices.Sorted(maps.Keys(n.vpns))
	n.order["circuit"] = slices.Sorted(maps.Keys(n.circuits))
	n.order["gateway"] = slices.Sorted(maps.Keys(n.gateways))
	n.order["transit"] = slices.Sorted(maps.Keys(n.transitRoutes))
	n.attachmentKeys = slices.SortedFunc(maps.Keys(n.attachments), func(a, b seen) int {
		return slices.Compare([]string{a.gateway, a.id}, []string{b.gateway, b.id})
	})
}

// hybridRanges are the ranges that decide about traffic outside VPCs.
func (n *Network) hybridRanges() []netip.Prefix {
	var all []netip.Prefix
	for _, routes := range n.transitRoutes {
		for _, r := range routes {
			all = appendPrefix(all, r.DestinationCidrBlock)
		}
	}
	for _, v := range n.vpns {
		for _, r := range v.Routes {
			all = appendPrefix(all, r.DestinationCidrBlock)
		}
	}
	for _, c := range n.circuits {
		all = append(all, c.accepted...)
	}
	for _, a := range n.associations {
		for _, p := range a.AllowedPrefixesToDirectConnectGateway {
			all = appendPrefix(all, p.Cidr)
		}
	}
	return all
}
