package observe

import (
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// A peering across Regions has one attachment id on both sides, and on each side
// a route table of that side's gateway.
func TestBothEndsOfAPeeringKeepTheirOwnRouteTable(t *testing.T) {
	r := newReader(nil, network.NewSnapshot(network.Unit{Location: here, VPC: "vpc-0c"}, time.Time{}))
	r.transit.own["tgw-01"] = true
	r.transit.gateways[here] = []string{"tgw-01"}
	r.transit.gateways[there] = []string{"tgw-02"}
	end := func(at network.Location, gateway, peer, table string) network.TransitGatewayAttachment {
		return network.TransitGatewayAttachment{
			ID: "tgw-attach-0x", Gateway: gateway, Location: at, GatewayOwner: at.Account, ResourceType: attachedPeering,
			ResourceID: peer, PeerGateway: peer, State: "available", RouteTable: table, AssociationState: "associated",
		}
	}
	// The far end first: which one was read first must not matter.
	r.keepAttachment(end(there, "tgw-02", "tgw-01", "tgw-rtb-02"))
	r.keepAttachment(end(here, "tgw-01", "tgw-02", "tgw-rtb-01"))
	r.chooseAttachments(farSide{leaving: intents{{Path: intent.TransitGateway}}})
	near, far := r.snap.TransitGatewayAttachments["tgw-attach-0x"], r.snap.TransitGatewayAttachments["tgw-attach-0x@tgw-02"]
	if near.RouteTable != "tgw-rtb-01" || far.RouteTable != "tgw-rtb-02" || far.ID != near.ID {
		t.Errorf("the near end has table %q, the far end %q with the id %q", near.RouteTable, far.RouteTable, far.ID)
	}
	r.chooseAttachments(farSide{leaving: intents{{Path: intent.TransitGateway}}})
	if len(r.snap.TransitGatewayAttachments) != 2 {
		t.Errorf("choosing twice gives %d attachments", len(r.snap.TransitGatewayAttachments))
	}
}

func TestAttachmentsThatNoPathNeedsStayOut(t *testing.T) {
	r := newReader(nil, network.NewSnapshot(network.Unit{Location: here, VPC: "vpc-0c"}, time.Time{}))
	r.transit.own["tgw-01"] = true
	r.transit.gateways[here] = []string{"tgw-01"}
	for id, resource := range map[string][2]string{
		"tgw-attach-0c": {attachedVPC, "vpc-0c"}, "tgw-attach-0p": {attachedVPC, "vpc-0p"}, "tgw-attach-0o": {attachedVPC, "vpc-0o"},
		"tgw-attach-0v": {attachedVPN, "vpn-01"}, "tgw-attach-0d": {attachedDirectConnect, "d1"}, "tgw-attach-0x": {attachedPeering, "tgw-09"},
	} {
		r.keepAttachment(network.TransitGatewayAttachment{
			ID: id, Gateway: "tgw-01", Location: here, ResourceType: resource[0], ResourceID: resource[1], State: "available",
		})
	}
	r.chooseAttachments(farSide{leaving: intents{{Path: intent.VPN}}, vpcs: map[place]struct{}{{here, "vpc-0p"}: {}}})
	for id, want := range map[string]bool{
		"tgw-attach-0c": true, "tgw-attach-0p": true, "tgw-attach-0v": true,
		"tgw-attach-0o": false, "tgw-attach-0d": false, "tgw-attach-0x": false,
	} {
		if _, ok := r.snap.TransitGatewayAttachments[id]; ok != want {
			t.Errorf("%s is in the snapshot: %v, want %v", id, ok, want)
		}
	}
}
