package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
	standing            string
	why                 []string
	heading             bool
}

// leastSays is the room that what an item says needs to stand beside its state; with
// less, it stands below.
const leastSays = 32

// print shows items as a table, with what is wrong below an item.
func (l listing) print(s *screen, items []store.Item) {
	rows := []itemRow{{name: "NAME", access: "ACCESS", state: "STATE", says: []span{in(faint, "SAYS")}, heading: true}}
	name, access, state := 0, 0, 0
	for _, i := range items {
		rows = append(rows, l.row(store.Key(i.Record), s.plain()))
	}
	for _, r := range rows {
		name, access, state = max(name, ansi.StringWidth(r.name)), max(access, len(r.access)), max(state, len(r.state))
	}
	const gaps = 6
	beside := name + access + state + gaps
	for _, r := range rows {
		mark := strong
		if r.heading {
			mark = faint
		}
		lead := slices.Concat(padded([]span{in(mark, "%s", r.name)}, name), padded([]span{{text: r.access, tone: headed(r, normal)}}, access),
			padded([]span{{text: r.state, tone: headed(r, r.tone)}}, state))
		switch {
		case s.plain() || s.width-beside >= leastSays:
			s.hanging(0, beside, append(lead, r.says...)...)
		case r.heading:
			s.hanging(0, 2, lead...)
		default:
			s.hanging(0, 2, lead...)
			if len(r.says) > 0 {
				s.hanging(2, 4, r.says...)
			}
		}
		if r.standing != "" {
			mark, sign := good, "✓"
			if r.standing != standsSatisfied {
				mark, sign = bad, "✗"
			}
			s.hanging(2, 4, in(mark, "%s %s", sign, r.standing))
		}
		for _, why := range r.why {
			s.hanging(4, 6, say("%s", why))
		}
		for _, p := range r.problems {
			s.hanging(2, 4, in(bad, "✗ "), say("%s", p))
		}
	}
}

func headed(r itemRow, t tone) tone {
	if r.heading {
		return faint
	}
	return t
}

// padded gives spans as a column.
func padded(spans []span, columns int) []span {
	used := 0
	for _, p := range cleaned(spans) {
		used += ansi.StringWidth(p.text)
	}
	return append(spans, say("%s", strings.Repeat(" ", max(0, columns-used)+2)))
}

func (l listing) row(k intent.Key, exact bool) itemRow {
	v := l.view(k)
	r := itemRow{name: l.names.of(k), access: v.Access, state: v.State, problems: v.Problems, standing: v.Standing, why: v.Why, tone: good}
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
			r.state = "until " + l.moment(v.ExpiresAt, exact)
		}
	case stateNotStarted:
		r.tone, r.state = caution, "not before "+l.moment(v.NotBefore, exact)
	case stateExpired:
		r.tone, r.state = caution, "over since "+l.moment(v.ExpiresAt, exact)
	}
	if v.Kind == "intent" && v.State != stateInvalid {
		r.says = intentSays(v)
	}
	return r
}

// moment gives a time of RFC 3339 to the minute where people read it, in UTC.
func (l listing) moment(text string, exact bool) string {
	at, err := time.Parse(time.RFC3339, text)
	if exact || err != nil {
		return text
	}
	return at.UTC().Format("2006-01-02 15:04Z")
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
