package network

import "net/netip"

// KindCustomerGateway is the far end of VPN connections. Without it less is known
// of connections that were read.
const KindCustomerGateway Kind = "customer-gateway"

// VPNGateway is a virtual private gateway.
type VPNGateway struct {
	ID string
	Location
	State       string
	Attachments []VPNGatewayAttachment
}

// VPNGatewayAttachment binds a virtual private gateway to a VPC.
type VPNGatewayAttachment struct {
	VPC, State string
}

// VPNConnection is a Site-to-Site VPN connection on a virtual private gateway or a transit gateway.
type VPNConnection struct {
	ID string
	Location
	State            string
	VPNGateway       string
	TransitGateway   string
	CustomerGateway  string
	StaticRoutesOnly bool
	// InsideIPv6 is a connection whose tunnels carry IPv6 and no IPv4.
	InsideIPv6 bool
	Routes     []VPNRoute
	Tunnels    []VPNTunnel
}

// VPNRoute is a static route of a VPN connection.
type VPNRoute struct {
	Destination netip.Prefix
	State       string
}

// VPNTunnel is the telemetry of one tunnel.
type VPNTunnel struct {
	OutsideAddress string
	Status         string // UP, DOWN
	AcceptedRoutes int32
	Message        string
}

// CustomerGateway is the other end of a VPN connection.
type CustomerGateway struct {
	ID string
	Location
	State   string
	Address string
}

// VirtualInterface is a Direct Connect virtual interface.
type VirtualInterface struct {
	ID string
	Location
	Name                 string
	Type                 string // private, transit, public
	State                string
	VPNGateway           string
	DirectConnectGateway string
	// Connection is what it runs on: a connection, or a link aggregation group.
	Connection string
	BGPPeers   []BGPPeer
	// Accepted are the routes that AWS learns from the other end, Advertised those
	// that it announces there. Both are empty where they were not read: they are
	// looked at for interfaces with a BGP session that is up.
	Accepted, Advertised []netip.Prefix
	// RoutesUnread says why the routes could not be read. That is no Failure: it
	// hides nothing, and not every partition and role has the call.
	RoutesUnread string
}

// BGPPeer is a BGP session of a virtual interface.
type BGPPeer struct {
	ID, AddressFamily, State, Status string
}

// DirectConnectGateway is a Direct Connect gateway, which is global.
type DirectConnectGateway struct {
	ID      string
	Name    string
	Account string
	State   string
}

// DirectConnectGatewayAssociation binds a gateway of a VPC to a Direct Connect gateway.
type DirectConnectGatewayAssociation struct {
	ID                   string
	DirectConnectGateway string
	// DirectConnectGatewayOwner is the account that alone sees the Direct Connect
	// gateway and what is attached to it.
	DirectConnectGatewayOwner string
	Gateway                   string // vgw-… or tgw-…
	GatewayType               string // virtualPrivateGateway, transitGateway
	Region                    string
	State                     string
	// AllowedPrefixes are the VPC prefixes announced to on-premises.
	AllowedPrefixes []netip.Prefix
}
