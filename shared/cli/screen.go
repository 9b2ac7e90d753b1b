package cli

import (
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// The widths that text is laid out for. A narrower terminal breaks lines itself;
// on a wider one longer lines would only be harder to read.
const (
	standardWidth  = 80
	narrowestWidth = 60
	widestWidth    = 200
)

// tone is what a piece of text means. A colour never says it alone: the words
// and symbols stand without it.
type tone uint8

const (
	normal tone = iota
	good
	bad
	caution
	faint
	strong
	accent
)

// span is a piece of text of one tone, raw: it is cleaned when it is printed.
type span struct {
	text string
	tone tone
}

func say(format string, args ...any) span { return span{text: fmt.Sprintf(format, args...)} }

func in(t tone, format string, args ...any) span {
	return span{text: fmt.Sprintf(format, args...), tone: t}
}

// screen is where text for people goes: tables and colours on a terminal, plain
// lines that do not depend on any width everywhere else. Only its methods print
// text, and each cleans what it prints.
type screen struct {
	w io.Writer
	// width is the terminal's, zero where there is none.
	width  int
	colour bool
}

// screen makes the screen of the standard output.
func (a *app) screen() *screen {
	s := &screen{w: a.stdout}
	columns, ok := a.width(a.stdout)
	if !ok || a.environment.dumb() {
		return s
	}
	s.width = min(max(columns, narrowestWidth), widestWidth)
	s.colour = a.environment.colour()
	return s
}

// plain says that no terminal shows the text.
func (s *screen) plain() bool { return s.width == 0 }

// render gives a span as it is printed.
func (s *screen) render(p span) string {
	text := clean(p.text) // for those that come here unclean; it costs next to nothing
	if !s.colour || text == "" {
		return text
	}
	style := lipgloss.NewStyle()
	switch p.tone {
	case good:
		style = style.Foreground(lipgloss.Green)
	case bad:
		style = style.Foreground(lipgloss.Red)
	case caution:
		style = style.Foreground(lipgloss.Yellow)
	case faint:
		style = style.Faint(true)
	case strong:
		style = style.Bold(true)
	case accent:
		style = style.Foreground(lipgloss.Cyan).Bold(true)
	case normal:
		return text
	}
	return style.Render(text)
}

// renderAll gives spans as they are printed, those of one tone together.
func (s *screen) renderAll(spans []span) string {
	var text strings.Builder
	for i := 0; i < len(spans); {
		joined := spans[i]
		for i++; i < len(spans) && spans[i].tone == joined.tone; i++ {
			joined.text += spans[i].text
		}
		text.WriteString(s.render(joined))
	}
	return text.String()
}

func (s *screen) blank() { fmt.Fprintln(s.w) }

// line prints one line of text. A terminal wraps it, with what follows the first
// line hanging further in.
func (s *screen) line(indent int, spans ...span) { s.hanging(indent, indent+2, spans...) }

// hanging prints text whose further lines begin at a column of their own.
func (s *screen) hanging(indent, further int, spans ...span) {
	spans = cleaned(spans)
	if s.plain() {
		s.put(indent, s.renderAll(spans))
		return
	}
	for _, line := range fold(spans, s.width-indent, s.width-further) {
		s.put(indent, s.renderAll(line))
		indent = further
	}
}

func (s *screen) put(indent int, text string) {
	fmt.Fprintln(s.w, strings.Repeat(" ", indent)+strings.TrimRight(text, " "))
}

// rule prints a heading across the screen.
func (s *screen) rule(line, title, more string) {
	if s.plain() {
		s.line(0, say("%s  %s", title, more))
		return
	}
	head := line + line + " " + s.render(in(accent, "%s", title)) + " "
	if more != "" {
		head += line + " " + s.render(in(faint, "%s", more)) + " "
	}
	head = ansi.Truncate(head, s.width, "…")
	s.put(0, head+strings.Repeat(line, max(0, s.width-ansi.StringWidth(head))))
}

// The lines that headings are drawn with.
const (
	lightLine  = "─"
	heavyLine  = "━"
	doubleLine = "═"
)
