package simulation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

func (b *builder) hybrid() {
	b.transitGateways()
	b.attachments()
	b.transitTables()
	b.vpnGateways()
	b.vpnConnections()
	b.directConnect()
}

func (b *builder) transitGateways() {
	for _, g := range b.Gateways {
		out := ec2types.TransitGateway{TransitGatewayId: &g.ID, Options: &ec2types.TransitGatewayOptions{
			DefaultRouteTableAssociation: ec2types.DefaultRouteTableAssociationValueDisable, DefaultRouteTablePropagation: ec2types.DefaultRouteTablePropagationValueDisable,
		}}
		if g.Referencing {
			out.Options.SecurityGroupReferencingSupport = ec2types.SecurityGroupReferencingSupportValueEnable
		}
		r := b.accounts.Region(g.Account, g.Region)
		r.TransitGateways = append(r.TransitGateways, out)
	}
}

func (b *builder) attachments() {
	for _, a := range b.Attachments {
		g := b.gateway(a.Gateway)
		status := ec2types.TransitGatewayAttachmentState(a.Status)
		owner := b.accounts.Region(g.Account, g.Region)
		switch {
		case strings.HasPrefix(a.To, "vpc-"):
			out := ec2types.TransitGatewayVpcAttachment{
				TransitGatewayAttachmentId: &a.ID, TransitGatewayId: &a.Gateway, VpcId: &a.To, State: status, SubnetIds: a.Subnets,
				Options: &ec2types.TransitGatewayVpcAttachmentOptions{},
			}
			if a.NoReferencing {
				out.Options.SecurityGroupReferencingSupport = ec2types.SecurityGroupReferencingSupportValueDisable
			}
			if a.IPv6 {
				out.Options.Ipv6Support = ec2types.Ipv6SupportValueEnable
			}
			r := b.place(a.To)
			r.TransitGatewayVpcAttachments = append(r.TransitGatewayVpcAttachments, out)
		case strings.HasPrefix(a.To, "tgw-"):
			far := b.gateway(a.To)
			owner.TransitGatewayPeeringAttachments = append(owner.TransitGatewayPeeringAttachments, ec2types.TransitGatewayPeeringAttachment{
				TransitGatewayAttachmentId: &a.ID, State: status,
				RequesterTgwInfo: &ec2types.PeeringTgwInfo{TransitGatewayId: &a.Gateway, OwnerId: &g.Account, Region: &g.Region},
				AccepterTgwInfo:  &ec2types.PeeringTgwInfo{TransitGatewayId: &a.To, OwnerId: &far.Account, Region: &far.Region},
			})
		default:
			kind, resource := ec2types.TransitGatewayAttachmentResourceTypeVpn, g.Account
			if !strings.HasPrefix(a.To, "vpn-") {
				kind, resource = ec2types.TransitGatewayAttachmentResourceTypeDirectConnectGateway, cacheAccount
			}
			owner.TransitGatewayAttachments = append(owner.TransitGatewayAttachments, ec2types.TransitGatewayAttachment{
				TransitGatewayAttachmentId: &a.ID, TransitGatewayId: &a.Gateway, ResourceId: &a.To, ResourceType: kind, ResourceOwnerId: &resource, State: status,
			})
		}
	}
}

func (b *builder) transitTables() {
	for _, t := range b.GatewayTables {
		g := b.gateway(t.Gateway)
		out := awssim.TransitGatewayRouteTable{
			TransitGatewayRouteTable:             ec2types.TransitGatewayRouteTable{TransitGatewayRouteTableId: &t.ID, TransitGatewayId: &t.Gateway},
			Associations:                         []ec2types.TransitGatewayRouteTableAssociation{},
			TransitGatewayRouteTablePropagations: []ec2types.TransitGatewayRouteTablePropagation{},
		}
		for _, a := range b.Attachments {
			if a.Table == t.ID || a.Beyond == t.ID {
				out.Associations = append(out.Associations, ec2types.TransitGatewayRouteTableAssociation{TransitGatewayAttachmentId: &a.ID})
			}
		}
		seen := map[string]bool{}
		for _, r := range b.GatewayRoutes {
			if r.Table != t.ID || seen[r.To] {
				continue
			}
			seen[r.To] = true
			route := ec2types.TransitGatewayRoute{DestinationCidrBlock: &r.To, Type: ec2types.TransitGatewayRouteTypeStatic}
			if r.Attachment != "" {
				route.TransitGatewayAttachments = []ec2types.TransitGatewayRouteAttachment{{TransitGatewayAttachmentId: &r.Attachment}}
			}
			out.Routes = append(out.Routes, route)
		}
		for _, from := range t.From {
			out.TransitGatewayRouteTablePropagations = append(out.TransitGatewayRouteTablePropagations, ec2types.TransitGatewayRouteTablePropagation{TransitGatewayAttachmentId: &from})
			for _, block := range b.heardFrom(from) {
				if !seen[block] {
					seen[block] = true
					out.Routes = append(out.Routes, ec2types.TransitGatewayRoute{
						DestinationCidrBlock: &block, Type: ec2types.TransitGatewayRouteTypePropagated,
						TransitGatewayAttachments: []ec2types.TransitGatewayRouteAttachment{{TransitGatewayAttachmentId: &from}},
					})
				}
			}
		}
		r := b.accounts.Region(g.Account, g.Region)
		r.TransitGatewayRouteTables = append(r.TransitGatewayRouteTables, out)
	}
}

// heardFrom gives what a data centre tells over an attachment. What a VPC tells is
// the simulation's own to know.
func (b *builder) heardFrom(attachment string) []string {
	to := b.attachment(attachment).To
	for _, v := range b.VPNs {
		if v.ID == to && !v.Static {
			return v.Routes
		}
	}
	var out []string
	for _, c := range b.Circuits {
		if c.Gateway == to {
			out = append(out, c.Accepted...)
		}
	}
	return out
}

func (b *builder) vpnGateways() {
	for _, g := range b.VPNGateways {
		out := awssim.VpnGateway{VpnGateway: ec2types.VpnGateway{
			VpnGatewayId: &g.ID, VpcAttachments: []ec2types.VpcAttachment{{VpcId: &g.VPC, State: ec2types.AttachmentStatus(g.Status)}},
		}}
		for _, block := range g.Learnt {
			out.Routes = append(out.Routes, ec2types.VpnStaticRoute{DestinationCidrBlock: &block})
		}
		r := b.place(g.VPC)
		r.VpnGateways = append(r.VpnGateways, out)
	}
}

// knownTo gives the prefixes that a virtual private gateway propagates: what its
// static connections have, what it hears over BGP as long as anything speaks to it,
// and what is announced over Direct Connect.
func (b *builder) knownTo(gateway string) []string {
	g := b.vpnGateway(gateway)
	if g.Status != "" {
		return nil
	}
	var out []string
	speakers, alive := 0, false
	for _, v := range b.VPNs {
		switch {
		case v.Gateway != gateway:
		case v.Static && v.Status == "":
			out = append(out, v.Routes...)
		case !v.Static:
			speakers++
			alive = alive || !v.Down && v.Status == ""
		}
	}
	for _, c := range b.Circuits {
		if c.Gateway != gateway && !slices.ContainsFunc(b.DXAssociations, func(a DXAssociation) bool {
			return a.DXGateway == c.Gateway && a.Gateway == gateway && a.Status != "disassociated"
		}) {
			continue
		}
		speakers++
		if c.Status == "" && !c.Down {
			alive = true
			out = append(out, c.Accepted...)
		}
	}
	if alive || speakers == 0 {
		out = append(out, g.Learnt...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (b *builder) vpnConnections() {
	for _, v := range b.VPNs {
		r := b.accounts.Region(b.gatewayPlace(v.Gateway))
		customer := "cgw-" + v.ID[4:]
		r.CustomerGateways = append(r.CustomerGateways, ec2types.CustomerGateway{CustomerGatewayId: &customer, IpAddress: &v.Appliance})
		out := ec2types.VpnConnection{
			VpnConnectionId: &v.ID, CustomerGatewayId: &customer, State: ec2types.VpnState(v.Status),
			Options: &ec2types.VpnConnectionOptions{StaticRoutesOnly: &v.Static, TunnelInsideIpVersion: ec2types.TunnelInsideIpVersionIpv4},
		}
		if strings.HasPrefix(v.Gateway, "tgw-") {
			out.TransitGatewayId = &v.Gateway
		} else {
			out.VpnGatewayId = &v.Gateway
		}
		for _, block := range v.Routes {
			if v.Static {
				out.Routes = append(out.Routes, ec2types.VpnStaticRoute{DestinationCidrBlock: &block})
			}
		}
		for i, status := range []ec2types.TelemetryStatus{ec2types.TelemetryStatusUp, ec2types.TelemetryStatusDown} {
			t := ec2types.VgwTelemetry{OutsideIpAddress: aws.String(fmt.Sprintf("203.0.113.%d", i+1)), Status: status, AcceptedRouteCount: aws.Int32(int32(v.Accepted))}
			if v.Down {
				t.Status = ec2types.TelemetryStatusDown
			}
			if t.Status == ec2types.TelemetryStatusDown {
				t.AcceptedRouteCount = aws.Int32(0)
			}
			out.VgwTelemetry = append(out.VgwTelemetry, t)
		}
		r.VpnConnections = append(r.VpnConnections, out)
	}
}

func (b *builder) directConnect() {
	r := b.accounts.Region(cacheAccount, homeRegion)
	for _, c := range b.Circuits {
		kind, status := "private", dxtypes.BGPStatusUp
		if c.Transit {
			kind = "transit"
		}
		if c.Down {
			status = dxtypes.BGPStatusDown
		}
		out := awssim.VirtualInterface{VirtualInterface: dxtypes.VirtualInterface{
			VirtualInterfaceId: &c.ID, VirtualInterfaceType: &kind, VirtualInterfaceState: dxtypes.VirtualInterfaceState(c.Status),
			BgpPeers: []dxtypes.BGPPeer{{AddressFamily: dxtypes.AddressFamilyIPv4, BgpPeerState: dxtypes.BGPPeerStateAvailable, BgpStatus: status}},
		}}
		if strings.HasPrefix(c.Gateway, "vgw-") {
			out.VirtualGatewayId = &c.Gateway
		} else {
			out.DirectConnectGatewayId = &c.Gateway
		}
		for _, block := range c.Accepted {
			out.Routes = append(out.Routes, dxtypes.Route{Cidr: &block, RouteDirection: dxtypes.RouteDirectionAccepted})
		}
		// A virtual interface tells of its routes, be it that it announces and hears nothing.
		out.Routes = append(out.Routes, dxtypes.Route{Cidr: aws.String("10.0.0.0/8"), RouteDirection: dxtypes.RouteDirectionAdvertised})
		r.VirtualInterfaces = append(r.VirtualInterfaces, out)
	}
	for _, g := range b.DXGateways {
		r.DirectConnectGateways = append(r.DirectConnectGateways, dxtypes.DirectConnectGateway{
			DirectConnectGatewayId: &g.ID, DirectConnectGatewayState: dxtypes.DirectConnectGatewayState(g.Status),
		})
	}
	for _, a := range b.DXAssociations {
		owner, region := b.gatewayPlace(a.Gateway)
		out := dxtypes.DirectConnectGatewayAssociation{
			DirectConnectGatewayId: &a.DXGateway, AssociationState: dxtypes.DirectConnectGatewayAssociationState(a.Status),
			AssociatedGateway: &dxtypes.AssociatedGateway{Id: &a.Gateway, OwnerAccount: &owner, Region: &region, Type: dxtypes.GatewayTypeVirtualPrivateGateway},
		}
		if strings.HasPrefix(a.Gateway, "tgw-") {
			out.AssociatedGateway.Type = dxtypes.GatewayTypeTransitGateway
		}
		for _, block := range a.Allowed {
			out.AllowedPrefixesToDirectConnectGateway = append(out.AllowedPrefixesToDirectConnectGateway, dxtypes.RouteFilterPrefix{Cidr: &block})
		}
		r.DirectConnectGatewayAssociations = append(r.DirectConnectGatewayAssociations, out)
	}
}
