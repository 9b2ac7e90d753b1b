package awssim

import (
	"reflect"
	"slices"
)

// token says who may change a table in place. A clone takes a new token on both sides, so the first write on
// either side copies what it touches and what is shared stays as it was.
type token struct{ _ byte }

// table is a list of resources by id, in the order they were added. Its values never change: a write puts a changed
// copy in their place, which is what makes clones, stale reads and undone writes cheap.
type table[T any] struct {
	owner *token
	keys  []string
	vals  []*T
}

func (t *table[T]) position(id string) int {
	for i, key := range t.keys {
		if key == id {
			return i
		}
	}
	return -1
}

func (t *table[T]) get(id string) *T {
	if i := t.position(id); i >= 0 {
		return t.vals[i]
	}
	return nil
}

// lookup is get for an id that may be missing in a request.
func (t *table[T]) lookup(id *string) *T {
	if id == nil {
		return nil
	}
	return t.get(*id)
}

func (t *table[T]) own(by *token) {
	if t.owner == by {
		return
	}
	t.keys, t.vals, t.owner = slices.Clone(t.keys), slices.Clone(t.vals), by
}

func (t *table[T]) put(by *token, id string, value *T) {
	t.own(by)
	if i := t.position(id); i >= 0 {
		t.vals[i] = value
		return
	}
	t.keys, t.vals = append(t.keys, id), append(t.vals, value)
}

func (t *table[T]) drop(by *token, id string) {
	i := t.position(id)
	if i < 0 {
		return
	}
	t.own(by)
	t.keys, t.vals = slices.Delete(t.keys, i, i+1), slices.Delete(t.vals, i, i+1)
}

func (t *table[T]) has(id string) bool { return t.position(id) >= 0 }

func (t *table[T]) element() reflect.Type { return reflect.TypeFor[T]() }

func (t *table[T]) list() *list { return listed[t.element()] }

// restoreFrom puts what is about a resource back as it is in an older state of the same table.
func (t *table[T]) restoreFrom(by *token, older anyTable, resource string) {
	before, ok := older.(*table[T])
	if !ok {
		return
	}
	for _, id := range slices.Clone(t.keys) {
		if isAbout(id, resource) && !before.has(id) {
			t.drop(by, id)
		}
	}
	for id, value := range before.entries {
		if isAbout(id, resource) {
			t.put(by, id, value)
		}
	}
}

// read takes the elements of a world's list as they are.
func (t *table[T]) read(b *builder, l *list) {
	elements := l.in(b.in)
	for i := range elements.Len() {
		if element, ok := reflect.TypeAssert[T](elements.Index(i)); ok {
			insert(b, t, l.name, i, &element)
		}
	}
}

// write fills a world's list. What is kept in another form than it is listed in writes itself.
func (t *table[T]) write(out *Region, l *list) {
	found := t.vals
	if l.byID {
		found = byID(t)
	}
	var plain []T
	for _, value := range found {
		if self, ok := any(value).(interface{ writeTo(out *Region) }); ok {
			self.writeTo(out)
			continue
		}
		plain = append(plain, *value)
	}
	if plain != nil {
		l.in(out).Set(reflect.ValueOf(plain))
	}
}

// entries walks the table in order.
func (t *table[T]) entries(yield func(id string, value *T) bool) {
	for i, key := range t.keys {
		if !yield(key, t.vals[i]) {
			return
		}
	}
}
