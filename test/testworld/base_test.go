package testworld

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/awssim"
)

func TestBasesAreWorlds(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			tree, err := Base(name)
			if err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			_, warnings, err := awssim.Load(name+".json", data)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range warnings {
				if strings.Contains(w.Text, "not known") || strings.Contains(w.Text, "stands twice") {
					t.Error(w)
				}
			}
		})
	}
}

func TestBaseIsNewOnEveryCall(t *testing.T) {
	first, err := Base("caches")
	if err != nil {
		t.Fatal(err)
	}
	delete(first, "123456789012")
	second, err := Base("caches")
	if err != nil || second["123456789012"] == nil {
		t.Errorf("what a test changes is seen by others: %v, %v", second, err)
	}
}

func TestUnknownBase(t *testing.T) {
	for _, f := range []func() (Tree, error){
		func() (Tree, error) { return Base("peerings") },
		func() (Tree, error) { return Expand("peerings", nil) },
	} {
		_, err := f()
		if err == nil || !strings.Contains(err.Error(), `no base network "peerings"; there are `+strings.Join(Names(), ", ")) {
			t.Errorf("the error does not list the names: %v", err)
		}
	}
	if !slices.Contains(Names(), "peering") {
		t.Errorf("peering is missing: %v", Names())
	}
}

func TestBaseFiles(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"no title", "world: {}", "title is missing"},
		{"neither a world nor a base", "title: t", "one of world and base"},
		{"a world and a base", "title: t\nworld: {}\nbase: caches\npatch: {a: b}", "one of world and base"},
		{"a base without a patch", "title: t\nbase: caches", "belong together"},
		{"a patch without a base", "title: t\nworld: {}\npatch: {a: b}", "belong together"},
		{"a base that is not there", "title: t\nbase: cache\npatch: {a: b}", `no base network "cache"`},
		{"a patch that is wrong", "title: t\nbase: caches\npatch: {\"444455556666\": null}", "patch 444455556666: cannot be removed"},
		{"a key that nobody reads", "title: t\nworlds: {}", "worlds"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if tree, err := parseBase([]byte(c.text), []string{"c"}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q, got %v, %v", c.want, tree, err)
			}
		})
	}
}

func TestABaseThatIsMadeOfItselfIsAnError(t *testing.T) {
	_, err := parseBase([]byte("title: t\nbase: same-vpc\npatch: {a: b}"), []string{"caches"})
	if err == nil || !strings.Contains(err.Error(), "caches is made of itself: caches, same-vpc, caches") {
		t.Error(err)
	}
}

func TestDecode(t *testing.T) {
	into := func() any {
		return &struct {
			Title string `yaml:"title"`
		}{}
	}
	if err := Decode([]byte("# c\ntitle: t\n"), into()); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "a list": "- title", "two documents": "title: t\n---\ntitle: u\n", "an empty key": "title:\n",
		"an unknown key": "title: t\nname: u\n", "a key twice": "title: t\ntitle: u\n", "no YAML": "title: {",
	} {
		t.Run(name, func(t *testing.T) {
			if err := Decode([]byte(text), into()); err == nil {
				t.Error("accepted")
			}
		})
	}
}

// withoutID are the lists whose objects have no field that is theirs alone.
func withoutID() []string {
	return []string{"SecurityGroupVpcAssociations", "DirectConnectGatewayAttachments", "CachegateClaims"}
}

func TestEveryListOfAWorldHasItsID(t *testing.T) {
	region := reflect.TypeFor[awssim.Region]()
	upper := map[string]string{}
	for list, id := range ids {
		upper[strings.ToUpper(list[:1])+list[1:]] = strings.ToUpper(id[:1]) + id[1:]
	}
	for list := range region.Fields() {
		id, ok := upper[list.Name]
		delete(upper, list.Name)
		if ok == slices.Contains(withoutID(), list.Name) {
			t.Errorf("%s: has an id %t, which the list of those without contradicts", list.Name, ok)
		}
		if !ok {
			continue
		}
		if field, found := list.Type.Elem().FieldByName(id); !found || field.Type.Kind() != reflect.Pointer {
			t.Errorf("%s: its objects have no field %s", list.Name, id)
		}
	}
	for list := range upper {
		t.Errorf("%s is no list of a Region", list)
	}
}
