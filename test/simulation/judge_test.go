package simulation

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/test/oracle"
)

// judgeWrite holds promises 2, 3, 5 and 8 against one write of cachegate's; pre is
// the network just before it.
func (h *harness) judgeWrite(w awssim.Write, pre *oracle.Network) {
	switch in := w.Input.(type) {
	case *ec2.AuthorizeSecurityGroupIngressInput:
		for _, p := range oracle.AskedRules(in) {
			h.judgeNewRule(pre, aws.ToString(in.GroupId), p)
		}
	case *ec2.RevokeSecurityGroupIngressInput:
		for _, r := range pre.Rules(aws.ToString(in.GroupId)) {
			if slices.Contains(in.SecurityGroupRuleIds, aws.ToString(r.SecurityGroupRuleId)) {
				h.judgeGoneRule(pre, r, w)
			}
		}
		if len(in.IpPermissions) > 0 {
			h.violate("3", "rules are revoked by what they are, not by their ids: %+v", in.IpPermissions)
		}
	case *ec2.CreateRouteInput:
		h.judgeNewRoute(pre, aws.ToString(in.RouteTableId), aws.ToString(in.DestinationCidrBlock)+aws.ToString(in.DestinationIpv6CidrBlock), firstOf(in.VpcPeeringConnectionId, in.TransitGatewayId, in.GatewayId, in.NetworkInterfaceId))
	case *ec2.ReplaceRouteInput:
		to := aws.ToString(in.DestinationCidrBlock) + aws.ToString(in.DestinationIpv6CidrBlock)
		h.judgeGoneRoute(pre, aws.ToString(in.RouteTableId), to, w)
		h.judgeNewRoute(pre, aws.ToString(in.RouteTableId), to, firstOf(in.VpcPeeringConnectionId, in.TransitGatewayId, in.GatewayId, in.NetworkInterfaceId))
	case *ec2.DeleteRouteInput:
		h.judgeGoneRoute(pre, aws.ToString(in.RouteTableId), aws.ToString(in.DestinationCidrBlock)+aws.ToString(in.DestinationIpv6CidrBlock), w)
	case *ec2.ModifyVpcPeeringConnectionOptionsInput:
		h.judgeOption(pre, in)
	case *ec2.CreateTransitGatewayRouteInput:
		h.judgeTransitRoute(pre, in)
	case *ec2.DeleteTransitGatewayRouteInput:
		h.judgeGoneTransitRoute(pre, in, w)
	case *ec2.EnableVgwRoutePropagationInput:
		h.judgePropagation(pre, aws.ToString(in.RouteTableId), aws.ToString(in.GatewayId))
	case *ec2.DisableVgwRoutePropagationInput:
		h.judgeGonePropagation(in, w)
	default:
		h.violate("3", "%s is none of the writes that cachegate may make: %+v", w.Operation, w.Input)
	}
}

// judgeNewRule holds promises 2 and 8 against a rule that cachegate makes.
func (h *harness) judgeNewRule(n *oracle.Network, group string, r oracle.AskedRule) {
	if r.Protocol != "tcp" || r.From != r.To {
		h.violate("2", "a rule for %s %d-%d of %s is opened: no intent asks for more than one TCP port", r.Protocol, r.From, r.To, group)
		return
	}
	guarded := n.Guarded(group)
	for _, arn := range guarded {
		if mode := h.effective(h.byARN(arn)).Mode; mode != "enforce" {
			h.violate("8", "%s is opened for %s while the mode of %s, which it guards, is %s", group, r.Peer, arn, mode)
		}
	}
	why := "no open intent that counts now"
	for _, i := range h.live(h.now, false) {
		c, ok := n.Cluster(h.arn(i.Cluster))
		if !ok || !slices.Contains(guarded, c.ARN) {
			continue
		}
		p := h.effective(i.Cluster)
		switch {
		case !slices.Contains(portsOf(i, c), uint16(r.From)):
			why = i.key() + " does not ask for the port"
		case !h.namesPeer(n, i, r.Peer):
			why = i.key() + " does not name the source"
		case !p.writes("rules"):
			why = i.key() + ": the policy's writes do not include rules"
		case p.SharedGroups == "refuse" && h.shared(n, group, c.ARN):
			why = i.key() + ": the group is shared and the policy refuses that"
		default:
			return
		}
	}
	h.violate("2", "%s is opened for %s on %d, and nothing requires it: %s", group, r.Peer, r.From, why)
}

func portsOf(i Intent, c oracle.Cluster) []uint16 {
	if len(i.Ports) == 0 {
		return c.Ports
	}
	var out []uint16
	for _, p := range i.Ports {
		if slices.Contains(c.Ports, uint16(p)) {
			out = append(out, uint16(p))
		}
	}
	return out
}

// namesPeer says whether a rule's peer is one of the sources of an intent.
func (h *harness) namesPeer(n *oracle.Network, i Intent, peer string) bool {
	for _, s := range i.Sources {
		id := s
		if _, after, qualified := strings.Cut(s, "/sg-"); qualified {
			id = "sg-" + after
		}
		switch {
		case strings.HasPrefix(id, "sg-"), strings.HasPrefix(s, "pl-"):
			if id == peer {
				return true
			}
		case strings.HasPrefix(s, "vpc-"):
			if slices.Contains(n.Blocks(s), prefixOf(peer)) {
				return true
			}
		case prefixOf(s) == prefixOf(peer) && prefixOf(peer).IsValid():
			return true
		}
	}
	return false
}

// shared says whether a group guards more than a cluster: other caches, or
// interfaces that belong to none.
func (h *harness) shared(n *oracle.Network, group, arn string) bool {
	for _, other := range n.Guarded(group) {
		if other != arn {
			return true
		}
	}
	for _, i := range n.Members(group) {
		if aws.ToString(i.RequesterId) != "amazon-elasticache" {
			return true
		}
	}
	return false
}

// judgeNewRoute holds promises 2 and 8 against a route that cachegate makes: it
// leads over a peering connection between a cache's VPC and that of a source.
func (h *harness) judgeNewRoute(n *oracle.Network, table, to, target string) {
	if strings.HasPrefix(target, "tgw-") || strings.HasPrefix(target, "vgw-") {
		h.judgeGatewayRoute(n, table, to, target)
		return
	}
	_, at := n.Routes(table)
	dst := prefixOf(to)
	p, ok := n.Peering(target)
	if !ok || p.Status.Code != ec2types.VpcPeeringConnectionStateReasonCodeActive {
		h.violate("2", "a route %s of %s is made to %q, which is no active peering connection", to, table, target)
		return
	}
	ends := []string{aws.ToString(p.RequesterVpcInfo.VpcId), aws.ToString(p.AccepterVpcInfo.VpcId)}
	h.notAgainst(n, table, to, target)
	why := "no open intent that counts now"
	for _, i := range h.live(h.now, false) {
		c, ok := n.Cluster(h.arn(i.Cluster))
		if !ok || !slices.Contains(ends, c.VPC) || i.Path == "same-vpc" || i.Via != "" && i.Via != target {
			continue
		}
		far := ends[0]
		if far == c.VPC {
			far = ends[1]
		}
		policy := h.effective(i.Cluster)
		switch {
		case policy.Mode != "enforce":
			why = i.key() + ": the mode is " + policy.Mode
		case !policy.writes("routes"):
			why = i.key() + ": the policy's writes do not include routes"
		case !h.someSourceIn(n, i, far) && !h.onlyGuess(n, i, c, far):
			why = i.key() + ": none of its sources is in " + far
		case at == far && !slices.Contains(n.Blocks(c.VPC), dst), at == c.VPC && !slices.Contains(n.Blocks(far), dst) && !partOfShared(n, c.VPC, far, dst):
			why = i.key() + ": the destination is no block of the other VPC"
		default:
			return
		}
	}
	h.violate("2", "a route %s of %s (in %s) is made to %s, and nothing requires it: %s", to, table, at, target, why)
}

// partOfShared says whether a destination is a part of a VPC's block that another peer of the
// cache's VPC has too: then no route to the whole block is made.
func partOfShared(n *oracle.Network, cache, far string, dst netip.Prefix) bool {
	shares := slices.ContainsFunc(n.PeersOf(cache), func(other string) bool {
		return other != far && slices.ContainsFunc(n.Blocks(other), func(b netip.Prefix) bool { return slices.ContainsFunc(n.Blocks(far), b.Overlaps) })
	})
	return shares && slices.ContainsFunc(n.Blocks(far), func(b netip.Prefix) bool { return b.Bits() <= dst.Bits() && b.Contains(dst.Addr()) })
}

// notAgainst holds a new route against one that decides already, unless that is
// cachegate's own.
func (h *harness) notAgainst(n *oracle.Network, table, to, target string) {
	dst := prefixOf(to)
	other, found := n.Lookup(table, dst.Addr())
	by := targetOf(other)
	ours := h.own.routes[ownRoute{table, destinationOf(other)}] == by || h.own.routes[ownRoute{table, propagationOf(by)}] == by
	if found && by != target && covers(n, other, dst) && !ours {
		h.violate("2", "a route %s of %s is made to %s against the one to %s", to, table, target, by)
	}
}

func covers(n *oracle.Network, r ec2types.Route, dst netip.Prefix) bool {
	for _, p := range n.Destinations(r) {
		if p.Bits() <= dst.Bits() && p.Contains(dst.Addr()) {
			return true
		}
	}
	return false
}

// someSourceIn says whether a VPC holds one of the sources of an intent.
func (h *harness) someSourceIn(n *oracle.Network, i Intent, vpc string) bool {
	for _, s := range i.Sources {
		_, id, qualified := strings.Cut(s, "/sg-")
		switch {
		case qualified, strings.HasPrefix(s, "sg-"):
			if !qualified {
				id = s[3:]
			}
			if home, _, ok := n.GroupVPC("sg-" + id); ok && home == vpc {
				return true
			}
		case strings.HasPrefix(s, "vpc-"):
			if s == vpc {
				return true
			}
		default:
			ranges := []netip.Prefix{prefixOf(s)}
			if strings.HasPrefix(s, "pl-") {
				ranges = n.PrefixList(s)
			}
			if slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return within(n.Blocks(vpc), r) }) {
				return true
			}
		}
	}
	return false
}

// onlyGuess says whether groups of an intent that cannot be read can only be in a
// VPC: reads fail, the path is peering, and no other connection of the cache leads
// to the account.
func (h *harness) onlyGuess(n *oracle.Network, i Intent, c oracle.Cluster, vpc string) bool {
	if len(h.faults) == 0 {
		return false
	}
	account := n.PlaceOf(vpc).Account
	if i.Path != "peering" && account == n.PlaceOf(c.VPC).Account {
		return false
	}
	named := slices.ContainsFunc(i.Sources, func(s string) bool {
		return strings.HasPrefix(s, account+"/sg-") || strings.HasPrefix(s, "sg-") && account == n.PlaceOf(c.VPC).Account
	})
	leading := 0
	for _, other := range n.Behind(c, h.ask(i)) {
		if n.PlaceOf(other).Account == account {
			leading++
		}
	}
	return named && leading == 1
}

func within(blocks []netip.Prefix, p netip.Prefix) bool {
	return slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return p.IsValid() && b.Bits() <= p.Bits() && b.Contains(p.Addr()) })
}

// judgeOption holds promise 2 against a DNS option: switched on only, on the
// cache's side of a connection that an open intent leads over.
func (h *harness) judgeOption(n *oracle.Network, in *ec2.ModifyVpcPeeringConnectionOptionsInput) {
	id := aws.ToString(in.VpcPeeringConnectionId)
	p, _ := n.Peering(id)
	for _, side := range []struct {
		options  *ec2types.PeeringConnectionOptionsRequest
		own, far *ec2types.VpcPeeringConnectionVpcInfo
	}{
		{in.RequesterPeeringConnectionOptions, p.RequesterVpcInfo, p.AccepterVpcInfo},
		{in.AccepterPeeringConnectionOptions, p.AccepterVpcInfo, p.RequesterVpcInfo},
	} {
		if side.options == nil {
			continue
		}
		if !aws.ToBool(side.options.AllowDnsResolutionFromRemoteVpc) {
			h.violate("3", "the DNS option of %s is switched off", id)
			continue
		}
		required := slices.ContainsFunc(h.live(h.now, false), func(i Intent) bool {
			c, ok := n.Cluster(h.arn(i.Cluster))
			policy := h.effective(i.Cluster)
			return ok && c.VPC == aws.ToString(side.own.VpcId) && i.Path != "same-vpc" && (i.Via == "" || i.Via == id) &&
				policy.Mode == "enforce" && policy.writes("peering-dns") &&
				(h.someSourceIn(n, i, aws.ToString(side.far.VpcId)) || h.onlyGuess(n, i, c, aws.ToString(side.far.VpcId)))
		})
		if !required {
			h.violate("2", "the DNS option of %s is switched on for %s, and nothing requires it", id, aws.ToString(side.own.VpcId))
		}
	}
}
