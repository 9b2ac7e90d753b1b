package events_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/events"
)

func TestLambdaIsGivenExactlyOneEvent(t *testing.T) {
	t.Parallel()
	one := ec2Call("DeleteRoute", `"x":1`)
	for input, want := range map[string]string{
		one + one: "holds 2 events: expected exactly one",
		"[]":      "holds 0 events: expected exactly one",
		"":        "the input is empty",
	} {
		if _, err := events.DecodeOne([]byte(input)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q gives %v, want %q", input, err, want)
		}
	}
}

func TestAnErrorSaysWhichEventIsWrongWhereAndHow(t *testing.T) {
	t.Parallel()
	good := strings.Join(strings.Fields(ec2Call("DeleteRoute", `"x":1`)), " ")
	for name, c := range map[string]struct {
		input               string
		event, line, column int
		message             string
	}{
		"nothing at all":           {"", 1, 1, 1, "the input is empty: expected an EventBridge event"},
		"blanks":                   {" \n\t", 1, 1, 1, "the input is empty"},
		"a byte order mark alone":  {"\xef\xbb\xbf", 1, 1, 1, "the input is empty"},
		"UTF-16":                   {"\xff\xfe{\x00", 1, 1, 1, "the input is UTF-16: expected UTF-8"},
		"text":                     {"hello", 1, 1, 1, "the input is not JSON (invalid character 'h'"},
		"text after an event":      {good + "\n\n  oops", 2, 3, 3, "the input is not JSON (invalid character 'o'"},
		"a slip within an event":   {good + "\n{\"source\":\n \"aws.ec2\",,}", 2, 3, 12, "the input is not JSON (invalid character ','"},
		"a cut-off event":          {good + "\n" + good[:40], 2, 2, 41, "the input ends in the middle of an event"},
		"a cut-off array":          {"[" + good, 2, 1, len(good) + 2, "the input ends in the middle of an event"},
		"no comma in an array":     {"[" + good + "\n" + good + "]", 2, 2, 1, "the input is not JSON"},
		"a comma too many":         {"[" + good + ",\n]", 2, 2, 1, "the input is not JSON (invalid character ']'"},
		"an array closed wrongly":  {"[" + good + "\n}", 2, 2, 1, "the input is not JSON"},
		"a comma alone":            {" ,", 1, 1, 2, "the input is not JSON (invalid character ','"},
		"a comma between events":   {good + "," + good, 2, 1, len(good) + 1, "the input is not JSON (invalid character ','"},
		"a number":                 {"7", 1, 1, 1, "the event is a number: expected an EventBridge event"},
		"a string among events":    {"[" + good + ",\n  \"x\"]", 2, 2, 3, "the event is a string"},
		"an array in an array":     {"[[" + good + "]]", 1, 1, 2, "the event is an array"},
		"null":                     {"null", 1, 1, 1, "the event is missing or null"},
		"an empty object":          {"{}", 1, 1, 1, "the event is missing source, detail-type, detail: expected an EventBridge event: an object with source, detail-type and detail"},
		"no detail":                {`{"source":"aws.ec2","detail-type":"x"}`, 1, 1, 1, "the event is missing detail:"},
		"a source that is no text": {`{"source":{},"detail-type":"x","detail":{}}`, 1, 1, 1, "the event is missing source:"},
		"a notification of S3":     {`{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put"}]}`, 1, 1, 1, "Records[0] is no record of CloudTrail: expected an eventSource such as"},
		"an event of LookupEvents without its record": {`{"Events":[{"EventId":"a"}]}`, 1, 1, 1, "Events[0].CloudTrailEvent is no JSON object"},
		"a wrong record in a file":                    {`{"Records":[{"eventSource":"ec2.amazonaws.com","eventName":"DeleteRoute"},7]}`, 2, 1, 1, "Records[1] is no record"},
		"a detail in a string":                        {native("aws.ec2", "AWS API Call via CloudTrail", `"{}"`), 1, 1, 1, "detail is a string: expected an object"},
		"a detail of null":                            {native("aws.elasticache", "Cache Updated", `null`), 1, 1, 1, "detail is missing or null: expected an object"},
		"a detail in a list":                          {native("aws.networkmanager", "x", `[]`), 1, 1, 1, "detail is an array: expected an object"},
		"a record without a name":                     {good + "\n " + native("aws.ec2", "AWS API Call via CloudTrail", `{"eventName":""}`), 2, 2, 2, "detail.eventName is empty: expected the name of an API call"},
		"a record named by an object": {
			native("aws.directconnect", "AWS API Call via CloudTrail", `{"eventName":{}}`), 1, 1, 1, "detail.eventName is an object",
		},
		"a record named by a truth value in a log file": {
			`{"Records":[{"eventSource":"ec2.amazonaws.com","eventName":[]}]}`, 1, 1, 1, "Records[0] is no record",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, err := events.Decode([]byte(c.input))
			var wrong *events.DecodeError
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v and %v, want a DecodeError", all, err)
			}
			if wrong.Event != c.event || wrong.Line != c.line || wrong.Column != c.column || !strings.Contains(err.Error(), c.message) {
				t.Errorf("got  %v\nwant event %d, line %d, column %d, %q", err, c.event, c.line, c.column, c.message)
			}
			if text := bytes.TrimPrefix([]byte(c.input), []byte("\xef\xbb\xbf")); wrong.Offset > len(text) {
				t.Errorf("byte %d of %d", wrong.Offset, len(text))
			}
		})
	}
}
