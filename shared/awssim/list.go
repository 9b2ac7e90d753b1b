package awssim

import (
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// list is one of the lists of AWS objects that a Region holds. The Region's table registers it: the table is called as
// the AWS CLI calls the list, and so is the list in Region. Its tag says the rest:
//
//	id      the fields of an element that together make its id
//	read    "own" where a function of its own builds it from a world; otherwise every element is taken as it is
//	order   "id" where an order says nothing, since it depends on whose Region was built first
//
// Decoding, building, writing a world, late reads and finding ids all follow from it. So a new list is a field of
// Region, a table of region and its Describe operation.
type list struct {
	name    string
	id      []string
	own     bool
	byID    bool
	table   int // the field of region
	content int // the field of Region
}

// anyTable is a table of whatever resources.
type anyTable interface {
	has(id string) bool
	restoreFrom(by *token, older anyTable, id string)
	read(b *builder, l *list)
	write(out *Region, l *list)
	element() reflect.Type
	list() *list
}

// lists are all that a Region holds, always in the same order; listed finds them by the type of their elements.
var lists, listed = registeredLists()

func registeredLists() ([]*list, map[reflect.Type]*list) {
	var all []*list
	byElement := map[reflect.Type]*list{}
	tables, contents := reflect.TypeFor[region](), reflect.TypeFor[Region]()
	for i := range tables.NumField() {
		field := tables.Field(i)
		id, registered := field.Tag.Lookup("id")
		content, there := contents.FieldByName(field.Name)
		if !registered || !there {
			continue
		}
		l := &list{
			name: field.Name, id: strings.Split(id, ","), own: field.Tag.Get("read") == "own", byID: field.Tag.Get("order") == "id",
			table: i, content: content.Index[0],
		}
		all = append(all, l)
		byElement[l.of(&region{}).element()] = l
	}
	return all, byElement
}

// of is the list's table in a Region.
func (l *list) of(r *region) anyTable {
	t, _ := reflect.TypeAssert[anyTable](reflect.ValueOf(r).Elem().Field(l.table).Addr())
	return t
}

// in is the list in the content of a Region.
func (l *list) in(content *Region) reflect.Value {
	return reflect.ValueOf(content).Elem().Field(l.content)
}

// idOf makes the id of an element, and names the first field that is missing.
func (l *list) idOf(element any) (id, missing string) {
	v := reflect.ValueOf(element).Elem()
	parts := make([]string, 0, len(l.id))
	for _, field := range l.id {
		part, _ := reflect.TypeAssert[*string](v.FieldByName(field))
		if aws.ToString(part) == "" {
			return "", field
		}
		parts = append(parts, *part)
	}
	return strings.Join(parts, idSeparator), ""
}

// idSeparator stands between the parts of an id; no id of AWS's has it.
const idSeparator = "/"

// isAbout says whether an id is a resource's own, or has it as a part.
func isAbout(id, resource string) bool {
	return id == resource || strings.HasPrefix(id, resource+idSeparator) || strings.HasSuffix(id, idSeparator+resource)
}

// tables lists all that a Region holds, always in the same order.
func (r *region) tables(yield func(anyTable) bool) {
	for _, l := range lists {
		if !yield(l.of(r)) {
			return
		}
	}
}

// restore puts one resource back as it is in an older state of the Region.
func (r *region) restore(by *token, before *region, id string) {
	if before == nil {
		return
	}
	for _, l := range lists {
		l.of(r).restoreFrom(by, l.of(before), id)
	}
}
