package network

import "net/netip"

// Available is the state of transit gateways, attachments and VPN connections that work.
const Available = "available"

// TransitGateway is a transit gateway, own or shared through RAM.
type TransitGateway struct {
	ID string
	Location
	Owner string
	State string
	// SecurityGroupReferencing must be on here and at both attachments before a
	// rule may refer to a group behind the gateway.
	SecurityGroupReferencing Tri
	Multicast                Tri
	// PolicyTables are those of the gateway that route attachments which have no route
	// table; read only where there is such an attachment.
	PolicyTables []string
}

// TransitGatewayAttachment joins a VPC, VPN connection, Direct Connect gateway or
// another transit gateway to a transit gateway.
type TransitGatewayAttachment struct {
	ID      string
	Gateway string
	Location
	GatewayOwner  string
	ResourceType  string // vpc, vpn, direct-connect-gateway, peering, connect, …
	ResourceID    string
	ResourceOwner string
	State         string
	// RouteTable is the associated transit gateway route table.
	RouteTable               string
	AssociationState         string
	Subnets                  []string // of a vpc attachment
	SecurityGroupReferencing Tri
	IPv6                     Tri
	// PeerGateway, PeerAccount and PeerRegion are the far end of a peering attachment.
	PeerGateway, PeerAccount, PeerRegion string
}

// TransitGatewayRouteTable is a route table of a transit gateway.
type TransitGatewayRouteTable struct {
	ID      string
	Gateway string
	Location
	State        string
	Routes       []TransitGatewayRoute
	Propagations []TransitGatewayPropagation
}

// RouteStatic is the type of a transit gateway route that somebody made.
const RouteStatic = "static"

// TransitGatewayRoute is one route of a transit gateway route table.
type TransitGatewayRoute struct {
	Destination netip.Prefix
	PrefixList  string
	Type        string // static, propagated
	State       string // active, blackhole, pending, …
	Attachments []string
}

// TransitGatewayPropagation is an attachment that propagates its routes into a table.
type TransitGatewayPropagation struct {
	Attachment, ResourceID, State string
}
