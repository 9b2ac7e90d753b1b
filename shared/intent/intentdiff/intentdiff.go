// Package intentdiff compares what is declared with what is to be declared, item
// by item and field by field. It compares meanings, not spellings: an epoch and
// the RFC 3339 time of the same second are the same, and so are sources in
// another order.
//
// It reads and writes nothing, and leaves it to package intent what is right.
package intentdiff

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
)

// Action is what has to become of an item.
type Action string

// What may become of an item.
const (
	Create Action = "create"
	Change Action = "change"
	Delete Action = "delete"
	Keep   Action = "keep"
)

// Field is a field that differs; nil is one that is not there.
type Field struct {
	Name          string
	Before, After *intent.Value
}

// Difference is one item before and after.
type Difference struct {
	Key    intent.Key
	Action Action
	// Fields are those that differ, in the order of the documentation; all of them
	// where the item is new or goes.
	Fields []Field
	// Before and After are the items in their canonical form, nil where there is none.
	Before, After *intent.Record
}

// Compare gives what has to become of every item of after, and of those of before
// that after does not have, sorted by key. Keys are unique on both sides.
func Compare(before, after []intent.Record) []Difference {
	was, is := byKey(before), byKey(after)
	keys := slices.Collect(maps.Keys(was))
	for k := range is {
		if _, ok := was[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b intent.Key) int {
		return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Name, b.Name))
	})
	out := make([]Difference, 0, len(keys))
	for _, k := range keys {
		out = append(out, difference(k, was[k], is[k]))
	}
	return out
}

func byKey(records []intent.Record) map[intent.Key]*intent.Record {
	out := make(map[intent.Key]*intent.Record, len(records))
	for _, r := range records {
		c := Canonical(r)
		out[keyOf(r)] = &c
	}
	return out
}

func keyOf(r intent.Record) intent.Key {
	return intent.Key{Cluster: r.Fields[intent.FieldCluster].Text, Name: r.Fields[intent.FieldName].Text}
}

func difference(key intent.Key, before, after *intent.Record) Difference {
	d := Difference{Key: key, Before: before, After: after, Fields: fields(before, after)}
	switch {
	case before == nil:
		d.Action = Create
	case after == nil:
		d.Action = Delete
	case len(d.Fields) > 0:
		d.Action = Change
	default:
		d.Action = Keep
	}
	return d
}

// fields gives the fields of two items that differ, without those of their key.
func fields(before, after *intent.Record) []Field {
	var was, is map[string]intent.Value
	if before != nil {
		was = before.Fields
	}
	if after != nil {
		is = after.Fields
	}
	all := intent.Record{Fields: maps.Clone(was)}
	if all.Fields == nil {
		all.Fields = map[string]intent.Value{}
	}
	maps.Copy(all.Fields, is)
	var out []Field
	for _, name := range all.FieldsInOrder() {
		if name == intent.FieldCluster || name == intent.FieldName {
			continue
		}
		f := Field{Name: name}
		if v, ok := was[name]; ok {
			f.Before = &v
		}
		if v, ok := is[name]; ok {
			f.After = &v
		}
		if f.Before == nil || f.After == nil || !same(name, *f.Before, *f.After) {
			out = append(out, f)
		}
	}
	return out
}

// Canonical gives an item in the form in which it is written; one that is wrong
// stays as it is.
func Canonical(r intent.Record) intent.Record {
	// How wide a source may be is for others to say: here it would only keep an item
	// from being compared by its meaning.
	permissive := intent.Record{Fields: map[string]intent.Value{
		intent.FieldCluster: intent.TextValue(intent.Everything), intent.FieldName: intent.TextValue(intent.Everything),
		intent.FieldWidest: intent.ListValue(intent.TextValue("/1"), intent.TextValue("::/1")),
	}}
	key := keyOf(r)
	if key.Cluster == intent.Everything {
		set := intent.Parse([]intent.Record{r}, intent.Options{BareNames: true})
		if p, ok := set.Policies[key.Name]; ok && len(set.InvalidPolicies) == 0 {
			return p.Record()
		}
		return r
	}
	set := intent.Parse([]intent.Record{permissive, r}, intent.Options{BareNames: true})
	if len(set.Intents) == 1 {
		return set.Intents[0].Record()
	}
	return r
}

// same compares two values of a field, whatever lines they stand on. The order of
// a list means nothing, save for the two widths: the first is IPv4's.
func same(field string, a, b intent.Value) bool {
	ordered := field == intent.FieldWidest
	return reflect.DeepEqual(bare(a, ordered), bare(b, ordered))
}

func bare(v intent.Value, ordered bool) intent.Value {
	v.Line, v.Unordered = 0, false
	elements := make([]intent.Value, 0, len(v.List))
	for _, e := range v.List {
		elements = append(elements, bare(e, ordered))
	}
	if !ordered {
		slices.SortStableFunc(elements, func(a, b intent.Value) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text)) })
	}
	v.List = elements
	if v.Map == nil {
		return v
	}
	entries := make(map[string]intent.Value, len(v.Map))
	for name, e := range v.Map {
		entries[name] = bare(e, ordered)
	}
	v.Map = entries
	return v
}
