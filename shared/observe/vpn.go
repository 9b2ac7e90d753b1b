package observe

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// gatewaysOnTheWay reads the virtual private gateways of the cache VPC, those
// that intents name, and, for a transit VPC, those of the far VPCs.
func (r *reader) gatewaysOnTheWay(leaving intents, far map[place]struct{}) []task {
	if !leaving.over(intent.VPNGatewayCarrier) {
		return nil
	}
	vpcs := map[network.Location][]string{}
	if leaving.over(intent.ApplianceCarrier) {
		vpcs = byLocation(far)
	}
	vpcs[r.home] = append(vpcs[r.home], r.snap.Unit.VPC)
	tasks := eachLocation(vpcs, func(ctx context.Context, at network.Location, ids []string) error {
		return r.vpnGateways(ctx, at, "attachment.vpc-id", ids)
	})
	return append(tasks, func(ctx context.Context) error {
		return r.vpnGateways(ctx, r.home, "vpn-gateway-id", leaving.vias(intent.VPNGatewayCarrier))
	})
}

func (r *reader) vpnGateways(ctx context.Context, at network.Location, filter string, values []string) error {
	c := call{at: at, kind: network.KindVPNGateway, action: "ec2:DescribeVpnGateways"}
	found, err := readBy(ctx, r, c, filter, values,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, _ *string) ([]ec2types.VpnGateway, *string, error) {
			out, err := api.DescribeVpnGateways(ctx, &ec2.DescribeVpnGatewaysInput{Filters: filters})
			if err != nil {
				return nil, nil, err
			}
			return out.VpnGateways, nil, nil
		})
	for _, x := range found {
		v := network.VPNGateway{ID: aws.ToString(x.VpnGatewayId), Location: at, State: string(x.State)}
		for _, a := range x.VpcAttachments {
			v.Attachments = append(v.Attachments, network.VPNGatewayAttachment{VPC: aws.ToString(a.VpcId), State: string(a.State)})
		}
		slices.SortFunc(v.Attachments, func(a, b network.VPNGatewayAttachment) int {
			return cmp.Or(cmp.Compare(a.VPC, b.VPC), cmp.Compare(a.State, b.State))
		})
		keep(r, r.snap.VPNGateways, reading[network.VPNGateway]{at: at, id: v.ID, value: v}, nil)
	}
	return err
}

// connections reads the VPN connections of the virtual private gateways, and
// those that are attached to the transit gateways, with their other ends.
func (r *reader) connections(leaving intents) []task {
	if !leaving.over(intent.VPNCarrier) {
		return nil
	}
	byGateway, byID := map[network.Location][]string{}, map[network.Location][]string{}
	for _, g := range r.snap.VPNGateways {
		byGateway[g.Location] = append(byGateway[g.Location], g.ID)
	}
	for _, a := range r.snap.TransitGatewayAttachments {
		if a.ResourceType == attachedVPN {
			at := placeOf(a).Location
			byID[at] = append(byID[at], a.ResourceID)
		}
	}
	return append(
		eachLocation(byGateway, func(ctx context.Context, at network.Location, ids []string) error {
			return r.vpnConnections(ctx, at, "vpn-gateway-id", ids)
		}),
		eachLocation(byID, func(ctx context.Context, at network.Location, ids []string) error {
			return r.vpnConnections(ctx, at, "vpn-connection-id", ids)
		})...)
}

func (r *reader) vpnConnections(ctx context.Context, at network.Location, filter string, values []string) error {
	c := call{at: at, kind: network.KindVPNConnection, action: "ec2:DescribeVpnConnections"}
	found, err := readBy(ctx, r, c, filter, values,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, _ *string) ([]ec2types.VpnConnection, *string, error) {
			out, err := api.DescribeVpnConnections(ctx, &ec2.DescribeVpnConnectionsInput{Filters: filters})
			if err != nil {
				return nil, nil, err
			}
			return out.VpnConnections, nil, nil
		})
	var others []string
	for _, x := range found {
		var n notes
		v := vpnConnectionOf(at, x, &n)
		r.report(c, v.ID, n)
		keep(r, r.snap.VPNConnections, reading[network.VPNConnection]{at: at, id: v.ID, value: v}, nil)
		others = append(others, v.CustomerGateway)
	}
	r.dependOn(others...)
	if err != nil {
		return err
	}
	return r.customerGateways(ctx, at, others)
}

func (r *reader) customerGateways(ctx context.Context, at network.Location, ids []string) error {
	c := call{at: at, kind: network.KindCustomerGateway, action: "ec2:DescribeCustomerGateways"}
	found, err := readBy(ctx, r, c, "customer-gateway-id", ids,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, _ *string) ([]ec2types.CustomerGateway, *string, error) {
			out, err := api.DescribeCustomerGateways(ctx, &ec2.DescribeCustomerGatewaysInput{Filters: filters})
			if err != nil {
				return nil, nil, err
			}
			return out.CustomerGateways, nil, nil
		})
	for _, x := range found {
		v := network.CustomerGateway{
			ID: aws.ToString(x.CustomerGatewayId), Location: at, State: aws.ToString(x.State), Address: aws.ToString(x.IpAddress),
		}
		keep(r, r.snap.CustomerGateways, reading[network.CustomerGateway]{at: at, id: v.ID, value: v}, nil)
	}
	return err
}

func vpnConnectionOf(at network.Location, x ec2types.VpnConnection, n *notes) network.VPNConnection {
	out := network.VPNConnection{
		ID: aws.ToString(x.VpnConnectionId), Location: at, State: string(x.State),
		VPNGateway: aws.ToString(x.VpnGatewayId), TransitGateway: aws.ToString(x.TransitGatewayId),
		CustomerGateway:  aws.ToString(x.CustomerGatewayId),
		StaticRoutesOnly: x.Options != nil && aws.ToBool(x.Options.StaticRoutesOnly),
		InsideIPv6:       x.Options != nil && x.Options.TunnelInsideIpVersion == ec2types.TunnelInsideIpVersionIpv6,
	}
	for _, route := range x.Routes {
		if p := n.prefix(route.DestinationCidrBlock); p.IsValid() {
			out.Routes = append(out.Routes, network.VPNRoute{Destination: p, State: string(route.State)})
		}
	}
	for _, t := range x.VgwTelemetry {
		out.Tunnels = append(out.Tunnels, network.VPNTunnel{
			OutsideAddress: aws.ToString(t.OutsideIpAddress), Status: string(t.Status),
			AcceptedRoutes: aws.ToInt32(t.AcceptedRouteCount), Message: aws.ToString(t.StatusMessage),
		})
	}
	slices.SortStableFunc(out.Routes, func(a, b network.VPNRoute) int { return comparePrefixes(a.Destination, b.Destination) })
	slices.SortStableFunc(out.Tunnels, func(a, b network.VPNTunnel) int { return cmp.Compare(a.OutsideAddress, b.OutsideAddress) })
	return out
}
