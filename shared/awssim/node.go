package awssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// nodeKind is what a value of a world file is written as.
type nodeKind uint8

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	textNode
	listNode
	objectNode
)

func (k nodeKind) String() string {
	return [...]string{"null", "true or false", "a number", "a text", "a list", "an object"}[k]
}

// node is a value of a world file with its place: one tree for JSON and YAML, so that there is one decoder.
type node struct {
	kind   nodeKind
	line   int
	text   string // a scalar as it is written
	items  []*node
	fields []nodeField
}

type nodeField struct {
	name  string
	line  int
	value *node
}

// maxDepth is far beyond what any AWS command prints, and keeps a hostile file from exhausting the stack.
const maxDepth = 64

var errTooDeep = errors.New("the file is nested deeper than any world is")

// parse reads JSON or YAML. The file's extension decides; without one, what starts like JSON is JSON.
func parse(name string, data []byte) (*node, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return parseJSON(name, data)
	case ".yaml", ".yml":
		return parseYAML(name, data)
	}
	if start := bytes.TrimSpace(data); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		tree, err := parseJSON(name, data)
		if err == nil {
			return tree, nil
		}
		// YAML's flow style starts the same; where neither reads it, the JSON error is the one that helps.
		if tree, yamlErr := parseYAML(name, data); yamlErr == nil {
			return tree, nil
		}
		return nil, err
	}
	return parseYAML(name, data)
}

func parseJSON(name string, data []byte) (*node, error) {
	reader := jsonReader{decoder: json.NewDecoder(bytes.NewReader(data)), data: data, line: 1}
	reader.decoder.UseNumber()
	tree, err := reader.value(0)
	if err == nil {
		_, err = reader.decoder.Token()
		switch {
		case errors.Is(err, io.EOF):
			return tree, nil
		case err == nil:
			err = errors.New("there is more after the end of the world")
		}
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		reader.seek(syntax.Offset)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, &FileError{File: name, Line: reader.line, Problem: fmt.Sprintf("is not JSON: %v", err)}
}

// jsonReader turns JSON tokens into nodes and keeps count of the lines.
type jsonReader struct {
	decoder *json.Decoder
	data    []byte
	line    int
	counted int64
}

// seek counts the lines up to an offset; offsets only grow.
func (r *jsonReader) seek(offset int64) {
	offset = min(offset, int64(len(r.data)))
	if offset > r.counted {
		r.line += bytes.Count(r.data[r.counted:offset], []byte("\n"))
		r.counted = offset
	}
}

func (r *jsonReader) value(depth int) (*node, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	r.seek(r.decoder.InputOffset())
	if depth > maxDepth {
		return nil, errTooDeep
	}
	n := &node{line: r.line}
	switch token := token.(type) {
	case nil:
		n.kind = nullNode
	case bool:
		n.kind, n.text = boolNode, fmt.Sprint(token)
	case json.Number:
		n.kind, n.text = numberNode, token.String()
	case string:
		n.kind, n.text = textNode, token
	case json.Delim:
		return r.container(n, token, depth)
	}
	return n, nil
}

func (r *jsonReader) container(n *node, open json.Delim, depth int) (*node, error) {
	n.kind = listNode
	if open == '{' {
		n.kind = objectNode
	}
	for r.decoder.More() {
		var key nodeField
		if n.kind == objectNode {
			token, err := r.decoder.Token()
			if err != nil {
				return nil, err
			}
			r.seek(r.decoder.InputOffset())
			key.name, _ = token.(string)
			key.line = r.line
		}
		value, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if n.kind == objectNode {
			key.value = value
			n.fields = append(n.fields, key)
		} else {
			n.items = append(n.items, value)
		}
	}
	_, err := r.decoder.Token()
	r.seek(r.decoder.InputOffset())
	return n, err
}
