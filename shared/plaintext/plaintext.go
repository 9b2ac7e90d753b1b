// Package plaintext makes text from files, tags, events and AWS fit to be shown to people: on
// a terminal, in Markdown, in a page.
package plaintext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes a text from a file, a tag or an event fit for a terminal, on one
// line: escape sequences and control characters go, and with them what turns
// the direction of text around or cannot be seen. Everything that the command
// line prints as text passes through here; JSON is escaped by encoding/json.
func Clean(text string) string {
	if isClean(text) {
		return text
	}
	var out strings.Builder
	out.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == escape || r == c1CSI || isC1String(r):
			i += sequence(text[i:], r, size)
			continue
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			out.WriteByte(' ')
		case r == utf8.RuneError && size == 1:
			out.WriteRune(utf8.RuneError)
		case !Unsafe(r):
			out.WriteRune(r)
		}
		i += size
	}
	return out.String()
}

// isClean says whether a text may be printed as it is, which nearly all may.
func isClean(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// Unsafe says whether a character is what a terminal acts upon or does not show: the control
// characters C0 and C1, and the format characters, among which are those that
// embed, override and isolate directions (U+202A-202E, U+2066-2069).
func Unsafe(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// The introducers of control sequences.
// https://www.ecma-international.org/publications-and-standards/standards/ecma-48/
const (
	escape = '\x1b'
	bell   = '\a'
	c1CSI  = '\u009b'
	c1ST   = '\u009c'
)

// isC1String says whether a C1 character opens a string that a terminal takes
// as a command: DCS, SOS, OSC, PM, APC.
func isC1String(r rune) bool {
	return r == '\u0090' || r == '\u0098' || r == '\u009d' || r == '\u009e' || r == '\u009f'
}

// sequence gives the length of the escape sequence that a text begins with. One
// that does not end is only its introducer, so that nothing can hide behind it.
func sequence(text string, first rune, size int) int {
	if first == c1CSI {
		return size + parameters(text[size:])
	}
	if isC1String(first) {
		return size + commandString(text[size:])
	}
	if len(text) == size {
		return size
	}
	switch next := text[size]; {
	case next == '[':
		return size + 1 + parameters(text[size+1:])
	case strings.IndexByte("PX]^_", next) >= 0:
		return size + 1 + commandString(text[size+1:])
	case next >= ' ' && next <= '/': // intermediate bytes, then a final one
		n := size
		for n < len(text) && text[n] >= ' ' && text[n] <= '/' {
			n++
		}
		if n < len(text) && text[n] >= '0' && text[n] <= '~' {
			return n + 1
		}
		return size
	case next >= '0' && next <= '~':
		return size + 1
	default:
		return size
	}
}

// parameters gives the length of what follows a CSI, its final byte included.
func parameters(text string) int {
	for i := range len(text) {
		switch b := text[i]; {
		case b >= '@' && b <= '~':
			return i + 1
		case b < ' ' || b > '?':
			return 0
		}
	}
	return 0
}

// commandString gives the length of a command string with its terminator.
func commandString(text string) int {
	for i, r := range text {
		switch r {
		case bell, c1ST:
			return i + utf8.RuneLen(r)
		case escape:
			if strings.HasPrefix(text[i+1:], `\`) {
				return i + 2
			}
			return 0
		}
	}
	return 0
}

// markup is what Markdown would take for more than text, in a line and in a cell of a table.
var markup = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", "[", `\[`, "@", "@\u2060", // no one is called by a name in a rule
)

// Markdown makes a text fit for a line of Markdown, or a cell of a table: it is shown as it
// is, whatever it holds.
func Markdown(text string) string { return markup.Replace(Clean(text)) }
