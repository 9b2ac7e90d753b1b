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
// supports for all of its sources. Two are an error that lists both, since opening
// the wrong one would open a path that nobody asked for.
func (j *judging) detect() (intent.Path, bool) {
	var common []intent.Path
	var found []string
	for i, s := range j.Intent.Sources {
		supported := j.trace(s).supportedPaths()
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
	j.add(j.pathHop(common, found))
	return "", false
}

// undecided records what the intent would need on each of the paths that may be
// meant, so that nothing that carries it now is taken away. It opens nothing.
func (j *judging) undecided() {
	for _, s := range j.Intent.Sources {
		if s.Kind == intent.CIDR && !j.cluster.Accepts(s.Prefix) {
			continue
		}
		for _, p := range j.trace(s).supportedPaths() {
			one := *j
			one.hops, one.needs, one.unknown, one.known = nil, nil, nil, map[hopKey]int{}
			one.trace(s).along(p)
			for _, n := range one.needs {
				n.Blocked = cmp.Or(n.Blocked, blocked(BlockUndecidedPath, "which path is meant is not clear"))
				j.need(n)
			}
			j.unknown = append(j.unknown, one.unknown...)
		}
	}
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
	h = h.failing("no one path leads to all sources: "+strings.Join(found, "; "), say("declare the path, or one intent for the sources of each path"))
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
