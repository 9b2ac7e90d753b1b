package awssim

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
)

// Every list can be missing from a world, and every field from an object. Whatever is called then, AWS's answer or AWS's
// error comes, and no panic.
func TestEveryOperationBearsAPartialWorld(t *testing.T) {
	var world map[string]map[string]map[string][]map[string]any
	if err := json.Unmarshal([]byte(bare), &world); err != nil {
		t.Fatal(err)
	}
	lists := world["111122223333"]["us-east-1"]
	for name, elements := range lists {
		delete(lists, name)
		callEverything(t, world, "without "+name)
		lists[name] = elements
		for _, element := range elements {
			for field, value := range element {
				delete(element, field)
				callEverything(t, world, name+" without "+field)
				element[field] = []any{[]any{}} // of no type that AWS has
				callEverything(t, world, name+" with a wrong "+field)
				element[field] = value
			}
		}
	}
}

func callEverything(t *testing.T, content any, what string) {
	t.Helper()
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	world, _, err := Load("w.json", text)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	sim := New(world)
	config := sim.Config("111122223333", "us-east-1", Actor{})
	clients := map[string]reflect.Value{
		ec2Service.id: reflect.ValueOf(ec2.NewFromConfig(config)), elasticacheService.id: reflect.ValueOf(elasticache.NewFromConfig(config)),
		directConnectService.id: reflect.ValueOf(directconnect.NewFromConfig(config)),
	}
	r := world.state.region("111122223333", "us-east-1")
	answered := 0
	for service, byName := range operations() {
		for name := range byName {
			call := clients[service].MethodByName(name)
			for _, fill := range []bool{false, true} {
				in := reflect.New(call.Type().In(1).Elem())
				if fill {
					fillIDs(in.Elem(), r)
				}
				func() {
					defer func() {
						if trouble := recover(); trouble != nil {
							t.Errorf("%s: %s: %v", what, name, trouble)
						}
					}()
					if out := call.Call([]reflect.Value{reflect.ValueOf(t.Context()), in}); out[1].IsNil() {
						answered++
					}
				}()
			}
		}
	}
	if answered < 50 {
		t.Errorf("%s: only %d calls were answered", what, answered)
	}
}

// fillIDs puts the first id that the world has of a kind wherever a request asks for one.
func fillIDs(in reflect.Value, r *region) {
	for field, value := range in.Fields() {
		if !field.IsExported() {
			continue
		}
		id := firstID(field.Name, r)
		switch value.Interface().(type) {
		case *string:
			if id == "" {
				id = "10.9.0.0/16"
			}
			value.Set(reflect.ValueOf(&id))
		case []string:
			if id != "" {
				value.Set(reflect.ValueOf([]string{id}))
			}
		}
	}
}

func firstID(field string, r *region) string {
	for _, l := range lists {
		name := l.id[len(l.id)-1]
		if keys := keysOf(l, r); len(keys) > 0 && (strings.HasSuffix(field, name) || strings.HasSuffix(field, name+"s")) {
			return keys[0]
		}
	}
	return ""
}
