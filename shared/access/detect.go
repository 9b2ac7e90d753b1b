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
func (w *walk) detect() (intent.Path, bool) {
	var common []intent.Path
	var found []string
	for i, s := range w.Intent.Sources {
		w.v6 = w.cluster.V6()
		if s.Kind == intent.CIDR {
			w.v6 = s.Prefix.Addr().Is6()
		}
		candidates := w.candidates(s)
		found = append(found, fmt.Sprintf("%s: %s", s, listPaths(candidates)))
		if i == 0 {
			common = candidates
			continue
		}
		common = slices.DeleteFunc(common, func(p intent.Path) bool { return !slices.Contains(candidates, p) })
	}
	if len(common) == 1 && !w.mayBeElsewhere(common[0]) {
		return common[0], true
	}
	w.add(w.pathHop(common, found))
	return "", false
}

// undecided records what the intent would need on each of the paths that may be
// meant, so that nothing that carries it now is taken away. It opens nothing.
func (w *walk) undecided() {
	for _, s := range w.Intent.Sources {
		v6 := w.cluster.V6()
		if s.Kind == intent.CIDR {
			if v6 = s.Prefix.Addr().Is6(); !w.cluster.Accepts(s.Prefix) {
				continue
			}
		}
		w.v6 = v6
		for _, p := range w.candidates(s) {
			one := *w
			one.hops, one.needs, one.blind, one.known = nil, nil, nil, map[string]int{}
			one.along(p, s)
			for _, n := range one.needs {
				n.Blocked = cmp.Or(n.Blocked, "which path is meant is not clear")
				w.need(n)
			}
			w.blind = append(w.blind, one.blind...)
		}
	}
}

// mayBeElsewhere says whether a path to a data centre was found only because
// VPCs in which the sources may lie could not be read.
func (w *walk) mayBeElsewhere(p intent.Path) bool {
	if p != intent.VPN && p != intent.DirectConnect {
		return false
	}
	return slices.ContainsFunc(w.Failures, func(f network.Failure) bool {
		return f.Kind == network.KindVPC || f.Kind == network.KindTransitGatewayAttachment || f.Kind == network.KindPeeringConnection
	})
}

func (w *walk) pathHop(common []intent.Path, found []string) Hop {
	h := Hop{Kind: HopPath, Resource: w.vpc.ID, Location: w.cluster.Location, Verdict: Fail}
	if len(common) == 1 {
		detail, fix := missingRead(w.Failures[0])
		h.Verdict = Unknown
		h.Detail = fmt.Sprintf("path %s leads there, unless the sources lie in a VPC that was not read: %s", common[0], detail)
		h.Fix = "declare the path; or " + fix
		return h
	}
	if len(common) > 1 {
		h.Detail = fmt.Sprintf("more than one path leads to the sources: %s", listPaths(common))
		h.Fix = "declare the path: " + listPaths(common)
		return h
	}
	h.Detail = "no one path leads to all sources: " + strings.Join(found, "; ")
	h.Fix = "declare the path, or one intent for the sources of each path"
	if len(w.Failures) > 0 {
		h.Verdict = Unknown
		detail, fix := missingRead(w.Failures[0])
		h.Detail += "; " + detail
		h.Fix += "; " + fix
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
func (w *walk) candidates(s intent.Source) []intent.Path {
	if w.Intent.Via == "" {
		if _, state := w.localClient(s); state.ok {
			return []intent.Path{intent.SameVPC}
		}
	}
	var alive, broken []intent.Path
	for _, p := range []struct {
		path intent.Path
		find func(intent.Source) support
	}{
		{intent.Peering, w.supportsPeering},
		{intent.TransitGateway, w.supportsTransitGateway},
		{intent.TransitVPC, w.supportsTransitVPC},
		{intent.VPN, w.supportsVPN},
		{intent.DirectConnect, w.supportsDirectConnect},
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

func (w *walk) supportsPeering(s intent.Source) support {
	l, _, ok := w.peeringTo(s)
	switch {
	case !ok:
		return supportNone
	case peeringRank(l.Status) == deadPeering:
		return supportBroken
	default:
		return supportAlive
	}
}

func (w *walk) supportsTransitGateway(s intent.Source) support {
	l, _, ok := w.tgwTo(s)
	switch {
	case !ok || w.Intent.Via != "" && w.Intent.Via != l.own.Gateway:
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
func (w *walk) knownVPC(s intent.Source) (network.VPC, bool) {
	id, _, _, ok := w.vpcOf(s)
	if !ok {
		return network.VPC{}, false
	}
	for _, key := range sortedKeys(w.VPCs) {
		v := w.VPCs[key]
		if key == w.vpc.ID || id != "" && id != key {
			continue
		}
		if id == key || ranged(s) && inside(v.CIDRs, w.rangesOf(s)) {
			return v, true
		}
	}
	return network.VPC{}, false
}

func (w *walk) supportsTransitVPC(s intent.Source) support {
	if v := w.Intent.Via; v != "" && !strings.HasPrefix(v, "vgw-") && !strings.HasPrefix(v, "eni-") {
		return supportNone
	}
	far, ok := w.knownVPC(s)
	if !ok || !w.hasSpoke(far) || !w.hasSpoke(w.vpc) {
		return supportNone
	}
	return supportAlive
}

// supportsVPN says whether a VPN connection may lead to ranges that are in no
// known VPC.
func (w *walk) supportsVPN(s intent.Source) support {
	if _, inVPC := w.knownVPC(s); inVPC || !ranged(s) {
		return supportNone
	}
	gateways := []string{}
	for _, g := range w.gatewaysOf(w.vpc.ID) {
		gateways = append(gateways, g.ID)
	}
	for _, a := range w.attachmentsOf(w.vpc.ID) {
		gateways = append(gateways, a.Gateway)
	}
	best := supportNone
	for _, id := range gateways {
		if w.Intent.Via != "" && w.Intent.Via != id {
			continue
		}
		for _, c := range w.connections(id) {
			if c.State == network.Available && (knows(c, w.rangesOf(s)) || strings.HasPrefix(id, "tgw-")) {
				return supportAlive
			}
			best = supportBroken
		}
	}
	return best
}

func (w *walk) supportsDirectConnect(s intent.Source) support {
	if _, inVPC := w.knownVPC(s); inVPC || !ranged(s) {
		return supportNone
	}
	for _, g := range w.gatewaysOf(w.vpc.ID) {
		if (w.Intent.Via == "" || w.Intent.Via == g.ID) && (len(w.interfacesOf(g.ID, "")) > 0 || len(w.dxAssociations(g.ID)) > 0) {
			return supportAlive
		}
	}
	for _, a := range w.attachmentsOf(w.vpc.ID) {
		if (w.Intent.Via == "" || w.Intent.Via == a.Gateway) && len(w.dxAssociations(a.Gateway)) > 0 {
			return supportAlive
		}
	}
	return supportNone
}
