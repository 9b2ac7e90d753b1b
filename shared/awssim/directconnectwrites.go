package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// deleteVirtualInterface ends a virtual interface. It stays to be described for a quarter of an hour as deleted.
func deleteVirtualInterface(c *call, in *directconnect.DeleteVirtualInterfaceInput) (*directconnect.DeleteVirtualInterfaceOutput, error) {
	v := c.r.VirtualInterfaces.lookup(in.VirtualInterfaceId)
	if v == nil || v.VirtualInterfaceState == dxtypes.VirtualInterfaceStateDeleted {
		return nil, noVirtualInterface(aws.ToString(in.VirtualInterfaceId))
	}
	changed := *v
	changed.VirtualInterfaceState = dxtypes.VirtualInterfaceStateDeleted
	c.edit().VirtualInterfaces.put(c.state.owner, *v.VirtualInterfaceId, &changed)
	c.repropagate(func(gateway string) bool {
		for led := range c.state.interfacesTo(gateway) {
			if led == &changed {
				return true
			}
		}
		return false
	})
	return &directconnect.DeleteVirtualInterfaceOutput{VirtualInterfaceState: dxtypes.VirtualInterfaceStateDeleting}, nil
}

// repropagate lets the virtual private gateways that a change reaches propagate anew, wherever they are.
func (c *call) repropagate(reached func(gateway string) bool) {
	for r := range c.state.all {
		for _, gateway := range r.VpnGateways.keys {
			if reached(gateway) {
				c.state.propagate(c.state.edit(r.account, r.name), gateway)
			}
		}
	}
	c.edit()
}

func createDirectConnectGatewayAssociation(c *call, in *directconnect.CreateDirectConnectGatewayAssociationInput) (*directconnect.CreateDirectConnectGatewayAssociationOutput, error) {
	id := aws.ToString(firstOf(in.GatewayId, in.VirtualGatewayId))
	gateways := everywhere(c, func(r *region) *table[dxtypes.DirectConnectGateway] { return &r.DirectConnectGateways })
	if gateways.lookup(in.DirectConnectGatewayId) == nil {
		return nil, dxError("Direct Connect Gateway " + aws.ToString(in.DirectConnectGatewayId) + " does not exist.")
	}
	kind := dxtypes.GatewayTypeVirtualPrivateGateway
	switch {
	case c.r.TransitGateways.get(id) != nil:
		kind = dxtypes.GatewayTypeTransitGateway
	case c.r.VpnGateways.get(id) == nil:
		return nil, dxError("Gateway " + id + " does not exist.")
	}
	for _, a := range c.dxAssociations().vals {
		if associatedGateway(a) == id && a.AssociationState != dxtypes.DirectConnectGatewayAssociationStateDisassociated {
			return nil, dxError("Gateway " + id + " is associated already.")
		}
	}
	a := &dxtypes.DirectConnectGatewayAssociation{
		AssociationId: new(c.newID("dxgwassoc")), DirectConnectGatewayId: in.DirectConnectGatewayId, DirectConnectGatewayOwnerAccount: &c.r.account,
		AssociationState:                      dxtypes.DirectConnectGatewayAssociationStateAssociated,
		AllowedPrefixesToDirectConnectGateway: in.AddAllowedPrefixesToDirectConnectGateway,
		AssociatedGateway:                     &dxtypes.AssociatedGateway{Id: &id, OwnerAccount: &c.r.account, Region: &c.r.name, Type: kind},
	}
	if kind == dxtypes.GatewayTypeVirtualPrivateGateway {
		a.VirtualGatewayId, a.VirtualGatewayOwnerAccount = &id, &c.r.account
	}
	c.edit().DirectConnectGatewayAssociations.put(c.state.owner, *a.AssociationId, a)
	c.repropagate(func(gateway string) bool { return gateway == id })
	shown := *a
	shown.AssociationState = dxtypes.DirectConnectGatewayAssociationStateAssociating
	return &directconnect.CreateDirectConnectGatewayAssociationOutput{DirectConnectGatewayAssociation: &shown}, nil
}

// editAssociation changes an association in whichever Region's list it stands.
func (c *call) editAssociation(id *string, change func(*dxtypes.DirectConnectGatewayAssociation)) *dxtypes.DirectConnectGatewayAssociation {
	for r := range c.state.all {
		have := r.DirectConnectGatewayAssociations.lookup(id)
		if have == nil || r.account != c.account || have.AssociationState == dxtypes.DirectConnectGatewayAssociationStateDisassociated {
			continue
		}
		changed := *have
		change(&changed)
		c.state.edit(r.account, r.name).DirectConnectGatewayAssociations.put(c.state.owner, *id, &changed)
		c.edit()
		return &changed
	}
	return nil
}

func noAssociation(id *string) error {
	return dxError("Direct Connect Gateway Association " + aws.ToString(id) + " does not exist.")
}

func updateDirectConnectGatewayAssociation(c *call, in *directconnect.UpdateDirectConnectGatewayAssociationInput) (*directconnect.UpdateDirectConnectGatewayAssociationOutput, error) {
	changed := c.editAssociation(in.AssociationId, func(a *dxtypes.DirectConnectGatewayAssociation) {
		left := slices.DeleteFunc(slices.Clone(a.AllowedPrefixesToDirectConnectGateway), func(p dxtypes.RouteFilterPrefix) bool {
			return slices.ContainsFunc(in.RemoveAllowedPrefixesToDirectConnectGateway, func(gone dxtypes.RouteFilterPrefix) bool { return same(gone.Cidr, p.Cidr) })
		})
		a.AllowedPrefixesToDirectConnectGateway = slices.Concat(left, in.AddAllowedPrefixesToDirectConnectGateway)
	})
	if changed == nil {
		return nil, noAssociation(in.AssociationId)
	}
	shown := *changed
	shown.AssociationState = dxtypes.DirectConnectGatewayAssociationStateUpdating
	return &directconnect.UpdateDirectConnectGatewayAssociationOutput{DirectConnectGatewayAssociation: &shown}, nil
}

func deleteDirectConnectGatewayAssociation(c *call, in *directconnect.DeleteDirectConnectGatewayAssociationInput) (*directconnect.DeleteDirectConnectGatewayAssociationOutput, error) {
	id := in.AssociationId
	for _, a := range c.dxAssociations().vals {
		if id == nil && same(a.DirectConnectGatewayId, in.DirectConnectGatewayId) && same(a.VirtualGatewayId, in.VirtualGatewayId) {
			id = a.AssociationId
		}
	}
	reached := c.reachedBy(id)
	gone := c.editAssociation(id, func(a *dxtypes.DirectConnectGatewayAssociation) {
		a.AssociationState = dxtypes.DirectConnectGatewayAssociationStateDisassociated
	})
	if gone == nil {
		return nil, noAssociation(id)
	}
	c.repropagate(func(gateway string) bool { return gateway == reached })
	for _, a := range slices.Clone(c.r.TransitGatewayAttachments.vals) {
		if same(a.ResourceId, gone.DirectConnectGatewayId) && aws.ToString(a.TransitGatewayId) == reached {
			c.setAttachment(*a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateDeleted)
		}
	}
	shown := *gone
	shown.AssociationState = dxtypes.DirectConnectGatewayAssociationStateDisassociating
	return &directconnect.DeleteDirectConnectGatewayAssociationOutput{DirectConnectGatewayAssociation: &shown}, nil
}

func (c *call) reachedBy(id *string) string {
	if a := c.dxAssociations().lookup(id); a != nil {
		return associatedGateway(a)
	}
	return ""
}
