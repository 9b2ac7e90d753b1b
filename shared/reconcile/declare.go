package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	// where are the units of all declared clusters of the unit's account and
	// Region, as far as the clusters could be read.
	where map[string]network.Unit
	// clusters are what AWS said.
	clusters observe.ClusterList
}

// turned says whether anything declared began or ended between two times.
func (d declared) turned(from, to time.Time) bool {
	past := func(moment time.Time, ok bool) bool { return ok && !moment.After(to) }
	return slices.ContainsFunc(d.intents, func(i intent.Intent) bool { return past(i.NextMoment(from)) }) ||
		slices.ContainsFunc(d.invalid, func(i intent.Invalid) bool { return past(i.NextMoment(from)) })
}

// declare reads the intents of the unit: those of clusters in its VPC. While the
// clusters cannot be read, those that were in it last.
func (p *pass) declare(ctx context.Context) error {
	set, err := p.Intents.Declared(ctx)
	if err != nil {
		return fmt.Errorf("reading intents: %w", err)
	}
	list, err := p.clusters(ctx)
	if err != nil {
		return err
	}
	clusters, failures := list.Found, list.Failures
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
	own.clusters = list
	if len(failures) == 0 {
		own.where = whereabouts(set, p.unit.Location, vpcs)
	}
	p.before.declared = own
	return nil
}

// clusters lists the clusters of the unit's account and Region. What should be there
// and is not is a failure of the list, unless AWS says that it is gone.
func (p *pass) clusters(ctx context.Context) (observe.ClusterList, error) {
	found, failures, err := observe.Clusters(ctx, p.Clients, p.unit.Location)
	if err == nil && len(failures) == 0 {
		failures, err = observe.Missing(ctx, p.Clients, p.unit.Location, found, p.last.Clusters)
	}
	if err != nil {
		return observe.ClusterList{}, fmt.Errorf("reading clusters of %s: %w", p.unit.Location, err)
	}
	return observe.ClusterList{Found: found, Failures: failures}, nil
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

// whereabouts gives the units of the declared clusters of a location.
func whereabouts(set intent.Set, at network.Location, vpcs map[string]string) map[string]network.Unit {
	out := map[string]network.Unit{}
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
	h := sha256.New()
	for _, i := range set.Intents {
		if belongs(i.Cluster) {
			own.intents = append(own.intents, i)
			fmt.Fprintln(h, i.Cluster, i.Name, i.Access, i.Path, i.Via, i.Sources, i.Ports, i.NotBefore.Unix(), i.ExpiresAt.Unix())
		}
	}
	for _, i := range set.Invalid {
		if belongs(i.Key.Cluster) {
			own.invalid = append(own.invalid, i)
			fmt.Fprintln(h, i.Key.Cluster, i.Key.Name, "invalid")
		}
	}
	for _, target := range slices.Sorted(maps.Keys(set.Policies)) {
		if p := set.Policies[target]; target == intent.Everything || belongs(target) {
			fmt.Fprintln(h, target, p.Mode, p.Undeclared, p.Writes, p.SharedGroups, p.Widest, p.MaxCloses, p.Approval, p.RulesPerGroup, p.RoutesPerTable, p.Malformed)
		}
	}
	own.digest = hex.EncodeToString(h.Sum(nil)[:8])
	return own
}
