package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/intent/intenttest"
	"github.com/cachegate/cachegate/shared/schema"
)

// compiled gives a validator of a schema.
func compiled(t *testing.T, build func() ([]byte, error)) *jsonschema.Schema {
	t.Helper()
	text, err := build()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err = compiler.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	out, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// valueOf reads YAML or JSON as a validator wants it.
func valueOf(t interface{ Fatal(args ...any) }, text []byte) any {
	converted, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(converted))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// With CACHEGATE_UPDATE=1 the test writes the files.
func TestTheCommittedSchemasAreThoseOfTheCode(t *testing.T) {
	for name, build := range map[string]func() ([]byte, error){schema.IntentsFile: schema.OfIntents, schema.WorldFile: schema.OfWorld} {
		want, err := build()
		if err != nil {
			t.Fatal(err)
		}
		if os.Getenv("CACHEGATE_UPDATE") != "" {
			if err = os.WriteFile(name, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the code makes: run CACHEGATE_UPDATE=1 go test ./shared/schema (%v)", name, err)
		}
	}
}

// Every file of the repository that holds intents or a world is as its schema says.
func TestEveryExampleIsValid(t *testing.T) {
	intents, world := compiled(t, schema.OfIntents), compiled(t, schema.OfWorld)
	seen := map[string]int{}
	for _, pattern := range []string{"../cli/testdata/files/*.yaml", "../cli/tour/*.yaml", "../replay/testdata/*.yaml", "../../test/action/testdata/sample/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			kind, schema := "world", world
			if strings.Contains(path, "intents") || strings.Contains(path, "wrong") {
				kind, schema = "intents", intents
			}
			seen[kind]++
			if err := schema.Validate(valueOf(t, text)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if seen["world"] < 3 || seen["intents"] < 3 {
		t.Errorf("only %v were looked at", seen)
	}
	readme, err := os.ReadFile("../intent/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "## Intents")
	_, rest, _ = strings.Cut(rest, "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	sample, err := os.ReadFile("../../test/action/testdata/sample/intents.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{example, string(sample)} {
		if !strings.HasPrefix(text, "# yaml-language-server: $schema="+schema.Home+schema.IntentsFile+"\n") {
			t.Errorf("an example does not name its schema: %q", text)
		}
	}
	if err := intents.Validate(valueOf(t, []byte(example))); err != nil || !strings.Contains(example, "cluster") {
		t.Errorf("the example of its README: %v", err)
	}
}

// valid says whether the parser takes an item.
func valid(record intent.Record) bool {
	set := intent.Parse([]intent.Record{record}, intent.Options{BareNames: true})
	return len(set.Invalid)+len(set.InvalidPolicies) == 0
}

// drawn draws a valid item.
func drawn(t *rapid.T) intent.Record {
	if rapid.Bool().Draw(t, "policy") {
		return intenttest.Policy().Draw(t, "policy item").Record()
	}
	return intenttest.Intent().Draw(t, "intent").Record()
}

// validates gives what the schema says of an item, as a file of its own.
func validates(t interface{ Fatal(args ...any) }, s *jsonschema.Schema, record intent.Record) error {
	return s.Validate(valueOf(t, intentfile.Format([]intent.Record{record})))
}

// The schema takes all that the parser takes, whatever is drawn.
func TestTheSchemaTakesWhatTheParserTakes(t *testing.T) {
	s := compiled(t, schema.OfIntents)
	rapid.Check(t, func(t *rapid.T) {
		record := drawn(t)
		if rapid.Bool().Draw(t, "changed") {
			names := record.FieldsInOrder()
			record.Fields[rapid.SampledFrom(names).Draw(t, "field")] = rapid.SampledFrom(values()).Draw(t, "value")
		}
		read, err := intentfile.Parse("x.yaml", intentfile.Format([]intent.Record{record}))
		if err != nil || len(read) != 1 || !valid(read[0]) {
			return
		}
		if err := validates(t, s, record); err != nil {
			t.Fatalf("the parser takes it, the schema does not: %v\n%s", err, intentfile.Format([]intent.Record{record}))
		}
	})
}

func values() []intent.Value {
	return []intent.Value{
		intent.TextValue(""), intent.TextValue("x"), intent.TextValue("60"), intent.TextValue("20%"), intent.TextValue("/16"), intent.TextValue("0.0.0.0/9"), intent.TextValue("::/48"),
		intent.NumberValue(0), intent.NumberValue(1), intent.NumberValue(6379), intent.NumberValue(1798761599), intent.TextValue("1798761599"), intent.TextValue("2026-12-31T23:59:59+01:00"),
		intent.ListValue(), intent.ListValue(intent.TextValue("10.0.0.0/8"), intent.TextValue("sg-0a")), intent.ListValue(intent.NumberValue(20), intent.TextValue("20%")),
		intent.ListValue(intent.NumberValue(6379), intent.TextValue("6380")), intent.ListValue(intent.TextValue("rules")), intent.TextValue("rules"), intent.TextValue("sg-0a"),
		{Kind: intent.Bool, Text: "false"},
		{Kind: intent.Bool, Text: "true"},
		{Kind: intent.Null},
		intent.TextValue("off"), intent.TextValue("open"), intent.TextValue("peering"), intent.TextValue("*"),
	}
}

// Where a field by itself is wrong, both say so: a field that is not known, one that is
// missing, a word that is none of the words, a value of another kind, a number that is out of
// bounds.
func TestParserAndSchemaRefuseTheSame(t *testing.T) {
	s := compiled(t, schema.OfIntents)
	refused := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		record := drawn(t)
		table := intent.IntentTable()
		if record.Fields[intent.FieldCluster].Text == intent.Everything {
			table = intent.PolicyTable()
		}
		f := rapid.SampledFrom(table).Draw(t, "field")
		how := rapid.SampledFrom([]string{"unknown", "missing", "word", "kind", "bounds"}).Draw(t, "how")
		switch {
		case how == "unknown":
			record.Fields[f.Name+"s2"] = intent.TextValue("x")
		case how == "missing":
			delete(record.Fields, intent.FieldName)
		case how == "word" && f.Form == intent.FormWord && f.Name != intent.FieldCluster:
			record.Fields[f.Name] = intent.TextValue("nonsense")
		case how == "kind" && f.Name != intent.FieldCluster && f.Name != intent.FieldSource:
			record.Fields[f.Name] = intent.Value{Kind: intent.Map, Map: map[string]intent.Value{"a": intent.TextValue("b")}}
		case how == "bounds" && (f.Form == intent.FormWhole || f.Form == intent.FormLimit):
			record.Fields[f.Name] = intent.NumberValue(int64(f.Most) + 1)
		case how == "bounds" && f.Form == intent.FormPorts:
			record.Fields[f.Name] = intent.ListValue(intent.NumberValue(70000))
		case how == "bounds" && (f.Form == intent.FormText || f.Form == intent.FormName):
			record.Fields[f.Name] = intent.TextValue(strings.Repeat("x", f.Most+1))
		default:
			return
		}
		refused[how]++
		text := intentfile.Format([]intent.Record{record})
		read, err := intentfile.Parse("x.yaml", text)
		if err != nil || len(read) != 1 || valid(read[0]) {
			t.Fatalf("the parser takes a field that is wrong (%s): %v\n%s", how, err, text)
		}
		if validates(t, s, record) == nil {
			t.Fatalf("the schema takes a field that is wrong (%s):\n%s", how, text)
		}
	})
	for _, how := range []string{"unknown", "missing", "word", "kind", "bounds"} {
		if refused[how] == 0 {
			t.Errorf("%s was never tried", how)
		}
	}
}

func TestASchemaIsJSONThatSaysWhatItIs(t *testing.T) {
	text, err := schema.OfIntents()
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		ID string `json:"$id"`
	}
	if err := json.Unmarshal(text, &s); err != nil || s.ID != schema.Home+schema.IntentsFile {
		t.Errorf("the schema is %s (%v)", s.ID, err)
	}
}
