// Package patterntest says whether an EventBridge event pattern matches an event, so
// that tests can show what the deployed rules let through. It knows the
// operators that such rules need: exact values, prefix, suffix, anything-but,
// equals-ignore-case, exists and $or. It refuses any other, rather than guess.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
package patterntest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Pattern is an event pattern that was read and found valid.
type Pattern struct{ root node }

// node is the pattern of one object: all of its fields have to match, and one
// alternative of each of its $or lists.
type node struct {
	fields map[string]node
	tests  map[string][]test
	either [][]node
}

// test is one element of a field's list: a field matches if one of them does.
type test struct {
	// absent is exists:false. Every other test needs a value.
	absent bool
	value  func(leaf any) bool
}

// Parse reads an event pattern.
func Parse(text []byte) (Pattern, error) {
	v, err := decode(text)
	if err != nil {
		return Pattern{}, fmt.Errorf("parsing an event pattern: %w", err)
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return Pattern{}, fmt.Errorf("parsing an event pattern: it is %T: expected an object", v)
	}
	root, err := parseNode("", obj)
	if err != nil {
		return Pattern{}, fmt.Errorf("parsing an event pattern: %w", err)
	}
	return Pattern{root: root}, nil
}

// Matches says whether the pattern matches an event.
func (p Pattern) Matches(event []byte) (bool, error) {
	v, err := decode(event)
	if err != nil {
		return false, fmt.Errorf("matching an event: %w", err)
	}
	leaves := map[string][]any{}
	flatten("", v, leaves)
	return p.root.matches("", leaves), nil
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	return v, nil
}

// flatten lists the values at each path. As in EventBridge, a pattern sees
// values only: a path with an object below it, or with an empty list, has none.
func flatten(path string, v any, leaves map[string][]any) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			flatten(path+"\x00"+k, e, leaves)
		}
	case []any:
		for _, e := range v {
			flatten(path, e, leaves)
		}
	default:
		leaves[path] = append(leaves[path], v)
	}
}

func (n node) matches(path string, leaves map[string][]any) bool {
	for key, sub := range n.fields {
		if !sub.matches(path+"\x00"+key, leaves) {
			return false
		}
	}
	for key, tests := range n.tests {
		values := leaves[path+"\x00"+key]
		if !slices.ContainsFunc(tests, func(t test) bool { return t.matches(values) }) {
			return false
		}
	}
	for _, alternatives := range n.either {
		if !slices.ContainsFunc(alternatives, func(a node) bool { return a.matches(path, leaves) }) {
			return false
		}
	}
	return true
}

func (t test) matches(values []any) bool {
	if t.absent {
		return len(values) == 0
	}
	return slices.ContainsFunc(values, t.value)
}

func parseNode(path string, obj map[string]any) (node, error) {
	n := node{fields: map[string]node{}, tests: map[string][]test{}}
	if len(obj) == 0 {
		return node{}, fmt.Errorf("%s is an empty object: expected at least one field", name(path))
	}
	for key, v := range obj {
		at := path + "." + key
		var err error
		switch v := v.(type) {
		case map[string]any:
			n.fields[key], err = parseNode(at, v)
		case []any:
			if key == "$or" {
				err = n.parseOr(path, v)
			} else {
				n.tests[key], err = parseTests(at, v)
			}
		default:
			err = fmt.Errorf("%s is a single value: expected a list or an object", name(at))
		}
		if err != nil {
			return node{}, err
		}
	}
	return n, nil
}

func (n *node) parseOr(path string, list []any) error {
	var alternatives []node
	for _, v := range list {
		obj, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("$or in %s holds %T: expected objects", name(path), v)
		}
		a, err := parseNode(path, obj)
		if err != nil {
			return err
		}
		alternatives = append(alternatives, a)
	}
	if len(alternatives) < 2 {
		return fmt.Errorf("$or in %s holds %d: expected at least two", name(path), len(alternatives))
	}
	n.either = append(n.either, alternatives)
	return nil
}

func parseTests(path string, list []any) ([]test, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("%s is an empty list: expected at least one value", name(path))
	}
	tests := make([]test, 0, len(list))
	for _, v := range list {
		t, err := parseTest(path, v)
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	return tests, nil
}

func parseTest(path string, v any) (test, error) {
	obj, ok := v.(map[string]any)
	if !ok {
		if _, list := v.([]any); list {
			return test{}, fmt.Errorf("%s holds a list within a list", name(path))
		}
		return test{value: func(leaf any) bool { return leaf == v }}, nil
	}
	if len(obj) == 1 {
		for operator, operand := range obj {
			if t, ok := parseOperator(operator, operand); ok {
				return t, nil
			}
		}
	}
	return test{}, fmt.Errorf("%s has an operator that this package does not know: %v", name(path), obj)
}

func parseOperator(operator string, operand any) (test, bool) {
	word, isString := operand.(string)
	switch operator {
	case "exists":
		want, ok := operand.(bool)
		return test{absent: !want, value: func(any) bool { return true }}, ok
	case "prefix":
		return ofStrings(func(s string) bool { return strings.HasPrefix(s, word) }), isString
	case "suffix":
		return ofStrings(func(s string) bool { return strings.HasSuffix(s, word) }), isString
	case "equals-ignore-case":
		return ofStrings(func(s string) bool { return strings.EqualFold(s, word) }), isString
	case "anything-but":
		return parseAnythingBut(operand)
	default:
		return test{}, false
	}
}

// parseAnythingBut reads a value, a list of values, or a prefix or suffix. All
// of them need a value: what is absent is not "anything but".
func parseAnythingBut(operand any) (test, bool) {
	switch operand := operand.(type) {
	case map[string]any:
		if len(operand) != 1 || (operand["prefix"] == nil && operand["suffix"] == nil) {
			return test{}, false
		}
		inner, err := parseTest("", operand)
		return test{value: func(leaf any) bool { return !inner.value(leaf) }}, err == nil
	case []any:
		return test{value: func(leaf any) bool { return !slices.Contains(operand, leaf) }}, len(operand) > 0
	default:
		return test{value: func(leaf any) bool { return leaf != operand }}, operand != nil
	}
}

func ofStrings(is func(string) bool) test {
	return test{value: func(leaf any) bool {
		s, ok := leaf.(string)
		return ok && is(s)
	}}
}

func name(path string) string {
	if path == "" {
		return "the pattern"
	}
	return strings.TrimPrefix(path, ".")
}
