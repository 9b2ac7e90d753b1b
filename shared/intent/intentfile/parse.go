package intentfile

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/cachegate/cachegate/shared/intent"
)

const (
	// maxJSON and maxYAML are room for some ten thousand intents: what a dump of the table needs for
	// each, and what people write. A YAML token takes a hundred times its size in memory.
	maxJSON = 16 << 20
	maxYAML = 2 << 20
	// maxDepth is far above the four levels that the deepest accepted form has.
	maxDepth = 32
	// maxErrors bounds how many errors of one file are named.
	maxErrors = 20
)

// Parse reads the items of a file. The name is for messages, and its ending (.json, .yaml, .yml)
// decides whose message is given where the text is neither JSON nor YAML. The error joins one *Error
// for everything that was found; with it there are no records, since part of a file may not be
// taken for the whole.
func Parse(name string, data []byte) ([]intent.Record, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // a byte order mark, as some editors leave it
	if len(data) > maxJSON {
		return nil, tooLong(name, "a file", maxJSON)
	}
	if !utf8.Valid(data) {
		return nil, errorAt(name, invalidLine(data), "must be text in UTF-8")
	}
	documents, err := parseDocuments(name, data)
	if err != nil {
		return nil, err
	}
	c := collector{file: name}
	for _, document := range documents {
		c.document(document)
	}
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	return c.records, nil
}

// parseDocuments tries JSON first where the text may be JSON: YAML forbids the tabs that JSON may
// be indented with.
func parseDocuments(name string, data []byte) ([]intent.Value, error) {
	start := bytes.TrimLeft(data, " \t\r\n")
	if len(start) == 0 || start[0] != '[' && start[0] != '{' {
		return parseYAML(name, data)
	}
	documents, err := parseJSON(name, data)
	ending := strings.ToLower(filepath.Ext(name))
	syntax, ok := errors.AsType[*Error](err)
	if !ok || !syntax.notJSON || ending == ".json" {
		return documents, err
	}
	documents, yamlErr := parseYAML(name, data)
	if yamlErr != nil && ending != ".yaml" && ending != ".yml" {
		return nil, err
	}
	return documents, yamlErr
}

func tooLong(name, what string, most int) error {
	return errorAt(name, 0, fmt.Sprintf("%s must be at most %d MiB long: split it", what, most>>20))
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
