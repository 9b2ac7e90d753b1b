package plan

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// quotas refuses the opens of an enforcement point that has no room for them.
func (p *planner) quotas() {
	groups := map[string][]*opening{}
	tables := map[string][]*opening{}
	for _, o := range p.opens {
		switch {
		case o.change.Outcome != "":
		case o.change.Action == change.AuthorizeIngress:
			groups[o.Resource] = append(groups[o.Resource], o)
		case o.change.Action == change.CreateRoute:
			tables[o.Resource] = append(tables[o.Resource], o)
		}
	}
	for group, opens := range groups {
		p.groupQuota(group, opens)
	}
	for table, opens := range tables {
		p.tableQuota(table, opens)
	}
}

// load counts rules or routes by family; EC2's quotas hold for each alone.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
type load struct{ v4, v6 int }

func (l load) plus(m load, times int) load { return load{l.v4 + times*m.v4, l.v6 + times*m.v6} }

// over gives by how much a load exceeds a quota in its worse family.
func (l load) over(quota int) int { return max(l.v4-quota, l.v6-quota, 0) }

func (p *planner) weight(peer network.Peer) load {
	switch {
	case peer.PrefixList != "":
		list := p.Index.PrefixLists[peer.PrefixList]
		n := max(list.MaxEntries, len(list.Entries), 1)
		if slices.ContainsFunc(list.Entries, func(e netip.Prefix) bool { return e.Addr().Is6() }) {
			return load{v6: n}
		}
		return load{v4: n}
	case peer.CIDR.IsValid() && peer.CIDR.Addr().Is6():
		return load{v6: 1}
	case peer.CIDR.IsValid():
		return load{v4: 1}
	default: // a referenced group counts in both families
		return load{v4: 1, v6: 1}
	}
}

func (p *planner) groupQuota(group string, opens []*opening) {
	quota := p.groupPolicy(p.Index.Guarded(group)).RulesPerGroup
	var now, coming, leaving load
	for _, r := range p.Index.SecurityGroups[group].Ingress() {
		now = now.plus(p.weight(r.Peer), 1)
	}
	for _, o := range opens {
		coming = coming.plus(p.weight(o.Peer), 1)
	}
	if now.plus(coming, 1).over(quota) == 0 {
		return
	}
	free := p.freeCloses(change.RevokeIngress, group)
	for _, c := range free {
		leaving = leaving.plus(p.weight(c.change.Rule.Peer), 1)
	}
	lacks := now.plus(coming, 1).plus(leaving, -1).over(quota)
	if lacks == 0 {
		for _, c := range free {
			c.change.First = true
		}
		return
	}
	for _, o := range opens {
		o.refuse(change.GuardQuota, fmt.Sprintf("security group %s lacks room for %d more rule(s): its quota is %d; raise the quota and rulesPerGroup in the policy, or declare wider sources", group, lacks, quota))
	}
}

// freeCloses are the closes of an enforcement point that carry nothing that
// anybody needs, not even a part of it: they may go before the opens.
func (p *planner) freeCloses(action change.Action, resource string) []*closing {
	needed := map[*closing]bool{}
	for _, d := range p.desired {
		for _, c := range p.carrying(d) {
			needed[c] = true
		}
	}
	var out []*closing
	for _, c := range p.closes {
		if c.goes() && c.change.Action == action && c.change.Resource == resource && !needed[c] && p.mode(&c.change) == intent.Enforce {
			out = append(out, c)
		}
	}
	return out
}

func (p *planner) tableQuota(table string, opens []*opening) {
	quota := 0
	for _, o := range opens {
		for _, k := range o.change.Intents {
			if q := p.policy(k.Cluster).RoutesPerTable; quota == 0 || q < quota {
				quota = q
			}
		}
	}
	var now, coming, leaving load
	for _, r := range p.Index.RouteTables[table].Routes {
		if r.Origin == network.OriginPropagation {
			continue
		}
		now = now.plus(familyLoad(r.Destination), 1)
	}
	for _, o := range opens {
		coming = coming.plus(familyLoad(o.Destination), 1)
	}
	if now.plus(coming, 1).over(quota) == 0 {
		return
	}
	free := p.freeCloses(change.DeleteRoute, table)
	for _, c := range free {
		leaving = leaving.plus(familyLoad(c.change.Destination), 1)
	}
	lacks := now.plus(coming, 1).plus(leaving, -1).over(quota)
	if lacks == 0 {
		for _, c := range free {
			c.change.First = true
		}
		return
	}
	for _, o := range opens {
		o.refuse(change.GuardQuota, fmt.Sprintf("route table %s lacks room for %d more route(s): its quota is %d; raise the quota and routesPerTable in the policy", table, lacks, quota))
	}
}

func familyLoad(p netip.Prefix) load {
	if p.Addr().Is6() {
		return load{v6: 1}
	}
	return load{v4: 1}
}
