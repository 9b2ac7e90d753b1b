package access

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"

	"github.com/cachegate/cachegate/shared/network"
)

// gatewayAttachments gives the attachments of a transit gateway, as that gateway
// sees them: a peering attachment has one id and a view on each side.
func (ix *Index) gatewayAttachments(gateway string) []network.TransitGatewayAttachment {
	var out []network.TransitGatewayAttachment
	for _, key := range sortedKeys(ix.TransitGatewayAttachments) {
		if a := ix.TransitGatewayAttachments[key]; a.Gateway == gateway {
			out = append(out, a)
		}
	}
	return out
}

// attachmentAt gives an attachment as a gateway sees it.
func (ix *Index) attachmentAt(gateway, id string) (network.TransitGatewayAttachment, bool) {
	for _, a := range ix.gatewayAttachments(gateway) {
		if a.ID == id {
			return a, true
		}
	}
	return network.TransitGatewayAttachment{}, false
}

// attachedSubnets gives the subnets of an attachment, as far as they were read.
func (ix *Index) attachedSubnets(a network.TransitGatewayAttachment) []network.Subnet {
	var out []network.Subnet
	for _, id := range a.Subnets {
		if sn, ok := ix.Subnets[id]; ok {
			out = append(out, sn)
		}
	}
	return out
}

// attachmentsOf gives the attachments of a VPC, VPN connection or Direct Connect gateway.
func (ix *Index) attachmentsOf(resource string) []network.TransitGatewayAttachment {
	var out []network.TransitGatewayAttachment
	for _, key := range sortedKeys(ix.TransitGatewayAttachments) {
		if a := ix.TransitGatewayAttachments[key]; a.ResourceID == resource && a.ResourceType != attachmentPeering {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b network.TransitGatewayAttachment) int {
		return int(attachmentHealth(a.State) - attachmentHealth(b.State))
	})
	return out
}

// gatewayOf gives the transit gateway of an attachment, as far as it is known.
func (ix *Index) gatewayOf(a network.TransitGatewayAttachment) network.TransitGateway {
	if g, ok := ix.TransitGateways[a.Gateway]; ok {
		return g
	}
	return network.TransitGateway{ID: a.Gateway, Location: gatewayOwner(a), Owner: a.GatewayOwner}
}

// gatewayOwner is where the gateway of an attachment belongs: its owner alone sees all of
// its attachments, its VPN connections and its route tables.
func gatewayOwner(a network.TransitGatewayAttachment) network.Location {
	return network.Location{Account: cmp.Or(a.GatewayOwner, a.Account), Region: a.Region}
}

// vpcOwner is where the VPC of an attachment belongs.
func vpcOwner(a network.TransitGatewayAttachment) network.Location {
	return network.Location{Account: cmp.Or(a.ResourceOwner, a.Account), Region: a.Region}
}

// The resource types of attachments.
const (
	attachmentVPC           = "vpc"
	attachmentVPN           = "vpn"
	attachmentDirectConnect = "direct-connect-gateway"
	attachmentPeering       = "peering"
)

// attachmentHealth says what can be expected of an attachment.
func attachmentHealth(state string) health {
	switch attachmentVerdict(state) {
	case Pass:
		return works
	case Pending:
		return mayWork
	default:
		return neverWorks
	}
}

// gatewayPeer gives the gateway at the other end of a peering attachment.
func gatewayPeer(a network.TransitGatewayAttachment) string {
	return cmp.Or(a.PeerGateway, a.ResourceID)
}

// pendingAcceptance is the state of an attachment that somebody has to accept.
const pendingAcceptance = "pendingAcceptance"

// attachmentVerdict judges the state of an attachment.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayAttachment.html
func attachmentVerdict(state string) Verdict {
	switch state {
	case network.Available:
		return Pass
	case pendingAcceptance, "initiatingRequest", "initiating", statePending, "modifying", "rollingBack":
		return Pending
	default:
		return Fail
	}
}

// transitRouting answers longest-prefix questions about a transit gateway route table.
type transitRouting struct {
	table network.TransitGatewayRouteTable
	byNet bart.Table[network.TransitGatewayRoute]
}

// transitTable gives the prepared table of an id.
func (ix *Index) transitTable(id string) (*transitRouting, bool) {
	if r, ok := ix.transitTables[id]; ok {
		return r, true
	}
	t, ok := ix.TransitGatewayRouteTables[id]
	if !ok {
		return nil, false
	}
	r := &transitRouting{table: t}
	for _, route := range t.Routes {
		if !route.Destination.IsValid() {
			continue
		}
		dst := route.Destination.Masked()
		if old, ok := r.byNet.Get(dst); ok && old.Type == routeStatic {
			continue // a static route is preferred to a propagated one
		}
		r.byNet.Insert(dst, route)
	}
	ix.transitTables[id] = r
	return r, true
}

const routeStatic = "static"

// toward says what the table does with traffic to need, seen from the wish that
// it goes to an attachment.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
func (r *transitRouting) toward(need netip.Prefix, attachment string) (routeState, network.TransitGatewayRoute) {
	right := func(rt network.TransitGatewayRoute) bool {
		return slices.Contains(rt.Attachments, attachment) && rt.State == network.RouteActive
	}
	for dst, rt := range r.byNet.Subnets(need.Masked()) {
		if dst != need.Masked() && !right(rt) {
			return routeShadowed, rt
		}
	}
	_, rt, ok := r.byNet.LookupPrefixLPM(need.Masked())
	switch {
	case !ok:
		return routeAbsent, rt
	case right(rt):
		return routeRight, rt
	case rt.State != network.RouteActive:
		return routeDead, rt
	default:
		return routeElsewhere, rt
	}
}
