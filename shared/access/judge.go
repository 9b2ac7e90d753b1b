package access

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Judge says how the way of an intent stands in the snapshot: every hop of every
// source at once, the requirements of an open intent, and what speaks against a
// closed one.
func (ix *Index) Judge(d Declared) Judgement {
	j := &judging{Index: ix, Declared: d, known: map[string]int{}}
	found := Judgement{Intent: d.Intent, Path: d.Intent.Path}
	switch {
	case !j.begin():
		j.unknown = append(j.unknown, UnknownNeeds{Unread: worst(j.hops) == StateUnknown})
	case d.Intent.Access == intent.Closed:
		found.Admitting = j.closed()
	default:
		found.Path = j.open()
	}
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

// worstGate gives the state of a closed intent's way: any gate that lets
// something in makes it open, and only what was read is closed.
func worstGate(hops []Hop) State {
	state := StateClosed
	for _, h := range hops {
		switch s := h.state(); s {
		case StateOpen:
			if h.Kind == HopIngress {
				return StateOpen
			}
		case StateUnknown, StateBlocked, StatePending:
			if stateRank[s] > stateRank[state] {
				state = s
			}
		case StateClosed:
		}
	}
	return state
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
	if f, dark := j.Failed(at, network.KindVPC, c.VPC); dark {
		hop = hop.unread(f)
	}
	j.add(hop)
	return false
}

func (j *judging) noCluster(arn resource.ARN) Hop {
	at := arn.Location()
	h := Hop{Kind: HopCluster, Resource: arn.Name, Location: at, Verdict: Fail}
	if f, dark := j.ReadFailure(at, network.KindCluster); dark {
		h = h.unread(f)
		return h
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
			j.unknown = append(j.unknown, UnknownNeeds{Unread: worst(j.hops) == StateUnknown})
			j.undecided()
			return ""
		}
		path = found
	}
	for _, s := range j.Intent.Sources {
		if !j.sourceFamily(s) {
			continue
		}
		if s.Kind == intent.CIDR {
			if err := intent.CheckWidest(j.Policy, s.Prefix); err != nil {
				j.failSource(Hop{
					Kind: HopSource, Resource: s.String(), Location: j.cluster.Location, Verdict: Fail, Source: s.String(),
					Detail: fmt.Sprintf("%s %s", s, err), Fixes: fixes(say("declare narrower sources, or raise widest in the policy")),
				})
				continue
			}
		}
		j.along(path, s)
	}
	return path
}

// listsRead judges the prefix lists among the sources, without which no path can
// be found.
func (j *judging) listsRead() bool {
	all := true
	for _, s := range j.Intent.Sources {
		j.v6 = j.cluster.V6()
		if s.Kind != intent.PrefixList {
			continue
		}
		if state := j.prefixList(s); !state.ok {
			j.failSource(state.hop)
			all = false
		}
	}
	return all
}

// along judges one source on a path.
func (j *judging) along(path intent.Path, s intent.Source) {
	switch path {
	case intent.SameVPC:
		j.sameVPC(s)
	case intent.Peering:
		j.peering(s)
	case intent.TransitGateway:
		j.transitGateway(s)
	case intent.TransitVPC:
		j.transitVPC(s)
	case intent.VPN:
		j.vpn(s)
	case intent.DirectConnect:
		j.directConnect(s)
	}
}
