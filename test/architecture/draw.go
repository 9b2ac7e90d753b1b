package main

import (
	"fmt"
	"strings"
)

// The measures of the picture, in pixels. Letters are those of a monospaced font.
const (
	letter, boxHeight, padding = 8, 30, 14
	gapX, gapY, margin         = 22, 46, 24
)

type box struct{ x, y, width int }

// draw gives the picture of the imports: what is above imports what is below it.
func draw(g imports) string {
	rows := g.layers()
	boxes, width := place(rows)
	height := margin*2 + len(rows)*boxHeight + (len(rows)-1)*gapY
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="monospace" font-size="13">`+"\n", width, height, width, height)
	svg.WriteString("<title>What imports what in cachegate</title>\n<desc>Each package stands above all that it imports. A line leads down to what is imported directly.</desc>\n")
	fmt.Fprintf(&svg, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	for _, row := range rows {
		for _, name := range row {
			from := boxes[name]
			for _, used := range g.direct(name) {
				to := boxes[used]
				x1, y1, x2, y2 := from.x+from.width/2, from.y+boxHeight, to.x+to.width/2, to.y
				fmt.Fprintf(&svg, `<path d="M%d %dC%d %d %d %d %d %d" fill="none" stroke="#9aa5b1"/>`+"\n", x1, y1, x1, y1+gapY/2, x2, y2-gapY/2, x2, y2)
			}
		}
	}
	for _, row := range rows {
		for _, name := range row {
			b := boxes[name]
			fmt.Fprintf(&svg, `<rect x="%d" y="%d" width="%d" height="%d" rx="5" fill="#eef3f8" stroke="#41566b"/><text x="%d" y="%d" text-anchor="middle" fill="#14212e">%s</text>`+"\n",
				b.x, b.y, b.width, boxHeight, b.x+b.width/2, b.y+boxHeight/2+5, name)
		}
	}
	svg.WriteString("</svg>\n")
	return svg.String()
}

// place puts the boxes of each row in the middle of the picture.
func place(rows [][]string) (boxes map[string]box, width int) {
	widths := make([]int, len(rows))
	for i, row := range rows {
		for _, name := range row {
			widths[i] += len(name)*letter + 2*padding + gapX
		}
		width = max(width, widths[i]-gapX+2*margin)
	}
	boxes = map[string]box{}
	for i, row := range rows {
		x := (width - widths[i] + gapX) / 2
		for _, name := range row {
			w := len(name)*letter + 2*padding
			boxes[name] = box{x: x, y: margin + i*(boxHeight+gapY), width: w}
			x += w + gapX
		}
	}
	return boxes, width
}
