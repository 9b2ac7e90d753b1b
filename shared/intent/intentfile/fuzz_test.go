package intentfile_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
)

// FuzzParseFile checks that no text makes the reader panic, that every error and problem says where
// it is, and that what is accepted reads back as itself.
func FuzzParseFile(f *testing.F) {
	seeds := []string{
		"- cluster: sessions\n  name: orders\n  sources: [sg-0a, 444455556666/sg-0b, 10.0.0.0/16, '::1', pl-0a, vpc-0a]\n  path: peering\n  via: pcx-0a\n",
		"- cluster: sessions\n  name: orders\n  source: 10.0.0.0\n  ports: [6379, '6380']\n  notBefore: 1798761599\n  expiresAt: 2027-12-31T23:59:59Z\n  owner: a\n  reason: b\n",
		"- cluster: '*'\n  name: '*'\n  mode: off\n  writes: [rules]\n  widest: [/8, /32]\n  maxCloses: 3\n",
		"- cluster: '*'\n  name: sessions\n  mode: enforce\n  widest: ::/16\n  x: 1\n- cluster: '*'\n  name: sessions\n",
		"---\n---\n# x\n- &a {b: c}\n- <<: *a\n  d: |\n    e\n- *a\n",
		"{\"intents\": [{\"cluster\": \"s\", \"access\": \"closed\", \"source\": \"::/0\", \"name\": \"n\"}]}",
		"{\"Items\": [{\"cluster\": {\"S\": \"s\"}, \"sources\": {\"SS\": [\"sg-0a\"]}, \"name\": {\"S\": \"n\"}}]}",
		"[{cluster: s, name: n, source: sg-1},]",
		"- sources:\n  - fd00::\n  - -\n\t- a\n",
		"%YAML 1.2\n--- !x\n? a\n: [{, }]\n",
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records, err := intentfile.Parse("f", []byte(text))
		if err != nil {
			checkFileError(t, err)
			return
		}
		for _, bareNames := range []bool{false, true} {
			set := intent.Parse(records, intent.Options{BareNames: bareNames})
			if got := len(set.Intents) + len(set.Invalid) + len(set.Policies) + len(set.InvalidPolicies); got == 0 && len(records) > 0 {
				t.Fatalf("%d records became nothing", len(records))
			}
			for _, invalid := range append(set.Invalid, set.InvalidPolicies...) {
				checkProblems(t, invalid)
			}
			checkReadsBack(t, set)
		}
	})
}

func checkFileError(t *testing.T, err error) {
	t.Helper()
	var located *intentfile.Error
	if !errors.As(err, &located) || !strings.HasPrefix(err.Error(), "f") || located.Message == "" {
		t.Fatalf("an error without its place: %v", err)
	}
	if strings.ContainsAny(located.Message, "\x00\x1b\n\r\t") {
		t.Fatalf("a message not fit to be printed: %q", located.Message)
	}
}

func checkProblems(t *testing.T, invalid intent.Invalid) {
	t.Helper()
	if len(invalid.Problems) == 0 {
		t.Fatalf("invalid for no reason: %+v", invalid)
	}
	for _, problem := range invalid.Problems {
		if problem.Field == "" || problem.Allowed == "" || problem.Value+problem.Message == "" || problem.Place.Line < 1 {
			t.Fatalf("a problem that says too little: %+v", problem)
		}
		if message := problem.Error(); len(message) > 4096 || strings.ContainsAny(message, "\x00\x1b\n\r\t") {
			t.Fatalf("a message not fit to be printed: %q", message)
		}
	}
}

func checkReadsBack(t *testing.T, set intent.Set) {
	t.Helper()
	var records []intent.Record
	for _, policy := range set.Policies {
		if !policy.Malformed {
			records = append(records, policy.Record())
		}
	}
	for _, i := range set.Intents {
		records = append(records, i.Record())
	}
	written := intentfile.Format(records)
	read, err := intentfile.Parse("f.yaml", written)
	if err != nil {
		t.Fatalf("%v in\n%s", err, written)
	}
	again := intent.Parse(read, intent.Options{BareNames: true})
	if len(again.Invalid)+len(again.InvalidPolicies) != 0 || len(again.Intents) != len(set.Intents) {
		t.Fatalf("refused: %v %v\n%s", again.Invalid, again.InvalidPolicies, written)
	}
	for at, got := range again.Intents {
		got.Place = set.Intents[at].Place
		if !reflect.DeepEqual(got, set.Intents[at]) {
			t.Fatalf("%+v became %+v in\n%s", set.Intents[at], got, written)
		}
	}
}
