// Package dispatch turns triggers into units: an event, a changed intent, a
// sweep. It reads the dependency index and nothing of AWS; what an event says
// decides only where to look.
package dispatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Dispatcher finds the units that triggers concern.
type Dispatcher struct {
	Index   ledger.Index
	Claims  ledger.Claims
	Journal ledger.Journal
	// OwnRoles are the exact ARNs of the roles that cachegate itself acts with, hub
	// and spokes. A session name proves nothing: whoever assumes a role picks it.
	OwnRoles []string
	// Home is the hub's own account and Region: the unit of its clusters to come
	// tells what is wrong with a declaration while no cluster is declared. Zero:
	// nobody does.
	Home network.Location
	// Locations are the accounts and Regions that the deployment watches: their clusters are
	// found, whether or not anybody declares something for them.
	Locations []network.Location
	Clock     func() time.Time
	// Exists says whether a world still holds what an event names. Replay knows that;
	// nil where nobody does.
	Exists func(r events.Resource) bool
}

// ownWriteWithin is how old the write behind one of our own events may be:
// CloudTrail delivers within minutes, and rarely later.
const ownWriteWithin = 2 * time.Hour

// Decision is what becomes of an event.
type Decision struct {
	// Ignored is empty where the event wakes units.
	Ignored events.IgnoreReason
	Units   []network.Unit
}

// Event decides about one event.
func (d *Dispatcher) Event(ctx context.Context, e events.Event) (Decision, error) {
	if e.Ignored != "" {
		return Decision{Ignored: e.Ignored}, nil
	}
	units, err := d.dependents(ctx, e)
	if err != nil {
		return Decision{}, fmt.Errorf("finding who depends on event %s (%s): %w", e.ID, e.Name, err)
	}
	if len(units) == 0 {
		units = d.finders(e)
	}
	if len(units) == 0 {
		return Decision{Ignored: events.IgnoredNoDependents}, nil
	}
	if !d.own(e) {
		return Decision{Units: units}, nil
	}
	if units, err = d.withoutWriter(ctx, e, units); err != nil {
		return Decision{}, err
	}
	if len(units) == 0 {
		return Decision{Ignored: events.IgnoredOwnChange}, nil
	}
	return Decision{Units: units}, nil
}

func (d *Dispatcher) own(e events.Event) bool {
	return e.Actor.SessionIssuer != "" && slices.Contains(d.OwnRoles, e.Actor.SessionIssuer)
}

// dependents gives the units that depend on anything that the event mentions, or
// on its account and Region where nothing can be recognised, nothing of it is left,
// a VPC is new, or a rule gets or loses the tag of a deployment: the event names the
// rule alone, which nobody depends on.
func (d *Dispatcher) dependents(ctx context.Context, e events.Event) ([]network.Unit, error) {
	at := network.Location{Account: e.Account, Region: e.Region}
	keys, named := keysOf(e, at)
	if !e.Mentions() && !named || d.vanished(e) || makesVPC(e) || slices.Contains(e.TagKeys, change.ManagedTag) {
		keys = append(keys, network.LocationKey(at))
	}
	return d.Index.Dependents(ctx, keys)
}

// finders gives the unit that finds out where a cluster is of which an event is, and that
// no unit knows.
func (d *Dispatcher) finders(e events.Event) []network.Unit {
	at := network.Location{Account: e.Account, Region: e.Region}
	isCluster := func(r events.Resource) bool { return resource.IsCluster(string(r.Kind)) }
	if e.Tagged || !slices.Contains(d.Locations, at) || !slices.ContainsFunc(e.Resources, isCluster) {
		return nil
	}
	return []network.Unit{network.PendingUnit(at)}
}

// vanished says whether a world holds nothing any more of what an event names.
func (d *Dispatcher) vanished(e events.Event) bool {
	if d.Exists == nil || len(e.Resources) == 0 || e.Tagged { // tags take nothing away
		return false
	}
	return !slices.ContainsFunc(e.Resources, func(r events.Resource) bool { return d.Exists(r) })
}

// makesVPC says whether an event is of a new VPC: nobody depends on it yet, and it may
// hold a range that was in no VPC before.
func makesVPC(e events.Event) bool { return e.Name == "CreateVpc" || e.Name == "CreateDefaultVpc" }

// keysOf gives the dependency keys of what an event mentions; named says whether
// any is a name that the index knows by account and Region.
func keysOf(e events.Event, at network.Location) (keys []string, named bool) {
	for _, r := range e.Resources {
		if !r.Named() {
			keys = append(keys, r.Key())
			continue
		}
		named = true
		keys = append(keys, network.NameKey(at, string(r.Kind), r.ID))
	}
	return keys, named
}

// withoutWriter leaves out the unit that made one of our own writes: it has seen
// it. Where several units wrote to the resource lately, any may be the one that
// has not.
func (d *Dispatcher) withoutWriter(ctx context.Context, e events.Event, units []network.Unit) ([]network.Unit, error) {
	writers, err := d.Journal.Writers(ctx, e.ResourceIDs(), d.Clock().Add(-ownWriteWithin))
	if err != nil {
		return nil, fmt.Errorf("finding who wrote event %s: %w", e.ID, err)
	}
	if len(writers) != 1 {
		return units, nil
	}
	return slices.DeleteFunc(units, func(u network.Unit) bool { return u == writers[0] }), nil
}
