package simulation

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// regression is a case that broke a promise once, with the sentence of the design
// that it holds cachegate to.
type regression struct {
	Why string `json:"why"`
	Case
}

func TestWhatBrokeOnceHolds(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "regressions", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("finding the regressions: %d files, %v", len(files), err)
	}
	for _, name := range files {
		sentence := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(name), ".json"), "-", " ")
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var r regression
			d := json.NewDecoder(bytes.NewReader(text))
			d.DisallowUnknownFields()
			if err = d.Decode(&r); err != nil {
				t.Fatalf("reading %s: %v", name, err)
			}
			violations, story, err := guarded(simulate, r.Case)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				t.Errorf("%s\npromise %s: %s", r.Why, v.Promise, v.Text)
			}
			if len(violations) > 0 {
				t.Log(strings.Join(story, "\n"))
			}
		})
	}
}
