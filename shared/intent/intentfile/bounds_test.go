package intentfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/intent/intentfile"
)

func TestTextsThatWouldHoldTheReaderUpAreRefused(t *testing.T) {
	many := strings.Repeat
	laughs := "- &a [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
	for _, step := range []string{"ab", "bc", "cd", "de", "ef", "fg"} {
		laughs += "- &" + step[1:] + " [" + strings.TrimSuffix(many("*"+step[:1]+", ", 10), ", ") + "]\n"
	}
	const tower = "- &a {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: 1}}}}}}}}}}}}}}}}}\n" +
		"- &b {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: {x: *a}}}}}}}}}}}}}}}}}\n"
	cases := []struct{ name, file, text, want string }{
		{"brackets in brackets", "f.yaml", many("[", 100_000), `f.yaml:1: is nested more than 32 levels deep`},
		{"brackets in brackets in JSON", "f.json", many("[", 100_000), `f.json:1: is nested more than 32 levels deep`},
		{"brackets in brackets over lines", "f.yaml", many("x: [\n", 100_000), `f.yaml:33: is nested more than 32 levels deep`},
		{"lists in lists on a line", "f.yaml", many("- ", 100_000), `f.yaml:1: is nested more than 32 levels deep`},
		{"maps in maps by indentation", "f.yaml", indented(40), `f.yaml:34: is nested more than 32 levels deep`},
		{"aliases of aliases", "f.yaml", laughs, `f.yaml:6: holds more than 1000000 values`},
		{"aliases that build a tower", "f.yaml", tower, `f.yaml:2: is nested more than 32 levels deep`},
		{"a long YAML file", "f.yaml", many("# nothing\n", 300_000), `f.yaml: YAML must be at most 2 MiB long: split it`},
		{"a long file", "f.json", many(" ", 17<<20), `f.json: a file must be at most 16 MiB long: split it`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := intentfile.Parse(c.file, []byte(c.text))
			if err == nil {
				t.Fatal("accepted")
			}
			first, _, _ := strings.Cut(err.Error(), "\n")
			if diff := cmp.Diff(c.want, first); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		})
	}
}

// indented nests maps by indentation alone.
func indented(levels int) string {
	var text strings.Builder
	for level := range levels {
		text.WriteString(strings.Repeat(" ", level) + "a:\n")
	}
	return text.String()
}

func TestALargeFileOfOrdinaryIntentsIsRead(t *testing.T) {
	item := "- cluster: sessions\n  name: orders\n  sources:\n  - sg-0a\n  - 10.0.0.0/16\n  owner:\n    shop\n  ports: [6379, 6380]\n"
	records, err := intentfile.Parse("f.yaml", []byte(strings.Repeat(item, 10_000)))
	if err != nil || len(records) != 10_000 {
		t.Fatalf("%d records, %v", len(records), err)
	}
}
