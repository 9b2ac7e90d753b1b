package intent

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds of values that YAML, JSON and DynamoDB have between them.
const (
	Null Kind = iota
	String
	Number
	Bool
	List
	Map
	Binary
)

// Value is one value of a record, whatever it was read from.
type Value struct {
	Kind Kind
	// Text is a string's text, a number as it was written, or a boolean's "true" or "false".
	Text string
	// List holds the elements of a list or of a DynamoDB set.
	List []Value
	// Map holds the entries of a map.
	Map map[string]Value
	// Unordered says that the list was a DynamoDB set, whose order means nothing.
	Unordered bool
	// Line is where the value stands in its file, counted from 1; 0 in a table.
	Line int
}

// TextValue returns a string value.
func TextValue(text string) Value { return Value{Kind: String, Text: text} }

// NumberValue returns a number value.
func NumberValue(n int64) Value { return Value{Kind: Number, Text: strconv.FormatInt(n, 10)} }

// ListValue returns a list value.
func ListValue(elements ...Value) Value { return Value{Kind: List, List: elements} }

// maxShown bounds how much of a value a message repeats: an item may hold 400 KB.
const maxShown = 80

// show describes the value for a message. Strings are quoted, so that nothing in them can
// reach a terminal unescaped.
func (v Value) show() string {
	switch v.Kind {
	case Null:
		return "empty (null)"
	case String:
		return strconv.Quote(shorten(v.Text))
	case Number:
		return "the number " + plain(shorten(v.Text))
	case Bool:
		return "the boolean " + v.Text
	case List:
		return "a list"
	case Map:
		return "a map"
	case Binary:
		return "binary data"
	}
	return "of an unknown type"
}

// shorten cuts a text to what a message may repeat.
func shorten(text string) string {
	seen := 0
	for i := range text {
		if seen == maxShown {
			return text[:i] + "…"
		}
		seen++
	}
	return text
}

// plain drops what is not printable, for texts that are shown without quotes.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
}

// Place says where something was declared. The zero Place is a declaration made in code.
type Place struct {
	// File is the file's name, and Line the line in it, counted from 1.
	File string
	Line int
	// Item names a table's item, as in `cluster=… name=…`; empty for a file.
	Item string
}

// String returns "intents.yaml:12", or "table item cluster=… name=…".
func (p Place) String() string {
	switch {
	case p.Item != "":
		return "table item " + p.Item
	case p.Line > 0:
		return p.File + ":" + strconv.Itoa(p.Line)
	}
	return p.File
}

// at returns the place of a value inside a record at p.
func (p Place) at(line int) Place {
	if p.Item == "" && line > 0 {
		p.Line = line
	}
	return p
}

// Record is one declared item before it is understood: its fields by name, and where it stands.
type Record struct {
	Place  Place
	Fields map[string]Value
}

// names returns the record's field names in alphabetical order, so that messages come in an
// order that does not change from run to run.
func (r Record) names() []string {
	names := make([]string, 0, len(r.Fields))
	for name := range r.Fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
