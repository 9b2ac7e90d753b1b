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
	j := Judgement{Intent: d.Intent, Path: d.Intent.Path}
	w := &walk{Index: ix, Declared: d, known: map[string]int{}}
	if !w.begin() {
		w.blind = append(w.blind, Blindness{Unread: worst(w.hops) == StateUnknown})
	} else {
		if d.Intent.Access == intent.Closed {
			j.Admitting = w.closed()
		} else {
			j.Path = w.open()
		}
	}
	sortHops(w.hops)
	j.Hops, j.Needs, j.Blind, j.State = w.hops, w.needs, w.blind, worst(w.hops)
	if d.Intent.Access == intent.Closed {
		j.State = worstGate(w.hops)
		j.Satisfied = j.State == StateClosed
		j.Needs = nil
		return j
	}
	j.Satisfied = j.State == StateOpen
	return j
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
func (w *walk) begin() bool {
	arn, err := resource.ParseARN(w.Intent.Cluster)
	if err != nil {
		w.add(Hop{Kind: HopCluster, Resource: w.Intent.Cluster, Verdict: Fail, Detail: "the cluster is not an ElastiCache ARN", Fix: "correct the intent's cluster: it " + err.Error()})
		return false
	}
	at := arn.Location()
	c, ok := w.Cluster(w.Intent.Cluster)
	if !ok {
		w.add(w.noCluster(arn.Name, at))
		return false
	}
	w.cluster = c
	h := clusterHop(c)
	ports, problems := w.Intent.PortsOf(c.Ports)
	for _, p := range problems {
		h = h.failing(p.Error(), fmt.Sprintf("leave ports out, or name some of %s", portsText(c.Ports)))
	}
	w.add(h)
	w.ports = ports
	vpc, ok := w.VPCs[c.VPC]
	if ok {
		w.vpc = vpc
		return len(problems) == 0 && len(ports) > 0 && !c.Public && len(c.SecurityGroups) > 0
	}
	hop := Hop{Kind: HopCluster, Resource: c.VPC, Location: at, Verdict: Unknown, Detail: fmt.Sprintf("%s of the cluster was not read", c.VPC)}
	if f, dark := w.Failed(at, network.KindVPC, c.VPC); dark {
		hop.Detail, hop.Fix = missingRead(f)
	}
	w.add(hop)
	return false
}

func (w *walk) noCluster(name string, at network.Location) Hop {
	h := Hop{Kind: HopCluster, Resource: name, Location: at, Verdict: Fail}
	if f, dark := w.Dark(at, network.KindCluster); dark {
		h.Verdict = Unknown
		h.Detail, h.Fix = missingRead(f)
		return h
	}
	h.Detail = fmt.Sprintf("no replication group, cache cluster or serverless cache %s exists in account %s, Region %s", name, at.Account, at.Region)
	h.Fix = "correct the intent's cluster, delete the intent, or create the cluster"
	return h
}

// open judges an open intent and gives its path.
func (w *walk) open() intent.Path {
	path := w.Intent.Path
	if path == "" && !w.listsRead() {
		return ""
	}
	if path == "" {
		found, ok := w.detect()
		if !ok {
			w.blind = append(w.blind, Blindness{Unread: worst(w.hops) == StateUnknown})
			w.undecided()
			return ""
		}
		path = found
	}
	for _, s := range w.Intent.Sources {
		if !w.sourceFamily(s) {
			continue
		}
		if s.Kind == intent.CIDR {
			if err := intent.CheckWidest(w.Policy, s.Prefix); err != nil {
				w.lost(Hop{
					Kind: HopSource, Resource: s.String(), Location: w.cluster.Location, Verdict: Fail, Source: s.String(),
					Detail: fmt.Sprintf("%s %s", s, err), Fix: "declare narrower sources, or raise widest in the policy",
				})
				continue
			}
		}
		w.along(path, s)
	}
	return path
}

// listsRead judges the prefix lists among the sources, without which no path can
// be found.
func (w *walk) listsRead() bool {
	all := true
	for _, s := range w.Intent.Sources {
		w.v6 = w.cluster.V6()
		if s.Kind != intent.PrefixList {
			continue
		}
		if state := w.prefixList(s); !state.ok {
			w.lost(state.hop)
			all = false
		}
	}
	return all
}

// along judges one source on a path.
func (w *walk) along(path intent.Path, s intent.Source) {
	switch path {
	case intent.SameVPC:
		w.sameVPC(s)
	case intent.Peering:
		w.peering(s)
	case intent.TransitGateway:
		w.transitGateway(s)
	case intent.TransitVPC:
		w.transitVPC(s)
	case intent.VPN:
		w.vpn(s)
	case intent.DirectConnect:
		w.directConnect(s)
	}
}
