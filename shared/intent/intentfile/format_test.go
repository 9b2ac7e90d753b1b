package intentfile_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/intent/intenttest"
)

func TestIntentsAndPoliciesReadBackFromTheYAMLTheyAreWrittenAs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted := rapid.SliceOfNDistinct(intenttest.Intent(), 0, 5, intent.Intent.Key).Draw(t, "intents")
		policies := rapid.SliceOfNDistinct(intenttest.Policy(), 0, 2, intent.Policy.Key).Draw(t, "policies")
		var records []intent.Record
		for _, policy := range policies {
			policy.Widest = intent.DefaultPolicy().Widest // or it may refuse the intents
			records = append(records, policy.Record())
		}
		for _, i := range wanted {
			records = append(records, i.Record())
		}
		text := intentfile.Format(records)
		read, err := intentfile.Parse("intents.yaml", text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		set := intent.Parse(read, intent.Options{})
		if len(set.Invalid) != 0 || len(set.InvalidPolicies) != 0 || len(set.Policies) != len(policies) {
			t.Fatalf("%v %v in\n%s", set.Invalid, set.InvalidPolicies, text)
		}
		for at, got := range set.Intents {
			if got.Place = (intent.Place{}); !reflect.DeepEqual(got, wanted[at]) {
				t.Fatalf("%+v became %+v in\n%s", wanted[at], got, text)
			}
		}
	})
}

func TestAnyTextReadsBackFromTheYAMLItIsWrittenAs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, text := rapid.String().Draw(t, "name"), rapid.String().Draw(t, "text")
		if name == "intents" || name == "<<" || name == "Items" || name == "Item" {
			t.Skip("these keys have a meaning of their own")
		}
		record := intent.Record{Fields: map[string]intent.Value{name: intent.TextValue(text)}}
		written := intentfile.Format([]intent.Record{record})
		read, err := intentfile.Parse("f.yaml", written)
		if err != nil || len(read) != 1 {
			t.Fatalf("%v %v in\n%s", read, err, written)
		}
		if got := read[0].Fields[name]; got.Kind != intent.String || got.Text != text {
			t.Fatalf("%q became %q in\n%s", text, got.Text, written)
		}
	})
}

func TestRecordsAreWrittenAsPeopleWriteThem(t *testing.T) {
	text := intent.TextValue
	records := []intent.Record{
		{Fields: map[string]intent.Value{
			"reason": text("it's 5 o'clock"), "owner": text("off"), "name": text("orders"), "cluster": text("arn:aws:elasticache:us-east-1:123456789012:cluster:a"),
			"sources": intent.ListValue(text("sg-0a"), text("10.0.0.0/16"), text("fd00::")), "ports": intent.ListValue(intent.NumberValue(6379)),
		}},
		{Fields: map[string]intent.Value{
			"mode": text("enforce"), "writes": intent.ListValue(), "cluster": text("*"), "name": text("*"), "x y": {Kind: intent.Null},
			"also": {Kind: intent.Map, Map: map[string]intent.Value{
				"b": {Kind: intent.Bool, Text: "true"}, "a": intent.ListValue(intent.NumberValue(1), text("2")),
			}},
		}},
		{},
	}
	const want = `- cluster: arn:aws:elasticache:us-east-1:123456789012:cluster:a
  name: orders
  sources:
    - sg-0a
    - "10.0.0.0/16"
    - "fd00::"
  ports:
    - 6379
  owner: "off"
  reason: "it's 5 o'clock"
- cluster: "*"
  name: "*"
  mode: enforce
  writes: []
  also: {a: [1, "2"], b: true}
  "x y": null
- {}
`
	if diff := cmp.Diff(want, string(intentfile.Format(records))); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if got := string(intentfile.Format(nil)); got != "[]\n" {
		t.Fatalf("without records: %q", got)
	}
}
