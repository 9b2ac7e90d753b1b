package access

import (
	"cmp"
	"fmt"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Judge says how an intent stands in the snapshot: every hop of every source at
// once, the requirements of an open intent, and the rules that a closed one speaks
// against.
func (ix *Index) Judge(d Declared) Judgement {
	j := &judging{Index: ix, Declared: d, known: map[hopKey]int{}}
	found := Judgement{Intent: d.Intent, Path: d.Intent.Path}
	switch {
	case !j.begin():
		j.noNeedKnown(worst(j.hops) == StateUnknown)
	case d.Intent.Access == intent.Closed:
		found.Admitting = j.closed()
	default:
		found.Path = j.open()
	}
	j.nameTheNewConnection()
	sortHops(j.hops)
	found.Hops, found.Needs, found.Unknown, found.State = j.hops, j.needs, j.unknown, worst(j.hops)
	if d.Intent.Access == intent.Closed {
		found.State = worstGate(j.hops)
		found.Satisfied = found.State == StateClosed
		found.Needs = nil
		return found
	}
	found.Satisfied = found.State == StateOpen
	return found
}

// begin finds the cluster, its VPC and the ports; false where the rest cannot be judged.
func (j *judging) begin() bool {
	arn, err := resource.ParseARN(j.Intent.Cluster)
	if err != nil {
		j.add(Hop{Kind: HopCluster, Resource: j.Intent.Cluster, Verdict: Fail, Detail: "the cluster is not an " + resource.Titles() + " ARN", Fixes: fixes(say("correct the intent's cluster: it %v", err))})
		return false
	}
	at := arn.Location()
	c, ok := j.Cluster(j.Intent.Cluster)
	if !ok {
		j.add(j.noCluster(arn))
		return false
	}
	j.cluster = c
	h := clusterHop(c)
	ports, problems := j.Intent.PortsOf(c.Ports)
	for _, p := range problems {
		h = h.failing(p.Error(), say("leave ports out, or name some of %s", portsText(c.Ports)))
	}
	j.add(h)
	j.ports = ports
	vpc, ok := j.VPCs[c.VPC]
	if ok {
		j.vpc = vpc
		gone := resource.StateOf(c) == resource.Ending || resource.StateOf(c) == resource.Broken
		if gone && j.Intent.Access == intent.Open {
			return false // nothing is opened for what does not come to serve
		}
		return len(problems) == 0 && len(ports) > 0 && !c.Public && len(c.SecurityGroups) > 0
	}
	hop := Hop{Kind: HopCluster, Resource: c.VPC, Location: at, Verdict: Unknown, Detail: fmt.Sprintf("%s of the cluster was not read", c.VPC)}
	if f, failed := j.Failed(at, network.KindVPC, c.VPC); failed {
		hop = hop.unread(f)
	}
	j.add(hop)
	return false
}

func (j *judging) noCluster(arn resource.ARN) Hop {
	at := arn.Location()
	h := Hop{Kind: HopCluster, Resource: arn.Name, Location: at, Verdict: Fail}
	if f, failed := j.ReadFailure(at, network.KindCluster); failed {
		return h.unread(f)
	}
	h.Detail = fmt.Sprintf("no %s %s exists in account %s, Region %s", arn.Of().Nouns(), arn.Name, at.Account, at.Region)
	h.Fixes = fixes(say("correct the intent's cluster, delete the intent, or create the cluster"))
	return h
}

// open judges an open intent and gives its path.
func (j *judging) open() intent.Path {
	path := j.Intent.Path
	if path == "" && !j.listsRead() {
		return ""
	}
	if path == "" {
		found, ok := j.detect()
		if !ok {
			j.noNeedKnown(worst(j.hops) == StateUnknown)
			j.undecided()
			return ""
		}
		path = found
	}
	for _, s := range j.Intent.Sources {
		if t := j.trace(s); t.accepted() {
			t.along(path)
		}
	}
	if j.ambiguous {
		for i := range j.needs {
			j.needs[i].Blocked = cmp.Or(j.needs[i].Blocked, undecidedPath())
		}
	}
	return path
}

// listsRead judges the prefix lists among the sources, without which no path can
// be found.
func (j *judging) listsRead() bool {
	all := true
	for _, s := range j.Intent.Sources {
		if s.Kind != intent.PrefixList {
			continue
		}
		t := j.trace(s)
		if h, ok := t.prefixList(); !ok {
			t.failSource(h)
			all = false
		}
	}
	return all
}
