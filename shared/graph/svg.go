package graph

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
)

// The measures of the picture, in pixels.
const (
	boxWidth   = 236
	lineHeight = 16
	gap        = 26
	margin     = 20
	titleSpace = 34
	perRow     = 5 // boxes in a row, so that a lane fits on a page
)

// SVG draws the picture as a stand-alone SVG document. Hops that pass are thin
// boxes, failing ones have a thick double frame, a hatched ground and the word
// FAIL, pending ones are dashed, unknown ones dotted: the picture can be read
// without colour.
func (p Picture) SVG() string {
	var body strings.Builder
	y := margin + 2*titleSpace
	for _, l := range p.lanes() {
		y = drawLane(&body, l, y)
	}
	width := 2*margin + perRow*(boxWidth+gap)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, y+margin, width, y+margin)
	b.WriteString(`<defs><pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="8" height="8" fill="#fff5f5"/><line x1="0" y1="0" x2="0" y2="8" stroke="#e8b4b4" stroke-width="2"/></pattern>` +
		`<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, y+margin)
	text(&b, margin, margin+titleSpace-10, 18, "bold", "Paths to "+p.Cluster)
	b.WriteString(body.String())
	b.WriteString("</svg>\n")
	return b.String()
}

// drawLane draws one intent and gives where the next one starts.
func drawLane(b *strings.Builder, l lane, y int) int {
	text(b, margin, y+4, 14, "bold", fmt.Sprintf("%s: %s", l.title, l.state))
	text(b, margin, y+4+lineHeight, 12, "normal", "from "+l.sources)
	y += titleSpace
	for start := 0; start < len(l.hops); start += perRow {
		row := l.hops[start:min(start+perRow, len(l.hops))]
		height := rowHeight(row)
		for i, h := range row {
			x := margin + i*(boxWidth+gap)
			drawBox(b, x, y, height, h)
			if start+i+1 < len(l.hops) {
				drawArrow(b, x+boxWidth, y+height/2, broken(l.hops[:start+i+1]))
			}
		}
		y += height + gap
	}
	if len(l.hops) == 0 {
		text(b, margin, y, 12, "normal", "nothing was judged")
		y += gap
	}
	return y + gap
}

func broken(hops []access.Hop) bool {
	for _, h := range hops {
		if !carries(h.Verdict) {
			return true
		}
	}
	return false
}

func rowHeight(row []access.Hop) int {
	lines := 0
	for _, h := range row {
		lines = max(lines, len(summary(h))+1)
	}
	return lines*lineHeight + 16
}

func drawBox(b *strings.Builder, x, y, height int, h access.Hop) {
	sign, word := mark(h.Verdict)
	style := map[access.Verdict]string{
		access.Pass:    `fill="white" stroke="#2e7d32" stroke-width="1"`,
		access.Advice:  `fill="white" stroke="#2e7d32" stroke-width="1" stroke-dasharray="6 3"`,
		undeclared:     `fill="#fff3cd" stroke="#b71c1c" stroke-width="4"`,
		access.Pending: `fill="#fffaf2" stroke="#b25000" stroke-width="2" stroke-dasharray="8 5" rx="12"`,
		access.Unknown: `fill="#f7f7f7" stroke="#455a64" stroke-width="2" stroke-dasharray="2 3"`,
		access.Fail:    `fill="url(#hatch)" stroke="#b71c1c" stroke-width="4"`,
	}[h.Verdict]
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" %s/>`+"\n", x, y, boxWidth, height, style)
	if h.Verdict == access.Fail {
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#b71c1c" stroke-width="1"/>`+"\n", x+5, y+5, boxWidth-10, height-10)
	}
	text(b, x+12, y+8+lineHeight-3, 12, "bold", sign+" "+word)
	for i, line := range summary(h) {
		weight := "normal"
		if i == 0 {
			weight = "bold"
		}
		text(b, x+12, y+8+(i+2)*lineHeight-3, 12, weight, line)
	}
}

func drawArrow(b *strings.Builder, x, y int, dead bool) {
	dash := ""
	if dead {
		dash = ` stroke-dasharray="3 4"`
	}
	fmt.Fprintf(b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="black"%s marker-end="url(#tip)"/>`+"\n", x+2, y, x+gap-4, y, dash)
}

func text(b *strings.Builder, x, y, size int, weight, s string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="%d" font-weight="%s">`, x, y, size, weight)
	_ = xml.EscapeText(b, []byte(printable(s))) // a strings.Builder takes everything
	b.WriteString("</text>\n")
}
