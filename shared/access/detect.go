package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// detect finds the path of an intent that names none: the one that the snapshot
// supports for all of its sources. Two are an error that lists both, since
// opening the wrong one would open a way that nobody asked for.
func (j *judging) detect() (intent.Path, bool) {
	var common []intent.Path
	var found []string
	for i, s := range j.Intent.Sources {
		j.v6 = j.cluster.V6()
		if s.Kind == intent.CIDR {
			j.v6 = s.Prefix.Addr().Is6()
		}
		candidates := j.candidates(s)
		found = append(found, fmt.Sprintf("%s: %s", s, listPaths(candidates)))
		if i == 0 {
			common = candidates
			continue
		}
		common = slices.DeleteFunc(common, func(p intent.Path) bool { return !slices.Contains(candidates, p) })
	}
	if len(common) == 1 && !j.mayBeElsewhere(common[0]) {
		return common[0], true
	}
	j.add(j.pathHop(common, found))
	return "", false
}

// undecided records what the intent would need on each of the paths that may be
// meant, so that nothing that carries it now is taken away. It opens nothing.
func (j *judging) undecided() {
	for _, s := range j.Intent.Sources {
		v6 := j.cluster.V6()
		if s.Kind == intent.CIDR {
			if v6 = s.Prefix.Addr().Is6(); !j.cluster.Accepts(s.Prefix) {
				continue
			}
		}
		j.v6 = v6
		for _, p := range j.candidates(s) {
			one := *j
			one.hops, one.needs, one.unknown, one.known = nil, nil, nil, map[string]int{}
			one.along(p, s)
			for _, n := range one.needs {
				n.Blocked = cmp.Or(n.Blocked, blocked(BlockUndecidedPath, "which path is meant is not clear"))
				j.need(n)
			}
			j.unknown = append(j.unknown, one.unknown...)
		}
	}
}

// mayBeElsewhere says whether a path to a data centre was found only because
// VPCs in which the sources may lie could not be read.
func (j *judging) mayBeElsewhere(p intent.Path) bool {
	if p != intent.VPN && p != intent.DirectConnect {
		return false
	}
	return slices.ContainsFunc(j.Failures, func(f network.Failure) bool {
		return f.Kind == network.KindVPC || f.Kind == network.KindTransitGatewayAttachment || f.Kind == network.KindPeeringConnection
	})
}

func (j *judging) pathHop(common []intent.Path, found []string) Hop {
	h := Hop{Kind: HopPath, Resource: j.vpc.ID, Location: j.cluster.Location, Verdict: Fail}
	if len(common) == 1 {
		h.Verdict = Unknown
		detail, read := missingRead(j.Failures[0])
		h.Detail = fmt.Sprintf("path %s leads there, unless the sources lie in a VPC that was not read: %s", common[0], detail)
		h.Fixes = fixes(say("declare the path"), read.Alternative())
		return h
	}
	if len(common) > 1 {
		h.Detail = fmt.Sprintf("more than one path leads to the sources: %s", listPaths(common))
		h.Fixes = fixes(say("declare the path: %s", listPaths(common)))
		return h
	}
	h.Detail = "no one path leads to all sources: " + strings.Join(found, "; ")
	h.Fixes = fixes(say("declare the path, or one intent for the sources of each path"))
	if len(j.Failures) > 0 {
		h.Verdict = Unknown
		detail, read := missingRead(j.Failures[0])
		h.Detail += "; " + detail
		h.Fixes = append(h.Fixes, read)
	}
	return h
}

func listPaths(paths []intent.Path) string {
	if len(paths) == 0 {
		return "none"
	}
	parts := make([]string, len(paths))
	for i, p := range paths {
		parts[i] = string(p)
	}
	return strings.Join(parts, ", ")
}

// candidates are the paths that lead to one source: those that work or may
// work, else those that are broken, so that the broken thing is named.
func (j *judging) candidates(s intent.Source) []intent.Path {
	if j.Intent.Via == "" {
		if _, state := j.localClient(s); state.ok {
			return []intent.Path{intent.SameVPC}
		}
	}
	var alive, broken []intent.Path
	for _, p := range []struct {
		path intent.Path
		find func(intent.Source) support
	}{
		{intent.Peering, j.supportsPeering},
		{intent.TransitGateway, j.supportsTransitGateway},
		{intent.TransitVPC, j.supportsTransitVPC},
		{intent.VPN, j.supportsVPN},
		{intent.DirectConnect, j.supportsDirectConnect},
	} {
		switch p.find(s) {
		case supportAlive:
			alive = append(alive, p.path)
		case supportBroken:
			broken = append(broken, p.path)
		case supportNone:
		}
	}
	if len(alive) > 0 {
		return alive
	}
	return broken
}

// support is how the snapshot supports a path to a source.
type support int

const (
	supportNone support = iota
	supportBroken
	supportAlive
)

func (j *judging) supportsPeering(s intent.Source) support {
	l, _, ok := j.peeringTo(s)
	switch {
	case !ok:
		return supportNone
	case peeringRank(l.Status) == deadPeering:
		return supportBroken
	default:
		return supportAlive
	}
}

func (j *judging) supportsTransitGateway(s intent.Source) support {
	l, _, ok := j.tgwTo(s)
	switch {
	case !ok || j.Intent.Via != "" && j.Intent.Via != l.own.Gateway:
		return supportNone
	case attachmentRank(l.own.State) == deadAttachment || attachmentRank(l.far.State) == deadAttachment:
		return supportBroken
	default:
		return supportAlive
	}
}

// ranged says whether a source can lie where no VPC is.
func ranged(s intent.Source) bool { return s.Kind == intent.CIDR || s.Kind == intent.PrefixList }

// knownVPC gives another VPC that holds a source, as far as it is read.
func (j *judging) knownVPC(s intent.Source) (network.VPC, bool) {
	id, _, _, ok := j.vpcOf(s)
	if !ok {
		return network.VPC{}, false
	}
	for _, key := range sortedKeys(j.VPCs) {
		v := j.VPCs[key]
		if key == j.vpc.ID || id != "" && id != key {
			continue
		}
		if id == key || ranged(s) && inside(v.CIDRs, j.rangesOf(s)) {
			return v, true
		}
	}
	return network.VPC{}, false
}

func (j *judging) supportsTransitVPC(s intent.Source) support {
	if v := j.Intent.Via; v != "" && !strings.HasPrefix(v, "vgw-") && !strings.HasPrefix(v, "eni-") {
		return supportNone
	}
	far, ok := j.knownVPC(s)
	if !ok || !j.hasSpoke(far) || !j.hasSpoke(j.vpc) {
		return supportNone
	}
	return supportAlive
}

// supportsVPN says whether a VPN connection may lead to ranges that are in no
// known VPC.
func (j *judging) supportsVPN(s intent.Source) support {
	if _, inVPC := j.knownVPC(s); inVPC || !ranged(s) {
		return supportNone
	}
	gateways := []string{}
	for _, g := range j.gatewaysOf(j.vpc.ID) {
		gateways = append(gateways, g.ID)
	}
	for _, a := range j.attachmentsOf(j.vpc.ID) {
		gateways = append(gateways, a.Gateway)
	}
	best := supportNone
	for _, id := range gateways {
		if j.Intent.Via != "" && j.Intent.Via != id {
			continue
		}
		for _, c := range j.connections(id) {
			if c.State == network.Available && (knows(c, j.rangesOf(s)) || strings.HasPrefix(id, "tgw-")) {
				return supportAlive
			}
			best = supportBroken
		}
	}
	return best
}

func (j *judging) supportsDirectConnect(s intent.Source) support {
	if _, inVPC := j.knownVPC(s); inVPC || !ranged(s) {
		return supportNone
	}
	for _, g := range j.gatewaysOf(j.vpc.ID) {
		if (j.Intent.Via == "" || j.Intent.Via == g.ID) && (len(j.interfacesOf(g.ID, "")) > 0 || len(j.dxAssociations(g.ID)) > 0) {
			return supportAlive
		}
	}
	for _, a := range j.attachmentsOf(j.vpc.ID) {
		if (j.Intent.Via == "" || j.Intent.Via == a.Gateway) && len(j.dxAssociations(a.Gateway)) > 0 {
			return supportAlive
		}
	}
	return supportNone
}
