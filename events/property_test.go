package events_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/events"
)

func TestHowAListIsWrittenDoesNotChangeWhatIsFound(t *testing.T) {
	t.Parallel()
	samples := events.Samples()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(samples).Draw(t, "sample")
		var env map[string]any
		decodeNumbers(t, s.Data, &env)
		detail, _ := env["detail"].(map[string]any)
		parts := []string{"requestParameters", "responseElements"}
		if detail["eventName"] == nil {
			parts = []string{"routes", "transitGatewayRouteTableArns", "EventCategories"}
		}
		for _, part := range parts {
			if v, ok := detail[part]; ok {
				detail[part] = rewrite(t, v)
			}
		}
		text, err := json.Marshal(env)
		if err != nil {
			t.Fatal(err)
		}
		want, err := events.DecodeOne(s.Data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := events.DecodeOne(text)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\ngot  %+v\nwant %+v", text, got, want)
		}
	})
}

func decodeNumbers(t *rapid.T, data []byte, v any) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
}

// rewrite writes a request or response as another of AWS's serialisers might:
// lists in or out of their wrapping, single elements with or without a list,
// keys in another case, everything within one more object.
func rewrite(t *rapid.T, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, k := range slices.Sorted(maps.Keys(v)) { // in order, for a seed to give the same input again
			out[rewriteKey(t, k)] = rewrite(t, v[k])
		}
		if rapid.IntRange(0, 9).Draw(t, "wrap") == 0 {
			return map[string]any{"SomeRequest": out}
		}
		return out
	case []any:
		return rewriteList(t, v)
	default:
		return v
	}
}

func rewriteList(t *rapid.T, list []any) any {
	out := make([]any, 0, len(list))
	for i, e := range list {
		e = rewrite(t, e)
		if s, ok := e.(string); ok && rapid.Bool().Draw(t, "position") {
			e = map[string]any{"tag": i + 1, "content": s}
		}
		out = append(out, e)
	}
	var v any = out
	if len(out) == 1 && rapid.Bool().Draw(t, "collapse") {
		v = out[0]
	}
	if wrapper := rapid.SampledFrom([]string{"", "items", "item", "member"}).Draw(t, "wrapper"); wrapper != "" {
		v = map[string]any{wrapper: v}
	}
	return v
}

// rewriteKey writes a key in another case: requestParameters of the two shapes differ so.
func rewriteKey(t *rapid.T, k string) string {
	if k == "" || !rapid.Bool().Draw(t, "case") {
		return k
	}
	if first := k[:1]; first == strings.ToLower(first) {
		return strings.ToUpper(first) + k[1:]
	}
	return strings.ToLower(k[:1]) + k[1:]
}
