package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// looks is how often a write is looked for before the run ends without having
// seen it, firstLook the pause before the second look; the pauses double. EC2
// recommends exponential back-off from a couple of seconds on.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
const (
	looks     = 5
	firstLook = 2 * time.Second
)

// verify reads the unit again until every applied change shows.
func (r *Runner) verify(ctx context.Context, unit network.Unit, changes []change.Change, before assessment) (assessment, error) {
	applied := slices.ContainsFunc(changes, func(c change.Change) bool { return c.Outcome == change.Applied })
	pause := firstLook
	for look := 1; ; look++ {
		after, err := r.plan(ctx, unit, true)
		if err != nil {
			return before, err
		}
		if !applied || look == looks || !slices.ContainsFunc(changes, func(c change.Change) bool { return unseen(after.snapshot, c) }) {
			markUnseen(changes, after.snapshot)
			return after, nil
		}
		if err := r.Sleep(ctx, pause); err != nil {
			return after, nil //nolint:nilerr // out of time: what was seen last is reported as it is
		}
		pause *= 2
	}
}

func markUnseen(changes []change.Change, s *network.Snapshot) {
	for i := range changes {
		if unseen(s, changes[i]) {
			changes[i].Why = "EC2 accepted it and does not show it yet; the next run looks again"
		}
	}
}

// unseen says whether an applied change does not show in a snapshot.
func unseen(s *network.Snapshot, c change.Change) bool {
	if c.Outcome != change.Applied {
		return false
	}
	switch c.Action {
	case change.AuthorizeIngress:
		return !hasRule(s, c.Resource, c.Rule.ID)
	case change.RevokeIngress:
		return hasRule(s, c.Resource, c.Rule.ID)
	case change.CreateRoute, change.ReplaceRoute:
		return !hasRoute(s, c)
	case change.DeleteRoute:
		return hasRoute(s, c)
	case change.SetPeeringDNS:
		own, _, _ := s.PeeringConnections[c.Resource].Sides(c.VPC)
		return own.DNSFromRemote != network.On
	case change.EnablePropagation:
		return !slices.Contains(s.RouteTables[c.Resource].PropagatingVGWs, c.Target.ID)
	case change.DisablePropagation:
		return slices.Contains(s.RouteTables[c.Resource].PropagatingVGWs, c.Target.ID)
	case change.CreateTGWRoute:
		return !hasTGWRoute(s, c)
	case change.DeleteTGWRoute:
		return hasTGWRoute(s, c)
	default:
		return false
	}
}

// hasRule finds a rule by its id; one that was there already has none.
func hasRule(s *network.Snapshot, group, id string) bool {
	if id == "" {
		return true
	}
	return slices.ContainsFunc(s.SecurityGroups[group].Rules, func(r network.Rule) bool { return r.ID == id })
}

func hasRoute(s *network.Snapshot, c change.Change) bool {
	return slices.ContainsFunc(s.RouteTables[c.Resource].Routes, func(r network.Route) bool {
		return r.Destination == c.Destination && r.Target == c.Target
	})
}

func hasTGWRoute(s *network.Snapshot, c change.Change) bool {
	return slices.ContainsFunc(s.TransitGatewayRouteTables[c.Resource].Routes, func(r network.TransitGatewayRoute) bool {
		return r.Destination == c.Destination && slices.Contains(r.Attachments, c.Target.ID)
	})
}
