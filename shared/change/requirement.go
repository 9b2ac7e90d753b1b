package change

import (
	"net/netip"
	"strings"

	"github.com/cachegate/cachegate/shared/network"
)

// Requirement is one ingress rule, route, propagation or DNS option, without
// who needs it. It is comparable, so that what several intents need is one
// value; unused fields are zero.
type Requirement struct {
	Kind Kind
	network.Location
	// Resource is the enforcement point: sg-, rtb-, pcx- or tgw-rtb-.
	Resource string

	// Port and Peer of a rule; the protocol is TCP.
	Port uint16
	Peer network.Peer

	// Destination and Target of a route. The target of a propagation is its
	// virtual private gateway, of a transit gateway route its attachment.
	Destination netip.Prefix
	Target      network.Target

	// VPC of a DNS option: the side whose names the peer may resolve.
	VPC string
}

// Point is an enforcement point: where a change is made.
type Point struct {
	network.Location
	ID string
}

// Point gives the requirement's enforcement point.
func (r Requirement) Point() Point { return Point{Location: r.Location, ID: r.Resource} }

// PointOfKey gives the enforcement point that the key of a claim begins with; false where
// it begins with none.
func PointOfKey(key string) (Point, bool) {
	parts := strings.SplitN(key, "/", 4)
	if len(parts) != 4 {
		return Point{}, false
	}
	return Point{Location: network.Location{Account: parts[0], Region: parts[1]}, ID: parts[2]}, true
}

// String identifies the requirement, the same in every run: it is part of claim
// keys and plan hashes.
func (r Requirement) String() string {
	return r.Location.String() + "/" + r.Resource + "/" + r.Kind.traits().key(r)
}
