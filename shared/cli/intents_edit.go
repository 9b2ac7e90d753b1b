package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentdiff"
	"github.com/cachegate/cachegate/shared/intent/store"
)

func compareKeys(a, b intent.Key) int {
	return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Name, b.Name))
}

// printEdit shows what of a table changes: on a terminal a field a line, elsewhere
// an item a line.
func (a *app) printEdit(s *screen, e *edit) {
	for _, d := range e.differences {
		if d.Action == intentdiff.Keep {
			continue
		}
		s.difference(e.names, d)
		for _, text := range e.consequences(d) {
			s.hanging(4, 6, in(caution, "%s", text))
		}
	}
	for _, i := range e.spoiled {
		s.hanging(0, 2, in(caution, "! "), say("%s becomes wrong: %s; it opens nothing new, and keeps what it has", e.names.of(i.Key), strings.Join(problemTexts(i.Problems), "; ")))
	}
}

// difference shows one item before and after.
func (s *screen) difference(names itemNames, d intentdiff.Difference) {
	symbol, mark := actionTone(d.Action)
	name := names.of(d.Key)
	if s.plain() {
		texts := make([]string, 0, len(d.Fields))
		for _, f := range d.Fields {
			texts = append(texts, f.Name+": "+fieldText(f, d.Action))
		}
		s.line(0, say("%s  %s  %s", d.Action, name, strings.Join(texts, "; ")))
		return
	}
	s.line(0, in(mark, "%s %s", symbol, d.Action), say("  "), in(strong, "%s", name))
	width := 0
	for _, f := range d.Fields {
		width = max(width, len(f.Name))
	}
	for _, f := range d.Fields {
		s.hanging(4, 6+width, append(padded([]span{in(faint, "%s", f.Name)}, width), fieldSpans(f, d.Action)...)...)
	}
}

func actionTone(action intentdiff.Action) (symbol string, t tone) {
	switch action {
	case intentdiff.Create:
		return "+", good
	case intentdiff.Change:
		return "~", caution
	case intentdiff.Delete:
		return "-", bad
	case intentdiff.Keep:
		return "=", faint
	default:
		return " ", normal
	}
}

// fieldText says how a field changes; of a list, what comes and goes.
func fieldText(f intentdiff.Field, action intentdiff.Action) string {
	var text strings.Builder
	for _, p := range fieldSpans(f, action) {
		text.WriteString(p.text)
	}
	return text.String()
}

func fieldSpans(f intentdiff.Field, action intentdiff.Action) []span {
	switch {
	case action == intentdiff.Create && f.After != nil:
		return []span{say("%s", valueText(*f.After))}
	case action == intentdiff.Delete && f.Before != nil:
		return []span{say("%s", valueText(*f.Before))}
	case f.Before != nil && f.After != nil && f.Before.Kind == intent.List && f.After.Kind == intent.List:
		return turnover(*f.Before, *f.After)
	}
	return []span{in(bad, "%s", valueOrNone(f.Before)), say(" → "), in(good, "%s", valueOrNone(f.After))}
}

func valueOrNone(v *intent.Value) string {
	if v == nil {
		return "(none)"
	}
	return valueText(*v)
}

// turnover says what comes to a list and what leaves it.
func turnover(before, after intent.Value) []span {
	texts := func(v intent.Value) []string {
		var out []string
		for _, e := range v.List {
			out = append(out, valueText(e))
		}
		return out
	}
	was, is := texts(before), texts(after)
	var out []span
	add := func(p span) {
		if len(out) > 0 {
			out = append(out, say(" "))
		}
		out = append(out, p)
	}
	for _, text := range is {
		if !slices.Contains(was, text) {
			add(in(good, "+%s", text))
		}
	}
	for _, text := range was {
		if !slices.Contains(is, text) {
			add(in(bad, "-%s", text))
		}
	}
	if len(out) == 0 { // the same in another order, where the order counts
		return []span{in(bad, "%s", valueText(before)), say(" → "), in(good, "%s", valueText(after))}
	}
	return out
}

// consequences says what a deletion does, which its fields do not show.
func (e *edit) consequences(d intentdiff.Difference) []string {
	if d.Action != intentdiff.Delete || d.Before == nil {
		return nil
	}
	access := d.Before.Fields[intent.FieldAccess].Text
	switch {
	case d.Key.Cluster == intent.Everything:
		return []string{"instead holds: " + e.insteadText(*d.Before)}
	case access == string(intent.Closed):
		return []string{"these sources are no longer kept out: what was removed stays removed until somebody declares it or opens it by hand"}
	default:
		return []string{
			"access that only this intent declares closes in mode enforce; established connections stay",
			"but not rules and routes that others made: they stay, and are reported as undeclared",
		}
	}
}

// insteadText says what holds where the fields of a policy go.
func (e *edit) insteadText(r intent.Record) string {
	policy := e.after.For(clusterOf(store.Key(r)))
	policy.Explicit = ^intent.Attributes(0)
	var texts []string
	for _, name := range r.FieldsInOrder() {
		if v, ok := policy.Fields()[name]; ok && name != intent.FieldCluster && name != intent.FieldName {
			texts = append(texts, name+" "+valueText(v))
		}
	}
	return strings.Join(texts, ", ")
}

// editView is one item of a change, as apply and delete print it with --json.
type editView struct {
	Action  string          `json:"action"`
	Cluster string          `json:"cluster"`
	ARN     string          `json:"arn"`
	Name    string          `json:"name"`
	Fields  []fieldEditView `json:"fields"`
	Written bool            `json:"written"`
}

type fieldEditView struct {
	Field  string `json:"field"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

func differenceView(d intentdiff.Difference) editView {
	v := editView{
		Action: string(d.Action), Cluster: intent.ShortName(clusterOf(d.Key)), ARN: clusterOf(d.Key), Name: d.Key.Name, Fields: []fieldEditView{},
	}
	for _, f := range d.Fields {
		v.Fields = append(v.Fields, fieldEditView{Field: f.Name, Before: plainValue(f.Before), After: plainValue(f.After)})
	}
	return v
}

// plainValue gives a value as JSON has it.
func plainValue(v *intent.Value) any {
	switch {
	case v == nil:
		return nil
	case v.Kind == intent.List:
		out := make([]any, 0, len(v.List))
		for _, e := range v.List {
			out = append(out, plainValue(&e))
		}
		return out
	case v.Kind == intent.Number:
		return json.Number(v.Text)
	default:
		return valueText(*v)
	}
}

// endEdit says what came of a change.
func (a *app) endEdit(e *edit, write writeFlags, written bool) error {
	counts := map[intentdiff.Action]int{}
	for _, d := range e.differences {
		counts[d.Action]++
		if !write.json {
			continue
		}
		v := differenceView(d)
		v.Written = written && d.Action != intentdiff.Keep
		if err := a.printJSON(v); err != nil {
			return err
		}
	}
	if write.json {
		return nil
	}
	s := a.screen()
	text := editCounts(counts, written || len(e.changes) == 0)
	switch {
	case len(e.changes) == 0:
		s.line(0, in(good, "✓ "), say("%s: %s says it already", text, e.deployment.Where()))
	case !written:
		s.line(0, say("%s; a dry run: nothing was written to %s", text, e.deployment.Where()))
	default:
		s.line(0, in(good, "✓ "), say("%s, written to %s; cachegate looks at the clusters within a minute", text, e.deployment.Where()))
	}
	return nil
}

func editCounts(counts map[intentdiff.Action]int, done bool) string {
	words := []struct {
		action     intentdiff.Action
		past, next string
	}{
		{intentdiff.Create, "created", "to create"},
		{intentdiff.Change, "changed", "to change"},
		{intentdiff.Delete, "deleted", "to delete"},
		{intentdiff.Keep, "unchanged", "unchanged"},
	}
	var parts []string
	for _, w := range words {
		word := w.next
		if done {
			word = w.past
		}
		if n := counts[w.action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	return strings.Join(parts, ", ")
}
