package oracle

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Behind gives the VPCs that the path of an Ask leads to: the cache's own, those
// behind its peering connections, its transit gateways, or an appliance.
func (n *Network) Behind(c Cluster, a Ask) []string {
	leads := func(path, kind string) bool {
		return (a.Path == "" || a.Path == path) && (a.Via == "" || strings.HasPrefix(a.Via, kind))
	}
	var out []string
	if leads(SameVPC, "none") {
		out = append(out, c.VPC)
	}
	for _, p := range []struct {
		path, kind string
		vpcs       func(vpcID, via string) []string
	}{
		{Peering, "pcx-", n.behindPeerings},
		{TransitGateway, "tgw-", n.behindGateways},
		{TransitVPC, "vgw-", n.behindAppliances},
	} {
		if !leads(p.path, p.kind) {
			continue
		}
		for _, id := range p.vpcs(c.VPC, a.Via) {
			out = add(out, id)
		}
	}
	return out
}

func (n *Network) behindPeerings(vpcID, via string) []string {
	var out []string
	for _, id := range n.order["peering"] {
		p := n.peerings[id]
		if via != "" && via != id || p.Status.Code == ec2types.VpcPeeringConnectionStateReasonCodeDeleted {
			continue
		}
		switch requester, accepter := aws.ToString(p.RequesterVpcInfo.VpcId), aws.ToString(p.AccepterVpcInfo.VpcId); vpcID {
		case requester:
			out = add(out, accepter)
		case accepter:
			out = add(out, requester)
		}
	}
	return out
}

// behindAppliances gives the other VPCs that have a virtual private gateway, if this
// one has: an appliance may join them.
func (n *Network) behindAppliances(vpcID, _ string) []string {
	var all []string
	for _, id := range n.order["vgw"] {
		for _, a := range n.vgws[id].VpcAttachments {
			all = add(all, aws.ToString(a.VpcId))
		}
	}
	if !slices.Contains(all, vpcID) {
		return nil
	}
	return slices.DeleteFunc(all, func(id string) bool { return id == vpcID })
}

// home gives the one VPC behind the path that holds a whole range or VPC source, or
// none for a range in a data centre: the path leads there, or it is in no VPC.
func (n *Network) home(c Cluster, a Ask, source string) (string, bool) {
	ranges := n.rangesOf(c, source)
	ranged := !strings.HasPrefix(source, "vpc-") && len(ranges) > 0
	if a.Path == VPN || a.Path == DirectConnect {
		return "", ranged
	}
	var found []string
	for _, id := range n.Behind(c, a) {
		if ranged && n.holds(id, ranges) || id == source {
			found = append(found, id)
		}
	}
	if a.Path == "" && len(found) == 0 && ranged && !n.inSomeVPC(ranges) && n.leavesAWS(c.VPC) {
		return "", true
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// holds says whether the blocks of a VPC hold all of some ranges.
func (n *Network) holds(vpcID string, ranges []netip.Prefix) bool {
	return !slices.ContainsFunc(ranges, func(p netip.Prefix) bool {
		return !slices.ContainsFunc(n.Blocks(vpcID), func(b netip.Prefix) bool { return b.Contains(p.Addr()) && b.Bits() <= p.Bits() })
	})
}

// leavesAWS says whether a data centre may be behind a VPC.
func (n *Network) leavesAWS(vpcID string) bool {
	gateway := func(id string) bool { return n.holdsGateway(vpcID, id) }
	attached := func(id string) bool { _, ok := n.attachmentOf(vpcID, id); return ok }
	return slices.ContainsFunc(n.order["vgw"], gateway) || slices.ContainsFunc(n.order["gateway"], attached)
}

func (n *Network) inSomeVPC(ranges []netip.Prefix) bool {
	for id := range n.vpcs {
		if slices.ContainsFunc(n.Blocks(id), func(b netip.Prefix) bool { return slices.ContainsFunc(ranges, b.Overlaps) }) {
			return true
		}
	}
	return false
}
