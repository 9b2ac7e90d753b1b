package pages_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the repository, from the folder of this package.
const root = "../.."

// block is a fenced block of a page.
type block struct {
	line     int // of its first fence
	language string
	note     string // the words of the comment above it
	text     string
}

// page is a Markdown file.
type page struct {
	path   string // from the root, with slashes
	text   string
	prose  string // the text without fenced blocks and code, line by line
	blocks []block
}

var (
	noteLine   = regexp.MustCompile(`^<!-- (.+?) -->$`)
	inlineCode = regexp.MustCompile("`[^`\n]*`")
)

// pages reads every Markdown file of the repository.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules" || entry.Name() == "cdk.out"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		all = append(all, readPage(filepath.ToSlash(name), string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readPage(path, text string) page {
	p := page{path: path, text: text}
	var prose strings.Builder
	var open *block
	note := ""
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch found := noteLine.FindStringSubmatch(line); {
		case isFence && open == nil:
			open = &block{line: i + 1, language: fence, note: note}
			note = ""
		case isFence:
			p.blocks = append(p.blocks, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		case found != nil:
			note = found[1]
		case line != "":
			note = ""
			prose.WriteString(inlineCode.ReplaceAllString(line, ""))
		}
		prose.WriteByte('\n')
	}
	if open != nil {
		p.blocks = append(p.blocks, *open)
	}
	p.prose = prose.String()
	return p
}

func TestAPageIsReadBlockByBlock(t *testing.T) {
	p := readPage("x.md", "see `[a](b)` and [c](d)\n\n<!-- not run: because -->\n```sh\none\ntwo\n```\n\n<!-- lost -->\ntext\n```\nthree\n```\n")
	if strings.Contains(p.prose, "(b)") || !strings.Contains(p.prose, "(d)") || strings.Contains(p.prose, "one") {
		t.Errorf("the prose is %q", p.prose)
	}
	want := []block{{line: 4, language: "sh", note: "not run: because", text: "one\ntwo\n"}, {line: 11, text: "three\n"}}
	if len(p.blocks) != len(want) || p.blocks[0] != want[0] || p.blocks[1] != want[1] {
		t.Errorf("the blocks are %+v, expected %+v", p.blocks, want)
	}
}
