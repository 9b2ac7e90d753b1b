package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func directConnectOperations() []*operation {
	return []*operation{
		read(directConnectService, "DescribeConnections", describeConnections),
		read(directConnectService, "DescribeVirtualInterfaces", describeVirtualInterfaces),
		read(directConnectService, "DescribeVirtualGateways", describeVirtualGateways),
		read(directConnectService, "DescribeDirectConnectGateways", describeDirectConnectGateways),
		read(directConnectService, "DescribeDirectConnectGatewayAssociations", describeDirectConnectGatewayAssociations),
		read(directConnectService, "DescribeDirectConnectGatewayAttachments", describeDirectConnectGatewayAttachments),
		read(directConnectService, "ListVirtualInterfaceRoutes", listVirtualInterfaceRoutes),
		write(directConnectService, "DeleteVirtualInterface", deleteVirtualInterface),
		write(directConnectService, "CreateDirectConnectGatewayAssociation", createDirectConnectGatewayAssociation),
		write(directConnectService, "UpdateDirectConnectGatewayAssociation", updateDirectConnectGatewayAssociation),
		write(directConnectService, "DeleteDirectConnectGatewayAssociation", deleteDirectConnectGatewayAssociation),
	}
}

// dxError is the one error that Direct Connect has for what a caller got wrong.
func dxError(message string) error { return &dxtypes.DirectConnectClientException{Message: &message} }

// everywhere joins a table of all Regions of the caller's account: Direct Connect gateways are global.
func everywhere[T any](c *call, of func(*region) *table[T]) *table[T] {
	joined := &table[T]{}
	for r := range c.state.all {
		if r.account != c.account {
			continue
		}
		for i, key := range of(r).keys {
			if joined.get(key) == nil {
				joined.keys, joined.vals = append(joined.keys, key), append(joined.vals, of(r).vals[i])
			}
		}
	}
	return joined
}

func dxPage[T any](c *call, found []*T, limit *int32, token *string) ([]*T, *string, error) {
	page, next, err := paginate(c, found, limit, token, 1, 100, 0)
	if err != nil {
		return nil, nil, dxError(err.Error())
	}
	return page, next, nil
}

func describeConnections(c *call, in *directconnect.DescribeConnectionsInput) (*directconnect.DescribeConnectionsOutput, error) {
	found, err := one(&c.r.connections, in.ConnectionId, func(id string) error { return dxError("Connection " + id + " does not exist.") })
	if err != nil {
		return nil, err
	}
	found, next, err := dxPage(c, found, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &directconnect.DescribeConnectionsOutput{Connections: values(found), NextToken: next}, nil
}

func noVirtualInterface(id string) error {
	return dxError("Virtual Interface " + id + " does not exist.")
}

func describeVirtualInterfaces(c *call, in *directconnect.DescribeVirtualInterfacesInput) (*directconnect.DescribeVirtualInterfacesOutput, error) {
	found, err := one(&c.r.virtualInterfaces, in.VirtualInterfaceId, noVirtualInterface)
	if err != nil {
		return nil, err
	}
	if in.ConnectionId != nil {
		found = slices.DeleteFunc(slices.Clone(found), func(v *VirtualInterface) bool { return !same(v.ConnectionId, in.ConnectionId) })
	}
	found, next, err := dxPage(c, found, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &directconnect.DescribeVirtualInterfacesOutput{NextToken: next, VirtualInterfaces: make([]dxtypes.VirtualInterface, len(found))}
	for i, v := range found {
		out.VirtualInterfaces[i] = v.VirtualInterface
	}
	return out, nil
}

func describeVirtualGateways(c *call, _ *directconnect.DescribeVirtualGatewaysInput) (*directconnect.DescribeVirtualGatewaysOutput, error) {
	out := &directconnect.DescribeVirtualGatewaysOutput{VirtualGateways: values(c.r.virtualGateways.vals)}
	for _, gateway := range c.r.vpnGateways.vals {
		if c.r.virtualGateways.get(*gateway.VpnGatewayId) == nil {
			out.VirtualGateways = append(out.VirtualGateways, dxtypes.VirtualGateway{
				VirtualGatewayId: gateway.VpnGatewayId, VirtualGatewayState: new(string(gateway.State)),
			})
		}
	}
	return out, nil
}

func describeDirectConnectGateways(c *call, in *directconnect.DescribeDirectConnectGatewaysInput) (*directconnect.DescribeDirectConnectGatewaysOutput, error) {
	all := everywhere(c, func(r *region) *table[dxtypes.DirectConnectGateway] { return &r.dxGateways })
	found := all.vals
	if in.DirectConnectGatewayId != nil {
		found = only(all, func(v *dxtypes.DirectConnectGateway) bool {
			return same(v.DirectConnectGatewayId, in.DirectConnectGatewayId)
		}).vals
	}
	found, next, err := dxPage(c, found, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &directconnect.DescribeDirectConnectGatewaysOutput{NextToken: next, DirectConnectGateways: values(found)}, nil
}

func (c *call) dxAssociations() *table[dxtypes.DirectConnectGatewayAssociation] {
	return everywhere(c, func(r *region) *table[dxtypes.DirectConnectGatewayAssociation] { return &r.dxAssociations })
}

func describeDirectConnectGatewayAssociations(c *call, in *directconnect.DescribeDirectConnectGatewayAssociationsInput) (*directconnect.DescribeDirectConnectGatewayAssociationsOutput, error) {
	asked := func(want *string, have string) bool { return want == nil || *want == have }
	found := only(c.dxAssociations(), func(v *dxtypes.DirectConnectGatewayAssociation) bool {
		return asked(in.AssociationId, aws.ToString(v.AssociationId)) && asked(in.AssociatedGatewayId, associatedGateway(v)) &&
			asked(in.DirectConnectGatewayId, aws.ToString(v.DirectConnectGatewayId)) && asked(in.VirtualGatewayId, aws.ToString(v.VirtualGatewayId))
	}).vals
	found, next, err := dxPage(c, found, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &directconnect.DescribeDirectConnectGatewayAssociationsOutput{NextToken: next, DirectConnectGatewayAssociations: values(found)}, nil
}

func describeDirectConnectGatewayAttachments(c *call, in *directconnect.DescribeDirectConnectGatewayAttachmentsInput) (*directconnect.DescribeDirectConnectGatewayAttachmentsOutput, error) {
	listed := everywhere(c, func(r *region) *table[dxtypes.DirectConnectGatewayAttachment] { return &r.dxAttachments })
	all := slices.Clone(listed.vals)
	for _, v := range everywhere(c, func(r *region) *table[VirtualInterface] { return &r.virtualInterfaces }).vals {
		if v.DirectConnectGatewayId != nil && listed.get(*v.DirectConnectGatewayId+"/"+*v.VirtualInterfaceId) == nil {
			all = append(all, attachmentOfInterface(v))
		}
	}
	found := slices.DeleteFunc(all, func(v *dxtypes.DirectConnectGatewayAttachment) bool {
		return in.DirectConnectGatewayId != nil && !same(v.DirectConnectGatewayId, in.DirectConnectGatewayId) ||
			in.VirtualInterfaceId != nil && !same(v.VirtualInterfaceId, in.VirtualInterfaceId)
	})
	found, next, err := dxPage(c, found, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &directconnect.DescribeDirectConnectGatewayAttachmentsOutput{NextToken: next, DirectConnectGatewayAttachments: values(found)}, nil
}

// attachmentOfInterface is the attachment that a virtual interface of a Direct Connect gateway implies.
func attachmentOfInterface(v *VirtualInterface) *dxtypes.DirectConnectGatewayAttachment {
	a := &dxtypes.DirectConnectGatewayAttachment{
		DirectConnectGatewayId: v.DirectConnectGatewayId, VirtualInterfaceId: v.VirtualInterfaceId, VirtualInterfaceOwnerAccount: v.OwnerAccount,
		VirtualInterfaceRegion: v.Region, AttachmentState: dxtypes.DirectConnectGatewayAttachmentStateAttached,
		AttachmentType: dxtypes.DirectConnectGatewayAttachmentTypePrivateVirtualInterface,
	}
	if aws.ToString(v.VirtualInterfaceType) == "transit" {
		a.AttachmentType = dxtypes.DirectConnectGatewayAttachmentTypeTransitVirtualInterface
	}
	if v.VirtualInterfaceState == dxtypes.VirtualInterfaceStateDeleted {
		a.AttachmentState = dxtypes.DirectConnectGatewayAttachmentStateDetached
	}
	return a
}

func listVirtualInterfaceRoutes(c *call, in *directconnect.ListVirtualInterfaceRoutesInput) (*directconnect.ListVirtualInterfaceRoutesOutput, error) {
	v := c.r.virtualInterfaces.lookup(in.VirtualInterfaceId)
	if v == nil {
		return nil, noVirtualInterface(aws.ToString(in.VirtualInterfaceId))
	}
	var found []*dxtypes.Route
	for i := range v.Routes {
		if !sessionUp(v) {
			break // without a session nothing is exchanged
		}
		route, f := &v.Routes[i], in.Filters
		if f == nil || (f.RouteDirection == "" || f.RouteDirection == route.RouteDirection) &&
			(f.AddressFamily == "" || f.AddressFamily == route.AddressFamily) && (len(f.Cidrs) == 0 || slices.Contains(f.Cidrs, aws.ToString(route.Cidr))) {
			found = append(found, route)
		}
	}
	found, next, err := dxPage(c, found, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &directconnect.ListVirtualInterfaceRoutesOutput{VirtualInterfaceId: v.VirtualInterfaceId, NextToken: next, Routes: values(found)}, nil
}

// deleteVirtualInterface ends a virtual interface. It stays to be described for a quarter of an hour as deleted.
func deleteVirtualInterface(c *call, in *directconnect.DeleteVirtualInterfaceInput) (*directconnect.DeleteVirtualInterfaceOutput, error) {
	v := c.r.virtualInterfaces.lookup(in.VirtualInterfaceId)
	if v == nil || v.VirtualInterfaceState == dxtypes.VirtualInterfaceStateDeleted {
		return nil, noVirtualInterface(aws.ToString(in.VirtualInterfaceId))
	}
	changed := *v
	changed.VirtualInterfaceState = dxtypes.VirtualInterfaceStateDeleted
	c.edit().virtualInterfaces.put(c.state.owner, *v.VirtualInterfaceId, &changed)
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
		for _, gateway := range r.vpnGateways.keys {
			if reached(gateway) {
				c.state.propagate(c.state.edit(r.account, r.name), gateway)
			}
		}
	}
	c.edit()
}

func createDirectConnectGatewayAssociation(c *call, in *directconnect.CreateDirectConnectGatewayAssociationInput) (*directconnect.CreateDirectConnectGatewayAssociationOutput, error) {
	id := aws.ToString(firstOf(in.GatewayId, in.VirtualGatewayId))
	gateways := everywhere(c, func(r *region) *table[dxtypes.DirectConnectGateway] { return &r.dxGateways })
	if gateways.lookup(in.DirectConnectGatewayId) == nil {
		return nil, dxError("Direct Connect Gateway " + aws.ToString(in.DirectConnectGatewayId) + " does not exist.")
	}
	kind := dxtypes.GatewayTypeVirtualPrivateGateway
	switch {
	case c.r.transitGateways.get(id) != nil:
		kind = dxtypes.GatewayTypeTransitGateway
	case c.r.vpnGateways.get(id) == nil:
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
	c.edit().dxAssociations.put(c.state.owner, *a.AssociationId, a)
	c.repropagate(func(gateway string) bool { return gateway == id })
	shown := *a
	shown.AssociationState = dxtypes.DirectConnectGatewayAssociationStateAssociating
	return &directconnect.CreateDirectConnectGatewayAssociationOutput{DirectConnectGatewayAssociation: &shown}, nil
}

// editAssociation changes an association in whichever Region's list it stands.
func (c *call) editAssociation(id *string, change func(*dxtypes.DirectConnectGatewayAssociation)) *dxtypes.DirectConnectGatewayAssociation {
	for r := range c.state.all {
		have := r.dxAssociations.lookup(id)
		if have == nil || r.account != c.account || have.AssociationState == dxtypes.DirectConnectGatewayAssociationStateDisassociated {
			continue
		}
		changed := *have
		change(&changed)
		c.state.edit(r.account, r.name).dxAssociations.put(c.state.owner, *id, &changed)
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
	for _, a := range slices.Clone(c.r.attachments.vals) {
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
