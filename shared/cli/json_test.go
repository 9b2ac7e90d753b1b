package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/plaintext"
	"github.com/cachegate/cachegate/shared/plaintext/plaintexttest"
)

func TestJSONHoldsNothingThatATerminalActsUponAndMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ToValidUTF8(plaintexttest.Hostile().Draw(t, "text"), "?") // encoding/json replaces what is no text
		var out bytes.Buffer
		if err := (&app{stdout: &out}).printJSON(map[string]string{"text": text}); err != nil {
			t.Fatal(err)
		}
		line := strings.TrimSuffix(out.String(), "\n")
		if i := strings.IndexFunc(line, plaintext.Unsafe); i >= 0 {
			t.Fatalf("%q is not fit for a terminal from byte %d on", line, i)
		}
		var back map[string]string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if back["text"] != text {
			t.Fatalf("%q comes back as %q", text, back["text"])
		}
	})
}
