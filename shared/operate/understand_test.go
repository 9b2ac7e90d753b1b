package operate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
)

// world has one cache sessions, and one called twin in each of two Regions.
const world = `{"111122223333": {
  us-east-1: {Vpcs: [{VpcId: vpc-0a, CidrBlock: 10.0.0.0/16}], ReplicationGroups: [
    {ReplicationGroupId: sessions, Status: available, MemberClusters: [sessions-001]}, {ReplicationGroupId: twin, Status: available}]},
  eu-west-1: {Vpcs: [{VpcId: vpc-0b, CidrBlock: 10.1.0.0/16}], ReplicationGroups: [{ReplicationGroupId: twin, Status: available}]}}}`

const sessions = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions"

var (
	home = network.Location{Account: "111122223333", Region: "us-east-1"}
	away = network.Location{Account: "111122223333", Region: "eu-west-1"}
)

// lookup reads the names of the world; what is injected fails.
func lookup(t *testing.T, injected ...awssim.Injection) operate.Lookup {
	t.Helper()
	w, _, err := awssim.Load("world.yaml", []byte(world))
	if err != nil {
		t.Fatal(err)
	}
	sim := awssim.New(w)
	for _, i := range injected {
		sim.Fail(i)
	}
	clients := observe.NewClients(func(_ context.Context, l network.Location) (aws.Config, error) {
		return sim.Config(l.Account, l.Region, awssim.Actor{Session: "test"}), nil
	}, elasticache.New)
	names, err := operate.ReadNames(t.Context(), clients, []network.Location{home, away})
	if err != nil {
		t.Fatal(err)
	}
	return operate.Lookup{Names: names, Place: "the test"}
}

func items(t *testing.T, lines ...string) []intent.Record {
	t.Helper()
	records, err := intentfile.Parse("i.yaml", []byte("- {"+strings.Join(lines, "}\n- {")+"}"))
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestNamesStandForTheOneCacheThatHasThem(t *testing.T) {
	dark := awssim.Injection{Region: away.Region, Code: "AccessDenied"}
	sole := func(in operate.Lookup) operate.Lookup { in.Sole = true; return in }
	for _, c := range []struct {
		name, item string
		in         operate.Lookup
		cluster    string
		problem    string
	}{
		{"a name", "cluster: sessions, name: a, source: sg-0a", lookup(t), sessions, ""},
		{"the name of a node", "cluster: sessions-001, name: a, source: sg-0a", lookup(t), sessions, ""},
		{"an ARN of one that is to come", "cluster: '" + sessions + "2', name: a, source: sg-0a", lookup(t), sessions + "2", ""},
		{"a name that nobody has", "cluster: sesions, name: a, source: sg-0a", lookup(t), "", "must be the name of a cache of the test (sessions, twin)"},
		{"a name that two have", "cluster: twin, name: a, source: sg-0a", lookup(t), "", "the name of more than one cache"},
		{"a part is dark, for a question", "cluster: sessions, name: a, source: sg-0a", lookup(t, dark), sessions, ""},
		{
			"a part is dark, for what is written", "cluster: sessions, name: a, source: sg-0a", sole(lookup(t, dark)), "",
			"must be an ARN (" + sessions + ") while 111122223333/eu-west-1 (elasticache:Describe",
		},
		{"a name that may be where it is dark", "cluster: other, name: a, source: sg-0a", lookup(t, dark), "", "or an ARN; 111122223333/eu-west-1 (elasticache:Describe"},
		{"a policy for a name that nobody has", `cluster: "*", name: other, mode: enforce`, lookup(t), "", `field "name" of the policy for "other"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := operate.Understand(items(t, c.item), c.in)
			if c.problem == "" {
				if len(u.Problems) > 0 || len(u.Set.Intents) != 1 || u.Set.Intents[0].Cluster != c.cluster {
					t.Errorf("it means %v, with the problems %v; expected %s", u.Set.Intents, u.Problems, c.cluster)
				}
				return
			}
			if len(u.Problems) != 1 || !strings.Contains(u.Problems[0].Error(), c.problem) || len(u.Set.Intents) > 0 {
				t.Errorf("the problems are %v, expected one with %q", u.Problems, c.problem)
			}
		})
	}
}

func TestPoliciesInForceCountUnlessTheyAreReplaced(t *testing.T) {
	in := lookup(t)
	in.InForce = items(t, `cluster: "*", name: "*", widest: /16`)
	in.InForce[0].Place = intent.Place{Item: "the table's"}
	wide := "cluster: sessions, name: a, source: 10.0.0.0/12"
	if u := operate.Understand(items(t, wide), in); len(u.Problems) != 1 {
		t.Errorf("under the policy in force the problems are %v, expected one", u.Problems)
	}
	if u := operate.Understand(items(t, wide, `cluster: "*", name: "*", widest: /8`), in); len(u.Problems) != 0 {
		t.Errorf("under the policy that comes with it the problems are %v, expected none", u.Problems)
	}
	in.InForce = items(t, `cluster: "*", name: "*", widest: nonsense`)
	in.InForce[0].Place = intent.Place{Item: "the table's"}
	if u := operate.Understand(items(t, "cluster: sessions, name: a, source: sg-0a"), in); len(u.Problems) != 0 {
		t.Errorf("what is wrong in the table is told of the items: %v", u.Problems)
	}
}

func TestProblemsComeInTheOrderOfTheirLines(t *testing.T) {
	u := operate.Understand(items(t, "cluster: nobody, name: a, source: sg-0a", "cluster: sessions, name: b, source: x", "cluster: nobody, name: c, source: sg-0a"), lookup(t))
	var lines []int
	for _, p := range u.Problems {
		lines = append(lines, p.Place.Line)
	}
	if fmt.Sprint(lines) != "[1 2 3]" {
		t.Errorf("the lines are %v", lines)
	}
}

func TestOnlyWhatWasReadIsKnownNotToExist(t *testing.T) {
	in := lookup(t, awssim.Injection{Region: away.Region, Code: "AccessDenied"})
	for _, c := range []struct {
		arn           string
		at            network.Location
		exists, known bool
	}{
		{sessions, home, true, true},
		{"arn:aws:elasticache:us-east-1:111122223333:cluster:sessions-001", home, true, true},
		{sessions + "2", home, false, true},
		{"arn:aws:elasticache:eu-west-1:111122223333:replicationgroup:other", away, false, false},
		{"arn:aws:elasticache:us-east-1:999999999999:replicationgroup:other", network.Location{Account: "999999999999", Region: "us-east-1"}, false, false},
	} {
		if exists, known := in.Exists(c.arn, c.at); exists != c.exists || known != c.known {
			t.Errorf("%s: exists %v, known %v; expected %v, %v", c.arn, exists, known, c.exists, c.known)
		}
	}
}
