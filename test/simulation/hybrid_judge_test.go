package simulation

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/test/oracle"
)

// over are the paths that a kind of gateway serves.
func over(target string) []string {
	if strings.HasPrefix(target, "tgw-") {
		return []string{"", "transit-gateway", "vpn", "direct-connect"}
	}
	return []string{"", "transit-vpc", "vpn", "direct-connect"}
}

// judgeGatewayRoute holds promises 2 and 8 against a route of a VPC to a gateway: it
// leads from a cache's VPC to a source or back.
func (h *harness) judgeGatewayRoute(n *oracle.Network, table, to, target string) {
	_, at := n.Routes(table)
	dst := prefixOf(to)
	if !n.Attached(at, target) {
		h.violate("2", "a route %s of %s is made to %s, which is not attached to %s", to, table, target, at)
		return
	}
	h.notAgainst(n, table, to, target)
	why := h.requiredBy(n, "routes", func(i Intent, c oracle.Cluster) string {
		switch {
		case !slices.Contains(over(target), i.Path):
			return "its path is " + i.Path
		case i.Via != "" && i.Via != target && at == c.VPC:
			return "it goes via " + i.Via
		case at == c.VPC && !h.leadsToSource(n, i, c, dst):
			return "none of its sources is there"
		case at != c.VPC && (!h.someSourceIn(n, i, at) || !slices.Contains(n.Blocks(c.VPC), dst)):
			return "no source of it is in " + at + ", or the destination is no block of the cache's VPC"
		default:
			return ""
		}
	})
	if why != "" {
		h.violate("2", "a route %s of %s (in %s) is made to %s, and nothing requires it: %s", to, table, at, target, why)
	}
}

// requiredBy finds a live open intent that lets cachegate write, and to which nothing
// is said against; else it gives what was said last.
func (h *harness) requiredBy(n *oracle.Network, writes string, against func(Intent, oracle.Cluster) string) string {
	why := "no open intent that counts now"
	for _, i := range h.live(h.now, false) {
		c, ok := n.Cluster(h.arn(i.Cluster))
		policy := h.effective(i.Cluster)
		switch {
		case !ok:
		case policy.Mode != "enforce":
			why = i.key() + ": the mode is " + policy.Mode
		case !policy.writes(writes):
			why = i.key() + ": the policy's writes do not include " + writes
		default:
			said := against(i, c)
			if said == "" {
				return ""
			}
			why = i.key() + ": " + said
		}
	}
	return why
}

// leadsToSource says whether a range is where a source of an intent is: the block of
// a VPC that holds it, or, in a data centre, the source itself. Of a group that cannot
// be read every VPC of its account may be the one.
func (h *harness) leadsToSource(n *oracle.Network, i Intent, c oracle.Cluster, dst netip.Prefix) bool {
	for _, v := range h.VPCs {
		if v.ID != c.VPC && slices.Contains(n.Blocks(v.ID), dst) && (h.someSourceIn(n, i, v.ID) || h.mayBeIn(i, c, v)) {
			return true
		}
	}
	for _, s := range i.Sources {
		if prefixOf(s) == dst || slices.Contains(n.PrefixList(s), dst) {
			return true
		}
	}
	return false
}

// mayBeIn says whether a group of an intent may be in a VPC, for all that can be read.
func (h *harness) mayBeIn(i Intent, c oracle.Cluster, v VPC) bool {
	return len(h.faults) > 0 && slices.ContainsFunc(i.Sources, func(s string) bool {
		return strings.HasPrefix(s, v.Account+"/sg-") || strings.HasPrefix(s, "sg-") && strings.Contains(c.ARN, ":"+v.Account+":")
	})
}

// judgeTransitRoute holds promises 2 and 8 against a static route of a transit
// gateway: it is for a cache's VPC or for a source, and no other route is in its way.
func (h *harness) judgeTransitRoute(n *oracle.Network, in *ec2.CreateTransitGatewayRouteInput) {
	table, to, target := aws.ToString(in.TransitGatewayRouteTableId), aws.ToString(in.DestinationCidrBlock), aws.ToString(in.TransitGatewayAttachmentId)
	dst := prefixOf(to)
	for _, r := range n.TransitRoutes(table) {
		same := len(r.TransitGatewayAttachments) == 1 && aws.ToString(r.TransitGatewayAttachments[0].TransitGatewayAttachmentId) == target
		if p := prefixOf(aws.ToString(r.DestinationCidrBlock)); !same && p.Bits() <= dst.Bits() && p.Contains(dst.Addr()) {
			h.violate("2", "the route %s of %s is made to %s against the one of %s", to, table, target, p)
		}
	}
	why := h.requiredBy(n, "tgw-routes", func(i Intent, c oracle.Cluster) string {
		switch {
		case !slices.Contains(over("tgw-"), i.Path):
			return "its path is " + i.Path
		case !slices.Contains(n.Blocks(c.VPC), dst) && !h.leadsToSource(n, i, c, dst):
			return "neither the cache nor a source is there"
		default:
			return ""
		}
	})
	if why == "" {
		if end := n.LeadsTo(h.gatewayTable(table).Gateway, target); strings.HasPrefix(end, "vpc-") && !slices.Contains(n.Blocks(end), dst) {
			why = end + " does not have it"
		}
	}
	if why != "" {
		h.violate("2", "the route %s of %s is made to %s, and nothing requires it: %s", to, table, target, why)
	}
}

// judgePropagation holds promises 2 and 8 against a propagation that is switched on.
func (h *harness) judgePropagation(n *oracle.Network, table, gateway string) {
	_, at := n.Routes(table)
	if !n.Attached(at, gateway) {
		h.violate("2", "propagation of %s into %s is switched on, and it is not attached to %s", gateway, table, at)
		return
	}
	why := h.requiredBy(n, "propagation", func(i Intent, c oracle.Cluster) string {
		switch {
		case !slices.Contains(over(gateway), i.Path):
			return "its path is " + i.Path
		case i.Via != "" && i.Via != gateway && at == c.VPC:
			return "it goes via " + i.Via
		case at != c.VPC && !h.someSourceIn(n, i, at):
			return "no source of it is in " + at
		default:
			return ""
		}
	})
	if why != "" {
		h.violate("2", "propagation of %s into %s is switched on, and nothing requires it: %s", gateway, table, why)
	}
}

// judgeGone holds promises 2, 3 and 5 against a route of a transit gateway, or a
// propagation, that cachegate takes away.
func (h *harness) judgeGone(what string, key ownRoute, target string, w awssim.Write, is func(change.Claim) bool, reads ...string) {
	if op := h.darkTo(w, reads...); op != "" {
		h.violate("5", "%s of %s is taken away while %s fails there", what, key.table, op)
	}
	if owned := h.own.routes[key]; owned != target {
		h.violate("3", "%s of %s is taken away, and it is not cachegate's", what, key.table)
	}
	if i := h.heldByMalformed(is); i != "" {
		h.violate("2", "%s of %s is taken away, and intent %s, which is malformed, holds it", what, key.table, i)
	}
}

func (h *harness) judgeGoneTransitRoute(n *oracle.Network, in *ec2.DeleteTransitGatewayRouteInput, w awssim.Write) {
	key := ownRoute{aws.ToString(in.TransitGatewayRouteTableId), aws.ToString(in.DestinationCidrBlock)}
	target := ""
	for _, r := range n.TransitRoutes(key.table) {
		if aws.ToString(r.DestinationCidrBlock) == key.to && r.Type == ec2types.TransitGatewayRouteTypeStatic && len(r.TransitGatewayAttachments) > 0 {
			target = aws.ToString(r.TransitGatewayAttachments[0].TransitGatewayAttachmentId)
		}
	}
	h.judgeGone("the route "+key.to, key, target, w, func(c change.Claim) bool {
		return c.Kind == change.TransitGatewayRoute && c.Resource == key.table && c.Destination.String() == key.to
	}, "DescribeTransitGatewayRouteTables", "SearchTransitGatewayRoutes")
}

func (h *harness) judgeGonePropagation(in *ec2.DisableVgwRoutePropagationInput, w awssim.Write) {
	gateway := aws.ToString(in.GatewayId)
	key := ownRoute{aws.ToString(in.RouteTableId), propagationOf(gateway)}
	h.judgeGone("the propagation of "+gateway, key, gateway, w, func(c change.Claim) bool {
		return c.Kind == change.Propagation && c.Resource == key.table && c.Target.ID == gateway
	}, "DescribeRouteTables")
}

// propagationOf stands in for the destination where a whole gateway propagates.
func propagationOf(gateway string) string { return "propagation of " + gateway }
