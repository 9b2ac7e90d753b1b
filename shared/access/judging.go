package access

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Declared is what is judged: an intent with the policy of its cluster.
type Declared struct {
	Intent intent.Intent
	Policy intent.Policy
	// Own says whether the route of a table to a destination is cachegate's: such
	// a route may be replaced. Nil: none is.
	Own func(change.Requirement) bool
}

// judging collects the hops of one intent.
type judging struct {
	*Index
	Declared
	cluster network.Cluster
	vpc     network.VPC
	ports   []uint16
	// v6 is the family of the source that is judged just now.
	v6      bool
	hops    []Hop
	needs   []Need
	unknown []UnknownNeeds
	known   map[string]int
}

// failSource records that no need could be derived for a source.
func (j *judging) failSource(h Hop) {
	j.add(h)
	j.unknown = append(j.unknown, UnknownNeeds{Unread: h.Verdict == Unknown})
}

// add appends a hop once; the same hop for several sources stands for all.
func (j *judging) add(hops ...Hop) {
	for _, h := range hops {
		h.Side = h.side()
		key := fmt.Sprintf("%s|%s|%s|%s|%s", h.Kind, h.Resource, h.Location, h.Verdict, h.Detail)
		if i, ok := j.known[key]; ok {
			if j.hops[i].Source != h.Source {
				j.hops[i].Source = ""
			}
			continue
		}
		j.known[key] = len(j.hops)
		j.hops = append(j.hops, h)
	}
}

// need records a requirement once.
func (j *judging) need(n Need) {
	for i := range j.needs {
		if j.needs[i].Requirement == n.Requirement {
			return
		}
	}
	j.needs = append(j.needs, n)
}

// cacheSubnets are the cluster's subnets, as far as they were read.
func (j *judging) cacheSubnets() []network.Subnet {
	var out []network.Subnet
	for _, id := range j.cluster.Subnets {
		if sn, ok := j.Subnets[id]; ok {
			out = append(out, sn)
		}
	}
	slices.SortFunc(out, func(a, b network.Subnet) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// unreadSubnets is why the cache's own subnets are not known.
func (j *judging) unreadSubnets() *network.Failure {
	if f, dark := j.ReadFailure(j.cluster.Location, network.KindSubnet, network.KindVPC); dark {
		return &f
	}
	return nil
}

// sourceFamily sets the family to judge a source in and says whether the
// cluster has an address of it.
func (j *judging) sourceFamily(s intent.Source) bool {
	j.v6 = j.cluster.V6()
	if s.Kind != intent.CIDR {
		return true
	}
	j.v6 = s.Prefix.Addr().Is6()
	if j.cluster.Accepts(s.Prefix) {
		return true
	}
	j.add(Hop{
		Kind: HopAddressFamily, Resource: j.cluster.Name, Location: j.cluster.Location, Verdict: Fail, Source: s.String(),
		Detail: fmt.Sprintf("the cluster's network type is %s, and %s is not of that family", j.cluster.NetworkType, s),
		Fixes:  fixes(say("declare the source in the cluster's address family"), say("%s fixes the network type when a cluster is created", resource.Of(j.cluster).Title)),
	})
	return false
}

// clusterHop judges the cluster itself.
func clusterHop(c network.Cluster) Hop {
	h := Hop{Kind: HopCluster, Resource: c.Name, Location: c.Location, Verdict: Pass, By: []string{c.Name}, Detail: "is " + c.Status}
	service := resource.Of(c)
	switch {
	case c.Public:
		h.Verdict, h.By = Fail, nil
		h.Detail = fmt.Sprintf("is a %s with a public endpoint, which no security group or route guards", resource.Noun(c))
		h.Fixes = fixes(say("%s", service.MakePrivate), say("%s fixes it at creation", service.Title))
	case resource.StateOf(c) == resource.Making:
		h.Verdict, h.By = Pending, nil
		h = h.waiting()
	case resource.StateOf(c) == resource.Ending:
		h = h.failing("is "+c.Status+": it goes away", say("delete the intent, or declare it for the cluster that takes the place of this one"))
	case resource.StateOf(c) == resource.Broken:
		h = h.failing("is "+c.Status+": it serves nobody", say("see its events; delete it and create it again"))
	case len(c.SecurityGroups) == 0:
		h.Verdict, h.By = Unknown, nil
		h.Detail = fmt.Sprintf("has no security group in what %s says of it", service.Title)
		h.Fixes = fixes(command(c.Location, "%s", service.ShowGroups).Because("check"), say("check that a security group is attached"))
	}
	if h.Detail == "is " {
		h.Detail = "exists"
	}
	return h
}
