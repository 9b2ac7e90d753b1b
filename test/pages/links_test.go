package pages_test

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// stable are the sites that pages may name: those that keep their addresses. A test
// without a network cannot open them.
var stable = []string{
	"docs.aws.amazon.com", "aws.amazon.com", "docs.github.com", "github.com", "pkg.go.dev", "go.dev", "nodejs.org",
	"keepachangelog.com", "semver.org", "json-schema.org",
}

var (
	link    = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
)

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	all := pages(t)
	anchors := map[string][]string{}
	for _, p := range all {
		for _, found := range heading.FindAllStringSubmatch(withoutBlocks(p), -1) {
			anchors[p.path] = append(anchors[p.path], anchor(found[1]))
		}
	}
	links := 0
	for _, p := range all {
		for _, found := range link.FindAllStringSubmatch(p.prose, -1) {
			links++
			target := found[1] + found[2]
			if why := broken(p.path, target, anchors); why != "" {
				t.Errorf("%s: the link to %s: %s", p.path, target, why)
			}
		}
	}
	if links < 10 {
		t.Errorf("only %d links were found in %d pages", links, len(all))
	}
}

// broken says what is wrong with a link of a page, "" for nothing.
func broken(from, target string, anchors map[string][]string) string {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return err.Error()
	case u.Host != "" && (u.Scheme != "https" || !slices.Contains(stable, u.Host)):
		return "the site is not among those that are known to keep their addresses"
	case u.Host != "":
		return ""
	}
	file := from
	if u.Path != "" {
		file = path.Join(path.Dir(from), u.Path)
	}
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(file))); err != nil || strings.HasPrefix(file, "../") {
		return "there is no such file in the repository"
	}
	if u.Fragment != "" && !slices.Contains(anchors[file], u.Fragment) {
		return "there is no such heading in " + file
	}
	return ""
}

func TestABrokenLinkIsFound(t *testing.T) {
	anchors := map[string][]string{"README.md": {"install"}}
	for target, right := range map[string]bool{
		"README.md": true, "README.md#install": true, "#install": true, "shared/README.md": true, "https://docs.aws.amazon.com/vpc/": true,
		"NOTHING.md": false, "README.md#nothing": false, "#nothing": false, "../README.md": false, "http://docs.aws.amazon.com/": false, "https://example.com/": false,
	} {
		if why := broken("README.md", target, anchors); (why == "") != right {
			t.Errorf("%s: %q", target, why)
		}
	}
}

// withoutBlocks is a page's text with its fenced blocks left out.
func withoutBlocks(p page) string {
	text := p.text
	for _, b := range p.blocks {
		text = strings.Replace(text, b.text, "", 1)
	}
	return text
}

// anchor is what GitHub makes of a heading.
// https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, heading)
}
