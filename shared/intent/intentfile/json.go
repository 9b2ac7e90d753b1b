package intentfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/cachegate/cachegate/shared/intent"
)

// jsonReader reads JSON token by token, since only so each value's line can be known.
type jsonReader struct {
	file    string
	data    []byte
	decoder *json.Decoder
	// line is the line at offset counted.
	line    int
	counted int64
}

// parseJSON reads one JSON value after another.
func parseJSON(file string, data []byte) ([]intent.Value, error) {
	r := &jsonReader{file: file, data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.decoder.UseNumber()
	var documents []intent.Value
	for {
		token, err := r.decoder.Token()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, r.syntax(err)
		}
		document, err := r.value(token, 0)
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
}

// next returns the next token inside a value.
func (r *jsonReader) next() (json.Token, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, r.syntax(err)
	}
	return token, nil
}

// value reads the rest of the value that begins with a token.
func (r *jsonReader) value(token json.Token, depth int) (intent.Value, error) {
	line := r.lineAt(r.decoder.InputOffset())
	if depth > maxDepth {
		return intent.Value{}, r.errorf("is nested more than %d levels deep", maxDepth)
	}
	v := intent.Value{Line: line}
	switch token := token.(type) {
	case string:
		v.Kind, v.Text = intent.String, token
	case json.Number:
		v.Kind, v.Text = intent.Number, token.String()
	case bool:
		v.Kind, v.Text = intent.Bool, strconv.FormatBool(token)
	case json.Delim:
		if token == '[' {
			return r.list(v, depth)
		}
		return r.object(v, depth)
	}
	return v, nil
}

func (r *jsonReader) list(v intent.Value, depth int) (intent.Value, error) {
	v.Kind = intent.List
	for {
		token, err := r.next()
		if err != nil {
			return v, err
		}
		if token == json.Delim(']') {
			return v, nil
		}
		element, err := r.value(token, depth+1)
		if err != nil {
			return v, err
		}
		v.List = append(v.List, element)
	}
}

func (r *jsonReader) object(v intent.Value, depth int) (intent.Value, error) {
	v.Kind, v.Map = intent.Map, map[string]intent.Value{}
	for {
		token, err := r.next()
		if err != nil {
			return v, err
		}
		name, ok := token.(string)
		if !ok { // the decoder lets nothing but a name or the closing brace through
			return v, nil
		}
		line := r.lineAt(r.decoder.InputOffset())
		if twin, duplicate := v.Map[name]; duplicate {
			return v, r.errorf("%s", duplicateKey(name, twin.Line))
		}
		if token, err = r.next(); err != nil {
			return v, err
		}
		element, err := r.value(token, depth+1)
		if err != nil {
			return v, err
		}
		v.Map[name] = keyed(element, line)
	}
}

// lineAt counts lines up to an offset, which never goes back.
func (r *jsonReader) lineAt(offset int64) int {
	r.line += bytes.Count(r.data[r.counted:offset], []byte("\n"))
	r.counted = offset
	return r.line
}

func (r *jsonReader) errorf(format string, args ...any) error {
	return errorAt(r.file, r.line, fmt.Sprintf(format, args...))
}

// syntax gives the decoder's error its line.
func (r *jsonReader) syntax(err error) error {
	message := "ends in the middle of a JSON value"
	offset := max(r.counted, int64(len(bytes.TrimRight(r.data, "\n"))))
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		message = "cannot be read as JSON: " + syntax.Error()
		offset = max(r.decoder.InputOffset(), min(syntax.Offset, int64(len(r.data))))
	}
	result := errorAt(r.file, r.lineAt(offset), message)
	result.notJSON = true
	return result
}

// keyed gives a value the line of its key, unless it is a scalar with a line of its own: a message
// about a list should not point at its first element.
func keyed(v intent.Value, line int) intent.Value {
	if v.Line == 0 || v.Kind == intent.List || v.Kind == intent.Map || v.Kind == intent.Null {
		v.Line = line
	}
	return v
}

func duplicateKey(name string, line int) string {
	return fmt.Sprintf("the key %q is there already, on line %d", shorten(name), line)
}

// shorten cuts a text to what a message may repeat of it.
func shorten(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
