package document

import (
	"bytes"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Limits bound what a file may hold. A file within them costs time and memory in proportion to its length.
type Limits struct {
	// JSON and YAML are how many bytes a file of each format may have.
	JSON, YAML int
	// Depth is how many lists and objects may stand inside each other.
	Depth int
	// Values is how many values there may be, counting what an alias stands for each time that it is used: a short text
	// with aliases of aliases can ask for any number.
	Values int
}

// Parse reads the documents of a file: none where it is empty, and several only where it says so, in YAML with ---, in
// JSON one value after another. The name is for messages, and its ending decides between the formats (.json; .yaml and
// .yml): YAML may hold JSON, and a file without an ending what it looks like. The error is an *Error.
func Parse(name string, data []byte, limits Limits) ([]*Node, error) {
	documents, problem := parse(strings.ToLower(filepath.Ext(name)), data, limits)
	if problem != nil {
		return nil, problem.in(name)
	}
	return documents, nil
}

func parse(ending string, data []byte, limits Limits) ([]*Node, *problem) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // a byte order mark, as some editors leave it
	if len(data) > limits.JSON {
		return nil, tooLong("a file", limits.JSON)
	}
	if !utf8.Valid(data) {
		return nil, problemf(invalidLine(data), "must be text in UTF-8")
	}
	if ending == ".json" {
		documents, problem := parseJSON(data, limits)
		if problem == nil && len(documents) == 0 {
			problem = syntaxf(0, "cannot be read as JSON: it is empty")
		}
		return documents, problem
	}
	// YAML forbids the tabs that JSON may be indented with, and reads some escapes of JSON's otherwise.
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) > 0 && (start[0] == '[' || start[0] == '{') {
		documents, problem := parseJSON(data, limits)
		if problem == nil || !problem.syntax {
			return documents, problem
		}
		documents, other := parseYAML(data, limits)
		if other == nil || !other.syntax || ending == ".yaml" || ending == ".yml" {
			return documents, other
		}
		return nil, problem // of the two messages, the one that is about what the text looks like
	}
	return parseYAML(data, limits)
}

func tooLong(what string, most int) *problem {
	if most < 1<<20 {
		return problemf(0, "%s must be at most %d bytes long: split it", what, most)
	}
	return problemf(0, "%s must be at most %d MiB long: split it", what, most>>20)
}

// invalidLine returns the line of the first byte that is not UTF-8.
func invalidLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		data = data[size:]
	}
	return line
}

// counter keeps a tree within its limits while it is made.
type counter struct {
	limits Limits
	values int
}

// add counts values that stand at a depth, the outermost at 0.
func (c *counter) add(values, depth, line int) *problem {
	c.values += values
	switch {
	case depth > c.limits.Depth:
		return tooDeep(line, c.limits)
	case c.values > c.limits.Values:
		return problemf(line, "holds more than %d values", c.limits.Values)
	}
	return nil
}

func tooDeep(line int, limits Limits) *problem {
	return problemf(line, "is nested more than %d levels deep", limits.Depth)
}
