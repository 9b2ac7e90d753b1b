package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// fold breaks text into lines of at most so many columns, at spaces alone:
// breaking at hyphens, as terminal libraries do, would cut ids in two. Only a
// word longer than a whole line is cut where the line ends. The spans must be
// clean.
func fold(spans []span, columns int) [][]span {
	var lines [][]span
	var line []span
	used := 0
	for _, w := range wordsOf(spans) {
		if used > 0 && used+w.gap+w.width > columns {
			lines, line, used = append(lines, line), nil, 0
		}
		if used > 0 && w.gap > 0 {
			line = append(line, span{text: strings.Repeat(" ", w.gap)})
			used += w.gap
		}
		for _, piece := range w.pieces {
			for _, part := range cut(piece.text, columns-used, columns) {
				if used > 0 && used+ansi.StringWidth(part) > columns {
					lines, line, used = append(lines, line), nil, 0
				}
				line = append(line, span{text: part, tone: piece.tone})
				used += ansi.StringWidth(part)
			}
		}
	}
	return append(lines, line)
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
	if w := ansi.StringWidth(text); w <= left || w <= columns && left < columns {
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
