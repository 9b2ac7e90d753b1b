package observe

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// directConnect is what is known of Direct Connect during a run.
type directConnect struct {
	// owners are the accounts of the Direct Connect gateways met so far.
	owners map[string]string
	// interfaces are the locations where virtual interfaces are looked for.
	interfaces map[network.Location]struct{}
}

func newDirectConnect() *directConnect {
	return &directConnect{owners: map[string]string{}, interfaces: map[network.Location]struct{}{}}
}

// overDirectConnect reads what leads from the cache VPC's gateways to
// on-premises: associations, Direct Connect gateways, virtual interfaces. Nothing
// of it is called where the VPC has no gateway.
//
// A Direct Connect gateway is global and is read in the caches' Region; its
// virtual interfaces may be in any Region and of any account, which its
// attachments tell.
func (r *reader) overDirectConnect(ctx context.Context, leaving intents) error {
	if !leaving.over(intent.DirectConnectCarrier) {
		return nil
	}
	if err := together(ctx, r.associationsOfGateways()...); err != nil {
		return err
	}
	if err := together(ctx, r.directConnectGateways()...); err != nil {
		return err
	}
	var tasks []task
	for at := range r.dx.interfaces {
		tasks = append(tasks, func(ctx context.Context) error { return r.virtualInterfaces(ctx, at) })
	}
	if err := together(ctx, tasks...); err != nil {
		return err
	}
	return together(ctx, r.routesOfInterfaces()...)
}

// associationsOfGateways reads how the gateways of the cache VPC are associated.
func (r *reader) associationsOfGateways() []task {
	var tasks []task
	for _, g := range r.snap.VPNGateways {
		if g.Location == r.home {
			r.dx.interfaces[r.home] = struct{}{} // an interface may end at the gateway itself
			tasks = append(tasks, r.associations(g.Location, directconnect.DescribeDirectConnectGatewayAssociationsInput{AssociatedGatewayId: aws.String(g.ID)}))
		}
	}
	for at, ids := range r.transit.gateways {
		for _, id := range ids {
			if r.transit.own[id] {
				tasks = append(tasks, r.associations(at, directconnect.DescribeDirectConnectGatewayAssociationsInput{AssociatedGatewayId: aws.String(id)}))
			}
		}
	}
	return tasks
}

// directConnectGateways reads the Direct Connect gateways that the associations
// and attachments lead to, all their associations, and where their virtual
// interfaces are.
func (r *reader) directConnectGateways() []task {
	for _, a := range r.snap.TransitGatewayAttachments {
		if a.ResourceType == attachedDirectConnect {
			r.dx.owners[a.ResourceID] = cmp.Or(r.dx.owners[a.ResourceID], a.ResourceOwner)
		}
	}
	var tasks []task
	for id, owner := range r.dx.owners {
		at := network.Location{Account: cmp.Or(owner, r.home.Account), Region: r.home.Region}
		r.dependOn(id)
		r.dx.interfaces[at] = struct{}{}
		tasks = append(tasks,
			func(ctx context.Context) error { return r.directConnectGateway(ctx, at, id) },
			func(ctx context.Context) error { return r.interfaceLocations(ctx, at, id) },
			r.associations(at, directconnect.DescribeDirectConnectGatewayAssociationsInput{DirectConnectGatewayId: aws.String(id)}),
		)
	}
	return tasks
}

// associations reads the associations of a gateway of either end.
func (r *reader) associations(at network.Location, in directconnect.DescribeDirectConnectGatewayAssociationsInput) task {
	c := call{
		at: at, kind: network.KindDirectConnectAssociation, action: "directconnect:DescribeDirectConnectGatewayAssociations",
		resource: firstOf(in.AssociatedGatewayId, in.DirectConnectGatewayId),
	}
	return func(ctx context.Context) error {
		found, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]dxtypes.DirectConnectGatewayAssociation, *string, error) {
			page := in
			page.NextToken, page.MaxResults = token, aws.Int32(smallPageSize)
			out, err := api.DirectConnect.DescribeDirectConnectGatewayAssociations(ctx, &page)
			if err != nil {
				return nil, nil, err
			}
			return out.DirectConnectGatewayAssociations, out.NextToken, nil
		})
		for _, x := range found {
			var n notes
			v := associationOf(x, &n)
			r.report(c, v.ID, n)
			keep(r, r.snap.DirectConnectGatewayAssociations, reading[network.DirectConnectGatewayAssociation]{at: at, id: v.ID, value: v}, nil)
			r.dependOn(v.Gateway)
			r.ownedBy(v.DirectConnectGateway, aws.ToString(x.DirectConnectGatewayOwnerAccount))
		}
		return err
	}
}

// ownedBy notes a Direct Connect gateway that an association leads to.
func (r *reader) ownedBy(gateway, account string) {
	if gateway == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dx.owners[gateway] = cmp.Or(r.dx.owners[gateway], account)
}

func (r *reader) directConnectGateway(ctx context.Context, at network.Location, id string) error {
	c := call{at: at, kind: network.KindDirectConnectGateway, action: "directconnect:DescribeDirectConnectGateways", resource: id}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]dxtypes.DirectConnectGateway, *string, error) {
		out, err := api.DirectConnect.DescribeDirectConnectGateways(ctx, &directconnect.DescribeDirectConnectGatewaysInput{
			DirectConnectGatewayId: aws.String(id), NextToken: token, MaxResults: aws.Int32(smallPageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.DirectConnectGateways, out.NextToken, nil
	})
	for _, x := range found {
		v := network.DirectConnectGateway{
			ID: aws.ToString(x.DirectConnectGatewayId), Name: aws.ToString(x.DirectConnectGatewayName),
			Account: aws.ToString(x.OwnerAccount), State: string(x.DirectConnectGatewayState),
		}
		keep(r, r.snap.DirectConnectGateways, reading[network.DirectConnectGateway]{at: at, owner: v.Account, id: v.ID, value: v}, nil)
	}
	return err
}

// interfaceLocations finds out where the virtual interfaces of a Direct Connect
// gateway are. What is refused here hides virtual interfaces.
func (r *reader) interfaceLocations(ctx context.Context, at network.Location, id string) error {
	c := call{at: at, kind: network.KindVirtualInterface, action: "directconnect:DescribeDirectConnectGatewayAttachments", resource: id}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]dxtypes.DirectConnectGatewayAttachment, *string, error) {
		out, err := api.DirectConnect.DescribeDirectConnectGatewayAttachments(ctx, &directconnect.DescribeDirectConnectGatewayAttachmentsInput{
			DirectConnectGatewayId: aws.String(id), NextToken: token, MaxResults: aws.Int32(smallPageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.DirectConnectGatewayAttachments, out.NextToken, nil
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range found {
		there := network.Location{
			Account: firstOf(x.VirtualInterfaceOwnerAccount, &at.Account),
			Region:  firstOf(x.VirtualInterfaceRegion, &at.Region),
		}
		r.dx.interfaces[there] = struct{}{}
	}
	return err
}

// virtualInterfaces reads a location's virtual interfaces and keeps those that
// end at a gateway on the way, and those that may come to: the API has no filter
// for that.
func (r *reader) virtualInterfaces(ctx context.Context, at network.Location) error {
	c := call{at: at, kind: network.KindVirtualInterface, action: "directconnect:DescribeVirtualInterfaces"}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]dxtypes.VirtualInterface, *string, error) {
		out, err := api.DirectConnect.DescribeVirtualInterfaces(ctx, &directconnect.DescribeVirtualInterfacesInput{
			NextToken: token, MaxResults: aws.Int32(smallPageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.VirtualInterfaces, out.NextToken, nil
	})
	for _, x := range found {
		v := virtualInterfaceOf(at, x)
		_, ownGateway := r.snap.VPNGateways[v.VPNGateway]
		_, onTheWay := r.dx.owners[v.DirectConnectGateway]
		if ownGateway || onTheWay || unconfirmed(v, aws.ToString(x.OwnerAccount)) {
			keep(r, r.snap.VirtualInterfaces, reading[network.VirtualInterface]{at: at, owner: aws.ToString(x.OwnerAccount), id: v.ID, value: v}, nil)
		}
	}
	return err
}

// unconfirmed says whether a virtual interface was made for the account that is
// read and waits for it: only the call that confirms it names its gateway.
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_ConfirmPrivateVirtualInterface.html
func unconfirmed(v network.VirtualInterface, owner string) bool {
	return v.State == string(dxtypes.VirtualInterfaceStateConfirming) && v.VPNGateway == "" && v.DirectConnectGateway == "" &&
		(owner == "" || owner == v.Account)
}

// routesOfInterfaces reads the routes of the virtual interfaces that exchange
// any. The API takes one interface a call.
func (r *reader) routesOfInterfaces() []task {
	var tasks []task
	for _, v := range r.snap.VirtualInterfaces {
		up := slices.ContainsFunc(v.BGPPeers, func(p network.BGPPeer) bool { return p.Status == string(dxtypes.BGPStatusUp) })
		if up && v.State == string(dxtypes.VirtualInterfaceStateAvailable) {
			tasks = append(tasks, func(ctx context.Context) error { return r.interfaceRoutes(ctx, v) })
		}
	}
	return tasks
}

// kindVirtualInterfaceRoute is what network.VirtualInterface.RoutesUnread is made of.
const kindVirtualInterfaceRoute network.Kind = "virtual-interface-route"

// interfaceRoutes reads the routes of one virtual interface. A refusal is kept
// with the interface: the routes are evidence beside its state, not a part of
// the network that a judgement could miss.
func (r *reader) interfaceRoutes(ctx context.Context, v network.VirtualInterface) error {
	c := call{at: v.Location, kind: kindVirtualInterfaceRoute, action: "directconnect:ListVirtualInterfaceRoutes", resource: v.ID}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]dxtypes.Route, *string, error) {
		out, err := api.DirectConnect.ListVirtualInterfaceRoutes(ctx, &directconnect.ListVirtualInterfaceRoutesInput{
			VirtualInterfaceId: aws.String(v.ID), NextToken: token, MaxResults: aws.Int32(smallPageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Routes, out.NextToken, nil
	})
	var n notes
	for _, x := range found {
		switch x.RouteDirection {
		case dxtypes.RouteDirectionAccepted:
			v.Accepted = n.addPrefix(v.Accepted, x.Cidr)
		case dxtypes.RouteDirectionAdvertised:
			v.Advertised = n.addPrefix(v.Advertised, x.Cidr)
		}
	}
	v.Accepted, v.Advertised = sortPrefixes(v.Accepted), sortPrefixes(v.Advertised)
	r.report(c, v.ID, n)
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, f := range r.failures {
		if f.Kind == c.kind && f.Location == c.at && f.Resource == v.ID {
			v.RoutesUnread = fmt.Sprintf("%s gave %s", f.Operation, f.Code)
			delete(r.failures, key)
		}
	}
	r.snap.VirtualInterfaces[v.ID] = v
	return err
}

func associationOf(x dxtypes.DirectConnectGatewayAssociation, n *notes) network.DirectConnectGatewayAssociation {
	out := network.DirectConnectGatewayAssociation{
		ID: aws.ToString(x.AssociationId), DirectConnectGateway: aws.ToString(x.DirectConnectGatewayId),
		DirectConnectGatewayOwner: aws.ToString(x.DirectConnectGatewayOwnerAccount),
		Gateway:                   aws.ToString(x.VirtualGatewayId), State: string(x.AssociationState),
	}
	if out.Gateway != "" {
		out.GatewayType = string(dxtypes.GatewayTypeVirtualPrivateGateway)
	}
	if g := x.AssociatedGateway; g != nil {
		out.Gateway, out.GatewayType, out.Region = aws.ToString(g.Id), string(g.Type), aws.ToString(g.Region)
	}
	for _, p := range x.AllowedPrefixesToDirectConnectGateway {
		out.AllowedPrefixes = n.addPrefix(out.AllowedPrefixes, p.Cidr)
	}
	out.AllowedPrefixes = sortPrefixes(out.AllowedPrefixes)
	return out
}

func virtualInterfaceOf(at network.Location, x dxtypes.VirtualInterface) network.VirtualInterface {
	out := network.VirtualInterface{
		ID: aws.ToString(x.VirtualInterfaceId), Location: at, Name: aws.ToString(x.VirtualInterfaceName),
		Type: aws.ToString(x.VirtualInterfaceType), State: string(x.VirtualInterfaceState),
		VPNGateway: aws.ToString(x.VirtualGatewayId), DirectConnectGateway: aws.ToString(x.DirectConnectGatewayId),
		Connection: aws.ToString(x.ConnectionId),
	}
	for _, p := range x.BgpPeers {
		out.BGPPeers = append(out.BGPPeers, network.BGPPeer{
			ID: aws.ToString(p.BgpPeerId), AddressFamily: string(p.AddressFamily), State: string(p.BgpPeerState), Status: string(p.BgpStatus),
		})
	}
	slices.SortStableFunc(out.BGPPeers, func(a, b network.BGPPeer) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
