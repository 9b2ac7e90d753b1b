package events

import (
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/resource"
)

// vocabulary is how the events of the services whose resources are protected name
// these.
type vocabulary struct {
	kinds map[Kind]resource.Kind
	// fields are those whose value is a name, which no pattern can tell from any other
	// word, prose those in which people write. Both are in the form of plainKey.
	fields map[string]Kind
	prose  map[string]bool
	// types lead from a source and the type in an ARN, or its like, to the kind.
	types map[string]map[string]Kind
}

// protected is the vocabulary of all services. It is never written again.
var protected = vocabularyOf(resource.Services())

func vocabularyOf(services []*resource.Service) vocabulary {
	v := vocabulary{kinds: map[Kind]resource.Kind{}, fields: map[string]Kind{}, prose: map[string]bool{}, types: map[string]map[string]Kind{}}
	for _, s := range services {
		types := map[string]Kind{}
		for _, k := range s.Kinds {
			kind := Kind(k.Name)
			v.kinds[kind] = k
			for _, t := range append([]string{string(k.Type)}, k.Spellings...) {
				types[t] = kind
			}
			for _, f := range k.Fields {
				v.fields[f] = kind
			}
		}
		for _, f := range s.Prose {
			v.prose[f] = true
		}
		v.types[sourceOf(s)] = types
	}
	return v
}

// named takes the last part of an ARN of a service apart. The kind is empty where the
// type is not known, and ok is false where the service is none of these.
func (v vocabulary) named(service, last string) (kind Kind, name string, ok bool) {
	types, ok := v.types["aws."+service]
	if !ok {
		return "", "", false
	}
	t, name, ok := strings.Cut(last, resource.Separator(service))
	return types[t], name, ok
}

func sourceOf(s *resource.Service) string { return "aws." + s.Name }

// serviceFamilies are the watched calls of the services, or their notifications.
func serviceFamilies(native bool) []Family {
	var out []Family
	for _, s := range resource.Services() {
		for _, w := range s.Watched {
			if w.Native != native {
				continue
			}
			f := Family{Name: w.Family, Source: sourceOf(s), Names: slices.Clone(w.Names)}
			if !native {
				f.EventSource = s.Name + ".amazonaws.com"
			}
			out = append(out, f)
		}
	}
	return out
}

// servicePatterns are the patterns of the families of the services.
func servicePatterns(native bool) []Pattern {
	var out []Pattern
	for _, s := range resource.Services() {
		for _, w := range s.Watched {
			if w.Native == native {
				out = append(out, patternOf(w.Rule, w.Family))
			}
		}
	}
	return out
}
