package awssim

import (
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func vpnOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeVpnGateways", describeVpnGateways),
		read(ec2Service, "DescribeVpnConnections", describeVpnConnections),
		read(ec2Service, "DescribeCustomerGateways", describeCustomerGateways),
		write(ec2Service, "CreateVpnGateway", createVpnGateway),
		write(ec2Service, "DeleteVpnGateway", deleteVpnGateway),
		write(ec2Service, "AttachVpnGateway", attachVpnGateway),
		write(ec2Service, "DetachVpnGateway", detachVpnGateway),
		write(ec2Service, "CreateVpnConnectionRoute", createVpnConnectionRoute),
		write(ec2Service, "DeleteVpnConnectionRoute", deleteVpnConnectionRoute),
		write(ec2Service, "DeleteVpnConnection", deleteVpnConnection),
	}
}

var vpnGatewayFilters = filters[VpnGateway]{
	"vpn-gateway-id":    func(v *VpnGateway, m matcher) bool { return m.text(v.VpnGatewayId) },
	"state":             func(v *VpnGateway, m matcher) bool { return m(string(v.State)) },
	"type":              func(v *VpnGateway, m matcher) bool { return m(string(v.Type)) },
	"availability-zone": func(v *VpnGateway, m matcher) bool { return m.text(v.AvailabilityZone) },
	"amazon-side-asn": func(v *VpnGateway, m matcher) bool {
		return v.AmazonSideAsn != nil && m(strconv.FormatInt(*v.AmazonSideAsn, 10))
	},
	"attachment.vpc-id": func(v *VpnGateway, m matcher) bool {
		return slices.ContainsFunc(v.VpcAttachments, func(a ec2types.VpcAttachment) bool { return m.text(a.VpcId) })
	},
	"attachment.state": func(v *VpnGateway, m matcher) bool {
		return slices.ContainsFunc(v.VpcAttachments, func(a ec2types.VpcAttachment) bool { return m(string(a.State)) })
	},
}

func describeVpnGateways(c *call, in *ec2.DescribeVpnGatewaysInput) (*ec2.DescribeVpnGatewaysOutput, error) {
	found, err := unpaged(&c.r.VpnGateways, query[VpnGateway]{
		ids: in.VpnGatewayIds, missing: errVpnGatewayNotFound, what: "vpnGateway ID", filters: in.Filters, by: vpnGatewayFilters,
		tags: func(v *VpnGateway) []ec2types.Tag { return v.Tags },
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeVpnGatewaysOutput{VpnGateways: make([]ec2types.VpnGateway, len(found))}
	for i, v := range found {
		out.VpnGateways[i] = v.VpnGateway
	}
	return out, nil
}

// unpaged answers a query of an operation that has no pages.
func unpaged[T any](t *table[T], q query[T]) ([]*T, error) {
	found, err := pick(t, q.ids, q.missing, q.what)
	if err != nil {
		return nil, err
	}
	return choose(found, q)
}

var vpnConnectionFilters = filters[ec2types.VpnConnection]{
	"vpn-connection-id":   func(v *ec2types.VpnConnection, m matcher) bool { return m.text(v.VpnConnectionId) },
	"vpn-gateway-id":      func(v *ec2types.VpnConnection, m matcher) bool { return m.text(v.VpnGatewayId) },
	"transit-gateway-id":  func(v *ec2types.VpnConnection, m matcher) bool { return m.text(v.TransitGatewayId) },
	"customer-gateway-id": func(v *ec2types.VpnConnection, m matcher) bool { return m.text(v.CustomerGatewayId) },
	"state":               func(v *ec2types.VpnConnection, m matcher) bool { return m(string(v.State)) },
	"type":                func(v *ec2types.VpnConnection, m matcher) bool { return m(string(v.Type)) },
	"option.static-routes-only": func(v *ec2types.VpnConnection, m matcher) bool {
		return m.truth(v.Options.StaticRoutesOnly)
	},
	"route.destination-cidr-block": func(v *ec2types.VpnConnection, m matcher) bool {
		return slices.ContainsFunc(v.Routes, func(r ec2types.VpnStaticRoute) bool { return m.text(r.DestinationCidrBlock) })
	},
}

func describeVpnConnections(c *call, in *ec2.DescribeVpnConnectionsInput) (*ec2.DescribeVpnConnectionsOutput, error) {
	found, err := unpaged(&c.r.VpnConnections, query[ec2types.VpnConnection]{
		ids: in.VpnConnectionIds, missing: errVpnConnectionNotFound, what: "vpnConnection ID", filters: in.Filters,
		by: vpnConnectionFilters, tags: func(v *ec2types.VpnConnection) []ec2types.Tag { return v.Tags },
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeVpnConnectionsOutput{VpnConnections: values(found)}, nil
}

var customerGatewayFilters = filters[ec2types.CustomerGateway]{
	"customer-gateway-id": func(v *ec2types.CustomerGateway, m matcher) bool { return m.text(v.CustomerGatewayId) },
	"bgp-asn":             func(v *ec2types.CustomerGateway, m matcher) bool { return m.text(v.BgpAsn) },
	"ip-address":          func(v *ec2types.CustomerGateway, m matcher) bool { return m.text(v.IpAddress) },
	"state":               func(v *ec2types.CustomerGateway, m matcher) bool { return m.text(v.State) },
	"type":                func(v *ec2types.CustomerGateway, m matcher) bool { return m.text(v.Type) },
}

func describeCustomerGateways(c *call, in *ec2.DescribeCustomerGatewaysInput) (*ec2.DescribeCustomerGatewaysOutput, error) {
	found, err := unpaged(&c.r.CustomerGateways, query[ec2types.CustomerGateway]{
		ids: in.CustomerGatewayIds, missing: "InvalidCustomerGatewayID.NotFound", what: "customerGateway ID", filters: in.Filters,
		by: customerGatewayFilters, tags: func(v *ec2types.CustomerGateway) []ec2types.Tag { return v.Tags },
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeCustomerGatewaysOutput{CustomerGateways: values(found)}, nil
}

// The codes of EC2 for VPN ids that do not exist.
const (
	errVpnGatewayNotFound    = "InvalidVpnGatewayID.NotFound"
	errVpnConnectionNotFound = "InvalidVpnConnectionID.NotFound"
)

func (c *call) vpnGateway(id *string) (*VpnGateway, error) {
	if gateway := c.r.VpnGateways.lookup(id); gateway != nil {
		return gateway, nil
	}
	return nil, notFound(errVpnGatewayNotFound, "vpnGateway ID", aws.ToString(id))
}

func (c *call) vpnConnection(id *string) (*ec2types.VpnConnection, error) {
	if v := c.r.VpnConnections.lookup(id); v != nil && v.State != ec2types.VpnStateDeleted {
		return v, nil
	}
	return nil, notFound(errVpnConnectionNotFound, "vpnConnection ID", aws.ToString(id))
}

func createVpnGateway(c *call, in *ec2.CreateVpnGatewayInput) (*ec2.CreateVpnGatewayOutput, error) {
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeVpnGateway)
	if err != nil {
		return nil, err
	}
	gateway := &VpnGateway{VpnGateway: ec2types.VpnGateway{
		VpnGatewayId: new(c.newID("vgw")), State: ec2types.VpnStateAvailable, Type: in.Type, AmazonSideAsn: in.AmazonSideAsn, Tags: tags,
	}}
	c.edit().VpnGateways.put(c.state.owner, *gateway.VpnGatewayId, gateway)
	shown := gateway.VpnGateway
	return &ec2.CreateVpnGatewayOutput{VpnGateway: &shown}, nil
}

func deleteVpnGateway(c *call, in *ec2.DeleteVpnGatewayInput) (*ec2.DeleteVpnGatewayOutput, error) {
	gateway, err := c.vpnGateway(in.VpnGatewayId)
	if err != nil {
		return nil, err
	}
	id := *gateway.VpnGatewayId
	inUse := slices.ContainsFunc(c.r.VpnConnections.vals, func(v *ec2types.VpnConnection) bool {
		return aws.ToString(v.VpnGatewayId) == id && v.State != ec2types.VpnStateDeleted
	})
	if len(gateway.VpcAttachments) > 0 || inUse {
		return nil, apiError("IncorrectState", "The vpnGateway '%s' is in use", id)
	}
	r := c.edit()
	r.VpnGateways.drop(c.state.owner, id)
	r.settleTarget(c.state.owner, id)
	return &ec2.DeleteVpnGatewayOutput{}, nil
}

// attachVpnGateway attaches a gateway to a VPC. A VPC has one, and a gateway has one VPC.
func attachVpnGateway(c *call, in *ec2.AttachVpnGatewayInput) (*ec2.AttachVpnGatewayOutput, error) {
	gateway, err := c.vpnGateway(in.VpnGatewayId)
	if err != nil {
		return nil, err
	}
	vpc, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	if len(gateway.VpcAttachments) > 0 {
		return nil, apiError("IncorrectState", "The vpnGateway '%s' is attached already", *gateway.VpnGatewayId)
	}
	for _, other := range c.r.VpnGateways.vals {
		if attachedTo(other, *vpc.VpcId) {
			return nil, apiError("VpnGatewayAttachmentLimitExceeded", "The VPC '%s' has the vpnGateway '%s' already", *vpc.VpcId, *other.VpnGatewayId)
		}
	}
	changed := *gateway
	changed.VpcAttachments = []ec2types.VpcAttachment{{VpcId: vpc.VpcId, State: ec2types.AttachmentStatusAttached}}
	c.putGateway(&changed)
	return &ec2.AttachVpnGatewayOutput{VpcAttachment: &ec2types.VpcAttachment{VpcId: vpc.VpcId, State: ec2types.AttachmentStatusAttaching}}, nil
}

func detachVpnGateway(c *call, in *ec2.DetachVpnGatewayInput) (*ec2.DetachVpnGatewayOutput, error) {
	gateway, err := c.vpnGateway(in.VpnGatewayId)
	if err != nil {
		return nil, err
	}
	if !attachedTo(gateway, aws.ToString(in.VpcId)) {
		return nil, apiError("InvalidVpnGatewayAttachment.NotFound", "The vpnGateway '%s' is not attached to '%s'", *gateway.VpnGatewayId, aws.ToString(in.VpcId))
	}
	changed := *gateway
	changed.VpcAttachments = nil
	c.putGateway(&changed)
	return &ec2.DetachVpnGatewayOutput{}, nil
}

// putGateway stores a gateway that was attached or detached, and judges the routes to it and from it anew.
func (c *call) putGateway(gateway *VpnGateway) {
	r := c.edit()
	r.VpnGateways.put(c.state.owner, *gateway.VpnGatewayId, gateway)
	r.settleTarget(c.state.owner, *gateway.VpnGatewayId)
	c.state.propagate(r, *gateway.VpnGatewayId)
}

func createVpnConnectionRoute(c *call, in *ec2.CreateVpnConnectionRouteInput) (*ec2.CreateVpnConnectionRouteOutput, error) {
	v, err := c.vpnConnection(in.VpnConnectionId)
	if err != nil {
		return nil, err
	}
	prefix, err := parsePrefix(aws.ToString(in.DestinationCidrBlock))
	if err != nil || !prefix.Addr().Is4() {
		return nil, invalidParameter("Value (%s) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.", aws.ToString(in.DestinationCidrBlock))
	}
	if v.VpnGatewayId == nil || !aws.ToBool(v.Options.StaticRoutesOnly) {
		return nil, apiError("InvalidVpnConnection.InvalidType", "%s does not take static routes: it is not a static connection of a virtual private gateway", *v.VpnConnectionId)
	}
	changed := *v
	changed.Routes = slices.Clone(v.Routes)
	if vpnRoute(v, prefix.String()) < 0 {
		changed.Routes = append(changed.Routes, ec2types.VpnStaticRoute{
			DestinationCidrBlock: new(prefix.String()), Source: ec2types.VpnStaticRouteSourceStatic, State: ec2types.VpnStateAvailable,
		})
	}
	c.putVPN(&changed)
	return &ec2.CreateVpnConnectionRouteOutput{}, nil
}

func vpnRoute(v *ec2types.VpnConnection, cidr string) int {
	return slices.IndexFunc(v.Routes, func(r ec2types.VpnStaticRoute) bool { return aws.ToString(r.DestinationCidrBlock) == cidr })
}

func deleteVpnConnectionRoute(c *call, in *ec2.DeleteVpnConnectionRouteInput) (*ec2.DeleteVpnConnectionRouteOutput, error) {
	v, err := c.vpnConnection(in.VpnConnectionId)
	if err != nil {
		return nil, err
	}
	at := vpnRoute(v, canonicalCIDR(aws.ToString(in.DestinationCidrBlock)))
	if at < 0 {
		return nil, apiError("InvalidRoute.NotFound", "The route '%s' of %s does not exist", aws.ToString(in.DestinationCidrBlock), *v.VpnConnectionId)
	}
	changed := *v
	changed.Routes = slices.Delete(slices.Clone(v.Routes), at, at+1)
	c.putVPN(&changed)
	return &ec2.DeleteVpnConnectionRouteOutput{}, nil
}

// deleteVpnConnection ends a connection. It stays to be described for a while as deleted.
func deleteVpnConnection(c *call, in *ec2.DeleteVpnConnectionInput) (*ec2.DeleteVpnConnectionOutput, error) {
	v, err := c.vpnConnection(in.VpnConnectionId)
	if err != nil {
		return nil, err
	}
	changed := *v
	changed.State, changed.VgwTelemetry = ec2types.VpnStateDeleted, nil
	c.putVPN(&changed)
	for _, a := range c.r.TransitGatewayAttachments.vals {
		if same(a.ResourceId, v.VpnConnectionId) {
			c.setAttachment(*a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateDeleted)
		}
	}
	return &ec2.DeleteVpnConnectionOutput{}, nil
}

func (c *call) putVPN(v *ec2types.VpnConnection) {
	r := c.edit()
	r.VpnConnections.put(c.state.owner, *v.VpnConnectionId, v)
	if v.VpnGatewayId != nil {
		c.state.propagate(r, *v.VpnGatewayId)
	}
}
