package simulation

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/test/oracle"
)

// judgeGoneRule holds promises 3, 5 and 8 against a rule that cachegate revokes.
func (h *harness) judgeGoneRule(n *oracle.Network, r ec2types.SecurityGroupRule, w awssim.Write) {
	group := aws.ToString(r.GroupId)
	name := aws.ToString(r.SecurityGroupRuleId) + " (" + contentOf(r) + ") of " + group
	for _, arn := range n.Guarded(group) {
		if mode := h.effective(h.byARN(arn)).Mode; mode != "enforce" {
			h.violate("8", "%s is revoked while the mode of %s is %s", name, arn, mode)
		}
	}
	if op := h.darkTo(w, "DescribeSecurityGroups", "DescribeSecurityGroupRules"); op != "" {
		h.violate("5", "%s is revoked while %s fails there", name, op)
	}
	if h.own.holds(r) {
		if i := h.heldByMalformed(func(c change.Claim) bool { return c.RuleID == aws.ToString(r.SecurityGroupRuleId) }); i != "" && !h.declaredClosed(n, r) {
			h.violate("2", "%s is revoked, and intent %s, which is malformed, holds it", name, i)
		}
		return
	}
	if h.declaredClosed(n, r) || h.revokedByPolicy(n, r) {
		return
	}
	h.violate("3", "%s is revoked, and cachegate did not put it there, no closed intent covers it, and no policy revokes it", name)
}

// darkTo gives a read that fails for good where a write is made: one of the named,
// or of the caches there, where something is declared for one of them.
func (h *harness) darkTo(w awssim.Write, operations ...string) string {
	if slices.ContainsFunc(h.intents, func(i Intent) bool { return strings.Contains(h.arn(i.Cluster), ":"+w.Region+":"+w.Account+":") }) {
		operations = append(operations, "DescribeCacheClusters", "DescribeReplicationGroups", "DescribeCacheSubnetGroups", "DescribeServerlessCaches")
	}
	for _, f := range h.faults {
		if f.Times != 0 || f.Every > 1 || f.Account != w.Account || f.Region != w.Region {
			continue
		}
		if f.Operation == "" {
			return "every read"
		}
		if slices.Contains(operations, f.Operation) {
			return f.Operation
		}
	}
	return ""
}

// declaredClosed says whether a closed intent that counts now covers a rule: it is
// on the intent's ports only, and its source lies within the closed ones.
func (h *harness) declaredClosed(n *oracle.Network, r ec2types.SecurityGroupRule) bool {
	for _, i := range h.live(h.now, true) {
		c, ok := n.Cluster(h.arn(i.Cluster))
		if ok && slices.Contains(n.Guarded(aws.ToString(r.GroupId)), c.ARN) && h.liesIn(n, i, c, r) && (onlyOn(r, portsOf(i, c)) || h.separated(n, i, c, r)) {
			return true
		}
	}
	return false
}

// separated says whether every other port of the group's clusters that a rule is for is
// declared open for all that the rule lets in: that is opened by itself first.
func (h *harness) separated(n *oracle.Network, closed Intent, c oracle.Cluster, r ec2types.SecurityGroupRule) bool {
	if p := aws.ToString(r.IpProtocol); p != "tcp" && p != "6" {
		return false
	}
	touches := func(port uint16) bool {
		return aws.ToInt32(r.FromPort) <= int32(port) && int32(port) <= aws.ToInt32(r.ToPort)
	}
	declared := func(guarded oracle.Cluster, port uint16) bool {
		return slices.ContainsFunc(h.live(h.now, false), func(o Intent) bool {
			return h.arn(o.Cluster) == guarded.ARN && slices.Contains(portsOf(o, guarded), port) && h.liesIn(n, o, guarded, r)
		})
	}
	for _, arn := range n.Guarded(aws.ToString(r.GroupId)) {
		guarded, ok := n.Cluster(arn)
		for _, port := range portsOf(Intent{}, guarded) {
			if ok && touches(port) && (arn != c.ARN || !slices.Contains(portsOf(closed, c), port)) && !declared(guarded, port) {
				return false
			}
		}
	}
	return true
}

// onlyOn says whether a rule is for TCP on some of the ports and on nothing else.
func onlyOn(r ec2types.SecurityGroupRule, ports []uint16) bool {
	if p := aws.ToString(r.IpProtocol); p != "tcp" && p != "6" {
		return false
	}
	from, to := aws.ToInt32(r.FromPort), aws.ToInt32(r.ToPort)
	for p := from; p <= to; p++ {
		if p < 1 || p > 65535 || !slices.Contains(ports, uint16(p)) {
			return false
		}
	}
	return from <= to
}

// liesIn says whether the source of a rule lies within the sources of an intent. A
// group does where all addresses do that its members may come from.
func (h *harness) liesIn(n *oracle.Network, i Intent, c oracle.Cluster, r ec2types.SecurityGroupRule) bool {
	var b netipx.IPSetBuilder
	add := func(prefixes []netip.Prefix) {
		for _, p := range prefixes {
			b.AddPrefix(p)
		}
	}
	account, id, isGroup := strings.Cut(peerOf(r), "/sg-")
	id = "sg-" + id
	home, at, _ := n.GroupVPC(id)
	for _, s := range i.Sources {
		switch {
		case isGroup && (s == id || s == account+"/"+id), s == peerOf(r), isGroup && s == home:
			return true
		case strings.HasPrefix(s, "vpc-"):
			add(n.Blocks(s))
		case strings.HasPrefix(s, "pl-"):
			add(n.PrefixList(s))
		case prefixOf(s).IsValid():
			b.AddPrefix(prefixOf(s))
		}
	}
	set, err := b.IPSet()
	if err != nil {
		return false
	}
	var ranges []netip.Prefix
	switch {
	case isGroup && at.Account != "":
		ranges = slices.DeleteFunc(n.Blocks(home), func(p netip.Prefix) bool { return p.Addr().Is6() && !c.V6 || p.Addr().Is4() && !c.V4 })
	case isGroup: // nobody knows where it is: only everything holds it
		if c.V4 {
			ranges = append(ranges, netip.MustParsePrefix("0.0.0.0/0"))
		}
		if c.V6 {
			ranges = append(ranges, netip.MustParsePrefix("::/0"))
		}
	case strings.HasPrefix(peerOf(r), "pl-"):
		ranges = n.PrefixList(peerOf(r))
	case !isGroup:
		ranges = []netip.Prefix{prefixOf(peerOf(r))}
	}
	return len(ranges) > 0 && !slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return !set.ContainsPrefix(p) })
}

// revokedByPolicy says whether undeclared access by a rule is to be revoked: all
// caches of the group say so, the group guards nothing else, and the rule is for
// their ports and nothing else.
func (h *harness) revokedByPolicy(n *oracle.Network, r ec2types.SecurityGroupRule) bool {
	group := aws.ToString(r.GroupId)
	guarded := n.Guarded(group)
	if len(guarded) != 1 || h.shared(n, group, guarded[0]) {
		return false
	}
	c, _ := n.Cluster(guarded[0])
	_, id, _ := strings.Cut(peerOf(r), "/")
	return h.effective(h.byARN(c.ARN)).Undeclared == "revoke" && onlyOn(r, c.Ports) && id != group
}

// judgeGoneRoute holds promises 3 and 5 against a route that cachegate deletes or replaces.
func (h *harness) judgeGoneRoute(n *oracle.Network, table, to string, w awssim.Write) {
	if op := h.darkTo(w, "DescribeRouteTables"); op != "" {
		h.violate("5", "the route %s of %s is deleted while %s fails there", to, table, op)
	}
	routes, _ := n.Routes(table)
	for _, r := range routes {
		if destinationOf(r) != to || r.Origin == ec2types.RouteOriginEnableVgwRoutePropagation {
			continue
		}
		if owned := h.own.routes[ownRoute{table, to}]; owned != targetOf(r) {
			h.violate("3", "the route %s to %s of %s is deleted or replaced, and it is not cachegate's", to, targetOf(r), table)
		}
		is := func(c change.Claim) bool {
			return c.Kind == change.Route && c.Resource == table && c.Destination.String() == to
		}
		if i := h.heldByMalformed(is); i != "" {
			h.violate("2", "the route %s of %s is deleted or replaced, and intent %s, which is malformed, holds it", to, table, i)
		}
	}
}
