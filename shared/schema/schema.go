// Package schema makes JSON Schemas of the files that people write: of intents and policies,
// from the table that their parser reads, and of what a world has beside the lists of AWS.
// Editors complete and check with them while somebody types.
//
// A schema never refuses what the parser takes. The parser refuses more: what is true of two
// fields together, or of the network.
package schema

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
)

// draft is the version that editors know best.
const draft = "http://json-schema.org/draft-07/schema#"

// Home is where the committed schemas are found.
const Home = "https://raw.githubusercontent.com/cachegate/cachegate/main/shared/schema/"

// The names of the schemas, and of their files.
const (
	Intents     = "intents"
	World       = "world"
	IntentsFile = "intents.schema.json"
	WorldFile   = "world.schema.json"
)

type object = map[string]any

// OfIntents gives the schema of an intents file.
func OfIntents() ([]byte, error) {
	item := object{
		"if":   object{"required": []string{intent.FieldCluster}, "properties": object{intent.FieldCluster: object{"const": intent.Everything}}},
		"then": object{"$ref": "#/definitions/policy"},
		"else": object{"$ref": "#/definitions/intent"},
	}
	one := itemOf("What one intent declares: these sources may, or may not, reach this cluster.", intent.IntentTable())
	one["oneOf"] = []object{{"required": []string{intent.FieldSource}}, {"required": []string{intent.FieldSources}}}
	return write(object{
		"$schema": draft, "$id": Home + IntentsFile, "title": "Intents and policies of cachegate",
		"anyOf": []object{
			{"type": "array", "items": object{"$ref": "#/definitions/item"}},
			{"type": "object", "required": []string{"intents"}, "additionalProperties": false, "properties": object{"intents": object{"type": []string{"array", "null"}, "items": object{"$ref": "#/definitions/item"}}}},
			{"type": "object", "required": []string{intent.FieldCluster}, "allOf": []object{{"$ref": "#/definitions/item"}}},
			{"type": "object", "anyOf": []object{{"required": []string{"Items"}}, {"required": []string{"Item"}}}, "description": "What `aws dynamodb scan` prints of the table."},
			{"type": "null"},
		},
		"definitions": object{
			"item": item, "intent": one,
			"policy": itemOf("What cachegate may do, for all clusters or for one.", intent.PolicyTable()),
		},
	})
}

func itemOf(about string, table []intent.Field) object {
	properties := object{}
	var required []string
	for _, f := range table {
		p := formOf(f)
		p["description"] = f.About
		if f.Default != "" {
			p["description"] = f.About + " Left out: " + f.Default + "."
		}
		properties[f.Name] = p
		if f.Required {
			required = append(required, f.Name)
		}
	}
	return object{"type": "object", "description": about, "properties": properties, "required": required, "additionalProperties": false}
}

// wholeText is how a whole number is written in a string.
const wholeText = "^(0|[1-9][0-9]*)$"

// formOf gives the schema of one field.
func formOf(f intent.Field) object {
	text := object{"type": "string", "minLength": 1}
	switch f.Form {
	case intent.FormCluster, intent.FormTarget, intent.FormSource, intent.FormVia:
		return text
	case intent.FormName:
		return object{"type": "string", "minLength": f.Least, "maxLength": f.Most}
	case intent.FormText:
		return object{"type": "string", "maxLength": f.Most}
	case intent.FormSources:
		return listOf(text, f.Least, f.Most)
	case intent.FormWord:
		return wordOf(f)
	case intent.FormWords:
		return listOf(object{"enum": f.Words}, 0, 0)
	case intent.FormPorts:
		return listOf(number(1, 65535), f.Least, f.Most)
	case intent.FormTime:
		return object{"anyOf": []object{
			{"type": "number", "minimum": 1e9, "exclusiveMaximum": 1e11},
			{"type": "string", "pattern": `^([1-9][0-9]{9,10}|[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9:]{5}))$`},
		}}
	case intent.FormWhole:
		return number(f.Least, f.Most)
	case intent.FormLimit:
		one := object{"anyOf": []object{number(0, f.Most), {"type": "string", "pattern": `^(100|[1-9]?[0-9])%$`}}}
		return listOf(one, 1, 2)
	case intent.FormWidths:
		return listOf(object{"type": "string", "pattern": `^(|[0-9a-fA-F:.]+)/[0-9]{1,3}$`}, f.Least, f.Most)
	default:
		return object{}
	}
}

// wordOf is one of a few words. A reader of YAML 1.1 takes off for false.
func wordOf(f intent.Field) object {
	all := make([]any, 0, len(f.Words)+1)
	for _, w := range f.Words {
		all = append(all, w)
		if w == string(intent.Off) {
			all = append(all, false)
		}
	}
	return object{"enum": all}
}

// number is a whole number, which may be written as a string.
func number(least, most int) object {
	return object{"anyOf": []object{{"type": "integer", "minimum": least, "maximum": most}, {"type": "string", "pattern": wholeText}}}
}

// listOf is a list, or one of its elements alone.
func listOf(element object, least, most int) object {
	list := object{"type": "array", "items": element, "minItems": least}
	if most > 0 {
		list["maxItems"] = most
	}
	return object{"anyOf": []object{element, list}}
}

// OfWorld gives the schema of a world file: its accounts, Regions and lists, and what has a
// command of its own in AWS and stands inside its object. What the lists hold beside that is
// what the AWS CLI prints.
func OfWorld() ([]byte, error) {
	lists := object{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[awssim.Region]()) {
		lists[f.Name] = object{"type": []string{"array", "null"}, "items": elementOf(f.Type.Elem())}
	}
	return write(object{
		"$schema": draft, "$id": Home + WorldFile, "title": "A world of cachegate: accounts, Regions, and what the AWS CLI prints of them",
		"type": "object", "propertyNames": object{"pattern": "^[0-9]{12}$"},
		"additionalProperties": object{
			"type": []string{"object", "null"}, "description": "An account: its Regions.",
			"additionalProperties": object{"type": []string{"object", "null"}, "description": "A Region: lists as the AWS CLI's describe commands print them.", "properties": lists},
		},
	})
}

// elementOf gives the schema of an element: the fields that are a world's own.
func elementOf(t reflect.Type) object {
	out := object{"type": "object"}
	properties := object{}
	own := t.PkgPath() == reflect.TypeFor[awssim.Region]().PkgPath()
	if !own {
		return out
	}
	for f := range t.Fields() {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		kind := f.Type
		for kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		switch kind.Kind() {
		case reflect.Slice:
			properties[f.Name] = object{"type": []string{"array", "null"}}
		case reflect.Struct:
			properties[f.Name] = object{"type": []string{"object", "null"}}
		case reflect.String:
			properties[f.Name] = object{"type": []string{"string", "null"}}
		default:
		}
	}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	return out
}

func write(schema object) ([]byte, error) {
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing a schema: %w", err)
	}
	return append(text, '\n'), nil
}
