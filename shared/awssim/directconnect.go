package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
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
	found, err := one(&c.r.Connections, in.ConnectionId, func(id string) error { return dxError("Connection " + id + " does not exist.") })
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
	found, err := one(&c.r.VirtualInterfaces, in.VirtualInterfaceId, noVirtualInterface)
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
	out := &directconnect.DescribeVirtualGatewaysOutput{VirtualGateways: values(c.r.VirtualGateways.vals)}
	for _, gateway := range c.r.VpnGateways.vals {
		if c.r.VirtualGateways.get(*gateway.VpnGatewayId) == nil {
			out.VirtualGateways = append(out.VirtualGateways, dxtypes.VirtualGateway{
				VirtualGatewayId: gateway.VpnGatewayId, VirtualGatewayState: new(string(gateway.State)),
			})
		}
	}
	return out, nil
}

func describeDirectConnectGateways(c *call, in *directconnect.DescribeDirectConnectGatewaysInput) (*directconnect.DescribeDirectConnectGatewaysOutput, error) {
	all := everywhere(c, func(r *region) *table[dxtypes.DirectConnectGateway] { return &r.DirectConnectGateways })
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
	return everywhere(c, func(r *region) *table[dxtypes.DirectConnectGatewayAssociation] {
		return &r.DirectConnectGatewayAssociations
	})
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
	listed := everywhere(c, func(r *region) *table[dxtypes.DirectConnectGatewayAttachment] {
		return &r.DirectConnectGatewayAttachments
	})
	all := slices.Clone(listed.vals)
	for _, v := range everywhere(c, func(r *region) *table[VirtualInterface] { return &r.VirtualInterfaces }).vals {
		if v.DirectConnectGatewayId != nil && listed.get(*v.DirectConnectGatewayId+idSeparator+*v.VirtualInterfaceId) == nil {
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
	v := c.r.VirtualInterfaces.lookup(in.VirtualInterfaceId)
	if v == nil {
		return nil, noVirtualInterface(aws.ToString(in.VirtualInterfaceId))
	}
	var found []*dxtypes.Route
	for i := range v.Routes {
		route, f := &v.Routes[i], in.Filters
		if !sessionUp(v, isIPv6(aws.ToString(route.Cidr))) {
			continue // without a session nothing is exchanged
		}
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
