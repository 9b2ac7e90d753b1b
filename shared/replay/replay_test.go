package replay

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

func session(t *testing.T, world, intents string) *Session {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", world))
	if err != nil {
		t.Fatal(err)
	}
	w, warnings, err := awssim.Load(world, data)
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range warnings {
		t.Log(warning)
	}
	sim := awssim.New(w)
	text, err := os.ReadFile(filepath.Join("testdata", intents))
	if err != nil {
		t.Fatal(err)
	}
	set, problems, err := LoadIntents(t.Context(), intents, text, sim)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	s := New(sim, set, Options{Clock: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }})
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryServiceThatIsProtectedIsListed(t *testing.T) {
	s := session(t, "same-vpc.yaml", "same-vpc-intents.yaml")
	api, err := s.Clients.For(t.Context(), network.Location{Account: "123456789012", Region: "us-east-1"})
	if err != nil || len(api.Listers) != len(resource.Services()) {
		t.Errorf("there are %d listers for %d services, error %v", len(api.Listers), len(resource.Services()), err)
	}
}

func TestAMissingRuleIsOpenedWhenAnEventNamesItsGroup(t *testing.T) {
	s := session(t, "same-vpc.yaml", "same-vpc-intents.yaml")
	e := events.Event{
		Name: "RevokeSecurityGroupIngress", Account: "123456789012", Region: "us-east-1",
		Resources: []events.Resource{{Kind: events.KindSecurityGroup, ID: "sg-0c"}},
	}
	result, err := s.Event(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	out, _ := json.MarshalIndent(result.View(), "", " ")
	t.Logf("%s", out)
	again, err := s.Event(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	out, _ = json.MarshalIndent(again.View(), "", " ")
	t.Logf("%s", out)
}
