package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Handle is a short name for the finding, the same while it lives and each time that it
// comes back: "f-1a2b3c4d". People type it, and messages print it.
func (f Finding) Handle() string {
	sum := sha256.Sum256([]byte(f.ID))
	return handlePrefix + hex.EncodeToString(sum[:handleBytes])
}

const (
	handlePrefix = "f-"
	// handleBytes keep two of ten thousand findings apart, but for one chance in a hundred.
	handleBytes = 4
)

// Named says whether a word names the finding: its handle or the beginning of one, or its id.
func (f Finding) Named(word string) bool {
	const least = len(handlePrefix) + 4
	return word == f.ID || len(word) >= least && strings.HasPrefix(f.Handle(), word)
}

// Severities gives every severity, from the least on.
func Severities() []Severity { return []Severity{Low, Medium, High, Critical} }

// AtLeast says whether a severity is another one or more.
func (s Severity) AtLeast(least Severity) bool {
	return slices.Index(Severities(), s) >= slices.Index(Severities(), least)
}
