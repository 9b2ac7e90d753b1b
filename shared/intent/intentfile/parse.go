package intentfile

import (
	"errors"
	"fmt"

	"github.com/cachegate/cachegate/shared/document"
	"github.com/cachegate/cachegate/shared/intent"
)

// maxErrors bounds how many errors of one file are named.
const maxErrors = 20

// limits are room for some ten thousand intents: what a dump of the table needs for each, and what people write. The
// depth is far above the four levels that the deepest accepted form has.
func limits() document.Limits {
	return document.Limits{JSON: 16 << 20, YAML: 2 << 20, Depth: 32, Values: 1_000_000}
}

// Parse reads the items of a file. The name is for messages, and its ending (.json, .yaml, .yml) decides between the
// formats. The error joins one *Error for everything that was found; with it there are no records, since part of a file
// may not be taken for the whole.
func Parse(name string, data []byte) ([]intent.Record, error) {
	documents, err := document.Parse(name, data, limits())
	if wrong, ok := errors.AsType[*document.Error](err); ok {
		return nil, errorAt(name, wrong.Line, wrong.Message)
	}
	c := collector{file: name}
	for _, n := range documents {
		c.document(c.value(n))
	}
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	return c.records, nil
}

// value makes what was read a value of an item. A name that stands twice is an error.
func (c *collector) value(n *document.Node) intent.Value {
	v := intent.Value{Kind: kindOf(n), Text: n.Text, Line: n.Line}
	for _, item := range n.Items {
		v.List = append(v.List, c.value(item))
	}
	if n.Kind != document.Object {
		return v
	}
	v.Map = make(map[string]intent.Value, len(n.Fields))
	for _, field := range n.Fields {
		if twin, duplicate := v.Map[field.Name]; duplicate {
			c.errorf(field.Line, "the key %q is there already, on line %d", shorten(field.Name), twin.Line)
			continue
		}
		v.Map[field.Name] = keyed(c.value(field.Value), field.Line)
	}
	return v
}

func kindOf(n *document.Node) intent.Kind {
	switch n.Kind {
	case document.Text:
		return intent.String
	case document.Number:
		return intent.Number
	case document.Bool:
		return intent.Bool
	case document.List:
		return intent.List
	case document.Object:
		return intent.Map
	case document.Null:
	}
	return intent.Null
}

// keyed gives a value the line of its key, unless it is a scalar with a line of its own: a message
// about a list should not point at its first element.
func keyed(v intent.Value, line int) intent.Value {
	if v.Line == 0 || v.Kind == intent.List || v.Kind == intent.Map || v.Kind == intent.Null {
		v.Line = line
	}
	return v
}

// shorten cuts a text to what a message may repeat of it.
func shorten(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// errorAt returns an error about a line; 0 for the file as a whole.
func errorAt(file string, line int, message string) *Error {
	return &Error{Place: intent.Place{File: file, Line: line}, Message: message}
}

func (c *collector) errorf(line int, format string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, errorAt(c.file, line, fmt.Sprintf(format, args...)))
	}
}
