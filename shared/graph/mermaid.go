package graph

import (
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
)

// Mermaid draws the picture as a Mermaid flowchart. Hops that pass are boxes,
// undeclared rules flags, failing ones hexagons, pending ones rounded and unknown ones slanted; an edge
// out of a broken hop is dotted.
// https://mermaid.js.org/syntax/flowchart.html
func (p Picture) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	fmt.Fprintf(&b, "  cluster[(%s)]\n", quote(p.Cluster))
	for i, l := range p.lanes() {
		fmt.Fprintf(&b, "  subgraph lane%d [%s]\n    direction LR\n", i, quote(l.title+": "+l.state))
		fmt.Fprintf(&b, "    s%d([%s])\n", i, quote(l.sources))
		for k, h := range l.hops {
			sign, word := mark(h.Verdict)
			lines := append([]string{sign + " " + word}, summary(h)...)
			left, right := shape(h.Verdict)
			fmt.Fprintf(&b, "    h%d_%d%s%s%s:::%s\n", i, k, left, quote(strings.Join(lines, "\n")), right, h.Verdict)
		}
		b.WriteString("  end\n")
		drawEdges(&b, i, l)
	}
	b.WriteString("  classDef pass stroke:#2e7d32,stroke-width:1px\n")
	b.WriteString("  classDef fail stroke:#b71c1c,stroke-width:4px\n")
	if len(p.Undeclared) > 0 {
		b.WriteString("  classDef undeclared stroke:#b71c1c,stroke-width:4px,fill:#fff3cd\n")
	}
	b.WriteString("  classDef pending stroke:#e65100,stroke-width:2px,stroke-dasharray:6 4\n")
	b.WriteString("  classDef unknown stroke:#455a64,stroke-width:2px,stroke-dasharray:2 3\n")
	return b.String()
}

func drawEdges(b *strings.Builder, i int, l lane) {
	from, broken := fmt.Sprintf("s%d", i), false
	for k, h := range l.hops {
		to := fmt.Sprintf("h%d_%d", i, k)
		fmt.Fprintf(b, "  %s %s %s\n", from, arrow(broken), to)
		from = to
		broken = broken || !carries(h.Verdict)
	}
	fmt.Fprintf(b, "  %s %s cluster\n", from, arrow(broken))
}

func arrow(broken bool) string {
	if broken {
		return "-.->"
	}
	return "-->"
}

func shape(v access.Verdict) (left, right string) {
	switch v {
	case access.Pass:
		return "[", "]"
	case access.Advice:
		return "([", "])"
	case undeclared:
		return ">", "]"
	case access.Pending:
		return "(", ")"
	case access.Unknown:
		return "[/", "/]"
	default:
		return "{{", "}}"
	}
}

// quote makes a Mermaid string: what would end it, or start markup, is escaped.
func quote(text string) string {
	r := strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "\n", "<br/>")
	return `"` + r.Replace(printable(text)) + `"`
}

// printable drops control characters, which names and descriptions may hold.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		control := r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0
		bidi := r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
		if control || bidi {
			return -1
		}
		return r
	}, text)
}
