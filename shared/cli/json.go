package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/cachegate/cachegate/shared/plaintext"
)

// printJSON prints one value on a line of its own. Control and direction
// characters beyond ASCII, which encoding/json leaves as they are, are escaped
// too: JSON that is shown on a terminal must not act on it.
func (a *app) printJSON(v any) error {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("printing JSON: %w", err)
	}
	if _, err := a.stdout.Write(escapeUnsafe(buffer.Bytes())); err != nil {
		return fmt.Errorf("printing JSON: %w", err)
	}
	return nil
}

// escapeUnsafe writes unsafe characters of JSON text as \u escapes. They can
// only stand in strings, where that means the same.
func escapeUnsafe(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r < utf8.RuneSelf && r != '\x7f' || !plaintext.Unsafe(r) {
			out = append(out, text[i:i+size]...)
		} else if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}
