package awssim

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// elsewhere are the lists of a Region whose elements stand in the table of another list, and the claims, which are no
// objects of AWS's.
var elsewhere = map[string]string{
	"SecurityGroupRules": "SecurityGroups", "Reservations": "Instances", "PrefixLists": "ManagedPrefixLists",
	"TransitGatewayVpcAttachments": "TransitGatewayAttachments", "TransitGatewayPeeringAttachments": "TransitGatewayAttachments",
	"CachegateClaims": "",
}

func TestEveryListIsRegistered(t *testing.T) {
	registered := map[string]*list{}
	for _, l := range lists {
		registered[l.name] = l
	}
	for field := range reflect.TypeFor[Region]().Fields() {
		where, inAnother := elsewhere[field.Name]
		switch {
		case registered[field.Name] == nil && !inAnother:
			t.Errorf("%s is a list of Region, and region has no table for it", field.Name)
		case registered[field.Name] != nil && inAnother:
			t.Errorf("%s has a table, and stands in that of %s", field.Name, where)
		case where != "" && registered[where] == nil:
			t.Errorf("%s stands in %s, which has no table", field.Name, where)
		}
	}
	for field := range reflect.TypeFor[region]().Fields() {
		if strings.HasPrefix(field.Type.Name(), "table[") && registered[field.Name] == nil {
			t.Errorf("the table %s is not registered: it needs an id, and a list of its name in Region", field.Name)
		}
	}
	for _, l := range lists {
		element := l.of(&region{}).element()
		for _, id := range l.id {
			if field, ok := element.FieldByName(id); !ok || field.Type != reflect.TypeFor[*string]() {
				t.Errorf("%s: %s has no text called %s", l.name, element, id)
			}
		}
		if l.of(&region{}).list() != l {
			t.Errorf("%s is not found by the type of its elements; no two lists have the same", l.name)
		}
	}
}

// barest is the Region of the barest world.
func barest(t *testing.T) *region {
	t.Helper()
	world, _, err := Load("bare.json", []byte(bare))
	if err != nil {
		t.Fatal(err)
	}
	return world.state.region("111122223333", "us-east-1")
}

func keysOf(l *list, r *region) []string {
	keys := reflect.ValueOf(l.of(r)).Elem().FieldByName("keys")
	ids := make([]string, keys.Len())
	for i := range ids {
		ids[i] = keys.Index(i).String()
	}
	return ids
}

func TestEveryListIsReadAndWritten(t *testing.T) {
	r := barest(t)
	content := r.content()
	for _, l := range lists {
		ids := keysOf(l, r)
		if len(ids) == 0 {
			t.Errorf("%s: the world's were not read", l.name)
		}
		if n := l.in(&content).Len(); n != len(ids) {
			t.Errorf("%s: %d of %d are written", l.name, n, len(ids))
		}
		for _, id := range ids {
			if !l.of(r).has(id) {
				t.Errorf("%s: %s is not found", l.name, id)
			}
		}
	}
}

func TestEveryListShowsOneResourceAsItWas(t *testing.T) {
	full, owner := barest(t), &token{}
	for _, l := range lists {
		for _, id := range keysOf(l, full) {
			for resource := range strings.SplitSeq(id, idSeparator) {
				emptied := *full
				reflect.ValueOf(&emptied).Elem().Field(l.table).SetZero()
				emptied.restore(owner, full, resource)
				if !slices.Contains(keysOf(l, &emptied), id) {
					t.Errorf("%s: %s is gone, and was there when %s was late", l.name, id, resource)
				}
				before := *full
				reflect.ValueOf(&before).Elem().Field(l.table).SetZero()
				after := *full
				after.restore(owner, &before, resource)
				if slices.Contains(keysOf(l, &after), id) {
					t.Errorf("%s: %s is shown, and was not there when %s was late", l.name, id, resource)
				}
			}
		}
	}
}
