package access

import (
	"cmp"
	"slices"
)

// Side says where on the way a hop lies.
type Side string

// The sides of a way. The empty side is where a hop of its kind usually lies.
const (
	SourceSide  Side = "source"
	Between     Side = "between"
	ClusterSide Side = "cluster"
)

// kindOrder is the order of the hops of one side, from the source to the cluster.
var kindOrder = []HopKind{
	HopSource, HopPath, HopAddressFamily, HopEgress, HopDNSAttributes, HopNetworkACL, HopRoute, HopAttachmentZone,
	HopVPNGateway, HopVPNConnection, HopVPNTunnel, HopVPNRoute, HopAppliance, HopVirtualInterface, HopBGP, HopDirectConnectGateway,
	HopDirectConnectAssociation, HopTransitGateway, HopAttachment, HopAssociation, HopTransitGatewayRoute, HopMiddleBox,
	HopPeering, HopOverlap, HopPeeringDNS, HopReference, HopIngress, HopCluster,
}

// side gives where a hop lies: as it was judged, else by its kind.
func (h Hop) side() Side {
	if h.Side != "" {
		return h.Side
	}
	switch h.Kind {
	case HopSource, HopPath, HopEgress:
		return SourceSide
	case HopIngress, HopCluster:
		return ClusterSide
	default:
		return Between
	}
}

// clusterOrder is the order of what lies between a gateway and the cluster, where
// it is on the cluster's side.
var clusterOrder = []HopKind{
	HopVPNTunnel, HopVPNRoute, HopVPNConnection, HopAppliance, HopVPNGateway, HopDNSAttributes, HopAttachmentZone,
	HopNetworkACL, HopRoute, HopReference, HopIngress, HopCluster,
}

// place is where a hop stands among those of its side.
func (h Hop) place() int {
	if h.side() == ClusterSide {
		if i := slices.Index(clusterOrder, h.Kind); i >= 0 {
			return i
		}
	}
	return slices.Index(kindOrder, h.Kind)
}

// sortHops puts hops in the order of the way, from the source to the cluster.
func sortHops(hops []Hop) {
	sides := []Side{SourceSide, Between, ClusterSide}
	slices.SortStableFunc(hops, func(a, b Hop) int {
		return cmp.Or(
			cmp.Compare(slices.Index(sides, a.side()), slices.Index(sides, b.side())),
			cmp.Compare(a.place(), b.place()),
		)
	})
}
