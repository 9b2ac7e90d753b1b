package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource"
)

// declared is the part of the intents that belongs to a unit.
type declared struct {
	intents  []intent.Intent
	invalid  []intent.Invalid
	policies intent.Policies
	// digest identifies the intents and policies, belongs says which clusters are
	// the unit's.
	digest  string
	belongs func(string) bool
	// wrong are items that this unit tells of: malformed policies that concern it,
	// and intents whose cluster is none.
	wrong []intent.Invalid
	// where are the units of all clusters of the unit's account and Region, declared or
	// there, as far as the clusters could be read.
	where map[string]network.Unit
	// missing is what hides clusters.
	missing []network.Failure
}

// turns gives when anything declared begins or ends next after a time; zero: never.
func (d declared) turns(from time.Time) time.Time {
	var next time.Time
	earlier := func(moment time.Time, ok bool) {
		if ok && (next.IsZero() || moment.Before(next)) {
			next = moment
		}
	}
	for _, i := range d.intents {
		earlier(i.NextMoment(from))
	}
	for _, i := range d.invalid {
		earlier(i.NextMoment(from))
	}
	return next
}

// lately is how long an intent counts as one that just began: longer than the sweep, which
// looks at every unit.
const lately = 24 * time.Hour

// beganLately says whether an intent came into force a short while before a time.
func beganLately(now time.Time) func(intent.Intent) bool {
	return func(i intent.Intent) bool {
		return !i.NotBefore.IsZero() && !i.NotBefore.After(now) && now.Sub(i.NotBefore) < lately
	}
}

// declare finds the intents of the unit: those of clusters in its VPC. While the
// clusters cannot be read, those that were in it last.
func (p *pass) declare(ctx context.Context) error {
	set := p.set
	clusters, failures, err := p.clusters(ctx)
	if err != nil {
		return err
	}
	known := map[string]network.Unit{}
	if len(failures) > 0 {
		if known, err = p.units.unitOf(ctx); err != nil {
			return err
		}
	}
	vpcs := vpcsOf(clusters)
	belongs := belonging(p.unit, vpcs, known)
	own := selectIntents(set, belongs)
	own.wrong, own.belongs = wrongItems(set, belongs, p.unit == network.PendingUnit(p.Home)), belongs
	own.missing = failures
	if len(failures) == 0 {
		own.where = whereabouts(set, p.unit.Location, clusters, vpcs)
	}
	p.before.declared = own
	return nil
}

// clusters gives the clusters of the unit's account and Region. What should be there
// and is not is a failure of the list, unless AWS says that it is gone.
func (p *pass) clusters(ctx context.Context) ([]network.Cluster, []network.Failure, error) {
	found, failures := p.first.Clusters()
	if len(failures) > 0 {
		return found, failures, nil
	}
	failures, err := observe.Missing(ctx, p.Clients, p.unit.Location, found, p.known.Judged.Clusters)
	if err != nil {
		return nil, nil, fmt.Errorf("reading clusters of %s: %w", p.unit.Location, err)
	}
	return found, failures, nil
}

// belonging says which clusters are a unit's: by their VPCs, else by where they were
// known to be, else by being of no VPC yet.
func belonging(unit network.Unit, vpcs map[string]string, known map[string]network.Unit) func(arn string) bool {
	return func(arn string) bool {
		if at, ok := resource.LocationOf(arn); !ok || at != unit.Location {
			return false
		}
		if vpc := vpcs[arn]; vpc != "" {
			return vpc == unit.VPC
		}
		if u, ok := known[arn]; ok {
			return u == unit
		}
		return unit.IsPending()
	}
}

// wrongItems gives the malformed items that a unit tells of. What belongs to no
// cluster, or to all, is told by one unit only: that of the first cluster, or the
// home unit where no cluster is declared.
func wrongItems(set intent.Set, belongs func(string) bool, home bool) []intent.Invalid {
	first := ""
	for _, arn := range set.Clusters() {
		if _, ok := resource.LocationOf(arn); ok {
			first = arn
			break
		}
	}
	tells := belongs(first) || first == "" && home
	var out []intent.Invalid
	for _, i := range set.InvalidPolicies {
		_, forCluster := resource.LocationOf(i.Key.Name)
		if forCluster && belongs(i.Key.Name) || !forCluster && tells {
			out = append(out, i)
		}
	}
	for _, i := range set.Invalid {
		if _, ok := resource.LocationOf(i.Key.Cluster); !ok && tells {
			out = append(out, i)
		}
	}
	return out
}

// whereabouts gives the units of the clusters of a location, of those that are declared and
// of those that are there.
func whereabouts(set intent.Set, at network.Location, found []network.Cluster, vpcs map[string]string) map[string]network.Unit {
	out := map[string]network.Unit{}
	for _, c := range found {
		if c.VPC != "" {
			out[c.ARN] = network.Unit{Location: at, VPC: c.VPC}
		}
	}
	for _, arn := range set.Clusters() {
		if l, ok := resource.LocationOf(arn); !ok || l != at {
			continue
		}
		out[arn] = network.PendingUnit(at)
		if vpc := vpcs[arn]; vpc != "" {
			out[arn] = network.Unit{Location: at, VPC: vpc}
		}
	}
	return out
}

func selectIntents(set intent.Set, belongs func(string) bool) declared {
	own := declared{policies: set.Policies}
	d := newDigest()
	for _, i := range set.Intents {
		if belongs(i.Cluster) {
			own.intents = append(own.intents, i)
			d.intent(i)
		}
	}
	for _, i := range set.Invalid {
		if belongs(i.Key.Cluster) {
			own.invalid = append(own.invalid, i)
			d.invalid(i)
		}
	}
	for _, target := range slices.Sorted(maps.Keys(set.Policies)) {
		if target == intent.Everything || belongs(target) {
			d.policy(target, set.Policies[target])
		}
	}
	own.digest = d.String()
	return own
}
