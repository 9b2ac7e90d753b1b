package access

import (
	"cmp"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// gateSets gives the sets of groups that must each let the sources in: all of
// the cluster's groups, or, while it changes groups, those it keeps, those that come
// and those that leave. What comes needs its rule before what leaves is gone, and
// nobody knows when a node passes from one to the other.
func gateSets(c network.Cluster) [][]string {
	var kept, coming, leaving []string
	for _, m := range c.SecurityGroups {
		switch {
		case m.Active():
			kept = append(kept, m.SecurityGroup)
		case m.Leaving():
			leaving = append(leaving, m.SecurityGroup)
		default:
			coming = append(coming, m.SecurityGroup)
		}
	}
	var out [][]string
	for _, set := range [][]string{kept, coming, leaving} {
		if len(set) > 0 {
			slices.Sort(set)
			out = append(out, set)
		}
	}
	return out
}

// leaves says whether the groups of a set are on their way out, while others stay or come.
// What they have they keep until they are gone; nothing new is opened there.
func leaves(c network.Cluster, set []string) bool {
	all := true
	for _, m := range c.SecurityGroups {
		all = all && m.Leaving()
		if slices.Contains(set, m.SecurityGroup) && !m.Leaving() {
			return false
		}
	}
	return !all
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

// ownerOf gives the account that owns a group of the cluster.
func (j *judging) ownerOf(group string) string { return j.GroupHome(group).Account }

// GroupHome is where a group of the unit is changed: at its owner's, who may be another
// account that shares it.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-sharing.html
func (ix *Index) GroupHome(group string) network.Location {
	if g, ok := ix.SecurityGroups[group]; ok {
		return g.Home()
	}
	return ix.Unit.Location
}

// peerIn gives a peer of the cluster's account as a rule of a group names it: with the
// account of a group that the owner of this one does not own.
func (j *judging) peerIn(group string, p network.Peer) network.Peer {
	if p.SecurityGroup == "" {
		return p
	}
	account := cmp.Or(p.Account, j.cluster.Account)
	p.Account = ""
	if account != j.ownerOf(group) {
		p.Account = account
	}
	return p
}

// unreadableGroup gives the failure that hides the rules of a set of groups, or
// who else they guard.
func (j *judging) unreadableGroup(set []string) (network.Failure, bool) {
	for _, id := range set {
		for _, k := range []network.Kind{network.KindSecurityGroup, network.KindRule, network.KindNetworkInterface} {
			if f, failed := j.Failed(j.cluster.Location, k, id); failed {
				return f, true
			}
		}
	}
	return j.ReadFailure(j.cluster.Location, network.KindCluster)
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
