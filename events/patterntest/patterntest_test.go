package patterntest_test

import (
	"strings"
	"testing"

	"github.com/cachegate/cachegate/events/patterntest"
)

func TestAPatternMatchesAsEventBridgeWould(t *testing.T) {
	t.Parallel()
	const event = `{"source":"aws.ec2","detail":{"name":"CreateRoute","count":2,"gone":null,"on":true,
		"tags":["a","b"],"none":[],"who":{"arn":"arn:role/x"}}}`
	for name, c := range map[string]struct {
		pattern string
		want    bool
	}{
		"a value is found":                                {`{"source":["aws.s3","aws.ec2"]}`, true},
		"a value is not found":                            {`{"source":["aws.s3"]}`, false},
		"every field has to match":                        {`{"source":["aws.ec2"],"detail":{"name":["DeleteRoute"]}}`, false},
		"a number is compared as a number":                {`{"detail":{"count":[2]}}`, true},
		"a number is not a string":                        {`{"detail":{"count":["2"]}}`, false},
		"a truth value is found":                          {`{"detail":{"on":[true]}}`, true},
		"null is a value":                                 {`{"detail":{"gone":[null]}}`, true},
		"one element of a list is enough":                 {`{"detail":{"tags":["b"]}}`, true},
		"prefix matches the start":                        {`{"detail":{"name":[{"prefix":"Create"}]}}`, true},
		"prefix does not match within":                    {`{"detail":{"name":[{"prefix":"Route"}]}}`, false},
		"suffix matches the end":                          {`{"detail":{"name":[{"suffix":"Route"}]}}`, true},
		"equals-ignore-case ignores case":                 {`{"detail":{"name":[{"equals-ignore-case":"createroute"}]}}`, true},
		"exists true needs a value":                       {`{"detail":{"missing":[{"exists":true}]}}`, false},
		"exists true is content with null":                {`{"detail":{"gone":[{"exists":true}]}}`, true},
		"exists false needs the field to be absent":       {`{"detail":{"missing":[{"exists":false}]}}`, true},
		"exists false does not match a value":             {`{"detail":{"name":[{"exists":false}]}}`, false},
		"exists false does not match null":                {`{"detail":{"gone":[{"exists":false}]}}`, false},
		"exists sees leaves only, so an object is absent": {`{"detail":{"who":[{"exists":false}]}}`, true},
		"exists true does not see an object":              {`{"detail":{"who":[{"exists":true}]}}`, false},
		"an empty list is absent":                         {`{"detail":{"none":[{"exists":false}]}}`, true},
		"exists false below an absent object matches":     {`{"detail":{"no":{"arn":[{"exists":false}]}}}`, true},
		"anything-but matches another value":              {`{"detail":{"name":[{"anything-but":"DeleteRoute"}]}}`, true},
		"anything-but does not match the value":           {`{"detail":{"name":[{"anything-but":["CreateRoute"]}]}}`, false},
		"anything-but with prefix drops the prefix":       {`{"detail":{"name":[{"anything-but":{"prefix":"Create"}}]}}`, false},
		"anything-but does not match an absent field":     {`{"detail":{"no":{"arn":[{"anything-but":"x"}]}}}`, false},
		"$or needs one alternative":                       {`{"detail":{"$or":[{"name":["x"]},{"who":{"arn":["arn:role/x"]}}]}}`, true},
		"$or fails without one":                           {`{"detail":{"$or":[{"name":["x"]},{"name":["y"]}]}}`, false},
		"$or does not excuse the fields beside it":        {`{"source":["aws.s3"],"$or":[{"source":["aws.ec2"]},{"id":["1"]}]}`, false},
		"an absent field or another value, by $or":        {`{"$or":[{"x":[{"exists":false}]},{"x":[{"anything-but":"1"}]}]}`, true},
		"a list of exists false and a value takes either": {`{"detail":{"name":[{"exists":false},"CreateRoute"]}}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := patterntest.Parse([]byte(c.pattern))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Matches([]byte(event))
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("%s matches: %t, want %t", c.pattern, got, c.want)
			}
		})
	}
}

func TestAPatternThatEventBridgeWouldRefuseOrThisPackageDoesNotKnowIsAnError(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[`:                                     "reading JSON",
		`[]`:                                    "expected an object",
		`{}`:                                    "empty object",
		`{"a":{}}`:                              "a is an empty object",
		`{"a":[]}`:                              "a is an empty list",
		`{"a":"x"}`:                             "a is a single value",
		`{"a":[["x"]]}`:                         "a list within a list",
		`{"a":{"b":[{"numeric":[">",1]}]}}`:     "a.b has an operator",
		`{"a":[{"prefix":1}]}`:                  "a has an operator",
		`{"a":[{"exists":"no"}]}`:               "a has an operator",
		`{"a":[{"anything-but":{"cidr":"x"}}]}`: "a has an operator",
		`{"a":[{"prefix":"x","suffix":"y"}]}`:   "a has an operator",
		`{"$or":[{"a":["x"]}]}`:                 "expected at least two",
		`{"$or":["x","y"]}`:                     "expected objects",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			_, err := patterntest.Parse([]byte(text))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q", err, want)
			}
		})
	}
}

func TestAnEventThatIsNotJSONIsAnError(t *testing.T) {
	t.Parallel()
	p, err := patterntest.Parse([]byte(`{"a":["x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Matches([]byte(`{`)); err == nil {
		t.Error("no error")
	}
}
