package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cachegate/cachegate/shared/document"
)

// FuzzParse checks that no text makes the reader panic, that an error says where it is, that what is read keeps to the
// limits and has lines of the text, and that it reads the same once more from JSON, as JSON and as YAML.
func FuzzParse(f *testing.F) {
	printed, err := filepath.Glob("testdata/pyyaml/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(printed, "testdata/pyyaml/source.json") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Ext(file), data)
	}
	for _, text := range []string{
		"", "- a\n", "a: [b, {c: d}, 'e'\n", "---\n---\n# x\n- &a {b: c}\n- <<: *a\n  d: |\n    e\n- *a\n", "a: &a [*a]", "%YAML 1.2\n--- !x\n? a\n: [{, }]\n",
		`{"a": [1, 2.5e3, "\ud83d\ude00", null]}`, "[{a: b},]", "- fd00::\n- -\n\t- a\n", "{\"a\": 1}\n{\"b\": 2}\n", "!!int 5", "? [a]\n: b\n", laughs(8), tower(30), "\ufeffa: b\r\n",
	} {
		f.Add(".yaml", []byte(text))
		f.Add(".json", []byte(text))
		f.Add("", []byte(text))
	}
	f.Fuzz(func(t *testing.T, ending string, data []byte) {
		documents, err := document.Parse("f"+ending, data, limits)
		if err != nil {
			checkError(t, err, "f"+ending)
			return
		}
		values := 0
		for _, d := range documents {
			values += checkTree(t, d, 0, 1+bytes.Count(data, []byte("\n")))
		}
		if values > limits.Values {
			t.Fatalf("%d values were read, more than %d", values, limits.Values)
		}
		for _, d := range documents {
			checkReadsAgain(t, d)
		}
	})
}

func checkError(t *testing.T, err error, name string) {
	t.Helper()
	located, ok := errors.AsType[*document.Error](err)
	if !ok || located.File != name || located.Message == "" {
		t.Fatalf("an error without its place: %v", err)
	}
	if len(located.Message) > 1000 || strings.ContainsAny(located.Message, "\x00\x1b\n\r\t") {
		t.Fatalf("a message not fit to be printed: %q", located.Message)
	}
}

// checkTree returns how many values a tree has.
func checkTree(t *testing.T, n *document.Node, depth, lines int) int {
	t.Helper()
	if depth > limits.Depth || n.Line < 1 || n.Line > lines {
		t.Fatalf("a value at depth %d, on line %d of %d", depth, n.Line, lines)
	}
	values := 1
	for _, item := range n.Items {
		values += checkTree(t, item, depth+1, lines)
	}
	for _, field := range n.Fields {
		if field.Line < 1 || field.Line > lines {
			t.Fatalf("the key %q on line %d of %d", field.Name, field.Line, lines)
		}
		values += checkTree(t, field.Value, depth+1, lines)
	}
	return values
}

func checkReadsAgain(t *testing.T, n *document.Node) {
	t.Helper()
	text := string(writeJSON(t, nil, n))
	wide := document.Limits{JSON: 64 << 20, YAML: 64 << 20, Depth: limits.Depth, Values: limits.Values}
	for name, text := range map[string]string{"f.json": text, "f.yaml": "# no JSON\n" + text} {
		again, err := document.Parse(name, []byte(text), wide)
		if err != nil || len(again) != 1 {
			t.Fatalf("%s: %d documents, %v in\n%.500q", name, len(again), err, text)
		}
		if difference := differs(n, again[0], ""); difference != "" {
			t.Fatalf("%s: %s in\n%.500q", name, difference, text)
		}
	}
}

// writeJSON writes a tree as JSON. Numbers that JSON has no way to write, or that are none to YAML 1.1, become texts, also
// in the tree.
func writeJSON(t *testing.T, out []byte, n *document.Node) []byte {
	t.Helper()
	switch n.Kind {
	case document.Null:
		return append(out, "null"...)
	case document.Bool:
		return append(out, n.Text...)
	case document.Number:
		if json.Valid([]byte(n.Text)) && !strings.ContainsAny(n.Text, "eE") {
			return append(out, n.Text...)
		}
		n.Kind = document.Text
		return quote(t, out, n.Text)
	case document.Text:
		return quote(t, out, n.Text)
	case document.List:
		out = append(out, '[')
		for i, item := range n.Items {
			if i > 0 {
				out = append(out, ',')
			}
			out = writeJSON(t, out, item)
		}
		return append(out, ']')
	case document.Object:
	}
	out = append(out, '{')
	for i, field := range n.Fields {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(quote(t, out, field.Name), ": "...)
		out = writeJSON(t, out, field.Value)
	}
	return append(out, '}')
}

func quote(t *testing.T, out []byte, text string) []byte {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range string(quoted) {
		if r > '~' && r <= 0xffff { // YAML takes some of these for line breaks, and refuses others
			out = fmt.Appendf(out, "\\u%04x", r)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
