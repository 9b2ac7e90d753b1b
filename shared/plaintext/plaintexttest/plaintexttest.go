// Package plaintexttest draws text that no terminal should be given, for tests.
package plaintexttest

import (
	"strings"

	"pgregory.net/rapid"
)

// Hostile draws text with a good share of what terminals act upon.
func Hostile() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"\x1b", "\x1b[", "\x1b]", "\x1bP", "\u009b", "\u009d", "\u009c", "\x07", "\\", "31m", "\u202e", "\u2066", "\xff", "\n", "sg-0a"}),
	)
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOf(piece).Draw(t, "pieces"), "") })
}
