package dispatch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

const (
	hubRole   = "arn:aws:iam::111122223333:role/cachegate-hub"
	spokeRole = "arn:aws:iam::444455556666:role/cachegate-spoke"
)

var (
	here  = network.Location{Account: "111122223333", Region: "us-east-1"}
	there = network.Location{Account: "444455556666", Region: "us-east-1"}
	unitA = network.Unit{Location: here, VPC: "vpc-0a"}
	unitB = network.Unit{Location: here, VPC: "vpc-0b"}
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// desk is a dispatcher before a ledger in memory: unit A depends on sg-0c, the
// shared table rtb-0f and the cache sessions, unit B on sg-0d and rtb-0f; both on
// the far account.
func desk(t *testing.T) (*dispatch.Dispatcher, *ledger.Memory) {
	t.Helper()
	l := ledger.NewMemory()
	for _, j := range []ledger.Judged{
		{Unit: unitA, Keys: []string{
			"sg-0c", "rtb-0f", network.NameKey(here, resource.NameReplicationGroup, "sessions"), network.NameKey(here, network.KeyGroupName, "orders"),
			network.LocationKey(here), network.LocationKey(there),
		}},
		{Unit: unitB, Keys: []string{"sg-0d", "rtb-0f", network.LocationKey(there)}},
	} {
		slices.Sort(j.Keys)
		if _, err := l.Depend(t.Context(), ledger.Lease{}, j); err != nil {
			t.Fatal(err)
		}
	}
	return &dispatch.Dispatcher{Index: l, Claims: l, Journal: l, OwnRoles: []string{hubRole, spokeRole}, Clock: func() time.Time { return noon }}, l
}

func event(resources ...events.Resource) events.Event {
	return events.Event{ID: "e-1", Name: "AuthorizeSecurityGroupIngress", Account: here.Account, Region: here.Region, Time: noon, Resources: resources}
}

func id(kind events.Kind, text string) events.Resource { return events.Resource{Kind: kind, ID: text} }

func sg(text string) events.Resource  { return id(events.KindSecurityGroup, text) }
func rtb(text string) events.Resource { return id(events.KindRouteTable, text) }

func by(e events.Event, issuer, session string) events.Event {
	e.Actor = events.Actor{Type: "AssumedRole", SessionIssuer: issuer, ARN: "arn:aws:sts::111122223333:assumed-role/somebody/" + session}
	return e
}

func decide(t *testing.T, d *dispatch.Dispatcher, e events.Event) dispatch.Decision {
	t.Helper()
	got, err := d.Event(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWhomAnEventWakes(t *testing.T) {
	at := func(e events.Event, l network.Location) events.Event {
		e.Account, e.Region = l.Account, l.Region
		return e
	}
	named := func(name string, e events.Event) events.Event {
		e.Name = name
		return e
	}
	tagged := func(key string) events.Event {
		e := named("CreateTags", event(id(events.KindSecurityGroupRule, "sgr-0f")))
		e.TagKeys = []string{key}
		return e
	}
	tests := []struct {
		name    string
		event   events.Event
		units   []network.Unit
		ignored events.IgnoreReason
	}{
		{"the unit that depends on the group", event(sg("sg-0c")), []network.Unit{unitA}, ""},
		{"all units that share a table, in order", event(rtb("rtb-0f")), []network.Unit{unitA, unitB}, ""},
		{"each unit once for several ids", event(rtb("rtb-0f"), sg("sg-0c"), sg("sg-0d")), []network.Unit{unitA, unitB}, ""},
		{"nobody for an id that nobody depends on", event(sg("sg-0f")), nil, events.IgnoredNoDependents},
		{"the unit of a cache's name", event(id(resource.NameReplicationGroup, "sessions")), []network.Unit{unitA}, ""},
		{"the unit of a cache's name, however it is written", event(id(resource.NameReplicationGroup, "Sessions")), []network.Unit{unitA}, ""},
		{"nobody for the same name in another account", at(event(id(resource.NameReplicationGroup, "sessions")), there), nil, events.IgnoredNoDependents},
		{"nobody for the name of another kind", event(id(resource.NameServerlessCache, "sessions")), nil, events.IgnoredNoDependents},
		{"the unit of a group's name", event(id(events.KindGroupName, "orders")), []network.Unit{unitA}, ""},
		{"everybody of the account and Region where nothing can be recognised", at(event(), there), []network.Unit{unitA, unitB}, ""},
		{"nobody of another Region where nothing can be recognised", at(event(), network.Location{Account: there.Account, Region: "eu-west-1"}), nil, events.IgnoredNoDependents},
		{"everybody of the account and Region for a new VPC, which may hold anybody's source", at(named("CreateVpc", event(id(events.KindVPC, "vpc-0f"))), there), []network.Unit{unitA, unitB}, ""},
		{"everybody where a parameter group is all that is named", at(event(id(resource.NameCacheParameterGroup, "default")), there), []network.Unit{unitA, unitB}, ""},
		{"everybody of the account and Region where a rule gets a deployment's tag", at(tagged(change.ManagedTag), there), []network.Unit{unitA, unitB}, ""},
		{"nobody where a rule gets another tag", at(tagged("owner"), there), nil, events.IgnoredNoDependents},
		{"somebody else's write", by(event(sg("sg-0c")), "arn:aws:iam::111122223333:role/terraform", "ci"), []network.Unit{unitA}, ""},
		{"somebody whose session is named like cachegate", by(event(sg("sg-0c")), "arn:aws:iam::111122223333:role/admin", "cachegate-hub"), []network.Unit{unitA}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := desk(t)
			got := decide(t, d, tt.event)
			if !slices.Equal(got.Units, tt.units) || got.Ignored != tt.ignored {
				t.Errorf("got %v, ignored %q; want %v, %q", got.Units, got.Ignored, tt.units, tt.ignored)
			}
		})
	}
}

func TestWhatDecodingDroppedStaysDropped(t *testing.T) {
	for _, reason := range []events.IgnoreReason{events.IgnoredFailedCall, events.IgnoredDryRun, events.IgnoredReadOnly, events.IgnoredNotWatched} {
		d, _ := desk(t)
		e := event(sg("sg-0c"))
		e.Ignored = reason
		if got := decide(t, d, e); got.Ignored != reason || len(got.Units) > 0 {
			t.Errorf("%s: ignored %q, units %v", reason, got.Ignored, got.Units)
		}
	}
}

// wrote is a run of a unit that changed resources.
func wrote(u network.Unit, at time.Time, outcome change.Outcome, resources ...string) ledger.Run {
	r := ledger.Run{ID: "run-" + u.VPC, Unit: u, At: at}
	for _, id := range resources {
		r.Changes = append(r.Changes, change.Change{Requirement: change.Requirement{Resource: id}, Outcome: outcome})
	}
	return r
}

func TestCachegatesOwnWritesWakeAllButTheUnitThatMadeThem(t *testing.T) {
	minute := noon.Add(-time.Minute)
	tests := []struct {
		name    string
		runs    []ledger.Run
		event   events.Event
		units   []network.Unit
		ignored events.IgnoreReason
	}{
		{"the only dependent wrote it", []ledger.Run{wrote(unitA, minute, change.Applied, "sg-0c")}, by(event(sg("sg-0c")), hubRole, "x"), nil, events.IgnoredOwnChange},
		{"one of two dependents wrote it", []ledger.Run{wrote(unitA, minute, change.Applied, "rtb-0f")}, by(event(rtb("rtb-0f")), spokeRole, "x"), []network.Unit{unitB}, ""},
		{"both wrote it lately", []ledger.Run{wrote(unitA, minute, change.Applied, "rtb-0f"), wrote(unitB, minute, change.Applied, "rtb-0f")}, by(event(rtb("rtb-0f")), spokeRole, "x"), []network.Unit{unitA, unitB}, ""},
		{"nobody is known to have written it", nil, by(event(sg("sg-0c")), hubRole, "x"), []network.Unit{unitA}, ""},
		{"the unit only planned it", []ledger.Run{wrote(unitA, minute, change.Planned, "sg-0c")}, by(event(sg("sg-0c")), hubRole, "x"), []network.Unit{unitA}, ""},
		{"the unit wrote it yesterday", []ledger.Run{wrote(unitA, noon.Add(-24*time.Hour), change.Applied, "sg-0c")}, by(event(sg("sg-0c")), hubRole, "x"), []network.Unit{unitA}, ""},
		{"the unit wrote something else", []ledger.Run{wrote(unitA, minute, change.Applied, "sg-0d")}, by(event(sg("sg-0c")), hubRole, "x"), []network.Unit{unitA}, ""},
		{"somebody else undid what the unit wrote", []ledger.Run{wrote(unitA, minute, change.Applied, "sg-0c")}, by(event(sg("sg-0c")), "arn:aws:iam::111122223333:role/terraform", "ci"), []network.Unit{unitA}, ""},
		{"a role whose ARN only begins like ours", []ledger.Run{wrote(unitA, minute, change.Applied, "sg-0c")}, by(event(sg("sg-0c")), hubRole+"-2", "x"), []network.Unit{unitA}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, l := desk(t)
			for _, r := range tt.runs {
				if err := l.Finish(t.Context(), ledger.Lease{}, r, nil, nil); err != nil {
					t.Fatal(err)
				}
			}
			got := decide(t, d, tt.event)
			if !slices.Equal(got.Units, tt.units) || got.Ignored != tt.ignored {
				t.Errorf("got %v, ignored %q; want %v, %q", got.Units, got.Ignored, tt.units, tt.ignored)
			}
		})
	}
}

func TestAnEventWhoseIDsAreAllGoneWakesTheWholeAccountAndRegion(t *testing.T) {
	d, _ := desk(t)
	left := map[string]bool{"rtb-0f": true}
	d.Exists = func(r events.Resource) bool { return left[r.ID] }
	gone := event(id(events.KindRouteTableAssociation, "rtbassoc-0f"))
	gone.Account = there.Account
	if got := decide(t, d, gone); !slices.Equal(got.Units, []network.Unit{unitA, unitB}) {
		t.Errorf("got %v, want both units", got.Units)
	}
	gone.Resources = append(gone.Resources, rtb("rtb-0f"), sg("sg-00"))
	left["sg-00"] = true
	gone.Resources = gone.Resources[2:]
	if got := decide(t, d, gone); got.Ignored != events.IgnoredNoDependents {
		t.Errorf("an id that is there, and that nobody depends on, woke %v", got.Units)
	}
}

// failing is an index that cannot be read.
type failing struct{ ledger.Index }

var errThrottled = errors.New("throttled")

func (failing) Dependents(context.Context, []string) ([]network.Unit, error) {
	return nil, errThrottled
}

func TestAnIndexThatCannotBeReadIsAnErrorNotNobody(t *testing.T) {
	d, l := desk(t)
	d.Index = failing{l}
	_, err := d.Event(t.Context(), event(sg("sg-0c")))
	if !errors.Is(err, errThrottled) || !strings.Contains(err.Error(), "e-1") {
		t.Errorf("the error is %v", err)
	}
}
