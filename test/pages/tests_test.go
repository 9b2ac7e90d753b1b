package pages_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName  = regexp.MustCompile(`\bTest[A-Z]\w+`)
	testFunc  = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	worldFile = regexp.MustCompile(`\b[a-z-]+/[a-z0-9-]+\.yaml`)
)

// A page may name a test by its beginning, as -run takes it.
func TestEveryTestAndWorldThatThePageOfTheTestsNamesExists(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "test", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	err = filepath.WalkDir(filepath.Join(root, "test"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, found := range testFunc.FindAllStringSubmatch(string(code), -1) {
			have = append(have, found[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all := "\n" + strings.Join(have, "\n")
	names := testName.FindAllString(string(text), -1)
	for _, name := range names {
		if !strings.Contains(all, "\n"+name) {
			t.Errorf("test/README.md names %s, and there is no such test", name)
		}
	}
	worlds := worldFile.FindAllString(string(text), -1)
	for _, name := range worlds {
		if _, err := os.Stat(filepath.Join(root, "test", "worlds", filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	if len(names) < 15 || len(worlds) < 2 {
		t.Errorf("only %d tests and %d worlds are named", len(names), len(worlds))
	}
}
