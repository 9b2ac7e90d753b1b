package simulation

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

// hybridSteps are what somebody else does to what leads out of VPCs.
var hybridSteps = map[string]func(*harness, Step) error{
	"tgw-options": (*harness).foreignGateway,

	"attachment-delete": (*harness).foreignAttachment, "attachment-accept": (*harness).foreignAttachment,
	"attachment-reject": (*harness).foreignAttachment, "attachment-create": (*harness).foreignAttachment,
	"attachment-referencing": (*harness).foreignAttachment, "attachment-ipv6": (*harness).foreignAttachment,
	"attachment-add-subnet": (*harness).foreignAttachment, "attachment-remove-subnet": (*harness).foreignAttachment,

	"tgw-associate": (*harness).foreignTransitTable, "tgw-disassociate": (*harness).foreignTransitTable,
	"tgw-propagate": (*harness).foreignTransitTable, "tgw-unpropagate": (*harness).foreignTransitTable,
	"tgw-create-route": (*harness).foreignTransitRoute, "tgw-replace-route": (*harness).foreignTransitRoute, "tgw-delete-route": (*harness).foreignTransitRoute,

	"vgw-attach": (*harness).foreignVPNGateway, "vgw-detach": (*harness).foreignVPNGateway,
	"vgw-propagate": (*harness).foreignVPNGateway, "vgw-unpropagate": (*harness).foreignVPNGateway,
	"vpn-add-route": (*harness).foreignVPN, "vpn-remove-route": (*harness).foreignVPN, "vpn-delete": (*harness).foreignVPN,

	"dx-associate": (*harness).foreignDirectConnect, "dx-disassociate": (*harness).foreignDirectConnect,
	"dx-allow": (*harness).foreignDirectConnect, "dx-forbid": (*harness).foreignDirectConnect, "vif-delete": (*harness).foreignDirectConnect,
}

func (d *drawer) drawHybridForeign() (Step, bool) {
	var steps []Step
	for _, g := range d.Gateways {
		steps = append(steps, Step{Do: "tgw-options", On: g.ID, To: pick(d, []string{"on", "off"})})
	}
	if len(d.Attachments) > 0 {
		a := pick(d, d.Attachments)
		steps = append(steps, d.drawAttachmentSteps(a)...)
		table := pick(d, d.tablesOfGateway(a.Gateway))
		steps = append(steps,
			Step{Do: pick(d, []string{"tgw-associate", "tgw-disassociate"}), On: a.ID, To: table},
			Step{Do: pick(d, []string{"tgw-propagate", "tgw-unpropagate"}), On: a.ID, To: table},
			Step{Do: pick(d, []string{"tgw-create-route", "tgw-replace-route", "tgw-delete-route"}), On: table, Block: d.transitBlock(), To: pick(d, []string{a.ID, a.ID, ""})},
		)
	}
	if len(d.VPNGateways) > 0 {
		g := pick(d, d.VPNGateways)
		steps = append(steps, Step{Do: pick(d, []string{"vgw-attach", "vgw-detach"}), On: g.ID, To: g.VPC})
		for _, t := range d.Tables {
			if t.VPC == g.VPC && d.chance(60) {
				steps = append(steps, Step{Do: pick(d, []string{"vgw-propagate", "vgw-unpropagate"}), On: t.ID, To: g.ID})
			}
		}
	}
	if len(d.VPNs) > 0 {
		v := pick(d, d.VPNs)
		steps = append(steps, Step{Do: pick(d, []string{"vpn-add-route", "vpn-remove-route", "vpn-remove-route", "vpn-delete"}), On: v.ID, Block: pick(d, append(v.Routes, d.transitBlock()))})
	}
	if len(d.DXAssociations) > 0 {
		a := pick(d, d.DXAssociations)
		v4, _ := blocksOf(pick(d, d.VPCs))
		steps = append(steps, Step{Do: pick(d, []string{"dx-associate", "dx-disassociate", "dx-allow", "dx-forbid"}), On: a.DXGateway, To: a.Gateway, Block: v4[0]})
	}
	if len(d.Circuits) > 0 && d.chance(30) {
		steps = append(steps, Step{Do: "vif-delete", On: pick(d, d.Circuits).ID})
	}
	if len(steps) == 0 {
		return Step{}, false
	}
	return pick(d, steps), true
}

func (d *drawer) drawAttachmentSteps(a Attachment) []Step {
	ends := Step{Do: pick(d, []string{"attachment-delete", "attachment-accept", "attachment-reject"}), On: a.ID}
	if !strings.HasPrefix(a.To, "vpc-") {
		return []Step{ends}
	}
	subnets := d.subnetIDs(a.To)
	return []Step{
		ends,
		{Do: "attachment-create", On: a.Gateway, To: a.To, Block: pick(d, subnets)},
		{Do: pick(d, []string{"attachment-referencing", "attachment-ipv6"}), On: a.ID, To: pick(d, []string{"on", "off"})},
		{Do: pick(d, []string{"attachment-add-subnet", "attachment-remove-subnet"}), On: a.ID, To: pick(d, subnets)},
	}
}

// at gives somebody else's client of an account and Region.
func (h *harness) at(account, region string) *ec2.Client {
	return ec2.NewFromConfig(h.sim.Config(account, region, awssim.Actor{Session: "alice"}))
}

func (h *harness) gatewayClient(id string) *ec2.Client { return h.at(h.gatewayPlace(id)) }

func (h *harness) foreignGateway(s Step) error {
	_, err := h.gatewayClient(s.On).ModifyTransitGateway(h.ctx, &ec2.ModifyTransitGatewayInput{
		TransitGatewayId: &s.On, Options: &ec2types.ModifyTransitGatewayOptions{SecurityGroupReferencingSupport: ec2types.SecurityGroupReferencingSupportValue(onOff(s.To))},
	})
	return err
}

func onOff(to string) string {
	if to == "on" {
		return "enable"
	}
	return "disable"
}

func (h *harness) foreignAttachment(s Step) error {
	a := h.attachment(s.On)
	if s.Do == "attachment-create" {
		_, err := h.client(s.To).CreateTransitGatewayVpcAttachment(h.ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: &s.On, VpcId: &s.To, SubnetIds: []string{s.Block}})
		return err
	}
	if strings.HasPrefix(a.To, "tgw-") {
		return h.foreignGatewayPeering(s, a)
	}
	owner, vpc := h.gatewayClient(a.Gateway), h.client(a.To)
	var err error
	in := &ec2.ModifyTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: &s.On}
	switch s.Do {
	case "attachment-delete":
		_, err = vpc.DeleteTransitGatewayVpcAttachment(h.ctx, &ec2.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: &s.On})
		return err
	case "attachment-accept":
		_, err = owner.AcceptTransitGatewayVpcAttachment(h.ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: &s.On})
		return err
	case "attachment-reject":
		_, err = owner.RejectTransitGatewayVpcAttachment(h.ctx, &ec2.RejectTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: &s.On})
		return err
	case "attachment-add-subnet":
		in.AddSubnetIds = []string{s.To}
	case "attachment-remove-subnet":
		in.RemoveSubnetIds = []string{s.To}
	case "attachment-ipv6":
		in.Options = &ec2types.ModifyTransitGatewayVpcAttachmentRequestOptions{Ipv6Support: ec2types.Ipv6SupportValue(onOff(s.To))}
	default:
		in.Options = &ec2types.ModifyTransitGatewayVpcAttachmentRequestOptions{SecurityGroupReferencingSupport: ec2types.SecurityGroupReferencingSupportValue(onOff(s.To))}
	}
	_, err = vpc.ModifyTransitGatewayVpcAttachment(h.ctx, in)
	return err
}

func (h *harness) foreignGatewayPeering(s Step, a Attachment) error {
	var err error
	switch s.Do {
	case "attachment-accept":
		_, err = h.gatewayClient(a.To).AcceptTransitGatewayPeeringAttachment(h.ctx, &ec2.AcceptTransitGatewayPeeringAttachmentInput{TransitGatewayAttachmentId: &s.On})
	case "attachment-reject":
		_, err = h.gatewayClient(a.To).RejectTransitGatewayPeeringAttachment(h.ctx, &ec2.RejectTransitGatewayPeeringAttachmentInput{TransitGatewayAttachmentId: &s.On})
	default:
		_, err = h.gatewayClient(a.Gateway).DeleteTransitGatewayPeeringAttachment(h.ctx, &ec2.DeleteTransitGatewayPeeringAttachmentInput{TransitGatewayAttachmentId: &s.On})
	}
	return err
}

func (h *harness) foreignTransitTable(s Step) error {
	c := h.gatewayClient(h.gatewayTable(s.To).Gateway)
	var err error
	switch s.Do {
	case "tgw-associate":
		_, err = c.AssociateTransitGatewayRouteTable(h.ctx, &ec2.AssociateTransitGatewayRouteTableInput{TransitGatewayAttachmentId: &s.On, TransitGatewayRouteTableId: &s.To})
	case "tgw-disassociate":
		_, err = c.DisassociateTransitGatewayRouteTable(h.ctx, &ec2.DisassociateTransitGatewayRouteTableInput{TransitGatewayAttachmentId: &s.On, TransitGatewayRouteTableId: &s.To})
	case "tgw-propagate":
		_, err = c.EnableTransitGatewayRouteTablePropagation(h.ctx, &ec2.EnableTransitGatewayRouteTablePropagationInput{TransitGatewayAttachmentId: &s.On, TransitGatewayRouteTableId: &s.To})
	default:
		_, err = c.DisableTransitGatewayRouteTablePropagation(h.ctx, &ec2.DisableTransitGatewayRouteTablePropagationInput{TransitGatewayAttachmentId: &s.On, TransitGatewayRouteTableId: &s.To})
	}
	return err
}

func (h *harness) foreignTransitRoute(s Step) error {
	c := h.gatewayClient(h.gatewayTable(s.On).Gateway)
	var to *string
	var blackhole *bool
	if s.To == "" {
		blackhole = aws.Bool(true)
	} else {
		to = &s.To
	}
	var err error
	switch s.Do {
	case "tgw-create-route":
		_, err = c.CreateTransitGatewayRoute(h.ctx, &ec2.CreateTransitGatewayRouteInput{TransitGatewayRouteTableId: &s.On, DestinationCidrBlock: &s.Block, TransitGatewayAttachmentId: to, Blackhole: blackhole})
	case "tgw-replace-route":
		_, err = c.ReplaceTransitGatewayRoute(h.ctx, &ec2.ReplaceTransitGatewayRouteInput{TransitGatewayRouteTableId: &s.On, DestinationCidrBlock: &s.Block, TransitGatewayAttachmentId: to, Blackhole: blackhole})
	default:
		_, err = c.DeleteTransitGatewayRoute(h.ctx, &ec2.DeleteTransitGatewayRouteInput{TransitGatewayRouteTableId: &s.On, DestinationCidrBlock: &s.Block})
	}
	return err
}

func (h *harness) foreignVPNGateway(s Step) error {
	var err error
	switch s.Do {
	case "vgw-attach":
		_, err = h.client(s.To).AttachVpnGateway(h.ctx, &ec2.AttachVpnGatewayInput{VpnGatewayId: &s.On, VpcId: &s.To})
	case "vgw-detach":
		_, err = h.client(s.To).DetachVpnGateway(h.ctx, &ec2.DetachVpnGatewayInput{VpnGatewayId: &s.On, VpcId: &s.To})
	case "vgw-propagate":
		_, err = h.gatewayClient(s.To).EnableVgwRoutePropagation(h.ctx, &ec2.EnableVgwRoutePropagationInput{RouteTableId: &s.On, GatewayId: &s.To})
	default:
		_, err = h.gatewayClient(s.To).DisableVgwRoutePropagation(h.ctx, &ec2.DisableVgwRoutePropagationInput{RouteTableId: &s.On, GatewayId: &s.To})
	}
	return err
}

func (h *harness) foreignVPN(s Step) error {
	var err error
	for _, v := range h.VPNs {
		if v.ID != s.On {
			continue
		}
		c := h.gatewayClient(v.Gateway)
		switch s.Do {
		case "vpn-add-route":
			_, err = c.CreateVpnConnectionRoute(h.ctx, &ec2.CreateVpnConnectionRouteInput{VpnConnectionId: &s.On, DestinationCidrBlock: &s.Block})
		case "vpn-remove-route":
			_, err = c.DeleteVpnConnectionRoute(h.ctx, &ec2.DeleteVpnConnectionRouteInput{VpnConnectionId: &s.On, DestinationCidrBlock: &s.Block})
		default:
			_, err = c.DeleteVpnConnection(h.ctx, &ec2.DeleteVpnConnectionInput{VpnConnectionId: &s.On})
		}
	}
	return err
}

func (h *harness) foreignDirectConnect(s Step) error {
	c := directconnect.NewFromConfig(h.sim.Config(cacheAccount, homeRegion, awssim.Actor{Session: "alice"}))
	prefix := []dxtypes.RouteFilterPrefix{{Cidr: &s.Block}}
	if s.Do == "vif-delete" {
		_, err := c.DeleteVirtualInterface(h.ctx, &directconnect.DeleteVirtualInterfaceInput{VirtualInterfaceId: &s.On})
		return err
	}
	if s.Do == "dx-associate" {
		_, err := c.CreateDirectConnectGatewayAssociation(h.ctx, &directconnect.CreateDirectConnectGatewayAssociationInput{
			DirectConnectGatewayId: &s.On, GatewayId: &s.To, AddAllowedPrefixesToDirectConnectGateway: prefix,
		})
		return err
	}
	found, err := c.DescribeDirectConnectGatewayAssociations(h.ctx, &directconnect.DescribeDirectConnectGatewayAssociationsInput{DirectConnectGatewayId: &s.On})
	if err != nil {
		return err
	}
	for _, a := range found.DirectConnectGatewayAssociations {
		if aws.ToString(a.AssociatedGateway.Id) != s.To {
			continue
		}
		in := &directconnect.UpdateDirectConnectGatewayAssociationInput{AssociationId: a.AssociationId}
		switch s.Do {
		case "dx-disassociate":
			_, err = c.DeleteDirectConnectGatewayAssociation(h.ctx, &directconnect.DeleteDirectConnectGatewayAssociationInput{AssociationId: a.AssociationId})
			return err
		case "dx-allow":
			in.AddAllowedPrefixesToDirectConnectGateway = prefix
		default:
			in.RemoveAllowedPrefixesToDirectConnectGateway = prefix
		}
		_, err = c.UpdateDirectConnectGatewayAssociation(h.ctx, in)
		return err
	}
	return nil
}
