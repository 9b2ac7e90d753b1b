package intent_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/intent"
)

const sessions = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions"

// fields are a record's, as a test writes them.
type fields map[string]any

// with returns the fields with some replaced, added, or (with absent) taken away.
func (f fields) with(others fields) fields {
	result := fields{}
	for _, from := range []fields{f, others} {
		for name, v := range from {
			result[name] = v
			if v == absent {
				delete(result, name)
			}
		}
	}
	return result
}

// absent takes a field away.
const absent = removal("absent")

type removal string

// record makes a record that stands on line 10 of intents.yaml, its values on line 12.
func (f fields) record() intent.Record {
	record := intent.Record{Place: intent.Place{File: "intents.yaml", Line: 10}, Fields: map[string]intent.Value{}}
	for name, v := range f {
		record.Fields[name] = value(v)
	}
	return record
}

func value(from any) intent.Value {
	v := intent.Value{Kind: intent.Null}
	switch from := from.(type) {
	case intent.Value:
		v = from
	case string:
		v = intent.TextValue(from)
	case int:
		v = intent.NumberValue(int64(from))
	case bool:
		v = intent.Value{Kind: intent.Bool, Text: map[bool]string{true: "true", false: "false"}[from]}
	case []any:
		v = intent.ListValue()
		for _, element := range from {
			v.List = append(v.List, value(element))
		}
	case map[string]any:
		v = intent.Value{Kind: intent.Map, Map: map[string]intent.Value{}}
		for name, element := range from {
			v.Map[name] = value(element)
		}
	}
	v.Line = 12
	return v
}

func list(elements ...any) []any { return elements }

// number is a number as it was written.
func number(text string) intent.Value { return intent.Value{Kind: intent.Number, Text: text} }

func messages(problems []intent.Problem) []string {
	var texts []string
	for _, problem := range problems {
		texts = append(texts, problem.Error())
	}
	return texts
}

func requireEqual(t *testing.T, what string, got, want any, options ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}
