package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// DecodeError says which event of an input is wrong, where, and how.
type DecodeError struct {
	// Event is the number of the event in the input, from 1.
	Event int
	// Line and Column are where the event or, for a syntax error, the wrong byte
	// stands, from 1; Column counts bytes. Offset is the same as a count of bytes
	// from the start of the input.
	Line, Column, Offset int
	// Field is the wrong field of the event, where it is one: "detail".
	Field string
	// Problem says what is wrong, and Expected what would be right.
	Problem, Expected string
}

func (e *DecodeError) Error() string {
	subject := e.Problem
	if e.Field != "" {
		subject = e.Field + " " + e.Problem
	}
	return fmt.Sprintf("decoding event %d at line %d, column %d (byte %d): %s: expected %s",
		e.Event, e.Line, e.Column, e.Offset, subject, e.Expected)
}

// Decode reads events, and returns them in order: one EventBridge envelope, a
// JSON array of them, one per line, or several in a row. Records of CloudTrail
// without an envelope, alone or in the {"Records": […]} of a CloudTrail log file,
// are given the envelope that EventBridge puts around them; so are those that
// CloudTrail's LookupEvents answers with, as text in {"Events": […]}. A UTF-8 byte
// order mark is skipped.
//
// An event that is not ours, or not watched, is no error: its Ignored says so.
// An error is a *DecodeError: the input is not JSON or is cut off, a value is not
// an event, or the detail of an event of a watched service cannot be read.
func Decode(data []byte) ([]Event, error) {
	data, _ = bytes.CutPrefix(data, []byte("\xef\xbb\xbf"))
	r := newReader(data)
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return nil, r.fail(0, &fault{problem: "the input is UTF-16", expected: "UTF-8"})
	}
	for r.next(blanks); r.at < len(data); r.next(blanks) {
		var err error
		if data[r.at] == '[' {
			err = r.array()
		} else {
			err = r.value()
		}
		if err != nil {
			return nil, err
		}
	}
	if len(r.events) == 0 && len(bytes.TrimSpace(data)) == 0 {
		return nil, r.fail(0, &fault{problem: "the input is empty", expected: expectedEnvelope})
	}
	return r.events, nil
}

// DecodeOne reads exactly one event, as Lambda is given it.
func DecodeOne(data []byte) (Event, error) {
	all, err := Decode(data)
	if err != nil {
		return Event{}, err
	}
	if len(all) != 1 {
		return Event{}, newReader(data).fail(0, &fault{
			problem: fmt.Sprintf("the input holds %d events", len(all)), expected: "exactly one",
		})
	}
	return all[0], nil
}

// reader goes through the values of an input, knowing where each begins.
type reader struct {
	data   []byte
	json   *json.Decoder
	at     int // where the next value begins
	events []Event
}

func newReader(data []byte) *reader {
	r := &reader{data: data, json: json.NewDecoder(bytes.NewReader(data))}
	r.json.UseNumber() // a float64 would change account ids and names
	return r
}

// blanks are what may stand between values.
const blanks = " \t\r\n"

// next moves to the beginning of the next value.
func (r *reader) next(between string) {
	r.at = int(r.json.InputOffset())
	for r.at < len(r.data) && strings.IndexByte(between, r.data[r.at]) >= 0 {
		r.at++
	}
}

// array reads the elements of an array as events.
func (r *reader) array() error {
	if _, err := r.json.Token(); err != nil {
		return r.syntaxError(err)
	}
	for r.json.More() {
		r.next(blanks + ",")
		if err := r.value(); err != nil {
			return err
		}
	}
	r.next(blanks)
	if _, err := r.json.Token(); err != nil {
		return r.syntaxError(err)
	}
	return nil
}

// value reads one value as an event, or as a log file of several.
func (r *reader) value() error {
	var v any
	if err := r.json.Decode(&v); err != nil {
		return r.syntaxError(err)
	}
	obj, ok := v.(object)
	if !ok {
		return r.fail(r.at, &fault{problem: "the event is " + describe(v), expected: expectedEnvelope})
	}
	if records, ok := logFile(obj); ok {
		return r.records("Records", records)
	}
	if found, ok := lookedUp(obj); ok {
		return r.lookedUp(found)
	}
	if isCloudTrail(obj) && obj["detail-type"] == nil {
		obj = wrapCloudTrail(obj)
	}
	return r.add(obj)
}

// logFile returns the records of a CloudTrail log file.
func logFile(obj object) ([]any, bool) {
	records, ok := obj["Records"].([]any)
	return records, ok && obj["detail-type"] == nil
}

// lookedUp returns the events of an answer of LookupEvents, whose records are text
// in the field CloudTrailEvent.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
func lookedUp(obj object) ([]any, bool) {
	found, ok := obj["Events"].([]any)
	return found, ok && obj["detail-type"] == nil
}

func (r *reader) lookedUp(found []any) error {
	records := make([]any, len(found))
	for i, v := range found {
		event, _ := v.(object)
		d := json.NewDecoder(strings.NewReader(text(event["CloudTrailEvent"])))
		d.UseNumber()
		var record object
		if err := d.Decode(&record); err != nil {
			return r.fail(r.at, &fault{
				field: fmt.Sprintf("Events[%d].CloudTrailEvent", i), problem: "is no JSON object (" + err.Error() + ")",
				expected: "the record of CloudTrail as text, as LookupEvents gives it",
			})
		}
		records[i] = record
	}
	return r.records("Events", records)
}

func (r *reader) records(field string, records []any) error {
	r.events = slices.Grow(r.events, len(records))
	for i, v := range records {
		record, _ := v.(object)
		if !isCloudTrail(record) {
			return r.fail(r.at, &fault{
				field: fmt.Sprintf("%s[%d]", field, i), problem: "is no record of CloudTrail",
				expected: "an eventSource such as ec2.amazonaws.com and an eventName, or " + expectedEnvelope,
			})
		}
		if err := r.add(wrapCloudTrail(record)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) add(env object) error {
	e, f := fromEnvelope(env)
	if f != nil {
		return r.fail(r.at, f)
	}
	r.events = append(r.events, e)
	return nil
}

// syntaxError turns an error of the JSON decoder into one that names the place.
// The offsets of one that has read several values do not count from the start of the input.
func (r *reader) syntaxError(err error) error {
	f := &fault{problem: "the input is not JSON (" + err.Error() + ")", expected: expectedEnvelope}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		f.problem = "the input ends in the middle of an event"
		return r.fail(len(r.data), f)
	}
	at := r.at
	var skipped json.RawMessage
	err = json.NewDecoder(bytes.NewReader(r.data[r.at:])).Decode(&skipped)
	if again, ok := errors.AsType[*json.SyntaxError](err); ok {
		at += max(0, int(again.Offset)-1)
	}
	return r.fail(min(at, len(r.data)), f)
}

// fail makes the error of the event at the given byte.
func (r *reader) fail(at int, f *fault) error {
	before := r.data[:at]
	return &DecodeError{
		Event: len(r.events) + 1,
		Line:  bytes.Count(before, []byte("\n")) + 1, Column: at - bytes.LastIndexByte(before, '\n'), Offset: at,
		Field: f.field, Problem: f.problem, Expected: f.expected,
	}
}
