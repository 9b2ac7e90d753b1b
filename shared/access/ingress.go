package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// gateSets gives the sets of groups that must each let the sources in: all of
// the cluster's groups, or, while it changes groups, those it has and those that
// come or go.
func gateSets(c network.Cluster) [][]string {
	var settled, moving []string
	for _, m := range c.SecurityGroups {
		if m.Active() {
			settled = append(settled, m.SecurityGroup)
		} else {
			moving = append(moving, m.SecurityGroup)
		}
	}
	var out [][]string
	for _, set := range [][]string{settled, moving} {
		if len(set) > 0 {
			slices.Sort(set)
			out = append(out, set)
		}
	}
	return out
}

// chooseGroup gives the group of a set where a rule is made: the lowest id of
// those that guard only this cluster, else the lowest id; shared tells which.
func (ix *Index) chooseGroup(set []string) (group string, shared bool) {
	for _, id := range set {
		if len(ix.guarded[id]) == 1 && len(ix.Bystanders(id)) == 0 {
			return id, false
		}
	}
	return set[0], true
}

// refusal says why a rule may not be made (yet): what it waits for is Pending,
// what never works is Fail.
type refusal struct {
	blocked Block
	verdict Verdict
	// hop tells that no rule can ever refer to the client's group, where none for its
	// addresses lets it in.
	hop *Hop
}

// ingress judges whether the cluster's groups let a client in, a hop for each
// peer and set of groups, and records the rules that it needs.
func (j *judging) ingress(c client, no refusal) {
	if len(c.peers) == 0 && c.dark != nil {
		h := Hop{Kind: HopIngress, Resource: "security groups of " + j.cluster.Name, Location: j.cluster.Location, Verdict: Unknown, Source: c.source.String()}
		h = h.unread(*c.dark)
		h.Detail = "what to let in is not known: " + h.Detail
		j.add(h)
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.Rule, Location: j.cluster.Location, Unread: true})
	}
	if no.hop != nil && !j.admittedByRange(c) {
		j.add(*no.hop)
	}
	for _, set := range gateSets(j.cluster) {
		for _, p := range c.peers {
			j.add(j.ingressHop(c, set, p, no))
		}
	}
}

// admittedByRange says whether rules for its addresses let a client in on every port,
// whoever made them.
func (j *judging) admittedByRange(c client) bool {
	for _, set := range gateSets(j.cluster) {
		for _, p := range c.peers {
			for _, port := range j.ports {
				if !slices.ContainsFunc(set, func(id string) bool {
					gate, ok := j.Gate(id, port)
					return ok && len(gate.CoveringIn(Families{V4: !j.v6, V6: j.v6}, p, namesGroup)) > 0
				}) {
					return false
				}
			}
		}
	}
	return true
}

func (j *judging) ingressHop(c client, set []string, p network.Peer, no refusal) Hop {
	group, shared := j.chooseGroup(set)
	h := Hop{Kind: HopIngress, Resource: group, Location: j.cluster.Location, Source: c.source.String()}
	if f, dark := j.unreadableGroup(set); dark {
		h = h.unread(f)
		j.unknown = append(j.unknown, UnknownNeeds{Kind: change.Rule, Location: j.cluster.Location, Unread: true})
		for _, port := range j.ports {
			j.need(Need{
				Requirement: change.Requirement{Kind: change.Rule, Location: j.cluster.Location, Resource: group, Port: port, Peer: p},
				Groups:      set, Blocked: Block{BlockUnread, h.Detail},
			})
		}
		return h
	}
	if no.blocked.None() {
		no = refusal{blocked: j.ruleBlocked(group, shared), verdict: Fail}
	}
	var missing []uint16
	for _, port := range j.ports {
		need := Need{Requirement: change.Requirement{Kind: change.Rule, Location: j.cluster.Location, Resource: group, Port: port, Peer: p}, Groups: set, Families: Families{V4: !j.v6, V6: j.v6}, Blocked: no.blocked, RangesOnly: no.hop != nil}
		for _, id := range set {
			gate, ok := j.Gate(id, port)
			if !ok {
				continue
			}
			if by := gate.CoveringIn(need.Families, p, func(r network.Rule) bool { return !need.Counts(r) }); len(by) > 0 {
				need.By = by
				h.By = append(h.By, by...)
				break
			}
		}
		if !need.Met() {
			missing = append(missing, port)
		}
		j.need(need)
	}
	return j.ingressVerdict(h, p, missing, no)
}

func namesGroup(r network.Rule) bool { return r.Peer.SecurityGroup != "" }

func (j *judging) ingressVerdict(h Hop, p network.Peer, missing []uint16, no refusal) Hop {
	if len(missing) == 0 {
		h.Verdict = Pass
		slices.Sort(h.By)
		h.By = slices.Compact(h.By)
		h.Detail = fmt.Sprintf("%s lets %s in on %s", strings.Join(h.By, ", "), p, portsText(j.ports))
		return h
	}
	h.Verdict, h.By = Fail, nil
	h.Detail = fmt.Sprintf("no rule lets %s in on %s", p, portsText(missing))
	h.Fixes = fixes(authorizeCommand(h.Location, h.Resource, "ingress", missing[0], p))
	if !no.blocked.None() {
		h.Verdict = no.verdict
	}
	return h.fixableUnless(no.blocked)
}

// ruleBlocked says why cachegate may not write a rule into a group.
func (j *judging) ruleBlocked(group string, shared bool) Block {
	if _, ok := j.SecurityGroups[group]; !ok {
		return blocked(BlockMissing, "security group %s does not exist", group)
	}
	if left := j.writesLeaveOut(change.Rule); !left.None() {
		return left
	}
	if !shared || j.Policy.SharedGroups == intent.Allow {
		return Block{}
	}
	sharers := j.SharedWith(group, j.cluster.ARN)
	if sharers.None() {
		return Block{}
	}
	return Block{BlockSharedGroup, sharers.String()}
}

// unreadableGroup gives the failure that hides the rules of a set of groups, or
// who else they guard.
func (j *judging) unreadableGroup(set []string) (network.Failure, bool) {
	for _, id := range set {
		for _, k := range []network.Kind{network.KindSecurityGroup, network.KindRule, network.KindNetworkInterface} {
			if f, dark := j.Failed(j.cluster.Location, k, id); dark {
				return f, true
			}
		}
	}
	return j.ReadFailure(j.cluster.Location, network.KindCluster)
}

func portsText(ports []uint16) string {
	parts := make([]string, len(ports))
	for i, p := range ports {
		parts[i] = fmt.Sprint(p)
	}
	return "TCP " + strings.Join(parts, ", ")
}

// authorizeCommand gives the CLI command that adds a rule.
func authorizeCommand(l network.Location, group, direction string, port uint16, p network.Peer) fix.Fix {
	var peer string
	switch {
	case p.CIDR.IsValid() && p.CIDR.Addr().Is4():
		peer = fmt.Sprintf("IpRanges=[{CidrIp=%s}]", p.CIDR)
	case p.CIDR.IsValid():
		peer = fmt.Sprintf("Ipv6Ranges=[{CidrIpv6=%s}]", p.CIDR)
	case p.PrefixList != "":
		peer = fmt.Sprintf("PrefixListIds=[{PrefixListId=%s}]", p.PrefixList)
	case p.Account != "":
		peer = fmt.Sprintf("UserIdGroupPairs=[{GroupId=%s,UserId=%s}]", p.SecurityGroup, p.Account)
	default:
		peer = fmt.Sprintf("UserIdGroupPairs=[{GroupId=%s}]", p.SecurityGroup)
	}
	return command(l, "aws ec2 authorize-security-group-%s --group-id %s --ip-permissions 'IpProtocol=tcp,FromPort=%d,ToPort=%d,%s'",
		direction, group, port, port, peer)
}
