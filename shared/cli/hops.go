package cli

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/x/ansi"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/network"
)

// hopRow is one line of a list of hops.
type hopRow struct {
	// number stands before it, where hops are numbered.
	number string
	symbol string
	word   string
	tone   tone
	kind   string
	where  string
	detail string
}

// hopList is hops with what is needed to show them.
type hopList struct {
	hops []access.Hop
	home network.Location
	// closed is an intent that speaks against what is let in.
	closed bool
	// sources is how many sources the intent has: with several, a hop says which
	// one it is about.
	sources  int
	numbered bool
}

func (l hopList) rows() []hopRow {
	rows := make([]hopRow, 0, len(l.hops))
	for i, h := range l.hops {
		r := hopRow{kind: string(h.Kind), where: where(h, l.home), detail: h.Detail}
		r.symbol, r.word, r.tone = verdictTone(h, l.closed)
		if l.sources > 1 && h.Source != "" {
			r.detail = "for " + h.Source + ": " + r.detail
		}
		if l.numbered {
			r.number = fmt.Sprint(i + 1)
		}
		rows = append(rows, r)
	}
	return rows
}

// hops prints hops: a table on a terminal, elsewhere a line each that begins
// with a label.
func (s *screen) hops(indent int, label string, l hopList) {
	rows := l.rows()
	if len(rows) == 0 {
		return
	}
	if s.plain() {
		s.plainHops(indent, label, rows)
		return
	}
	s.hopTable(indent, rows)
}

func (s *screen) plainHops(indent int, label string, rows []hopRow) {
	number, word, kind, place := 0, 0, 0, 0
	for i := range rows {
		r := &rows[i]
		r.kind, r.where, r.detail = clean(r.kind), clean(r.where), clean(r.detail)
		number, word = max(number, len(r.number)), max(word, len(r.word))
		kind, place = max(kind, len(r.kind)), max(place, ansi.StringWidth(r.where))
	}
	for _, r := range rows {
		lead := label
		if number > 0 {
			lead += fmt.Sprintf(" %*s", number, r.number)
		}
		s.put(indent, lead+"  "+pad(r.word, word)+"  "+pad(r.kind, kind)+"  "+pad(r.where, place)+"  "+r.detail)
	}
}

func pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-ansi.StringWidth(text)))
}

// roomy is the width from which the resources have a column of their own; on a
// narrower screen they stand before the details.
const roomy = 120

// leastDetail is what is left for the details on any terminal.
const leastDetail = 24

// hopTable prints hops as a table that fits the screen: the other columns are as
// wide as they need to be, and the last one takes what is left.
func (s *screen) hopTable(indent int, rows []hopRow) {
	cells := make([][][]span, 0, len(rows)) // row, column, spans
	for _, r := range rows {
		place := span{text: clean(r.where), tone: strong}
		row := [][]span{{{text: r.symbol + " " + r.word, tone: r.tone}}, {{text: r.kind}}}
		if r.number != "" {
			row = append([][]span{{{text: r.number, tone: faint}}}, row...)
		}
		if s.width < roomy {
			row = append(row, []span{place, say("  "), {text: r.detail}})
		} else {
			row = append(row, []span{place}, []span{{text: r.detail}})
		}
		cells = append(cells, row)
	}
	widths := s.columnWidths(indent, cells)
	t := table.New().Border(lipgloss.RoundedBorder()).StyleFunc(func(_, column int) lipgloss.Style {
		style := lipgloss.NewStyle().Padding(0, 1).Width(widths[column] + cellPadding)
		if column == 0 && rows[0].number != "" {
			style = style.Align(lipgloss.Right)
		}
		return style
	})
	if s.colour {
		t = t.BorderStyle(lipgloss.NewStyle().Faint(true))
	}
	for _, row := range cells {
		texts := make([]string, 0, len(row))
		for column, spans := range row {
			texts = append(texts, s.cell(spans, widths[column]))
		}
		t = t.Row(texts...)
	}
	for line := range strings.SplitSeq(t.Render(), "\n") {
		s.put(indent, line)
	}
}

// cellPadding is the blanks on both sides of a cell.
const cellPadding = 2

// columnWidths gives the width of each column's text.
func (s *screen) columnWidths(indent int, cells [][][]span) []int {
	columns := len(cells[0])
	last := columns - 1
	widths := make([]int, columns)
	left := s.width - indent - (columns + 1) - columns*cellPadding // borders and padding
	for column := range last {
		widths[column] = min(widest(cells, column), max(left-leastDetail, leastDetail))
		left -= widths[column]
	}
	widths[last] = min(widest(cells, last), left)
	return widths
}

// briefHops prints a few hops, a line each.
func (s *screen) briefHops(indent int, label string, l hopList) {
	rows := l.rows()
	if s.plain() {
		s.plainHops(indent, label, rows)
		return
	}
	for _, r := range rows {
		s.hanging(indent, indent+4, span{text: r.symbol + " " + r.word, tone: r.tone}, say("  %s  ", r.kind),
			span{text: r.where, tone: strong}, say("  %s", r.detail))
	}
}

// cell gives spans as the lines of a table's cell.
func (s *screen) cell(spans []span, columns int) string {
	folded := fold(cleaned(spans), columns, columns)
	lines := make([]string, 0, len(folded))
	for _, line := range folded {
		lines = append(lines, s.renderAll(line))
	}
	return strings.Join(lines, "\n")
}

func widest(cells [][][]span, column int) int {
	most := 0
	for _, row := range cells {
		width := 0
		for _, p := range cleaned(row[column]) {
			width += ansi.StringWidth(p.text)
		}
		most = max(most, width)
	}
	return most
}
