package events_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/events"
)

func FuzzDecode(f *testing.F) {
	for _, s := range events.Samples() {
		f.Add(s.Data)
	}
	for _, seed := range []string{
		"", "{}", "[]", "[[]]", "null", "{\"Records\":[{}]}", "\xef\xbb\xbf{}", "\xff\xfe", "[{},", ",", "[],[]",
		`{"source":"aws.ec2","detail-type":"x via CloudTrail","detail":{"eventName":"\u0041","requestParameters":{"groupId":"s\u0067-0a"}}}`,
		`{"eventSource":"ec2.amazonaws.com","eventName":"X","recipientAccountId":7}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := events.Decode(data)
		again, errAgain := events.Decode(data)
		if !reflect.DeepEqual(all, again) || !reflect.DeepEqual(err, errAgain) {
			t.Fatalf("decoded differently the second time: %v, %v", all, again)
		}
		if err != nil {
			var wrong *events.DecodeError
			if !errors.As(err, &wrong) || all != nil {
				t.Fatalf("got %v with the error %v", all, err)
			}
			if wrong.Event < 1 || wrong.Line < 1 || wrong.Column < 1 || wrong.Offset < 0 || wrong.Offset > len(data) ||
				wrong.Problem == "" || wrong.Expected == "" {
				t.Fatalf("incomplete error: %+v", wrong)
			}
			return
		}
		written := everythingWritten(t, data)
		for _, e := range all {
			checkResources(t, e, written)
		}
	})
}

// checkResources checks that resources are sorted, each once, and that none is made up.
func checkResources(t *testing.T, e events.Event, written string) {
	t.Helper()
	ids := e.ResourceIDs()
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Fatalf("ids %q", ids)
	}
	seen := map[events.Resource]bool{}
	for _, r := range e.Resources {
		if seen[r] || r.Kind == "" || r.ID == "" {
			t.Fatalf("%+v among %+v", r, e.Resources)
		}
		seen[r] = true
		if !strings.Contains(written, strings.ToLower(r.ID)) {
			t.Fatalf("%q is not in the input", r.ID)
		}
	}
}

// everythingWritten joins all values of the input without their escapes, in lower case.
func everythingWritten(t *testing.T, data []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	var b strings.Builder
	var add func(any)
	add = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, e := range v {
				add(e)
			}
		case []any:
			for _, e := range v {
				add(e)
			}
		case string:
			b.WriteString(strings.ToLower(v) + "\n")
		case json.Number:
			b.WriteString(strings.ToLower(v.String()) + "\n")
		case bool:
			b.WriteString("true\nfalse\n")
		}
	}
	for d.More() {
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("decoded what is no JSON: %v", err)
		}
		add(v)
	}
	return b.String()
}

func BenchmarkDecodeOne(b *testing.B) {
	for _, s := range events.Samples() {
		switch s.Name {
		case "RunInstances", "DeleteRoute", "ModifySecurityGroupRules-several", "tunnel-down":
			b.Run(s.Name, func(b *testing.B) {
				b.SetBytes(int64(len(s.Data)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := events.DecodeOne(s.Data); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
