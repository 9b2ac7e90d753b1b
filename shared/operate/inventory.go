package operate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/inventory"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource"
)

// Estate is the clusters of some accounts and Regions, in units.
type Estate struct {
	// Units are the VPCs that hold clusters, in order.
	Units []network.Unit
	// Placeless are clusters of which nobody knows the VPC: they are being made, or what
	// says where they are could not be read.
	Placeless []network.Cluster
	Failures  []network.Failure

	clusters map[network.Location]*observe.ClusterList
}

// ReadEstate finds every cluster of some accounts and Regions, declared or not. What cannot
// be read is in the failures; the error is that of the context.
func ReadEstate(ctx context.Context, clients observe.Clients, locations []network.Location) (Estate, error) {
	e := Estate{clusters: map[network.Location]*observe.ClusterList{}}
	for _, at := range locations {
		found, failures, err := observe.Clusters(ctx, clients, at)
		if err != nil {
			return e, fmt.Errorf("reading clusters of %s: %w", at, err)
		}
		e.clusters[at] = &observe.ClusterList{Found: found, Failures: failures}
		e.Failures = append(e.Failures, failures...)
		for _, c := range found {
			unit := network.Unit{Location: at, VPC: c.VPC}
			switch {
			case c.VPC == "":
				e.Placeless = append(e.Placeless, c)
			case !slices.Contains(e.Units, unit):
				e.Units = append(e.Units, unit)
			}
		}
	}
	slices.SortFunc(e.Units, compareUnits)
	return e, nil
}

// Inventory reads who can reach the clusters of a unit, whatever is declared. The index
// holds what was read for it.
func (s *Session) Inventory(ctx context.Context, e Estate, u network.Unit) ([]inventory.Cluster, *access.Index, error) {
	set, err := s.Runner.Intents.Declared(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("reading intents: %w", err)
	}
	request := observe.Request{Unit: u, Locations: s.Runner.Locations, Clusters: e.clusters[u.Location], Now: s.now()}
	groups, err := observe.Read(ctx, s.Clients, request)
	if err != nil {
		return nil, nil, err
	}
	declared := intentsOf(set.Intents, groups)
	request.Intents = append(inventory.Asked(groups), declared...)
	snapshot, err := observe.Read(ctx, s.Clients, request)
	if err != nil {
		return nil, nil, err
	}
	ix := access.NewIndex(snapshot)
	return inventory.Of(ix, inventory.Declared{Intents: declared, Policies: set.Policies, Now: s.now()}), ix, nil
}

// intentsOf keeps the intents of a snapshot's clusters.
func intentsOf(all []intent.Intent, s *network.Snapshot) []intent.Intent {
	own := map[string]bool{}
	for _, c := range s.Clusters {
		own[c.ARN] = true
		for _, node := range resource.Nodes(c) {
			own[node.String()] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(i intent.Intent) bool { return !own[i.Cluster] })
}

func compareUnits(a, b network.Unit) int { return strings.Compare(a.String(), b.String()) }
