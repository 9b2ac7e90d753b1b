package anonymise

import (
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
)

// Intents replaces items of an intents file: their clusters, sources and what they go over.
// Names become numbers, owners and reasons go.
func (a *Anonymiser) Intents(records []intent.Record) []intent.Record {
	out := make([]intent.Record, 0, len(records))
	for _, r := range records {
		fields := map[string]intent.Value{}
		for name, v := range r.Fields {
			switch name {
			case intent.FieldOwner, intent.FieldReason:
			case intent.FieldName:
				fields[name] = a.itemName(r)
			case intent.FieldCluster:
				fields[name] = a.cluster(v)
			case intent.FieldSources, intent.FieldSource, intent.FieldVia:
				fields[name] = a.value(v)
			default:
				fields[name] = v
			}
		}
		out = append(out, intent.Record{Place: r.Place, Fields: fields})
	}
	return out
}

// textsOf gives the texts of an item that hold accounts, ids or addresses.
func textsOf(r intent.Record) []string {
	var out []string
	for _, name := range []string{intent.FieldCluster, intent.FieldName, intent.FieldSource, intent.FieldSources, intent.FieldVia} {
		v := r.Fields[name]
		out = append(out, v.Text)
		for _, e := range v.List {
			out = append(out, e.Text)
		}
	}
	return out
}

// itemName gives a number to an intent; a policy is named for its cluster.
func (a *Anonymiser) itemName(r intent.Record) intent.Value {
	v := r.Fields[intent.FieldName]
	if r.Fields[intent.FieldCluster].Text == intent.Everything {
		return a.cluster(v)
	}
	made, _ := a.words.of(itemNames, v.Text)
	return intent.TextValue(made)
}

func (a *Anonymiser) cluster(v intent.Value) intent.Value {
	switch {
	case v.Kind != intent.String || v.Text == intent.Everything:
		return v
	case strings.Contains(v.Text, ":"):
		return intent.TextValue(a.Text(v.Text))
	default:
		return intent.TextValue(a.Cache(v.Text))
	}
}

func (a *Anonymiser) value(v intent.Value) intent.Value {
	if v.Kind == intent.String {
		v.Text = a.Text(v.Text)
	}
	list := make([]intent.Value, 0, len(v.List))
	for _, e := range v.List {
		list = append(list, a.value(e))
	}
	if v.List != nil {
		v.List = list
	}
	return v
}
