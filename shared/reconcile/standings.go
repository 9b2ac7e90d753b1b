package reconcile

import (
	"slices"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/wake"
)

// How much of what led to a run is kept with it.
const (
	keptCauses    = 20
	keptResources = 20
	// keptStandings are more intents than a VPC's clusters have; each takes some fifty
	// bytes of a record that may be 950 KB, compressed.
	keptStandings = 4000
)

// causesOf gives the events of a wake-up as a run keeps them, the latest where they are many.
func causesOf(came []events.Event) []ledger.Cause {
	came = actorsOf(came)
	came = came[max(0, len(came)-keptCauses):]
	out := make([]ledger.Cause, 0, len(came))
	for _, e := range came {
		ids := e.ResourceIDs()
		c := ledger.Cause{Event: e.ID, Name: e.Name, At: keepable(e.Time), Resources: ids[:min(len(ids), keptResources)]}
		if e.Actor != (events.Actor{}) {
			c.Actor = e.Actor.Display()
		}
		out = append(out, c)
	}
	return out
}

// keepable gives a time of an event, zero where no record can hold it: RFC 3339 has years of
// four digits.
func keepable(t time.Time) time.Time {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return time.Time{}
	}
	return t
}

// standingHours is until when in the day, in UTC, a sweep keeps how the intents stand, though
// nothing changed: so the record of a unit reaches back to the beginning of its history,
// whatever the sweep's pace is.
const standingHours = 6

// keepStandings keeps with a run how the intents stand after it, unless all is as it was before.
func (p *pass) keepStandings(run *ledger.Run) {
	daily := p.wake.Trigger == wake.TriggerSweep && p.Clock().UTC().Hour() < standingHours
	same := len(p.report.Changes)+len(p.report.Told)+len(p.known.Begun) == 0 && p.after.declared.digest == p.known.Judged.Digest
	if same && !daily {
		return
	}
	run.StoodKept = true
	judged := map[intent.Key]access.Judgement{}
	for _, j := range p.after.live {
		judged[j.Key()] = j
	}
	for _, i := range p.after.declared.intents {
		if len(run.Stood) == keptStandings {
			run.StoodMore++
			continue
		}
		s := ledger.Standing{
			Intent: i.Key(), Access: i.Access, Path: string(i.Path), Ports: slices.Clone(i.Ports), NotBefore: keepable(i.NotBefore), ExpiresAt: keepable(i.ExpiresAt),
			Owner: i.Owner, Reason: i.Reason,
		}
		for _, source := range i.Sources {
			s.Sources = append(s.Sources, source.String())
		}
		if j, live := judged[i.Key()]; live {
			s.State, s.Satisfied, s.Path = string(j.State), j.Satisfied, string(j.Path)
		}
		run.Stood = append(run.Stood, s)
	}
}
