package doctor_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/doctor"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

var (
	unit = network.Unit{Location: network.Location{Account: "111122223333", Region: "us-east-1"}, VPC: "vpc-0c"}
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// kept is a ledger in memory whose runs can be read by unit, unless it is dark.
type kept struct {
	*ledger.Memory
	dark error
}

func (k kept) Runs(_ context.Context, u network.Unit, since, _ time.Time) ([]ledger.Run, error) {
	return slices.DeleteFunc(k.Memory.Runs(), func(r ledger.Run) bool { return r.Unit != u || r.At.Before(since) }), k.dark
}

func TestEachThingThatIsWrongIsFound(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		spoil func(*kept)
		at    time.Duration
		check string
		want  doctor.State
	}{
		"all is well":           {func(*kept) {}, time.Minute, "runs", doctor.Well},
		"nobody looks any more": {func(*kept) {}, 3 * time.Hour, "runs", doctor.Broken},
		"no events come":        {func(*kept) {}, 25 * time.Hour, "events", doctor.Notice},
		"the ledger is dark":    {func(k *kept) { k.dark = errors.New("denied") }, time.Minute, "runs", doctor.Unknown},
		"a run is under way":    {func(k *kept) { must(k.Begin(t.Context(), ledger.Lease{}, ledger.Run{Unit: unit, At: noon})) }, time.Minute, "cut off", doctor.Well},
		"a run was cut off":     {func(k *kept) { must(k.Begin(t.Context(), ledger.Lease{}, ledger.Run{Unit: unit, At: noon})) }, time.Hour, "cut off", doctor.Notice},
		"a plan waits":          {func(k *kept) { must(k.Trip(t.Context(), unit, change.Tripped{Hash: "h"})) }, time.Minute, "approvals", doctor.Notice},
		"a message is left":     {func(k *kept) { must(k.Finish(t.Context(), ledger.Lease{}, told(finding.AccessMissing), nil, nil)) }, time.Minute, "messages", doctor.Broken},
		"a unit cannot be read": {func(k *kept) {
			r := told(finding.UnitUnreadable)
			must(k.Finish(t.Context(), ledger.Lease{}, r, r.Told, nil))
		}, time.Minute, "health", doctor.Broken},
		"what is open is no ill": {func(k *kept) {
			r := told(finding.AccessMissing)
			must(k.Finish(t.Context(), ledger.Lease{}, r, r.Told, nil))
		}, time.Minute, "health", doctor.Well},
	} {
		t.Run(name, func(t *testing.T) {
			k := kept{Memory: ledger.NewMemory()}
			_, err := k.Depend(t.Context(), ledger.Lease{}, ledger.Judged{Unit: unit})
			must(err)
			open := []finding.Finding{{ID: "a", Kind: finding.AccessMissing}}
			must(k.Finish(t.Context(), ledger.Lease{}, ledger.Run{Unit: unit, At: noon}, open, nil))
			must(k.RecordEvents(t.Context(), noon, ledger.UnitEvents{Unit: unit, Events: []events.Event{{ID: "e"}}}))
			c.spoil(&k)
			found := false
			for _, check := range doctor.Examine(t.Context(), k, nil, noon.Add(c.at)) {
				if check.Name == c.check {
					found = true
					if check.State != c.want || (check.Mend == "") != (check.State == doctor.Well) {
						t.Errorf("%+v, want it %s", check, c.want)
					}
				}
			}
			if !found {
				t.Errorf("nothing was found about %s", c.check)
			}
		})
	}
}

func told(k finding.Kind) ledger.Run {
	return ledger.Run{Unit: unit, At: noon, Hash: "other", Told: []finding.Finding{{ID: "b", Kind: k, Status: finding.Opened}}}
}

func TestDeadLettersAndBacklogsAreFound(t *testing.T) {
	for _, c := range []struct {
		queue doctor.Queue
		want  doctor.State
	}{
		{doctor.Queue{Waiting: 3}, doctor.Well},
		{doctor.Queue{Dead: 1}, doctor.Broken},
		{doctor.Queue{Waiting: 5000}, doctor.Broken},
		{doctor.Queue{Err: errors.New("denied")}, doctor.Unknown},
	} {
		checks := doctor.Examine(t.Context(), kept{Memory: ledger.NewMemory()}, []doctor.Queue{c.queue}, noon)
		if last := checks[len(checks)-1]; last.State != c.want {
			t.Errorf("%+v, want it %s", last, c.want)
		}
	}
}
