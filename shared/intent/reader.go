package intent

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cachegate/cachegate/shared/resource"
)

const (
	// maxName bounds an intent's name: with 128 characters it fits beside a cluster and an owner
	// into a rule's description of 255.
	maxName = 128
	// maxText bounds owner and reason, which are carried into every finding.
	maxText = 256
	// maxUnknown bounds how many unknown fields of one item are named.
	maxUnknown = 20

	// Epoch seconds have ten digits from 2001 until 2286. Fewer are some other number (20261231 is
	// a day in 1970); more are milliseconds.
	minEpoch, maxEpoch = 1e9, 1e11
)

const (
	allowedName  = "must be 1 to 128 printable characters without a space at either end"
	allowedText  = "must be at most 256 characters on one line, without control characters"
	allowedTime  = "must be an RFC 3339 time such as 2026-12-31T23:59:59Z, or epoch seconds"
	allowedEpoch = "must be epoch seconds, a number of ten digits, or an RFC 3339 time such as 2026-12-31T23:59:59Z"
	allowedMilli = "must be epoch seconds; these look like milliseconds, so leave out the last three digits"
	orLeftOut    = ", or left out"
)

var (
	// wholePattern is how a whole number is written, in a string too. A leading zero would be octal
	// to some readers.
	wholePattern = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)
	// timePattern is RFC 3339 to the letter: time.Parse lets hours of one digit pass, commas, and
	// offsets of more than a day.
	timePattern = regexp.MustCompile(`^[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)
)

// reader reads the fields of one record and collects everything that is wrong with them.
type reader struct {
	record   Record
	key      Key
	problems []Problem
}

func newReader(record Record) *reader {
	r := &reader{record: record}
	if v := record.Fields[FieldCluster]; v.Kind == String {
		r.key.Cluster = v.Text
	}
	if v := record.Fields[FieldName]; v.Kind == String {
		r.key.Name = v.Text
	}
	return r
}

// wrong notes that a field holds what it may not.
func (r *reader) wrong(field string, v Value, allowed string) {
	nothing := v.Kind == Null || v.Kind == String && v.Text == ""
	if nothing && !slices.Contains([]string{FieldCluster, FieldName, FieldSources, FieldSource}, field) {
		allowed += orLeftOut
	}
	r.report(field, v.Line, v.show(), "", allowed)
}

// report notes a problem; see Problem for the parts.
func (r *reader) report(field string, line int, value, message, allowed string) {
	r.problems = append(r.problems, Problem{
		Place: r.record.Place.at(line), Key: r.key, Field: field,
		Value: value, Message: message, Allowed: allowed,
	})
}

// failed says whether a problem with a field has been noted.
func (r *reader) failed(field string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Field == field })
}

// text reads a string; "" where there is none or it is no string.
func (r *reader) text(field, allowed string) string {
	v, given := r.record.Fields[field]
	if !given {
		return ""
	}
	if v.Kind != String {
		r.wrong(field, v, allowed)
		return ""
	}
	return v.Text
}

// required reads a string that must be there.
func (r *reader) required(field, allowed string) string {
	if _, given := r.record.Fields[field]; !given {
		r.report(field, 0, "", "is missing", allowed)
	}
	return r.text(field, allowed)
}

// check reads a string that must pass a test whose error says what is allowed.
func (r *reader) check(field, text string, test func(string) error) {
	if r.failed(field) {
		return
	}
	if err := test(text); err != nil {
		r.wrong(field, r.record.Fields[field], err.Error())
	}
}

// choice reads one of a few words.
func choice[T ~string](r *reader, field string, absent T) T {
	v, given := r.record.Fields[field]
	if !given {
		return absent
	}
	allowed := r.facts(field).Words
	if v.Kind == String && slices.Contains(allowed, v.Text) {
		return T(v.Text)
	}
	r.wrong(field, v, "must be "+resource.OrList(allowed))
	return absent
}

// whole reads a whole number, which may be written as a string.
func (r *reader) whole(field string, absent int) int {
	v, given := r.record.Fields[field]
	if !given {
		return absent
	}
	least, most := r.facts(field).Least, r.facts(field).Most
	if n, ok := v.whole(); ok && int64(least) <= n && n <= int64(most) {
		return int(n)
	}
	r.wrong(field, v, fmt.Sprintf("must be a whole number from %d to %d", least, most))
	return absent
}

// whole returns the whole number that a value holds.
func (v Value) whole() (int64, bool) {
	if v.Kind != Number && v.Kind != String || !wholePattern.MatchString(v.Text) {
		return 0, false
	}
	n, err := strconv.ParseInt(v.Text, 10, 64)
	return n, err == nil
}

// elements reads a list; one string or number alone counts as a list of one.
func (r *reader) elements(field string) []Value {
	v, given := r.record.Fields[field]
	switch {
	case !given:
		return nil
	case v.Kind == List:
		return v.List
	}
	return []Value{v}
}

// moment reads a time; zero where there is none or it cannot be read.
func (r *reader) moment(field string) time.Time {
	v, given := r.record.Fields[field]
	if !given {
		return time.Time{}
	}
	at, err := parseTime(v)
	if err != nil {
		r.wrong(field, v, err.Error())
	}
	return at
}

func parseTime(v Value) (time.Time, error) {
	if v.Kind != String && v.Kind != Number {
		return time.Time{}, errors.New(allowedTime)
	}
	if wholePattern.MatchString(v.Text) {
		n, ok := v.whole()
		switch {
		case !ok || n >= maxEpoch:
			return time.Time{}, errors.New(allowedMilli)
		case n < minEpoch:
			return time.Time{}, errors.New(allowedEpoch)
		}
		return time.Unix(n, 0).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, v.Text)
	if err != nil || !timePattern.MatchString(v.Text) {
		return time.Time{}, errors.New(allowedTime)
	}
	at = at.UTC()
	if at.Unix() < minEpoch || at.Year() > 9999 { // the zero time would mean no bound at all
		return time.Time{}, errors.New("must be a time from September 2001 to the year 9999")
	}
	return at, nil
}

// unknown notes the fields that an item of this kind does not have, and returns what known fields
// they are most likely misspellings of.
func (r *reader) unknown(known, others []string, othersAre string) []string {
	var meant []string
	reported := 0
	for _, name := range r.record.names() {
		if slices.Contains(known, name) {
			continue
		}
		guess := nearest(name, known)
		if guess != "" {
			meant = append(meant, guess)
		}
		if reported++; reported > maxUnknown {
			continue
		}
		allowed := "must be one of " + strings.Join(known, ", ")
		switch {
		case slices.Contains(others, name):
			allowed = "belongs to " + othersAre
		case guess != "":
			allowed = "did you mean " + strconv.Quote(guess) + "?"
		}
		r.report(unquoted(name), r.record.Fields[name].Line, "", "is not known", allowed)
	}
	return meant
}

// unquoted returns a field's name as Problem.Field shows it.
func unquoted(name string) string {
	if shown := plain(shorten(name)); shown != "" {
		return shown
	}
	return "(no name)"
}

func checkName(name string) error {
	valid := name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxName &&
		strings.TrimSpace(name) == name && plain(name) == name
	if !valid {
		return errors.New(allowedName)
	}
	return nil
}

// checkText refuses what could forge a line of a log or message: control characters, line and
// paragraph separators, and those that reverse the direction of writing.
func checkText(text string) error {
	forbidden := func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	}
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxText || strings.ContainsFunc(text, forbidden) {
		return errors.New(allowedText)
	}
	return nil
}
