package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
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
	if len(common) == 1 {
		return common[0], true
	}
	w.add(w.pathHop(common, found))
	return "", false
}

func (w *walk) pathHop(common []intent.Path, found []string) Hop {
	h := Hop{Kind: HopPath, Resource: w.vpc.ID, Location: w.cluster.Location, Verdict: Fail}
	if len(common) > 1 {
		h.Detail = fmt.Sprintf("more than one path leads to the sources: %s", listPaths(common))
		h.Fix = "declare the path: " + listPaths(common)
		return h
	}
	h.Detail = "no one path leads to all sources: " + strings.Join(found, "; ")
	h.Fix = "declare the path, or one intent for the sources of each path"
	for _, f := range w.Failures {
		if f.Location != w.cluster.Location {
			h.Verdict = Unknown
			detail, fix := missingRead(f)
			h.Detail += "; " + detail
			h.Fix += "; " + fix
			break
		}
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
