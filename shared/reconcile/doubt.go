package reconcile

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/change"
)

// A route carries neither a tag nor an id. Where somebody else deleted or made the one of a
// claim since cachegate wrote it, and it is there, it may be theirs: nobody can tell. Such a
// claim counts as intended again, so that the route is told and left alone.

// skew is by how much the clocks of CloudTrail and of this process may differ: what was
// deleted just before cachegate put it back is no doubt.
const skew = 5 * time.Second

// mayDoubt says whether the unit holds anything that only its place tells.
func (p *pass) mayDoubt() bool {
	return slices.ContainsFunc(p.known.Held, func(key string) bool {
		at, ok := change.PointOfKey(key)
		return ok && !change.Rule.MayBeAt(at.ID)
	})
}

// doubt takes claims for intended of which an event says that somebody else wrote there
// since. An event is no proof that what stands is cachegate's; that it may not be, it shows.
func (p *pass) doubt(ctx context.Context) {
	came := p.actors(ctx)
	for i, c := range p.before.claims {
		if c.Kind == change.Rule || !c.Proven() {
			continue
		}
		if slices.ContainsFunc(came, func(e events.Event) bool { return rewrote(e, c) }) {
			p.before.claims[i].Status = change.Intended
			p.doubted = append(p.doubted, change.ClaimUpdate{Claim: p.before.claims[i]})
		}
	}
}

// rewrote says whether an event is somebody else's write of what a claim stands for, after
// cachegate's.
func rewrote(e events.Event, c change.Claim) bool {
	if e.Own || !strings.Contains(e.Name, "Route") || !names(e, c.Resource) || !e.Time.After(c.Created.Add(skew)) {
		return false
	}
	return !c.Destination.IsValid() || len(e.Ranges) == 0 || slices.Contains(e.Ranges, c.Destination.Masked())
}
