package document_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/document"
)

// limits are those of the tests where nothing else is said.
var limits = document.Limits{JSON: 1 << 20, YAML: 1 << 20, Depth: 20, Values: 10_000}

// outline shows a value in short: its line, and what it is.
func outline(n *document.Node) string {
	var parts []string
	switch n.Kind {
	case document.Null:
		return fmt.Sprintf("%d:null", n.Line)
	case document.Text:
		return fmt.Sprintf("%d:%q", n.Line, n.Text)
	case document.Number, document.Bool:
		return fmt.Sprintf("%d:%s", n.Line, n.Text)
	case document.List:
		for _, item := range n.Items {
			parts = append(parts, outline(item))
		}
		return fmt.Sprintf("%d:[%s]", n.Line, strings.Join(parts, " "))
	case document.Object:
	}
	for _, field := range n.Fields {
		parts = append(parts, fmt.Sprintf("%d:%q=%s", field.Line, field.Name, outline(field.Value)))
	}
	return fmt.Sprintf("%d:{%s}", n.Line, strings.Join(parts, " "))
}

func TestEveryValueHasItsLine(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"JSON":                          {"f.json", "{\"a\":\n [1,\n  \"b\", true, null],\n \"c\": {}}", `1:{1:"a"=2:[2:1 3:"b" 3:true 3:null] 4:"c"=4:{}}`},
		"JSON with tabs in a YAML file": {"f.yaml", "{\n\t\"a\": \"\\ud83d\\ude00\"\n}", `1:{2:"a"=2:"😀"}`},
		"JSON values one after another": {"f.json", "{}\n[]\n1", "1:{}\n2:[]\n3:1"},
		"blocks":                        {"f.yaml", "a:\n  - 1\n  -\n  - b: c\n    d:\ne: f", `1:{1:"a"=2:[2:1 3:null 4:{4:"b"=4:"c" 5:"d"=5:null}] 6:"e"=6:"f"}`},
		"brackets":                      {"f", "[{a: b,\n c: 1.0},\n d,]", `1:[1:{1:"a"=1:"b" 2:"c"=2:1.0} 3:"d"]`},
		"a value below its key":         {"f.yaml", "a:\n\n  b\nc: |\n  d\n  e\n", `1:{1:"a"=3:"b" 4:"c"=4:"d\ne\n"}`},
		"anchors above blocks":          {"f.yaml", "- &x\n  a: b\n- *x\n- &y !!map\n  c: d\n", `1:[2:{2:"a"=2:"b"} 2:{2:"a"=2:"b"} 5:{5:"c"=5:"d"}]`},
		"merge keys":                    {"f.yaml", "- &x {a: 1, b: 2}\n- &y {b: 3, c: 4}\n- <<: [*x, *y]\n  a: 5\n- \"<<\": 6\n", `1:[1:{1:"a"=1:1 1:"b"=1:2} 2:{2:"b"=2:3 2:"c"=2:4} 3:{4:"a"=4:5 1:"b"=1:2 2:"c"=2:4} 5:{5:"<<"=5:6}]`},
		"a name that stands twice":      {"f.yaml", "a: 1\na: 2\n", `1:{1:"a"=1:1 2:"a"=2:2}`},
		"keys that are no texts":        {"f.yaml", "012345678912: a\n1.0: b\ntrue: c\n~: d\n: e\n&k f: g\n*k : h\n? |-\n  i\n: j\n", `1:{1:"012345678912"=1:"a" 2:"1.0"=2:"b" 3:"true"=3:"c" 4:"~"=4:"d" 5:""=5:"e" 6:"f"=6:"g" 7:"f"=7:"h" 8:"i"=10:"j"}`},
		"documents":                     {"f.yaml", "%YAML 1.2\n---\na\n...\n# none\n%YAML 1.2\n---\n...\n--- b\n", "3:\"a\"\n8:null\n9:\"b\""},
		"a directive that is none":      {"f.yaml", "--- |\n a\n\n %YAML 1.2\n", `1:"a\n\n%YAML 1.2\n"`},
		"nothing":                       {"f.yaml", "# nothing\n", ""},
		"nothing at all":                {"f", "", ""},
		"a byte order mark, and lines as Windows ends them": {"f.yaml", "\ufeffa: b\r\nc:\r\n- d\r\n", `1:{1:"a"=1:"b" 2:"c"=3:[3:"d"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			documents, err := document.Parse(c.file, []byte(c.text), limits)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, 0, len(documents))
			for _, d := range documents {
				got = append(got, outline(d))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWordsWithoutQuotes(t *testing.T) {
	for kind, words := range map[document.Kind][]string{
		document.Null:   {"", "~", "null", "NULL", "!!null null", "!!null ''"},
		document.Bool:   {"true", "True", "FALSE", "!!bool 'true'"},
		document.Number: {"0", "-0", "6379", "+5", "1_000", "0x1F", "1.5", "-.5", "1.", "1.0e+16", "1.5e-07", ".inf", "-.INF", ".nan", "123456789012345678901234567890", "!!int '5'", "!!float \"1e3\""},
		document.Text: {
			"a", "012345678912", "08", "06379", "1e3", "1e+3", "6.379e3", "0o17", "0b11", "1:30", "1.2.3", "10.0.0.0/16", "fd00::1", "::/0", "+", ".", "_1", "0x", "yes", "off", "y",
			"2026-12-31", "2026-12-31T23:59:59Z", "2026-12-31 23:59:59.5 +01:00", "'5'", "\"true\"", "!!str 5", "!!timestamp 2026-12-31", "!!binary AAEC", "''", "=",
		},
	} {
		for _, word := range words {
			documents, err := document.Parse("f.yaml", []byte("a: "+word+"\n"), limits)
			if err != nil {
				t.Errorf("%s: %v", word, err)
				continue
			}
			if got := documents[0].Fields[0].Value; got.Kind != kind {
				t.Errorf("%s is %s, expected %s", word, got.Kind, kind)
			}
		}
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"JSON that breaks off":              {"f.json", "{\"a\":\n [1,\n\n", `f.json:2: ends in the middle of a JSON value`},
		"JSON with a comma too many":        {"f.json", "{\"a\": {},\n}", `f.json:2: cannot be read as JSON: invalid character '}' looking for beginning of object key string`},
		"no JSON at all":                    {"f.json", "a: b", `f.json:1: cannot be read as JSON: invalid character 'a' looking for beginning of value`},
		"a JSON file without anything":      {"f.json", " \n", `f.json: cannot be read as JSON: it is empty`},
		"neither, in a file without ending": {"f", "{\"a\": 1\n \"b\": 2}", `f:2: cannot be read as JSON: invalid character '"' after object key:value pair`},
		"neither, in a YAML file":           {"f.yml", "{\"a\": 1\n \"b\": 2}", `f.yml:2: cannot be read as YAML: did not find expected ',' or '}' while parsing a flow mapping that begins on line 1`},
		"a bracket that is not closed":      {"f.yaml", "a: [1, 2\nb: }", `f.yaml:2: cannot be read as YAML: did not find expected ',' or ']' while parsing a flow sequence that begins on line 1`},
		"a control character":               {"f.yaml", "a: b\nc: \x01\n", `f.yaml:2: cannot be read as YAML: control characters are not allowed (value: 1)`},
		"a number that is none":             {"f.yaml", "- !!int 5\n- !!int b\n", `f.yaml:2: "b" says that it is !!int, and is no number`},
		"true or false that is neither":     {"f.yaml", "a: !!bool 5\n", `f.yaml:1: "5" says that it is !!bool, which is true or false`},
		"bytes that are not UTF-8":          {"f.json", "[\n\"\xff\"]", `f.json:2: must be text in UTF-8`},
		"UTF-16":                            {"f.json", "\xff\xfe{\x00}\x00", `f.json:1: must be text in UTF-8`},
		"a tag of its own":                  {"f.yaml", "a:\n  b: !Ref c\n", `f.yaml:2: the tag !Ref is not known here: leave it out, and put a text in quotes`},
		"a tag of Python's":                 {"f.yaml", "a: !!python/tuple [b]\n", `f.yaml:1: the tag !!python/tuple is not known here: leave it out, and put a text in quotes`},
		"a list that says it is a text":     {"f.yaml", "!!str [a]\n", `f.yaml:1: the tag !!str is not known here: leave it out, and put a text in quotes`},
		"an alias without its anchor":       {"f.yaml", "- a\n- *b\n", `f.yaml:2: there is no anchor &b before the alias *b`},
		"an anchor that contains itself":    {"f.yaml", "a: &a [*a]", `f.yaml:1: there is no anchor &a before the alias *a`},
		"an anchor of another document":     {"f.yaml", "&a b\n---\n*a\n", `f.yaml:3: there is no anchor &a before the alias *a`},
		"a merge key with a text":           {"f.yaml", "a:\n  <<: b\n", `f.yaml:2: the merge key << must name a map, or a list of maps`},
		"a key that is a list":              {"f.yaml", "a: b\n? [c]\n: d\n", `f.yaml:2: a key must be a word`},
		"what could change a terminal":      {"f.json", "[\"\x1b[31m\"]", `f.json:1: cannot be read as JSON: invalid character '\x1b' in string literal`},
	} {
		t.Run(name, func(t *testing.T) {
			documents, err := document.Parse(c.file, []byte(c.text), limits)
			if err == nil {
				t.Fatalf("accepted: %s", outline(documents[0]))
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
