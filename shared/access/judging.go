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
	// ForOthers says whether the route of a table to a destination was made for other
	// intents alone: such a route does not tell which way is meant for this one. Nil: none
	// was.
	ForOthers func(change.Requirement) bool
	// Part narrows what is judged; empty: all of it.
	Part Part
}

// judging judges one intent: it collects the hops, the needs, and what needs are not
// known.
type judging struct {
	*Index
	Declared
	cluster network.Cluster
	vpc     network.VPC
	ports   []uint16
	hops    []Hop
	needs   []Need
	unknown []UnknownNeeds
	known   map[hopKey]int
	// ambiguous says that the way of a source is not clear: then nothing of the intent is
	// written.
	ambiguous bool
}

// hopKey tells hops apart.
type hopKey struct {
	kind     HopKind
	resource string
	network.Location
	verdict Verdict
	detail  string
}

// add appends a hop once; the same hop for several sources stands for all.
func (j *judging) add(h Hop) {
	h.Side = h.side()
	key := hopKey{h.Kind, h.Resource, h.Location, h.Verdict, h.Detail}
	if i, ok := j.known[key]; ok {
		if j.hops[i].Source != h.Source {
			j.hops[i].Source = ""
		}
		return
	}
	j.known[key] = len(j.hops)
	j.hops = append(j.hops, h)
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

// noNeedKnown records that no need could be derived; unread, because something could
// not be read.
func (j *judging) noNeedKnown(unread bool) { j.needsUnknown("", network.Location{}, unread) }

// needsUnknown records that needs of a kind in a location could not be derived. Of
// routes, propagations count as well.
func (j *judging) needsUnknown(kind change.Kind, at network.Location, unread bool) {
	j.unknown = append(j.unknown, UnknownNeeds{Kind: kind, Location: at, Unread: unread})
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
	return j.Part.ofCache(out)
}

// viaAllows says whether the intent leaves it open what the path goes over, or names
// just this.
func (d Declared) viaAllows(id string) bool { return d.Intent.Via == "" || d.Intent.Via == id }

// failure gives the first failed read of some kinds in a location, and nil where
// there is none.
func (j *judging) failure(at network.Location, kinds ...network.Kind) *network.Failure {
	if f, failed := j.ReadFailure(at, kinds...); failed {
		return &f
	}
	return nil
}

// anyFailure gives the first failed read of a kind wherever it was.
func (j *judging) anyFailure(kind network.Kind) *network.Failure {
	if i := slices.IndexFunc(j.Failures, func(f network.Failure) bool { return f.Kind == kind }); i >= 0 {
		return &j.Failures[i]
	}
	return nil
}

// unreadLocation gives why nothing of a location is in the snapshot: the first failure
// there, or that nobody tried, since the deployment does not list it.
func (j *judging) unreadLocation(at network.Location) *network.Failure {
	for _, f := range j.Failures {
		if f.Location == at {
			return &f
		}
	}
	return &network.Failure{Location: at, Operation: "ec2:DescribeVpcs", Code: "no permission (the account is not read)"}
}

// PublicEndpoint says that everybody may reach a cluster with a public endpoint, and how it
// becomes private.
func PublicEndpoint(c network.Cluster) (says, mend string) {
	service := resource.Of(c)
	return fmt.Sprintf("%s %s has a public endpoint: everybody may reach it", resource.Noun(c), c.Name),
		fmt.Sprintf("%s; %s fixes it at creation", service.MakePrivate, service.Title)
}

// clusterHop judges the cluster itself.
func clusterHop(c network.Cluster) Hop {
	h := Hop{Kind: HopCluster, Resource: c.Name, Location: c.Location, Verdict: Pass, By: []string{c.Name}, Detail: "is " + c.Status}
	service := resource.Of(c)
	switch {
	case c.Public:
		h.Verdict, h.By = Fail, nil
		h.Detail = fmt.Sprintf("is a %s with a public endpoint, which no security group or route guards", resource.Noun(c))
		_, mend := PublicEndpoint(c)
		h.Fixes = fixes(say("%s", mend))
	case resource.StateOf(c) == resource.Making:
		h.Verdict, h.By = Pending, nil
		h = h.waiting()
	case resource.StateOf(c) == resource.Ending:
		h = h.failing("is "+c.Status+": it goes away", say("delete the intent, or declare it for the cluster that replaces this one"))
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
