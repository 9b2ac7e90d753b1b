package document_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/document"
)

// many repeats a text until it is about so many bytes long.
func many(text string, length int) string { return strings.Repeat(text, max(1, length/len(text))) }

// laughs unfolds to 10 to the power of the anchors.
func laughs(anchors int) string {
	text := "- &a0 x\n"
	for i := range anchors {
		text += fmt.Sprintf("- &a%d [%s]\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	return text
}

// tower nests maps by aliases alone.
func tower(levels int) string {
	text := "- &a0 {x: y}\n"
	for i := range levels {
		text += fmt.Sprintf("- &a%d {x: *a%d}\n", i+1, i)
	}
	return text
}

// indented nests maps by indentation alone.
func indented(levels int) string {
	var text strings.Builder
	for level := range levels {
		text.WriteString(strings.Repeat(" ", level) + "a:\n")
	}
	return text.String()
}

func TestWhatHoldsTooMuchIsRefused(t *testing.T) {
	small := document.Limits{JSON: 2 << 20, YAML: 1 << 20, Depth: 20, Values: 1_000}
	large := document.Limits{JSON: 64 << 20, YAML: 64 << 20, Depth: 20, Values: 10_000_000}
	for name, c := range map[string]struct {
		file, text string
		limits     document.Limits
		want       string
	}{
		"brackets in JSON":               {"f.json", many("[", 200_000), large, "f.json:1: is nested more than 20 levels deep"},
		"objects in JSON":                {"f.json", many("{\"a\":\n", 200_000), large, "f.json:22: is nested more than 20 levels deep"},
		"brackets in YAML":               {"f.yaml", many("[", 200_000), large, "f.yaml:1: is nested more than 20 levels deep"},
		"brackets over lines":            {"f.yaml", many("x: [\n", 200_000), large, "f.yaml:21: is nested more than 20 levels deep"},
		"brackets without an ending":     {"f", many("[", 200_000), large, "f:1: is nested more than 20 levels deep"},
		"lists on a line":                {"f.yaml", many("- ", 200_000), large, "f.yaml:1: is nested more than 20 levels deep"},
		"keys on a line":                 {"f.yaml", many("? ", 200_000), large, "f.yaml:1: is nested more than 20 levels deep"},
		"indentation":                    {"f.yaml", indented(600), large, "f.yaml:22: is nested more than 20 levels deep"},
		"a tower of aliases":             {"f.yaml", tower(40), large, "f.yaml:20: is nested more than 20 levels deep"},
		"values in JSON":                 {"f.json", "[" + many("0,\n", 6_000) + "0]", small, "f.json:1000: holds more than 1000 values"},
		"values in YAML":                 {"f.yaml", many("- a\n", 6_000), small, "f.yaml:1000: holds more than 1000 values"},
		"values of many documents":       {"f.yaml", many("--- a\n", 8_000), small, "f.yaml:1001: holds more than 1000 values"},
		"aliases of aliases":             {"f.yaml", laughs(9), large, "f.yaml:8: holds more than 10000000 values"},
		"merge keys of merge keys":       {"f.yaml", "- &a0 {x: 1}\n- &a1 {<<: [*a0, *a0]}\n- &a2 {<<: [*a1, *a1]}\n- &a3 {<<: [*a2, *a2]}\n", document.Limits{JSON: 1 << 20, YAML: 1 << 20, Depth: 20, Values: 40}, "f.yaml:4: holds more than 40 values"},
		"a long JSON file":               {"f.json", many(" ", 3<<20), small, "f.json: a file must be at most 2 MiB long: split it"},
		"a long YAML file":               {"f.yaml", many("# x\n", 3<<19), small, "f.yaml: YAML must be at most 1 MiB long: split it"},
		"more values than YAML can hold": {"f.yaml", "[" + many("a,\n", 3_000_000), large, "f.yaml:428571: holds too many values for YAML: split it, or write it as JSON"},
		"quotes without commas":          {"f.yaml", "[" + many(`""`, 4_000_000), large, "f.yaml:1: holds too many values for YAML: split it, or write it as JSON"},
		"anchors without values":         {"f.yaml", many("&a ", 4_000_000), large, "f.yaml:1: holds too many values for YAML: split it, or write it as JSON"},
		"directives":                     {"f.yaml", many("%TAG !a! b\n", 2_000_000) + "---\n", large, "f.yaml:33: has more than 32 directives (lines that begin with %)"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := document.Parse(c.file, []byte(c.text), c.limits)
			if err == nil || err.Error() != c.want {
				t.Errorf("the error is %v, expected %s", err, c.want)
			}
		})
	}
}

// What a text costs must grow with its length: on each of these, a reader in use has taken the square of it.
func TestATextCostsWhatItsLengthIs(t *testing.T) {
	limits := document.Limits{JSON: 64 << 20, YAML: 64 << 20, Depth: 50, Values: 10_000_000}
	for name, text := range map[string]func(length int) string{
		"brackets":               func(n int) string { return many("[", n) },
		"braces":                 func(n int) string { return many("{", n) },
		"closing brackets":       func(n int) string { return many("]", n) },
		"lists on a line":        func(n int) string { return many("- ", n) },
		"keys on a line":         func(n int) string { return many("? ", n) },
		"anchors on a line":      func(n int) string { return many("&a ", n) },
		"tags on a line":         func(n int) string { return many("!a ", n) },
		"documents":              func(n int) string { return many("--- a\n", n) },
		"empty documents":        func(n int) string { return many("---\n", n) },
		"keys of one map":        func(n int) string { return many("a: b\n", n) },
		"keys without values":    func(n int) string { return many("- a:\n", n) },
		"items without values":   func(n int) string { return many("-\n", n) },
		"colons":                 func(n int) string { return many(":\n", n) },
		"braces without values":  func(n int) string { return "[" + many("{a, b},\n", n) + "]" },
		"a list in brackets":     func(n int) string { return "[" + many("a,", n) + "]" },
		"an unclosed list":       func(n int) string { return "[" + many("a,\n", n) },
		"aliases":                func(n int) string { return "- &a x\n" + many("- *a\n", n) },
		"an unclosed quote":      func(n int) string { return `a: "` + many("b\n", n) },
		"a long word":            func(n int) string { return many("a", n) },
		"a word over lines":      func(n int) string { return "a: " + many("b\n ", n) },
		"a long key":             func(n int) string { return many("a", n) + ": b" },
		"a block of empty lines": func(n int) string { return "a: |\n" + many("\n", n) },
		"comments":               func(n int) string { return "a: b\n" + many("# c\n\n", n) },
		"comments between keys":  func(n int) string { return many("a:\n# b\n", n) },
		"JSON":                   func(n int) string { return "[" + many(`{"a":[1]},`, n) + "{}]" },
		"JSON that breaks off":   func(n int) string { return "[" + many(`{"a":[1]},`, n) },
	} {
		t.Run(name, func(t *testing.T) {
			short, long := cost(text(10_000), limits), cost(text(100_000), limits)
			if long > 20*short+1<<20 {
				t.Errorf("ten times the length takes %d bytes instead of %d", long, short)
			}
			if most := uint64(200_000_000); long > most {
				t.Errorf("100 kB take %d bytes", long)
			}
		})
	}
}

// cost returns the bytes that reading a text takes from memory.
func cost(text string, limits document.Limits) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = document.Parse("f", []byte(text), limits)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
