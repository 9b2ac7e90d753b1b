package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"
)

// root is the root of the module.
var root = filepath.Join("..", "..")

func TestEveryBugCanBePlanted(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range table {
		if seen[m.name] {
			t.Errorf("%s stands twice in the table", m.name)
		}
		seen[m.name] = true
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
		if err != nil {
			t.Fatal(err)
		}
		planted, err := m.plant(source)
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), m.file, planted, parser.SkipObjectResolution); err != nil {
			t.Errorf("%s is no Go any more: %v", m.name, err)
		}
	}
	if len(seen) < 30 {
		t.Errorf("the table holds %d bugs, want at least 30", len(seen))
	}
}
