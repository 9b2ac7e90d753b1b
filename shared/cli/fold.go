package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// fold breaks text into lines of at most so many columns, the first of which may
// have more room: at spaces alone, since breaking at hyphens, as terminal
// libraries do, would cut ids in two. Only a word longer than a whole line is cut
// where the line ends. The spans must be clean.
func fold(spans []span, first, columns int) [][]span {
	f := folding{room: first, columns: columns}
	for _, w := range wordsOf(spans) {
		if f.used > 0 && f.used+w.gap+w.width > f.room {
			f.breakLine()
		}
		if f.used > 0 && w.gap > 0 {
			f.put(span{text: strings.Repeat(" ", w.gap), tone: f.toneUpTo(w)})
		}
		for _, piece := range w.pieces {
			for _, part := range cut(piece.text, f.room-f.used, columns) {
				if f.used > 0 && f.used+ansi.StringWidth(part) > f.room {
					f.breakLine()
				}
				f.put(span{text: part, tone: piece.tone})
			}
		}
	}
	return append(f.lines, f.line)
}

// folding is the lines that are full, and the one that is not.
type folding struct {
	lines         [][]span
	line          []span
	used          int
	room, columns int
}

func (f *folding) breakLine() {
	f.lines, f.line, f.used, f.room = append(f.lines, f.line), nil, 0, f.columns
}

func (f *folding) put(p span) {
	f.line = append(f.line, p)
	f.used += ansi.StringWidth(p.text)
}

// toneUpTo is the tone of the space before a word: that of its neighbours, where
// they have the same.
func (f *folding) toneUpTo(w word) tone {
	if last := f.line[len(f.line)-1].tone; last == w.pieces[0].tone {
		return last
	}
	return normal
}

// word is what is not broken: pieces of text without a space, and how many
// spaces come before them.
type word struct {
	pieces     []span
	gap, width int
}

func wordsOf(spans []span) []word {
	var out []word
	var now word
	for _, p := range spans {
		for i, text := range strings.Split(p.text, " ") {
			if i > 0 {
				if len(now.pieces) > 0 {
					out, now = append(out, now), word{}
				}
				now.gap++
			}
			if text != "" {
				now.pieces = append(now.pieces, span{text: text, tone: p.tone})
				now.width += ansi.StringWidth(text)
			}
		}
	}
	if len(now.pieces) > 0 {
		out = append(out, now)
	}
	return out
}

// cut divides a text into parts of which the first fits what is left of a line
// and the others a whole one.
func cut(text string, left, columns int) []string {
	if ansi.StringWidth(text) <= max(left, columns) {
		return []string{text}
	}
	var out []string
	for text != "" {
		head := ansi.Truncate(text, left, "")
		if head == "" && left == columns {
			head = string([]rune(text)[:1]) // wider than any line
		}
		if head != "" {
			out = append(out, head)
		}
		text, left = text[len(head):], columns
	}
	return out
}

// cleaned gives spans fit for a terminal.
func cleaned(spans []span) []span {
	out := make([]span, 0, len(spans))
	for _, p := range spans {
		out = append(out, span{text: clean(p.text), tone: p.tone})
	}
	return out
}
