package events_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/events/patterntest"
)

// matching names the patterns that match an event.
func matching(t *testing.T, event []byte) []string {
	t.Helper()
	var names []string
	for _, p := range events.Patterns() {
		parsed, err := patterntest.Parse([]byte(p.JSON))
		if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		match, err := parsed.Matches(event)
		if err != nil {
			t.Fatal(err)
		}
		if match {
			names = append(names, p.Name)
		}
	}
	return names
}

func TestEveryPatternFitsTheQuotaAndIsCompact(t *testing.T) {
	t.Parallel()
	for _, p := range events.Patterns() {
		if n := utf8.RuneCountInString(p.JSON); n > events.MaxPatternLength {
			t.Errorf("%s has %d characters, of %d", p.Name, n, events.MaxPatternLength)
		}
		if strings.ContainsAny(p.JSON, "\n\t") || strings.Contains(p.JSON, `": `) {
			t.Errorf("%s is not compact: %s", p.Name, p.JSON)
		}
	}
}

func TestEveryFamilyIsInExactlyOnePattern(t *testing.T) {
	t.Parallel()
	var inPatterns, all []string
	names := map[string]bool{}
	for _, p := range events.Patterns() {
		inPatterns = append(inPatterns, p.Families...)
		if names[p.Name] || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("%q cannot name a rule", p.Name)
		}
		names[p.Name] = true
	}
	for _, f := range events.Families() {
		all = append(all, f.Name)
	}
	slices.Sort(inPatterns)
	slices.Sort(all)
	if !slices.Equal(inPatterns, all) {
		t.Errorf("patterns hold %v, families are %v", inPatterns, all)
	}
}

func TestEveryWatchedEventMatchesExactlyThePatternOfItsFamily(t *testing.T) {
	t.Parallel()
	for _, f := range events.Families() {
		for _, name := range f.Names {
			event := native(f.Source, name, `{"state":"x"}`)
			if f.EventSource != "" {
				event = call(strings.TrimPrefix(f.Source, "aws."), name, `"readOnly":false,"userIdentity":{"type":"Root"}`)
			}
			got := matching(t, []byte(event))
			if len(got) != 1 || !slices.Contains(familiesOf(got[0]), f.Name) {
				t.Errorf("%s of %s matches %v", name, f.Name, got)
			}
			if e := decodeOne(t, event); e.Ignored != "" || e.Family() != f.Name {
				t.Errorf("%s is decoded as ignored %q, family %q", name, e.Ignored, e.Family())
			}
		}
	}
}

func familiesOf(patternName string) []string {
	for _, p := range events.Patterns() {
		if p.Name == patternName {
			return p.Families
		}
	}
	return nil
}

func TestFailedCallsAndDryRunsMatchNoPattern(t *testing.T) {
	t.Parallel()
	for _, f := range events.Families() {
		for _, name := range f.Names {
			if f.EventSource == "" {
				continue
			}
			for _, code := range []string{"Client.UnauthorizedOperation", "Client.DryRunOperation"} {
				event := call(strings.TrimPrefix(f.Source, "aws."), name, `"errorCode":"`+code+`"`)
				if got := matching(t, []byte(event)); len(got) > 0 {
					t.Errorf("%s with %s matches %v", name, code, got)
				}
			}
		}
	}
}

func TestACallMatchesWhoeverMadeIt(t *testing.T) {
	t.Parallel()
	for _, who := range []string{
		`null`, `{}`, `{"type":"AWSService","invokedBy":"elasticache.amazonaws.com"}`,
		`{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/cachegate"}}}`,
	} {
		if got := matching(t, []byte(ec2Call("CreateRoute", `"userIdentity":`+who))); !slices.Equal(got, []string{"network"}) {
			t.Errorf("a call by %s matches %v", who, got)
		}
	}
}

func TestThePatternsAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	if a, b := events.Patterns(), events.Patterns(); !reflect.DeepEqual(a, b) {
		t.Errorf("got\n%v\nand\n%v", a, b)
	}
}

func TestAPatternOfCallsReadsAsEventBridgeDocumentsIt(t *testing.T) {
	t.Parallel()
	var got struct {
		Source     []string
		DetailType []string `json:"detail-type"`
		Detail     struct {
			EventSource, EventName []string
			ErrorCode              []map[string]bool
		}
	}
	p := events.Patterns()[0]
	if err := json.Unmarshal([]byte(p.JSON), &got); err != nil {
		t.Fatal(err)
	}
	if p.Source != "aws.ec2" || !slices.Equal(got.Source, []string{"aws.ec2"}) ||
		!slices.Equal(got.DetailType, []string{"AWS API Call via CloudTrail"}) ||
		!slices.Equal(got.Detail.EventSource, []string{"ec2.amazonaws.com"}) ||
		got.Detail.EventName[0] != "AuthorizeSecurityGroupIngress" ||
		!reflect.DeepEqual(got.Detail.ErrorCode, []map[string]bool{{"exists": false}}) {
		t.Errorf("got %s", p.JSON)
	}
}
