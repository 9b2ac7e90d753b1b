package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// detect finds the path of an intent that names none: the one that the snapshot
// supports for all of its sources. Two are an error that lists both, since opening
// the wrong one would open a path that nobody asked for.
func (j *judging) detect() (intent.Path, bool) {
	var common []intent.Path
	var found []string
	lost := false
	for i, s := range j.Intent.Sources {
		t := j.trace(s)
		supported := t.supportedPaths()
		if len(supported) == 0 {
			lost = true
			t.add(t.nowhere())
		}
		found = append(found, fmt.Sprintf("%s: %s", s, listPaths(supported)))
		if i == 0 {
			common = supported
			continue
		}
		common = slices.DeleteFunc(common, func(p intent.Path) bool { return !slices.Contains(supported, p) })
	}
	if len(common) == 1 && !j.mayBeElsewhere(common[0]) {
		return common[0], true
	}
	if !lost {
		j.add(j.pathHop(common, found))
	}
	return "", false
}

// undecided records what each source would need over whatever may be meant, where no path
// was found.
func (j *judging) undecided() {
	for _, s := range j.Intent.Sources {
		if s.Kind != intent.CIDR || j.cluster.Accepts(s.Prefix) {
			t := j.trace(s)
			found := t.carriers()
			t.undecided(found)
			if len(found) == 0 {
				t.ruleAlone()
			}
		}
	}
}

// ruleAlone records the rules that a source needs wherever it is, where nothing is known to
// carry it: they are declared, and opened once something does.
func (t *tracing) ruleAlone() {
	where, _, ok := t.place()
	if !ok {
		return
	}
	c := client{}
	switch t.source.Kind {
	case intent.CIDR, intent.PrefixList:
		c = clients{t}.ofRanges()
	case intent.SecurityGroup:
		g, _, known := t.group()
		if !known {
			return
		}
		c.peers = []network.Peer{clients{t}.groupPeer(g.Location)}
	case intent.VPC:
		c.peers = cidrPeers(t.family(t.VPCs[where.vpc].CIDRs))
	}
	t.aside(func(one *tracing) { ingress{tracing: one, c: c}.judge() })
}

// mayBeElsewhere says whether a path to a data centre was found only because VPCs
// in which the sources may lie could not be read.
func (j *judging) mayBeElsewhere(p intent.Path) bool {
	if p.LeadsToVPC() {
		return false
	}
	return slices.ContainsFunc(j.Failures, func(f network.Failure) bool {
		return f.Kind == network.KindVPC || f.Kind == network.KindTransitGatewayAttachment || f.Kind == network.KindPeeringConnection
	})
}

// pathHop tells why no path was found: common are those that lead to all sources,
// found is what leads to each of them.
func (j *judging) pathHop(common []intent.Path, found []string) Hop {
	h := Hop{Kind: HopPath, Resource: j.vpc.ID, Location: j.cluster.Location}
	switch {
	case len(common) == 1:
		detail, read := missingRead(j.Failures[0])
		return h.unknown(fmt.Sprintf("path %s leads there, unless the sources lie in a VPC that was not read: %s", common[0], detail),
			say("declare the path"), read.Alternative())
	case len(common) > 1:
		return h.failing("more than one path leads to the sources: "+listPaths(common), say("declare the path: %s", listPaths(common)))
	}
	h = h.failing("no single path leads to all sources: "+strings.Join(found, "; "), say("declare one intent for the sources of each path"))
	if len(j.Failures) > 0 {
		detail, read := missingRead(j.Failures[0])
		h = h.unknown(h.Detail+"; "+detail, append(h.Fixes, read)...)
	}
	return h
}

func listPaths(list []intent.Path) string {
	if len(list) == 0 {
		return "none"
	}
	parts := make([]string, len(list))
	for i, p := range list {
		parts[i] = string(p)
	}
	return strings.Join(parts, ", ")
}
