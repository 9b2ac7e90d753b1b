package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/store"
)

// itemRow is one line of a list of items.
type itemRow struct {
	name, access, state string
	tone                tone
	says                []span
	problems            []string
}

// print shows items as a table, with what is wrong below an item.
func (l listing) print(s *screen, items []store.Item) {
	rows := make([]itemRow, 0, len(items))
	name, access, state := len("NAME"), len("ACCESS"), len("STATE")
	for _, i := range items {
		r := l.row(store.Key(i.Record))
		name, access, state = max(name, ansi.StringWidth(r.name)), max(access, len(r.access)), max(state, len(r.state))
		rows = append(rows, r)
	}
	if !s.plain() {
		name = min(name, s.width/3)
	}
	put := func(n, a, st, rest []span) {
		indent := name + access + state + 6
		if !s.plain() && indent > s.width/2 {
			indent = s.width / 3
		}
		s.hanging(0, indent, slices.Concat(padded(n, name), padded(a, access), padded(st, state), rest)...)
	}
	put([]span{in(faint, "NAME")}, []span{in(faint, "ACCESS")}, []span{in(faint, "STATE")}, []span{in(faint, "SAYS")})
	for _, r := range rows {
		put([]span{in(strong, "%s", r.name)}, []span{say("%s", r.access)}, []span{in(r.tone, "%s", r.state)}, r.says)
		for _, p := range r.problems {
			s.hanging(2, 4, in(bad, "✗ "), say("%s", p))
		}
	}
}

// padded gives spans as a column.
func padded(spans []span, columns int) []span {
	used := 0
	for _, p := range cleaned(spans) {
		used += ansi.StringWidth(p.text)
	}
	return append(spans, say("%s", strings.Repeat(" ", max(0, columns-used)+2)))
}

func (l listing) row(k intent.Key) itemRow {
	v := l.view(k)
	r := itemRow{name: l.names.of(k), access: v.Access, state: v.State, problems: v.Problems, tone: good}
	if v.Kind == "policy" {
		r.access = "policy"
		for _, field := range slices.SortedFunc(maps.Keys(v.Says), byPolicyField) {
			r.says = append(r.says, in(faint, "%s ", field), say("%s  ", v.Says[field]))
		}
	}
	switch v.State {
	case stateInvalid:
		r.tone = bad
	case stateLive:
		if v.ExpiresAt != "" {
			r.state = "until " + v.ExpiresAt
		}
	case stateNotStarted:
		r.tone, r.state = caution, "not before "+v.NotBefore
	case stateExpired:
		r.tone, r.state = caution, "over since "+v.ExpiresAt
	}
	if v.Kind == "intent" && v.State != stateInvalid {
		r.says = intentSays(v)
	}
	return r
}

func byPolicyField(a, b string) int {
	return slices.Index(intent.PolicyFields(), a) - slices.Index(intent.PolicyFields(), b)
}

// intentSays is what an intent says in a few words.
func intentSays(v itemView) []span {
	spans := []span{say("%s", strings.Join(v.Sources, ", "))}
	if v.Path != "" {
		spans = append(spans, in(faint, "  over "), say("%s", v.Path))
	}
	if v.Via != "" {
		spans = append(spans, in(faint, "  via "), say("%s", v.Via))
	}
	if len(v.Ports) > 0 {
		ports := make([]string, 0, len(v.Ports))
		for _, p := range v.Ports {
			ports = append(ports, fmt.Sprint(p))
		}
		spans = append(spans, in(faint, "  TCP "), say("%s", strings.Join(ports, ", ")))
	}
	if v.Owner != "" {
		spans = append(spans, in(faint, "  owner "), say("%s", v.Owner))
	}
	return spans
}

// valueText gives a value of an item as people write it.
func valueText(v intent.Value) string {
	switch v.Kind {
	case intent.List:
		elements := make([]string, 0, len(v.List))
		for _, e := range v.List {
			elements = append(elements, valueText(e))
		}
		return strings.Join(elements, ", ")
	case intent.Map:
		return "a map"
	case intent.Null:
		return "null"
	case intent.Binary:
		return "binary data"
	case intent.String, intent.Number, intent.Bool:
		return v.Text
	default:
		return v.Text
	}
}
