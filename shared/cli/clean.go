package cli

import (
	"strings"

	"github.com/cachegate/cachegate/shared/plaintext"
)

// clean makes a text fit for a terminal. Everything that the command line prints as text
// passes through here; JSON is escaped by encoding/json.
func clean(text string) string { return plaintext.Clean(text) }

// cleanWord cleans a word and what describes it, which a tab divides.
func cleanWord(text string) string {
	word, description, found := strings.Cut(text, "\t")
	if !found {
		return clean(word)
	}
	return clean(word) + "\t" + clean(description)
}
