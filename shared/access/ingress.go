package access

import (
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/network"
)

// refusal says why a rule may not be made (yet): what it waits for is Pending, what
// never works is Fail.
type refusal struct {
	blocked Block
	verdict Verdict
	// hop says that no rule can ever refer to the client's group. It is told where no
	// rule for its addresses lets it in.
	hop *Hop
}

// ingress judges whether the cluster's groups let a client in, and records the rules
// that it needs. The zero refusal is none.
type ingress struct {
	*tracing
	c  client
	no refusal
}

// judge adds a hop for each peer and set of groups.
func (t ingress) judge() {
	if len(t.c.peers) == 0 && t.c.unread != nil {
		h := Hop{Kind: HopIngress, Resource: "security groups of " + t.cluster.Name, Location: t.cluster.Location}
		t.add(h.unread(*t.c.unread).about("what to let in is not known"))
		t.needsUnknown(change.Rule, t.cluster.Location, true)
	}
	if t.no.hop != nil && !t.admittedByRange() {
		t.add(*t.no.hop)
	}
	for _, set := range gateSets(t.cluster) {
		for _, p := range t.c.peers {
			t.add(t.hop(set, p))
		}
	}
}

// families are those that the traffic of the source comes in.
func (t ingress) families() Families { return Families{V4: !t.v6, V6: t.v6} }

// admittedByRange says whether rules for its addresses let the client in on every port,
// whoever made them.
func (t ingress) admittedByRange() bool {
	for _, set := range gateSets(t.cluster) {
		for _, p := range t.c.peers {
			for _, port := range t.ports {
				if len(t.covering(set, port, p, namesGroup)) == 0 {
					return false
				}
			}
		}
	}
	return true
}

func namesGroup(r network.Rule) bool { return r.Peer.SecurityGroup != "" }

// covering gives the rules by which the first of a set of groups that does so lets a
// peer in on a port. Rules for which skip is true do not count.
func (t ingress) covering(set []string, port uint16, p network.Peer, skip func(network.Rule) bool) []string {
	for _, id := range set {
		gate, ok := t.Gate(id, port)
		if !ok {
			continue
		}
		if by := gate.CoveringIn(t.families(), t.peerIn(id, p), skip); len(by) > 0 {
			return by
		}
	}
	return nil
}

// hop judges whether a set of groups lets a peer in.
func (t ingress) hop(set []string, p network.Peer) Hop {
	group, shared := t.chooseGroup(set)
	h := Hop{Kind: HopIngress, Resource: group, Location: t.GroupHome(group)}
	if f, failed := t.unreadableGroup(set); failed {
		return t.unreadHop(h.unread(f), set, p)
	}
	no := t.no
	if no.blocked.None() {
		no = refusal{blocked: t.ruleBlocked(group, shared), verdict: Fail}
	}
	if no.blocked.None() && leaves(t.cluster, set) {
		no = refusal{blocked: blocked(BlockLeaving, "%s is being taken from %s", group, t.cluster.Name), verdict: Pending}
	}
	var by []string
	var missing []uint16
	for _, port := range t.ports {
		need := t.ruleNeed(group, set, port, p)
		need.Families, need.Blocked, need.RangesOnly = t.families(), no.blocked, no.hop != nil
		need.By = t.covering(set, port, p, func(r network.Rule) bool { return !need.Counts(r) })
		by = append(by, need.By...)
		if !need.Met() {
			missing = append(missing, port)
		}
		t.need(need)
	}
	if len(missing) == 0 {
		h = h.passing(by, "")
		h.Detail = fmt.Sprintf("%s lets %s in on %s", strings.Join(h.By, ", "), p, portsText(t.ports))
		return h
	}
	h = h.failing(fmt.Sprintf("no rule lets %s in on %s", p, portsText(missing)), t.opening(h, no, missing, p)...)
	if !no.blocked.None() {
		h.Verdict = no.verdict
	}
	return h.fixableUnless(no.blocked)
}

// unreadHop records what is needed of groups that could not be read.
func (t ingress) unreadHop(h Hop, set []string, p network.Peer) Hop {
	t.needsUnknown(change.Rule, t.cluster.Location, true)
	for _, port := range t.ports {
		need := t.ruleNeed(h.Resource, set, port, p)
		need.Blocked = Block{BlockUnread, h.Detail}
		t.need(need)
	}
	return h
}

// ruleNeed begins the need of a rule in a group; one in any of the set does as well.
func (t ingress) ruleNeed(group string, set []string, port uint16, p network.Peer) Need {
	return Need{
		Requirement: change.Requirement{Kind: change.Rule, Location: t.GroupHome(group), Resource: group, Port: port, Peer: t.peerIn(group, p)},
		Groups:      set,
	}
}

// opening says how a rule that is missing comes to be made. AWS refuses the command where
// no rule may refer to the group; and where a guard refuses it, nobody else is to run it.
func (t ingress) opening(h Hop, no refusal, missing []uint16, p network.Peer) []fix.Fix {
	switch no.blocked.Code {
	case BlockSharedGroup:
		return fixes(say("give %s a security group of its own: what is opened there is opened for it alone", t.cluster.Name))
	case BlockReference:
		return fixes(say("declare the addresses of %s in its place: no rule can refer to it from here", p))
	case BlockNotWorking:
		return fixes(say("nothing to do by hand: in mode enforce cachegate opens it once that works"))
	case BlockLeaving:
		return fixes(say("wait until it is gone: the groups that stay or come get the rule"))
	case BlockMissing:
		return fixes(say("give %s a security group that exists", t.cluster.Name))
	case BlockUnread, BlockUndecidedPath:
		return nil
	default:
	}
	var out []fix.Fix
	for _, port := range missing {
		out = append(out, authorizeCommand(h.Location, h.Resource, "ingress", port, p))
	}
	return out
}
