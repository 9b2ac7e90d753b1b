// Package intentfile reads intents and policies from the text of a YAML or JSON file, and writes
// them as YAML.
//
// A file is a list of items with the fields of package intent, a single item, a map with such a
// list under `intents`, or what `aws dynamodb scan` prints for the table; YAML may hold several
// documents. Every value keeps its line, so that messages can name it.
//
// The package never opens a file and never judges what an item says: Parse of package intent does.
// It is for the command line; Lambda code reads the table and does not need it.
package intentfile

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/cachegate/cachegate/shared/intent"
)

// Error is something that keeps a file from being read as items at all.
type Error struct {
	Place   intent.Place
	Message string
	// notJSON says that the text is no JSON, as against JSON that is no file of items.
	notJSON bool
}

// errorAt returns an error about a line; 0 for the file as a whole.
func errorAt(file string, line int, message string) *Error {
	return &Error{Place: intent.Place{File: file, Line: line}, Message: printable(message)}
}

// printable escapes what could change a terminal: the parsers' messages repeat parts of the text.
func printable(message string) string {
	var text strings.Builder
	for _, r := range message {
		if unicode.IsPrint(r) {
			text.WriteRune(r)
			continue
		}
		text.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
	}
	return text.String()
}

// Error returns the file, the line and what is wrong there.
func (e *Error) Error() string { return e.Place.String() + ": " + e.Message }
