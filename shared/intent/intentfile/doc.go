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

import "github.com/cachegate/cachegate/shared/intent"

// Error is something that keeps a file from being read as items at all.
type Error struct {
	Place   intent.Place
	Message string
}

// Error returns the file, the line and what is wrong there.
func (e *Error) Error() string { return e.Place.String() + ": " + e.Message }
