package access

import "github.com/cachegate/cachegate/shared/intent"

// pathJudge finds and judges one path.
type pathJudge interface {
	// Path names the path as intents do.
	Path() intent.Path
	// Supports says how the snapshot supports the path to a source.
	Supports(t *tracing) support
	// Judge adds the hops and the needs of a source on the path.
	Judge(t *tracing)
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
		switch p.Supports(t) {
		case supportAlone:
			return []intent.Path{p.Path()}
		case supportAlive:
			alive = append(alive, p.Path())
		case supportBroken:
			broken = append(broken, p.Path())
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
		if p.Path() == path {
			p.Judge(t)
		}
	}
}
