package worlds

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/cachegate/cachegate/shared/operate"
)

// table lines up rows of cells below a head.
func table(head string, rows []string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range append([]string{head}, rows...) {
		_, _ = fmt.Fprintln(w, "  "+row)
	}
	_ = w.Flush()
	return b.String()
}

func cells(texts ...string) string { return strings.Join(texts, "\t") }

// hopTable sets expected and actual hops side by side; what differs comes first.
func hopTable(want []hopExpectation, got []operate.HopView) string {
	m := matchHops(want, got)
	var wrong, right []string
	for i, j := range m.actualOf {
		h := want[i]
		if j < 0 {
			wrong = append(wrong, cells("MISSING", h.Verdict, h.Kind, h.Resource, h.Source, "detail: …"+h.Detail+"…", "fix: …"+h.Fix+"…"))
			continue
		}
		right = append(right, hopRow("ok", got[j]))
	}
	for _, j := range m.spare {
		wrong = append(wrong, hopRow("NOT EXPECTED", got[j]))
	}
	return table(cells("", "VERDICT", "KIND", "RESOURCE", "SOURCE", "DETAIL", "FIX"), append(wrong, right...))
}

// hopList shows hops that nothing is compared with.
func hopList(hops []operate.HopView) string {
	rows := make([]string, 0, len(hops))
	for _, h := range hops {
		rows = append(rows, hopRow("", h))
	}
	return table(cells("", "VERDICT", "KIND", "RESOURCE", "SOURCE", "DETAIL", "FIX"), rows)
}

func hopRow(mark string, h operate.HopView) string {
	return cells(mark, h.Verdict, h.Kind, h.Resource, h.Source, h.Detail, h.Fix)
}

// changeTable sets expected and actual changes side by side.
func changeTable(want []changeExpectation, got []operate.ChangeView) string {
	var rows []string
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			w := want[i]
			rows = append(rows, cells("MISSING", w.Outcome, w.Action, w.Resource, w.Destination+w.Source, w.Target, ""))
			continue
		case i >= len(want):
			rows = append(rows, changeRow("NOT EXPECTED", got[i], ""))
			continue
		}
		mark, why := "ok", ""
		if d := want[i].differences(got[i]); len(d) > 0 {
			mark, why = "WRONG", "want "+strings.Join(d, "; ")
		}
		rows = append(rows, changeRow(mark, got[i], why))
	}
	return table(cells("", "OUTCOME", "ACTION", "RESOURCE", "DETAIL", "WHY", ""), rows)
}

func changeRow(mark string, c operate.ChangeView, difference string) string {
	return cells(mark, c.Outcome, c.Action, c.Resource, fmt.Sprint(c.Detail), c.Reason+" "+c.Why, difference)
}

func findingTable(findings []operate.FindingView) string {
	rows := make([]string, 0, len(findings))
	for _, f := range findings {
		rows = append(rows, cells(f.Kind, f.Status, f.Severity, f.Cluster+"/"+f.Intent, f.Resource, f.Title+": "+f.Detail, f.Fix))
	}
	return table(cells("KIND", "STATUS", "SEVERITY", "INTENT", "RESOURCE", "TEXT", "FIX"), rows)
}
