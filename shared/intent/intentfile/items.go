package intentfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
)

// The keys that hold lists of items: our own, and those of `aws dynamodb scan` and `get-item`.
const (
	keyIntents = "intents"
	keyItems   = "Items"
	keyItem    = "Item"
)

// dumpKeys are what the AWS CLI prints beside the items.
func dumpKeys() []string {
	return []string{keyItems, keyItem, "Count", "ScannedCount", "ConsumedCapacity", "LastEvaluatedKey", "NextToken"}
}

// collector makes records of a file's documents.
type collector struct {
	file    string
	records []intent.Record
	errs    []error
}

// document takes one document: nothing, a list of items, one item, or a map that holds a list.
func (c *collector) document(v intent.Value) {
	_, hasIntents := v.Map[keyIntents]
	_, hasItems := v.Map[keyItems]
	_, hasItem := v.Map[keyItem]
	switch {
	case v.Kind == intent.Null:
	case v.Kind == intent.List:
		each(v, c.item)
	case v.Kind != intent.Map:
		c.errorf(v.Line, "must be a list of items, each a map with the fields of an intent")
	case hasIntents:
		c.onlyKeys(v, []string{keyIntents})
		c.under(v, keyIntents, c.item)
	case hasItems:
		c.onlyKeys(v, dumpKeys())
		c.under(v, keyItems, c.typedItem)
	case hasItem:
		c.onlyKeys(v, dumpKeys())
		c.typedItem(v.Map[keyItem])
	default:
		c.item(v)
	}
}

// onlyKeys reports what stands beside a list of items: it may be an item that was not indented.
func (c *collector) onlyKeys(v intent.Value, known []string) {
	for _, name := range slices.Sorted(maps.Keys(v.Map)) {
		if !slices.Contains(known, name) {
			c.errorf(v.Map[name].Line, "the key %q is not known beside %q", shorten(name), known[0])
		}
	}
}

func (c *collector) under(v intent.Value, key string, take func(intent.Value)) {
	inner := v.Map[key]
	switch inner.Kind {
	case intent.List:
		each(inner, take)
	case intent.Null:
	case intent.String, intent.Number, intent.Bool, intent.Map, intent.Binary:
		c.errorf(inner.Line, "the key %q must hold a list of items", key)
	}
}

func each(v intent.Value, take func(intent.Value)) {
	for _, element := range v.List {
		take(element)
	}
}

// item takes one item as people write it.
func (c *collector) item(v intent.Value) {
	if v.Kind != intent.Map {
		c.errorf(v.Line, "an item must be a map with the fields of an intent")
		return
	}
	c.records = append(c.records, intent.Record{Place: intent.Place{File: c.file, Line: v.Line}, Fields: v.Map})
}

// typedItem takes one item as DynamoDB prints it, `{"name": {"S": "orders"}}`.
func (c *collector) typedItem(v intent.Value) {
	if v.Kind != intent.Map {
		c.errorf(v.Line, "an item must be a map of DynamoDB attributes")
		return
	}
	fields := make(map[string]intent.Value, len(v.Map))
	for _, name := range slices.Sorted(maps.Keys(v.Map)) {
		fields[name] = c.attribute(v.Map[name])
	}
	c.records = append(c.records, intent.Record{Place: intent.Place{File: c.file, Line: v.Line}, Fields: fields})
}

// attribute reads one typed attribute value.
func (c *collector) attribute(v intent.Value) intent.Value {
	if len(v.Map) != 1 {
		c.errorf(v.Line, `a DynamoDB attribute must be a map with its type, such as {"S": "orders"}`)
		return intent.Value{}
	}
	kind := slices.Collect(maps.Keys(v.Map))[0]
	inner := keyed(v.Map[kind], v.Line)
	result := intent.Value{Text: inner.Text, Line: inner.Line}
	ok := false
	switch kind {
	case "S":
		result.Kind, ok = intent.String, inner.Kind == intent.String
	case "N":
		result.Kind, ok = intent.Number, inner.Kind == intent.String || inner.Kind == intent.Number
	case "B":
		result.Kind, ok = intent.Binary, inner.Kind == intent.String
	case "BOOL":
		result.Kind, ok = intent.Bool, inner.Kind == intent.Bool
	case "NULL":
		result.Kind, result.Text, ok = intent.Null, "", inner.Kind == intent.Bool
	case "L", "SS", "NS", "BS":
		result, ok = c.attributes(kind, inner), inner.Kind == intent.List
	case "M":
		result.Kind, ok = intent.Map, inner.Kind == intent.Map
		result.Map = make(map[string]intent.Value, len(inner.Map))
		for _, name := range slices.Sorted(maps.Keys(inner.Map)) {
			result.Map[name] = c.attribute(inner.Map[name])
		}
	}
	if !ok {
		c.errorf(inner.Line, "not a DynamoDB attribute of type %q", shorten(kind))
	}
	return result
}

// attributes reads a list, or a set, whose elements go without a type of their own.
func (c *collector) attributes(kind string, v intent.Value) intent.Value {
	result := intent.Value{Kind: intent.List, Line: v.Line, Unordered: kind != "L"}
	for _, element := range v.List {
		if kind != "L" {
			element = intent.Value{
				Kind: intent.Map, Line: element.Line,
				Map: map[string]intent.Value{strings.TrimSuffix(kind, "S"): element},
			}
		}
		result.List = append(result.List, c.attribute(element))
	}
	return result
}
