package access

import "github.com/cachegate/cachegate/shared/intent"

// pathJudge finds and judges one path.
type pathJudge interface {
	// path names the path as intents do.
	path() intent.Path
	// supports says how the snapshot supports the path to a source.
	supports(t *tracing) support
	// judge adds the hops and the needs of a source on the path.
	judge(t *tracing)
}

// paths are all paths. To add one, write its type in a file of its own, and add it
// here and to the table of package intent.
var paths = []pathJudge{sameVPC{}, peering{}, transitGateway{}, transitVPC{}, vpn{}, directConnect{}}

// support is how the snapshot supports a path to a source.
type support int

const (
	supportNone support = iota
	// supportBroken is a path whose connection or attachment will never work again.
	supportBroken
	supportAlive
	// supportAlone is a path beside which no other one is looked for.
	supportAlone
)

// supportedPaths are the paths that lead to the source: those that work or may work,
// else those that are broken, so that the broken thing is named.
func (t *tracing) supportedPaths() []intent.Path {
	var alive, broken []intent.Path
	for _, p := range paths {
		switch p.supports(t) {
		case supportAlone:
			return []intent.Path{p.path()}
		case supportAlive:
			alive = append(alive, p.path())
		case supportBroken:
			broken = append(broken, p.path())
		case supportNone:
		}
	}
	if len(alive) > 0 {
		return alive
	}
	return broken
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
		}
	}
}
