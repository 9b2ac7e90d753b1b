package intent

import (
	"fmt"
	"strconv"
	"strings"
)

// Limit is how much a run may close: a number, a share of what is open, or the larger
// of the two.
type Limit struct {
	Number int
	// Percent is a share of what is open, 0 to 100.
	Percent int
}

// Of returns how much may be closed where so much is open.
func (l Limit) Of(open int) int { return max(l.Number, open*l.Percent/100) }

// String returns the limit as a policy gives it; the default, which is both, in words.
func (l Limit) String() string {
	switch {
	case l.Percent == 0:
		return strconv.Itoa(l.Number)
	case l.Number == 0:
		return strconv.Itoa(l.Percent) + "%"
	default:
		return fmt.Sprintf("%d or %d%%, whichever is more", l.Number, l.Percent)
	}
}

// Tighter returns the limit that allows no more than either.
func (l Limit) Tighter(m Limit) Limit {
	return Limit{Number: min(l.Number, m.Number), Percent: min(l.Percent, m.Percent)}
}

// value returns the limit as an item holds it.
func (l Limit) value() Value {
	share := TextValue(strconv.Itoa(l.Percent) + "%")
	switch {
	case l.Percent == 0:
		return NumberValue(int64(l.Number))
	case l.Number == 0:
		return share
	default:
		return Value{Kind: List, List: []Value{NumberValue(int64(l.Number)), share}}
	}
}

// limit reads a whole number, a percentage, or a list of both, of which the larger
// holds.
func (r *reader) limit(field string, absent Limit, most int) Limit {
	v, given := r.record.Fields[field]
	if !given {
		return absent
	}
	var limit Limit
	elements := r.elements(field)
	for _, element := range elements {
		number, share, ok := element.limit(most)
		repeated := number > 0 && limit.Number > 0 || share > 0 && limit.Percent > 0
		if !ok || repeated || len(elements) > 2 {
			r.wrong(field, v, fmt.Sprintf("must be a whole number from 0 to %d, a share from 0%% to 100%%, or a list of both", most))
			return absent
		}
		limit.Number, limit.Percent = limit.Number+number, limit.Percent+share
	}
	if len(elements) == 0 {
		r.report(field, v.Line, "an empty list", "", fmt.Sprintf("must be a whole number from 0 to %d, a share from 0%% to 100%%, or a list of both", most))
		return absent
	}
	return limit
}

// limit returns the number or the percentage that a value holds.
func (v Value) limit(most int) (number, share int, ok bool) {
	if n, whole := v.whole(); whole {
		return int(n), 0, 0 <= n && n <= int64(most)
	}
	text, isShare := strings.CutSuffix(v.Text, "%")
	if n, whole := TextValue(text).whole(); isShare && whole && v.Kind == String {
		return 0, int(n), 0 <= n && n <= 100
	}
	return 0, 0, false
}
