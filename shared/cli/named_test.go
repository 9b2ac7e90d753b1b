package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Where commands are named: in code between backticks or behind a prompt, in blocks of
// commands, and in strings that begin with one.
var (
	quotedCommand = regexp.MustCompile("`cachegate ([^`]+)`")
	blockCommand  = regexp.MustCompile(`(?m)(?:^|[|&;(] *)cachegate +([a-z-][^\n|&;]*)`)
	lineCommand   = regexp.MustCompile(`(?m)^ *cachegate ([a-z-][^\n]*)`)
	pageBlock     = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	flagWord      = regexp.MustCompile(`^--?[a-zA-Z][a-z-]*`)
	plainWord     = regexp.MustCompile(`^[a-z][a-z-]*$`)
)

// sentences are words behind "cachegate" at the beginning of strings that are prose.
var sentences = []string{"alerts", "chat", "changed", "fixes", "plans", "holds", "itself", "keeps", "looks", "made", "mends", "repairs", "need", "no", "takes", "took", "removes", "removed", "put"}

// namedIn gives the commands that a text names, without "cachegate".
func namedIn(path, text string) []string {
	var all []string
	add := func(found [][]string) {
		for _, f := range found {
			all = append(all, f[1])
		}
	}
	add(quotedCommand.FindAllStringSubmatch(text, -1))
	switch filepath.Ext(path) {
	case ".md":
		for _, block := range pageBlock.FindAllStringSubmatch(text, -1) {
			add(blockCommand.FindAllStringSubmatch(block[1], -1))
		}
	case ".go":
		for _, f := range lineCommand.FindAllStringSubmatch(text, -1) {
			if word, _, _ := strings.Cut(f[1], " "); !slices.Contains(sentences, word) {
				all = append(all, f[1])
			}
		}
	}
	return all
}

// unknownCommand says what of a command line does not exist, "" for nothing.
func unknownCommand(root *cobra.Command, line string) string {
	if i := strings.IndexAny(line, "|>;#&"); i >= 0 {
		line = line[:i]
	}
	line, _, _ = strings.Cut(line, "  ") // examples have their remark behind two blanks
	words := strings.Fields(line)
	command := root
	for len(words) > 0 {
		i := slices.IndexFunc(command.Commands(), func(c *cobra.Command) bool { return c.Name() == words[0] })
		if i < 0 {
			break
		}
		command, words = command.Commands()[i], words[1:]
	}
	if command.HasSubCommands() && len(words) > 0 && plainWord.MatchString(words[0]) {
		return "there is no command " + words[0]
	}
	command.InitDefaultHelpFlag()
	command.InitDefaultVersionFlag()
	for _, w := range words {
		name := flagWord.FindString(w)
		switch {
		case name == "":
		case strings.HasPrefix(name, "--") && command.Flag(name[2:]) == nil && command.InheritedFlags().Lookup(name[2:]) == nil,
			!strings.HasPrefix(name, "--") && command.Flags().ShorthandLookup(name[1:2]) == nil:
			return "there is no flag " + name
		}
	}
	return ""
}

func TestEveryCommandThatIsNamedExists(t *testing.T) {
	root := commandTree()
	named := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && entry.Name() != "../.." && entry.Name() != ".." && entry.Name() != ".github" || slices.Contains([]string{"node_modules", "cdk.out", "testdata"}, entry.Name())):
			return filepath.SkipDir
		case entry.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		var texts []string
		switch filepath.Ext(path) {
		case ".md", ".yml":
			text, readErr := os.ReadFile(path)
			if readErr != nil {
				return readErr
			}
			texts = []string{string(text)}
		case ".go":
			if texts, err = stringsOf(path); err != nil {
				return err
			}
		}
		for _, text := range texts {
			for _, line := range namedIn(path, text) {
				named++
				if why := unknownCommand(root, line); why != "" {
					t.Errorf("%s names cachegate %s: %s", path, line, why)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if named < 100 {
		t.Errorf("only %d commands were found", named)
	}
}

// stringsOf are the string literals of a Go file and its comments; literals that are
// joined with + count as one.
func stringsOf(path string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				all = append(all, text)
			}
		case *ast.BinaryExpr:
			if text, ok := joined(n); ok {
				all = append(all, text)
				return false
			}
		}
		return true
	})
	return all, nil
}

func joined(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := joined(e.X)
		right, also := joined(e.Y)
		return left + right, ok && also && e.Op == token.ADD
	}
	return "", false
}

func TestACommandThatDoesNotExistIsSeen(t *testing.T) {
	root := commandTree()
	for line, right := range map[string]bool{
		"replay": true, "intents apply -f x --dry-run": true, "mode enforce": true, "plan --live | jq .x --no": true, "show f-1": true,
		"nothing": false, "intents nothing": false, "replay --nothing": false, "plan -q": false, "intents": true, "--version": true, "replay --help": true,
		"mode off    what --it does": true, "intents apply --stack X": true,
	} {
		if why := unknownCommand(root, line); (why == "") != right {
			t.Errorf("cachegate %s: %q", line, why)
		}
	}
	got := namedIn("x.md", "prose cachegate nothing `cachegate a` \n```sh\ncachegate b | cachegate c\n```\n")
	if !slices.Equal(got, []string{"a", "b ", "c"}) {
		t.Errorf("the page names %q", got)
	}
}
