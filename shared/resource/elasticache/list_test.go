package elasticache_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/cachegate/cachegate/shared/resource"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
)

// The calls that a role may make are those that the lister makes.
func TestTheListedActionsAreTheClientsCalls(t *testing.T) {
	var calls []string
	for method := range reflect.TypeFor[elasticache.Client]().Methods() {
		calls = append(calls, "elasticache:"+method.Name)
	}
	slices.Sort(calls)
	i := slices.IndexFunc(resource.Services(), func(s *resource.Service) bool { return s.Name == resource.ElastiCache })
	if i < 0 || !slices.Equal(resource.Services()[i].Lists, calls) {
		t.Errorf("the service lists with %q, the client has %q", resource.Services()[i].Lists, calls)
	}
}
