package intent

import (
	"errors"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/resource"
)

// Path is one of the six paths to a cluster; empty where the snapshot decides. The empty path
// answers every question with what any path may do.
type Path string

// The six paths of the ElastiCache user guide.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
const (
	SameVPC        Path = "same-vpc"
	Peering        Path = "peering"
	TransitGateway Path = "transit-gateway"
	TransitVPC     Path = "transit-vpc"
	VPN            Path = "vpn"
	DirectConnect  Path = "direct-connect"
)

// Carrier is a kind of resource that carries traffic out of a VPC.
type Carrier uint8

// The carriers. NoCarrier stands for anything else.
const (
	NoCarrier Carrier = iota
	PeeringCarrier
	TransitGatewayCarrier
	VPNGatewayCarrier
	ApplianceCarrier
	VPNCarrier
	DirectConnectCarrier
)

// carrierPrefixes are how the ids begin of the carriers that `via` may name. A VPN connection or a
// Direct Connect gateway is not named: the gateway of the VPC before it is.
var carrierPrefixes = map[Carrier]string{
	PeeringCarrier:        "pcx-",
	TransitGatewayCarrier: "tgw-",
	VPNGatewayCarrier:     "vgw-",
	ApplianceCarrier:      "eni-",
}

// CarrierOf returns what kind of carrier an id such as `via` names.
func CarrierOf(id string) Carrier {
	for carrier, prefix := range carrierPrefixes {
		if strings.HasPrefix(id, prefix) {
			return carrier
		}
	}
	return NoCarrier
}

// paths is all that is true of a path whatever the network: what carries it, in the order in
// which messages list it, and whether its sources lie in a data centre instead of a VPC.
var paths = []struct {
	path       Path
	carriers   []Carrier
	onPremises bool
}{
	{path: SameVPC},
	{path: Peering, carriers: []Carrier{PeeringCarrier}},
	{path: TransitGateway, carriers: []Carrier{TransitGatewayCarrier}},
	{path: TransitVPC, carriers: []Carrier{VPNGatewayCarrier, ApplianceCarrier, VPNCarrier}},
	{path: VPN, carriers: []Carrier{VPNGatewayCarrier, TransitGatewayCarrier, VPNCarrier}, onPremises: true},
	{path: DirectConnect, carriers: []Carrier{VPNGatewayCarrier, TransitGatewayCarrier, DirectConnectCarrier}, onPremises: true},
}

// Paths returns the six paths.
func Paths() []Path {
	names := make([]Path, len(paths))
	for i, facts := range paths {
		names[i] = facts.path
	}
	return names
}

// Carriers returns what may carry the path; nothing where it stays in the VPC.
func (p Path) Carriers() []Carrier {
	var carriers []Carrier
	for _, facts := range paths {
		if p != "" && p != facts.path {
			continue
		}
		for _, c := range facts.carriers {
			if !slices.Contains(carriers, c) {
				carriers = append(carriers, c)
			}
		}
	}
	return carriers
}

// Over says whether the carrier may carry the path.
func (p Path) Over(c Carrier) bool { return slices.Contains(p.Carriers(), c) }

// LeavesVPC says whether the path may lead out of the cache VPC.
func (p Path) LeavesVPC() bool { return len(p.Carriers()) > 0 }

// LeadsToVPC says whether the sources on the path may lie in a VPC. Otherwise they lie in a data
// centre.
func (p Path) LeadsToVPC() bool {
	for _, facts := range paths {
		if (p == "" || p == facts.path) && !facts.onPremises {
			return true
		}
	}
	return false
}

// ViaPrefixes returns how the ids begin that `via` may name on the path.
func (p Path) ViaPrefixes() []string {
	var prefixes []string
	for _, c := range p.Carriers() {
		if prefix := carrierPrefixes[c]; prefix != "" {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}

// Access is what an intent declares.
type Access string

// What an intent may declare.
const (
	Open   Access = "open"
	Closed Access = "closed"
)

// checkVia says whether a path can go over the named resource. The error's text says what is
// allowed.
func checkVia(path Path, via string) error {
	prefixes := path.ViaPrefixes()
	if slices.ContainsFunc(prefixes, func(prefix string) bool { return isID(via, prefix) }) {
		return nil
	}
	switch {
	case len(prefixes) == 0:
		return errors.New("must be left out: path " + string(path) + " goes over nothing")
	case path == "":
		return errors.New("must be an id such as pcx-0a1b2c3d4e5f60718, and begin with " + resource.OrList(prefixes))
	}
	return errors.New("must be an id that begins with " + resource.OrList(prefixes) + ", since path is " + string(path))
}
