package access

import (
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
)

// pathJudge finds and judges one path.
type pathJudge interface {
	// path names the path as intents do.
	path() intent.Path
	// carriers gives what may carry the source on the path.
	carriers(t *tracing) []carrier
	// judge adds the hops and the needs of a source on the path.
	judge(t *tracing)
}

// paths are all paths. To add one, write its type in a file of its own, and add it
// here and to the table of package intent.
var paths = []pathJudge{sameVPC{}, peering{}, transitGateway{}, transitVPC{}, vpn{}, directConnect{}}

// carriers are what may carry the source on any path, as far as the network does not tell
// which is meant. In the cluster's own VPC nothing has to carry it.
func (t *tracing) carriers() []carrier {
	if t.isLocal() {
		return []carrier{{path: intent.SameVPC}}
	}
	var all []carrier
	for _, p := range paths {
		all = append(all, p.carriers(t)...)
	}
	return t.choose(all)
}

// supportedPaths are the paths that lead to the source.
func (t *tracing) supportedPaths() []intent.Path {
	var out []intent.Path
	for _, c := range t.carriers() {
		if !slices.Contains(out, c.path) {
			out = append(out, c.path)
		}
	}
	return out
}

// along judges the source on a path, which a prefix list has to be fit for.
func (t *tracing) along(path intent.Path) {
	if h, ok := t.prefixList(); !ok {
		t.failSource(h)
		return
	}
	for _, p := range paths {
		if p.path() == path {
			p.judge(t)
			if path != intent.SameVPC {
				judgeLocalMembers(t)
			}
		}
	}
}
