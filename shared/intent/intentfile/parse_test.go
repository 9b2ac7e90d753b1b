package intentfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
)

// outline shows records in short: `LINE: field(line)=value …`, fields in order.
func outline(records []intent.Record) string {
	var text strings.Builder
	for _, record := range records {
		text.WriteString(record.Place.String() + ":")
		for _, name := range record.FieldsInOrder() {
			v := record.Fields[name]
			fmt.Fprintf(&text, " %s(%d)=%s", name, v.Line, show(v))
		}
		text.WriteString("\n")
	}
	return text.String()
}

func show(v intent.Value) string {
	switch v.Kind {
	case intent.String:
		return fmt.Sprintf("%q", v.Text)
	case intent.Number, intent.Bool:
		return v.Text
	case intent.List:
		var elements []string
		for _, element := range v.List {
			elements = append(elements, fmt.Sprintf("%s(%d)", show(element), element.Line))
		}
		set := ""
		if v.Unordered {
			set = "set"
		}
		return set + "[" + strings.Join(elements, " ") + "]"
	case intent.Map:
		return fmt.Sprintf("map of %d", len(v.Map))
	case intent.Binary:
		return "binary " + v.Text
	case intent.Null:
	}
	return "null"
}

func TestEveryFormOfAFileGivesItsItemsWithTheirLines(t *testing.T) {
	cases := []struct{ name, file, text, want string }{
		{"a list in YAML", "f.yaml", `
# who may reach what
- cluster: sessions
  name: orders
  sources:
    - sg-0a # the shop
    - 10.0.0.0/16
  ports: [6379,
    6380]
  expiresAt: 2026-12-31T23:59:59Z

- cluster: "*"
  name: '*'
  mode: off
`, `f.yaml:3: cluster(3)="sessions" name(4)="orders" sources(5)=["sg-0a"(6) "10.0.0.0/16"(7)] ports(8)=[6379(8) 6380(9)] expiresAt(10)="2026-12-31T23:59:59Z"
f.yaml:12: cluster(12)="*" name(13)="*" mode(14)="off"
`},
		{"one item in YAML", "f.yaml", "cluster: sessions\nname: orders\nsource: sg-0a\n", `f.yaml:1: cluster(1)="sessions" name(2)="orders" source(3)="sg-0a"
`},
		{"a list under intents", "f.yaml", "intents:\n- name: orders\n- name: search\n", `f.yaml:2: name(2)="orders"
f.yaml:3: name(3)="search"
`},
		{"intents without any", "f.yaml", "intents:\n", ""},
		{"an empty file", "f.yaml", "", ""},
		{"a file of comments", "f.yaml", "# nothing yet\n", ""},
		{"several documents", "f.yaml", "%YAML 1.2\n---\nname: a\n---\n- name: b\n---\n---\nintents:\n  - name: c\n", `f.yaml:3: name(3)="a"
f.yaml:5: name(5)="b"
f.yaml:9: name(9)="c"
`},
		{"line ends of Windows and a byte order mark", "f.yaml", "\ufeff- name: a\r\n  path: vpn\r\n- name: b\r\n", `f.yaml:1: name(1)="a" path(2)="vpn"
f.yaml:3: name(3)="b"
`},
		{"a key whose value is below it", "f.yaml", "- name:\n    orders\n  path:\n  sources:\n  - sg-0a\n", `f.yaml:1: name(2)="orders" sources(4)=["sg-0a"(5)] path(3)=null
`},
		{"texts of several lines", "f.yaml", "- reason: |\n    a\n    b\n  owner: >-\n    c\n    d\n", `f.yaml:1: owner(4)="c d" reason(1)="a\nb\n"
`},
		{"numbers as they are written", "f.yaml", "- ports: [0x10, 1_0, 1.5, 06379, +5, .inf, -1, 1e3]\n", `f.yaml:1: ports(1)=[0x10(1) 1_0(1) 1.5(1) "06379"(1) +5(1) .inf(1) -1(1) "1e3"(1)]
`},
		{"an address that YAML takes for a map", "f.yaml", "- sources:\n  - fd00::\n  - ::/0\n", `f.yaml:1: sources(1)=[map of 1(2) "::/0"(3)]
`},
		{"anchors and aliases", "f.yaml", "- sources: &shop [sg-0a, sg-0b]\n  name: a\n- sources: *shop\n  name: b\n", `f.yaml:1: name(2)="a" sources(1)=["sg-0a"(1) "sg-0b"(1)]
f.yaml:3: name(4)="b" sources(3)=["sg-0a"(1) "sg-0b"(1)]
`},
		{"merge keys, where the item's own fields win", "f.yaml", `- &base
  cluster: sessions
  owner: shop
- <<: *base
  name: orders
  owner: orders
- <<: [*base, {owner: x, reason: y}]
  name: search
`, `f.yaml:2: cluster(2)="sessions" owner(3)="shop"
f.yaml:4: cluster(2)="sessions" name(5)="orders" owner(6)="orders"
f.yaml:7: cluster(2)="sessions" name(8)="search" owner(3)="shop" reason(7)="y"
`},
		{"what tools print besides", "f.yaml", "- name: !!str 5\n  ? owner\n  : &n \"sh\\\n    op\"\n  reason: *n\n  ports: !!seq [!!int '6379']\n", `f.yaml:1: name(1)="5" ports(6)=[6379(6)] owner(3)="shop" reason(3)="shop"
`},
		{"a key that is an alias", "f.yaml", "- name: &n owner\n- *n : b\n", `f.yaml:1: name(1)="owner"
f.yaml:2: owner(2)="b"
`},
		{"a document after the end of another", "f.yaml", "- name: a\n...\nname: b\n", `f.yaml:1: name(1)="a"
f.yaml:3: name(3)="b"
`},
		{"a list in JSON, indented with tabs", "f.json", "[\n\t{\n\t\t\"cluster\": \"sessions\",\n\t\t\"sources\": [\n\t\t\t\"sg-0a\",\n\t\t\t\"sg-0b\"\n\t\t],\n\t\t\"ports\": [6379],\n\t\t\"path\": null,\n\t\t\"mode\": false\n\t},\n\t{\"name\": \"b\"}\n]\n", `f.json:2: cluster(3)="sessions" sources(4)=["sg-0a"(5) "sg-0b"(6)] path(9)=null ports(8)=[6379(8)] mode(10)=false
f.json:12: name(12)="b"
`},
		{"one item in JSON", "-", `{"name": "\u00e9t\u00e9"}`, `-:1: name(1)="été"
`},
		{"JSON without any item", "-", "[]", ""},
		{"JSON items one per line", "-", "{\"name\": \"a\"}\n{\"name\": \"b\"}\n", `-:1: name(1)="a"
-:2: name(2)="b"
`},
		{"YAML that looks like JSON", "-", "[{name: orders},\n {name: search,},]\n", `-:1: name(1)="orders"
-:2: name(2)="search"
`},
		{"a scan of the table", "scan.json", `{
  "Items": [
    {
      "cluster": {"S": "sessions"},
      "sources": {"L": [
        {"S": "sg-0a"}
      ]},
      "ports": {"NS": ["6379", "6380"]},
      "expiresAt": {"N": "1798761599"},
      "owner": {"NULL": true},
      "mode": {"BOOL": false},
      "reason": {"B": "AAEC"},
      "via": {"M": {"a": {"S": "b"}}}
    },
    {"source": {"SS": ["sg-0a"]}, "x": {"BS": ["AAEC"]}}
  ],
  "Count": 2, "ScannedCount": 2, "ConsumedCapacity": null
}`, `scan.json:3: cluster(4)="sessions" sources(5)=["sg-0a"(6)] via(13)=map of 1 ports(8)=set[6379(8) 6380(8)] expiresAt(9)=1798761599 owner(10)=null reason(12)=binary AAEC mode(11)=false
scan.json:15: source(15)=set["sg-0a"(15)] x(15)=set[binary AAEC(15)]
`},
		{"a scan of the table as YAML", "scan.yaml", "Count: 1\nItems:\n- cluster:\n    S: sessions\n  ports:\n    L:\n    - N: '6379'\nNextToken: x\n", `scan.yaml:3: cluster(4)="sessions" ports(5)=[6379(7)]
`},
		{"one item of the table", "-", `{"Item": {"cluster": {"S": "sessions"}}}`, `-:1: cluster(1)="sessions"
`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			records, err := intentfile.Parse(c.file, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, outline(records)); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoFileOfItemsIsRefusedWithItsLine(t *testing.T) {
	cases := []struct{ name, file, text, want string }{
		{"a sentence", "f.yaml", "orders may reach sessions\n", `f.yaml:1: must be a list of items, each a map with the fields of an intent`},
		{"a list of strings", "f.yaml", "- orders\n-\n- name: a\n", "f.yaml:1: an item must be a map with the fields of an intent\nf.yaml:2: an item must be a map with the fields of an intent"},
		{"intents that are no list", "f.yaml", "intents:\n  name: a\n", `f.yaml:1: the key "intents" must hold a list of items`},
		{"fields beside intents", "f.yaml", "intents: []\nname: a\n", `f.yaml:2: the key "name" is not known beside "intents"`},
		{"a key twice", "f.yaml", "- name: a\n  path: vpn\n  name: b\n", `f.yaml:3: the key "name" is there already, on line 1`},
		{"a key twice, and another", "f.yaml", "- name: a\n  name: b\n- path: a\n  \"path\": b\n", "f.yaml:2: the key \"name\" is there already, on line 1\nf.yaml:4: the key \"path\" is there already, on line 3"},
		{"a key twice in JSON", "f.json", "[{\"name\": \"a\",\n\"name\": \"b\"}]", `f.json:2: the key "name" is there already, on line 1`},
		{"a tab in YAML", "f.yaml", "- name: a\n\tpath: vpn\n", `f.yaml:2: cannot be read as YAML: found a tab character that violates indentation while scanning a plain scalar that begins on line 1`},
		{"a quote that is not closed", "f.yaml", "- name: a\n  owner: \"shop\n", `f.yaml:2: cannot be read as YAML: found unexpected end of stream while scanning a quoted scalar`},
		{"a bracket that is not closed", "f.yaml", "- name: a\n- sources: [sg-0a\n", `f.yaml:2: cannot be read as YAML: did not find expected ',' or ']' while parsing a flow sequence`},
		{"an alias without its anchor", "f.yaml", "- name: a\n  sources: *shop\n", `f.yaml:2: there is no anchor &shop before the alias *shop`},
		{"an anchor of another document", "f.yaml", "- name: &n a\n---\n- name: *n\n", `f.yaml:3: there is no anchor &n before the alias *n`},
		{"an anchor that contains itself", "f.yaml", "- sources: &x [*x]\n", `f.yaml:1: there is no anchor &x before the alias *x`},
		{"a merge key with a list of strings", "f.yaml", "- <<: [a]\n", `f.yaml:1: the merge key << must name a map, or a list of maps`},
		{"a tag of its own", "f.yaml", "- name: a\n  owner: !shop 5\n", `f.yaml:2: the tag !shop is not known here: leave it out, and put a text in quotes`},
		{"items that are not there", "f.yaml", "-\n-\n...\na: b\n", "f.yaml:1: an item must be a map with the fields of an intent\nf.yaml:2: an item must be a map with the fields of an intent"},
		{"a key that is a list", "f.yaml", "- ? [name]\n  : a\n", `f.yaml:1: a key must be a word`},
		{"an empty file that says it is JSON", "f.json", "\n", `f.json: cannot be read as JSON: it is empty`},
		{"bytes that are not UTF-8", "f.yaml", "- name: a\n- name: \xff\n", `f.yaml:2: must be text in UTF-8`},
		{"JSON with a mistake", "f.json", "[\n  {\"name\": \"a\"}\n  {\"name\": \"b\"}\n]", `f.json:3: cannot be read as JSON: invalid character '{' after array element`},
		{"JSON that ends too early", "f.json", "[\n  {\"name\": \"a\"},\n", `f.json:2: ends in the middle of a JSON value`},
		{"JSON with a mistake, from standard input", "-", "[\n  {\"name\": \"a\"}\n  {\"name\": \"b\"}\n]", `-:3: cannot be read as JSON: invalid character '{' after array element`},
		{"YAML that looks like JSON, with a mistake", "f.yml", "[\n  {name: a}\n  {name: b}\n]", `f.yml:3: cannot be read as YAML: did not find expected ',' or ']' while parsing a flow sequence that begins on line 1`},
		{"a JSON string alone", "f.json", `"orders"`, `f.json:1: must be a list of items, each a map with the fields of an intent`},
		{"items of a dump that are no map", "-", `{"Items": [[]]}`, `-:1: an item must be a map of DynamoDB attributes`},
		{"attributes of a dump without a type", "-", `{"Items": [{"name": "a", "path": {"S": "vpn", "N": "1"}}]}`, "-:1: a DynamoDB attribute must be a map with its type, such as {\"S\": \"orders\"}\n-:1: a DynamoDB attribute must be a map with its type, such as {\"S\": \"orders\"}"},
		{"attributes of a dump of another type", "-", `{"Items": [{"name": {"S": 5}, "ports": {"NS": [true]}, "x": {"XS": []}}]}`, "-:1: not a DynamoDB attribute of type \"S\"\n-:1: not a DynamoDB attribute of type \"N\"\n-:1: not a DynamoDB attribute of type \"XS\""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			records, err := intentfile.Parse(c.file, []byte(c.text))
			if err == nil {
				t.Fatalf("accepted: %s", outline(records))
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if records != nil {
				t.Error("some records come with the error")
			}
		})
	}
}

func TestAProblemInAFileNamesTheLineOfTheValue(t *testing.T) {
	const text = `- cluster: sessions
  name: orders
  sources:
    - sg-0a
    - sg_shop
    - fd00::
    - 0.0.0.0/0
  expireAt: 2026-12-31T23:59:59Z
  ports:
    - 6379
    - 70000
- cluster: sessions
  name: search
- cluster: '*'
  name: '*'
  mode: on
`
	records, err := intentfile.Parse("intents.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	set := intent.Parse(records, intent.Options{BareNames: true})
	var got []string
	for _, invalid := range append(set.Invalid, set.InvalidPolicies...) {
		for _, problem := range invalid.Problems {
			got = append(got, problem.Error())
		}
	}
	const forms = `must be a security group (sg-0a1b2c3d4e5f60718, or 123456789012/sg-… of another account), a CIDR or an address (IPv4 or IPv6), a prefix list (pl-…) or a VPC (vpc-…)`
	const orders = ` of intent "orders" for cluster "sessions" is `
	want := []string{
		`intents.yaml:5: field "sources"` + orders + `"sg_shop": ` + forms,
		`intents.yaml:6: field "sources"` + orders + `a map: ` + forms + `; an address that ends in a colon must be in quotes`,
		`intents.yaml:7: field "sources"` + orders + `"0.0.0.0/0": must be narrower: everything is accepted only as a source of access closed`,
		`intents.yaml:11: field "ports"` + orders + `the number 70000: must be a port, a whole number from 1 to 65535`,
		`intents.yaml:8: field "expireAt"` + orders + `not known: did you mean "expiresAt"?`,
		`intents.yaml:12: field "sources" of intent "search" for cluster "sessions" is missing: must be a list of at least one source`,
		`intents.yaml:16: field "mode" of the policy for all clusters is "on": must be off, observe or enforce`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}
