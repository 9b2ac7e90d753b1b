package document_test

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/cachegate/cachegate/shared/document"
)

// The files were printed by testdata/pyyaml/print.py, from source.json.
func TestWhatPyYAMLPrintsIsReadAsItWas(t *testing.T) {
	files, err := filepath.Glob("testdata/pyyaml/*.yaml")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	source := parseFile(t, "testdata/pyyaml/source.json")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if difference := differs(source, parseFile(t, file), ""); difference != "" {
				t.Error(difference)
			}
		})
	}
}

func parseFile(t *testing.T, file string) *document.Node {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	documents, err := document.Parse(file, data, limits)
	if err != nil || len(documents) != 1 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	return documents[0]
}

// differs says where two trees differ in more than their lines and the way that a number is written. The order of names
// means nothing.
func differs(want, got *document.Node, place string) string {
	if want.Kind != got.Kind {
		return fmt.Sprintf("%s (line %d): is %s %q, expected %s %q", place, got.Line, got.Kind, got.Text, want.Kind, want.Text)
	}
	if want.Text != got.Text && (want.Kind != document.Number || !sameNumber(want.Text, got.Text)) {
		return fmt.Sprintf("%s (line %d): is %q, expected %q", place, got.Line, got.Text, want.Text)
	}
	if len(want.Items) != len(got.Items) || len(want.Fields) != len(got.Fields) {
		return fmt.Sprintf("%s (line %d): has %d items and %d fields, expected %d and %d", place, got.Line, len(got.Items), len(got.Fields), len(want.Items), len(want.Fields))
	}
	for i, item := range want.Items {
		if difference := differs(item, got.Items[i], fmt.Sprintf("%s[%d]", place, i)); difference != "" {
			return difference
		}
	}
	for i, field := range want.Fields {
		other := got.Fields[i].Value
		if got.Fields[i].Name != field.Name {
			other = fieldOf(got, field.Name)
		}
		if other == nil {
			return fmt.Sprintf("%s: has no %q", place, field.Name)
		}
		if difference := differs(field.Value, other, place+"."+field.Name); difference != "" {
			return difference
		}
	}
	return ""
}

func sameNumber(a, b string) bool {
	x, _, errX := big.ParseFloat(a, 10, 200, big.ToNearestEven)
	y, _, errY := big.ParseFloat(b, 10, 200, big.ToNearestEven)
	return errX == nil && errY == nil && x.Cmp(y) == 0
}

func fieldOf(n *document.Node, name string) *document.Node {
	for _, field := range n.Fields {
		if field.Name == name {
			return field.Value
		}
	}
	return nil
}
