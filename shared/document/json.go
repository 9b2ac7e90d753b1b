package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// jsonReader reads JSON token by token, since only so each value's line can be known.
type jsonReader struct {
	counter
	data    []byte
	decoder *json.Decoder
	// line is the line at offset counted.
	line    int
	counted int64
}

// parseJSON reads one JSON value after another.
func parseJSON(data []byte, limits Limits) ([]*Node, *problem) {
	r := &jsonReader{counter: counter{limits: limits}, data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.decoder.UseNumber()
	var documents []*Node
	for {
		token, err := r.decoder.Token()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, r.syntax(err)
		}
		document, problem := r.value(token, 0)
		if problem != nil {
			return nil, problem
		}
		documents = append(documents, document)
	}
}

// next returns the next token inside a value.
func (r *jsonReader) next() (json.Token, *problem) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, r.syntax(err)
	}
	return token, nil
}

// value reads the rest of the value that begins with a token.
func (r *jsonReader) value(token json.Token, depth int) (*Node, *problem) {
	n := &Node{Line: r.lineAt(r.decoder.InputOffset())}
	if problem := r.add(1, depth, n.Line); problem != nil {
		return nil, problem
	}
	switch token := token.(type) {
	case string:
		n.Kind, n.Text = Text, token
	case json.Number:
		n.Kind, n.Text = Number, token.String()
	case bool:
		n.Kind, n.Text = Bool, strconv.FormatBool(token)
	case json.Delim:
		if token == '[' {
			return n, r.list(n, depth)
		}
		return n, r.object(n, depth)
	}
	return n, nil
}

func (r *jsonReader) list(n *Node, depth int) *problem {
	n.Kind = List
	for {
		token, problem := r.next()
		if problem != nil || token == json.Delim(']') {
			return problem
		}
		item, problem := r.value(token, depth+1)
		if problem != nil {
			return problem
		}
		n.Items = append(n.Items, item)
	}
}

func (r *jsonReader) object(n *Node, depth int) *problem {
	n.Kind = Object
	for {
		token, problem := r.next()
		if problem != nil {
			return problem
		}
		name, ok := token.(string)
		if !ok { // the decoder lets nothing but a name or the closing brace through
			return nil
		}
		field := Field{Name: name, Line: r.lineAt(r.decoder.InputOffset())}
		if token, problem = r.next(); problem != nil {
			return problem
		}
		if field.Value, problem = r.value(token, depth+1); problem != nil {
			return problem
		}
		n.Fields = append(n.Fields, field)
	}
}

// lineAt counts lines up to an offset, which never goes back.
func (r *jsonReader) lineAt(offset int64) int {
	r.line += bytes.Count(r.data[r.counted:offset], []byte("\n"))
	r.counted = offset
	return r.line
}

// syntax gives the decoder's error its line.
func (r *jsonReader) syntax(err error) *problem {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset := max(r.decoder.InputOffset(), min(syntax.Offset, int64(len(r.data))))
		return syntaxf(r.lineAt(offset), "cannot be read as JSON: %v", syntax)
	}
	end := max(r.counted, int64(len(bytes.TrimRight(r.data, "\n"))))
	return syntaxf(r.lineAt(end), "ends in the middle of a JSON value")
}
