package testworld

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// The length of a place in a patch: account, Region, list, id, fields.
const (
	regionPlace = 2
	listPlace   = 3
	objectPlace = 4
)

// apply gives the tree with the patch. The tree itself stays as it is.
func apply(tree Tree, patch ast.Node) (Tree, error) {
	p := patcher{}
	out, _ := p.value(nil, map[string]any(tree), true, patch).(map[string]any)
	return out, errors.Join(p.errs...)
}

// patcher collects what is wrong with a patch. A place is the way to a value:
// account, Region, list, id and fields.
type patcher struct{ errs []error }

func (p *patcher) fail(place []string, n ast.Node, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	p.errs = append(p.errs, fmt.Errorf("line %d: %s: %s", n.GetToken().Position.Line, strings.Join(append([]string{"patch"}, place...), " "), text))
}

// value gives what is at a place after the patch. Known says that the base has a
// value there; one that is wrong in the patch stays as it was.
func (p *patcher) value(place []string, old any, known bool, patch ast.Node) any {
	fields, err := entries(patch)
	switch {
	case errors.Is(err, errNoMap):
		return p.replace(place, old, known, patch)
	case err != nil:
		p.fail(place, patch, "%v", err)
		return old
	case len(fields) == 0 && (known || len(place) != regionPlace && len(place) < objectPlace):
		p.fail(place, patch, "changes nothing")
		return old
	case len(place) == listPlace:
		return p.list(place, old, fields, patch)
	}
	object, isMap := old.(map[string]any)
	if known && !isMap {
		p.fail(place, patch, "is not a map in the base; write its new value in full")
		return old
	}
	return p.object(place, object, fields)
}

// object gives an object with the patch of its fields. The world, accounts and
// Regions are objects too.
func (p *patcher) object(place []string, old map[string]any, fields []entry) map[string]any {
	out := map[string]any{}
	maps.Copy(out, old)
	for _, f := range fields {
		at := append(slices.Clone(place), f.key)
		value, known := old[f.key]
		if f.value.Type() == ast.NullType {
			p.remove(at, known, f.value)
			delete(out, f.key)
			continue
		}
		out[f.key] = p.value(at, value, known, f.value)
	}
	return out
}

// remove checks that there is something to be removed, and that this is meant.
func (p *patcher) remove(place []string, known bool, patch ast.Node) {
	switch {
	case patch.GetToken().Type == token.ImplicitNullType:
		p.fail(place, patch, "is empty; write null to remove it")
	case !known:
		p.fail(place, patch, "cannot be removed: the base does not have it")
	}
}

// replace gives a text, a number or a list of the patch in place of what was there.
func (p *patcher) replace(place []string, old any, known bool, patch ast.Node) any {
	var value any
	err := yaml.NodeToValue(patch, &value)
	_, isMap := old.(map[string]any)
	switch {
	case err != nil:
		p.fail(place, patch, "%v", err)
	case isMap || len(place) < listPlace || len(place) == objectPlace:
		p.fail(place, patch, "must be a map")
	case known && reflect.DeepEqual(old, value):
		p.fail(place, patch, "changes nothing: the base has the same")
	default:
		return value
	}
	return old
}

// list changes, removes and adds objects by their ids.
func (p *patcher) list(place []string, old any, fields []entry, patch ast.Node) any {
	id, ok := ids[place[listPlace-1]]
	if !ok {
		p.fail(place, patch, "is not a list of objects with an id, which are %s; write it as a list", strings.Join(slices.Sorted(maps.Keys(ids)), ", "))
		return old
	}
	objects, ok := old.([]any)
	if old != nil && !ok {
		p.fail(place, patch, "is not a list in the base")
		return old
	}
	out := slices.Clone(objects)
	for _, f := range fields {
		at := append(slices.Clone(place), f.key)
		i := slices.IndexFunc(out, func(o any) bool {
			object, isMap := o.(map[string]any)
			return isMap && object[id] == f.key
		})
		switch {
		case f.value.Type() == ast.NullType:
			p.remove(at, i >= 0, f.value)
			if i >= 0 {
				out = slices.Delete(out, i, i+1)
			}
		case hasKey(f.value, id):
			p.fail(at, f.value, "gives %s again; the key is the id", id)
		case i >= 0:
			out[i] = p.value(at, out[i], true, f.value)
		default:
			added, _ := p.value(at, nil, false, f.value).(map[string]any)
			out = append(out, withID(added, id, f.key))
		}
	}
	return out
}

func hasKey(patch ast.Node, key string) bool {
	fields, err := entries(patch)
	return err == nil && slices.ContainsFunc(fields, func(f entry) bool { return f.key == key })
}

func withID(object map[string]any, id, value string) map[string]any {
	out := map[string]any{id: value}
	maps.Copy(out, object)
	return out
}
