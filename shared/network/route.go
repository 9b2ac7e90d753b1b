package network

import (
	"net/netip"
	"strings"
)

// RouteTable is a VPC route table.
type RouteTable struct {
	ID  string
	VPC string
	Location
	Main            bool
	Associations    []RouteTableAssociation
	Routes          []Route
	PropagatingVGWs []string
}

// RouteTableAssociation binds a route table to a subnet or a gateway; the main
// association of a VPC has neither.
type RouteTableAssociation struct {
	ID, Subnet, Gateway string
	Main                bool
}

// TargetKind is the kind of a route's target.
type TargetKind string

// The targets that the six paths use, and those that take traffic elsewhere.
const (
	TargetLocal            TargetKind = "local"
	TargetPeering          TargetKind = "vpc-peering-connection"
	TargetTransitGateway   TargetKind = "transit-gateway"
	TargetVPNGateway       TargetKind = "vpn-gateway"
	TargetNetworkInterface TargetKind = "network-interface"
	TargetInternetGateway  TargetKind = "internet-gateway"
	TargetNATGateway       TargetKind = "nat-gateway"
	TargetVPCEndpoint      TargetKind = "vpc-endpoint"
	TargetOther            TargetKind = "other"
)

// Target is where a route sends traffic. It is comparable.
type Target struct {
	Kind TargetKind
	ID   string
}

// String gives the target's id, or "local".
func (t Target) String() string {
	if t.ID == "" {
		return string(t.Kind)
	}
	return t.ID
}

// TargetOf names the target of an id by its prefix.
func TargetOf(id string) Target {
	kinds := []struct {
		prefix string
		kind   TargetKind
	}{
		{"pcx-", TargetPeering},
		{"tgw-", TargetTransitGateway},
		{"vgw-", TargetVPNGateway},
		{"eni-", TargetNetworkInterface},
		{"igw-", TargetInternetGateway},
		{"nat-", TargetNATGateway},
		{"vpce-", TargetVPCEndpoint},
	}
	if id == "local" {
		return Target{Kind: TargetLocal}
	}
	for _, k := range kinds {
		if strings.HasPrefix(id, k.prefix) {
			return Target{Kind: k.kind, ID: id}
		}
	}
	return Target{Kind: TargetOther, ID: id}
}

// The origins and states of a route that matter here. AWS adds others: compare,
// never switch without a default.
const (
	RouteActive       = "active"
	RouteBlackhole    = "blackhole"
	OriginCreateRoute = "CreateRoute"
	OriginPropagation = "EnableVgwRoutePropagation"
)

// Route is one entry of a route table. Either Destination or PrefixList is set.
type Route struct {
	Destination netip.Prefix
	PrefixList  string
	Target      Target
	State       string
	Origin      string
}
