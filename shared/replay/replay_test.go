package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
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
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range resource.Services() {
		if !slices.ContainsFunc(api.Listers, func(l resource.Lister) bool { return l.Service() == s.Name }) {
			t.Errorf("nothing lists the resources of %s", s.Title)
		}
	}
}

func event(name string, resources ...events.Resource) events.Event {
	return events.Event{Name: name, Account: "123456789012", Region: "us-east-1", Resources: resources}
}

func run(t *testing.T, s *Session, e events.Event) operate.Result {
	t.Helper()
	result, err := s.Event(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// changes are those of a result, as "AuthorizeSecurityGroupIngress sg-0c applied".
func changes(r operate.Result) []string {
	var out []string
	for _, report := range r.Reports {
		for _, c := range report.Changes {
			out = append(out, fmt.Sprint(c.Action, " ", c.Resource, " ", c.Outcome))
		}
	}
	return out
}

func TestAnEventThatNamesAGroupWithoutItsRule(t *testing.T) {
	s := session(t, "same-vpc.yaml", "same-vpc-intents.yaml")
	e := event("RevokeSecurityGroupIngress", events.Resource{Kind: events.KindSecurityGroup, ID: "sg-0c"})
	first := run(t, s, e)
	if got := changes(first); !slices.Equal(got, []string{"AuthorizeSecurityGroupIngress sg-0c applied"}) {
		t.Errorf("the first event makes %v", got)
	}
	for _, j := range first.Reports[0].After {
		if !j.Satisfied {
			t.Errorf("intent %s is %s after the run", j.Intent.Name, j.State)
		}
	}
	if got := changes(run(t, s, e)); len(got) > 0 {
		t.Errorf("the same event again makes %v", got)
	}
}

func TestTheDeletionOfACluster(t *testing.T) {
	s := session(t, "deleted-cluster.yaml", "deleted-cluster-intents.yaml")
	result := run(t, s, event("DeleteReplicationGroup", events.Resource{Kind: resource.NameReplicationGroup, ID: "sessions"}))
	if got := changes(result); !slices.Equal(got, []string{"RevokeSecurityGroupIngress sg-0c applied"}) {
		t.Errorf("the event makes %v: the rule guards nothing any more", got)
	}
	units := len(result.Units)
	if units != 2 {
		t.Errorf("%d units run, want that of the VPC and the pending one, which tells of the intent", units)
	}
}
