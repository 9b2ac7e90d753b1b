// Package intenttable turns the items of the intents table into records of package intent, and
// back. It reads and writes no table, and never judges what an item says.
package intenttable

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/cachegate/cachegate/shared/intent"
)

// Item is one item as the SDK hands it over.
type Item = map[string]types.AttributeValue

// Record returns an item as a record. It always succeeds: what an attribute may hold is for
// intent.Parse to say.
func Record(item Item) intent.Record {
	fields := make(map[string]intent.Value, len(item))
	for name, attribute := range item {
		fields[name] = value(attribute)
	}
	return intent.Record{Place: place(fields), Fields: fields}
}

// Records returns a page of items as records.
func Records(items []Item) []intent.Record {
	records := make([]intent.Record, 0, len(items))
	for _, item := range items {
		records = append(records, Record(item))
	}
	return records
}

// Key returns the key attributes of an item, for reading or deleting it.
func Key(key intent.Key) Item {
	return Item{
		intent.FieldCluster: &types.AttributeValueMemberS{Value: key.Cluster},
		intent.FieldName:    &types.AttributeValueMemberS{Value: key.Name},
	}
}

// ToItem returns a record as an item. A value that DynamoDB cannot hold is an error that names its
// field.
func ToItem(record intent.Record) (Item, error) {
	item := make(Item, len(record.Fields))
	for name, v := range record.Fields {
		converted, err := attribute(v)
		if err != nil {
			return nil, fmt.Errorf("%s: writing field %q as a DynamoDB attribute: %w", record.Place, name, err)
		}
		item[name] = converted
	}
	return item, nil
}

// place names the item by its key.
func place(fields map[string]intent.Value) intent.Place {
	text := func(field string) string {
		v := fields[field]
		plain := v.Text != "" && !strings.ContainsFunc(v.Text, func(r rune) bool {
			return r == ' ' || r == '"' || r == unicode.ReplacementChar || !unicode.IsPrint(r)
		})
		if plain {
			return v.Text
		}
		return strconv.Quote(v.Text)
	}
	return intent.Place{Item: "cluster=" + text(intent.FieldCluster) + " name=" + text(intent.FieldName)}
}

// value converts an attribute. A type that this SDK does not know yet is null, and thereby wrong in
// every field.
func value(attribute types.AttributeValue) intent.Value {
	switch a := attribute.(type) {
	case *types.AttributeValueMemberS:
		return intent.TextValue(a.Value)
	case *types.AttributeValueMemberN:
		return number(a.Value)
	case *types.AttributeValueMemberBOOL:
		return intent.Value{Kind: intent.Bool, Text: strconv.FormatBool(a.Value)}
	case *types.AttributeValueMemberB:
		return binary(a.Value)
	case *types.AttributeValueMemberL:
		return list(a.Value, value, false)
	case *types.AttributeValueMemberSS:
		return list(a.Value, intent.TextValue, true)
	case *types.AttributeValueMemberNS:
		return list(a.Value, number, true)
	case *types.AttributeValueMemberBS:
		return list(a.Value, binary, true)
	case *types.AttributeValueMemberM:
		entries := make(map[string]intent.Value, len(a.Value))
		for name, entry := range a.Value {
			entries[name] = value(entry)
		}
		return intent.Value{Kind: intent.Map, Map: entries}
	}
	return intent.Value{Kind: intent.Null}
}

func number(text string) intent.Value { return intent.Value{Kind: intent.Number, Text: text} }

// binary keeps bytes as DynamoDB prints them.
func binary(data []byte) intent.Value {
	return intent.Value{Kind: intent.Binary, Text: base64.StdEncoding.EncodeToString(data)}
}

func list[T any](elements []T, convert func(T) intent.Value, unordered bool) intent.Value {
	v := intent.Value{Kind: intent.List, Unordered: unordered, List: make([]intent.Value, 0, len(elements))}
	for _, element := range elements {
		v.List = append(v.List, convert(element))
	}
	return v
}

// attribute converts a value. Sets become lists: the contract is a list, and a set cannot be empty.
func attribute(v intent.Value) (types.AttributeValue, error) {
	switch v.Kind {
	case intent.String:
		return &types.AttributeValueMemberS{Value: v.Text}, nil
	case intent.Number:
		return &types.AttributeValueMemberN{Value: v.Text}, nil
	case intent.Bool:
		return &types.AttributeValueMemberBOOL{Value: v.Text == "true"}, nil
	case intent.Null:
		return &types.AttributeValueMemberNULL{Value: true}, nil
	case intent.Binary:
		data, err := base64.StdEncoding.DecodeString(v.Text)
		if err != nil {
			return nil, fmt.Errorf("decoding base64: %w", err)
		}
		return &types.AttributeValueMemberB{Value: data}, nil
	case intent.List:
		elements := make([]types.AttributeValue, 0, len(v.List))
		for _, element := range v.List {
			converted, err := attribute(element)
			if err != nil {
				return nil, err
			}
			elements = append(elements, converted)
		}
		return &types.AttributeValueMemberL{Value: elements}, nil
	case intent.Map:
		entries := make(Item, len(v.Map))
		for name, entry := range v.Map {
			converted, err := attribute(entry)
			if err != nil {
				return nil, err
			}
			entries[name] = converted
		}
		return &types.AttributeValueMemberM{Value: entries}, nil
	}
	return nil, fmt.Errorf("no attribute type for a value of kind %d", v.Kind)
}
