package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// fold breaks text into lines of at most so many columns, at spaces alone:
// breaking at hyphens, as terminal libraries do, would cut ids in two. Only what
// is longer than a whole line is cut where the line ends. The spans must be clean.
func fold(spans []span, columns int) [][]span {
	f := folding{columns: columns}
	for _, p := range spans {
		for i, word := range strings.Split(p.text, " ") {
			if i > 0 {
				f.space = true
				f.tone = p.tone
			}
			if word != "" {
				f.word(span{text: word, tone: p.tone})
			}
		}
	}
	return append(f.lines, f.line)
}

// folding is the state of fold: the lines that are full, and the one that is not.
type folding struct {
	columns int
	lines   [][]span
	line    []span
	used    int
	// space says that a space comes before the next word, if it goes on the same
	// line; tone is the space's.
	space bool
	tone  tone
}

func (f *folding) word(w span) {
	width := ansi.StringWidth(w.text)
	gap := 0
	if f.space && f.used > 0 {
		gap = 1
	}
	if f.used > 0 && f.used+gap+width > f.columns && f.space {
		f.breakLine()
		gap = 0
	}
	for f.used+gap+width > f.columns {
		head := ansi.Truncate(w.text, f.columns-f.used-gap, "")
		if head == "" && f.used == 0 {
			break // a single character wider than the line
		}
		f.put(span{text: head, tone: w.tone}, gap)
		f.breakLine()
		w.text, gap = w.text[len(head):], 0
		width = ansi.StringWidth(w.text)
	}
	f.put(w, gap)
	f.space = false
}

func (f *folding) put(w span, gap int) {
	if w.text == "" {
		return
	}
	if gap > 0 {
		f.line = append(f.line, span{text: " ", tone: f.tone})
	}
	f.line = append(f.line, w)
	f.used += gap + ansi.StringWidth(w.text)
}

func (f *folding) breakLine() {
	f.lines = append(f.lines, f.line)
	f.line, f.used, f.space = nil, 0, false
}

// cleaned gives spans fit for a terminal.
func cleaned(spans []span) []span {
	out := make([]span, 0, len(spans))
	for _, p := range spans {
		out = append(out, span{text: clean(p.text), tone: p.tone})
	}
	return out
}
