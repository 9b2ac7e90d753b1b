package operate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/resource"
)

// fixed declares one set, whatever the table holds.
type fixed struct{ set intent.Set }

// Declared implements reconcile.Intents.
func (f fixed) Declared(context.Context) (intent.Set, error) { return f.set, nil }

// Check compares intents with the network as it is, also those that have not begun or are
// over, and gives what can be known to be wrong with them: ports that their cluster does
// not have, and groups, prefix lists, VPCs and connections that do not exist. What could
// not be read is no problem.
func (s *Session) Check(ctx context.Context, set intent.Set) ([]intent.Problem, error) {
	set.Intents = slices.Clone(set.Intents)
	for i := range set.Intents {
		set.Intents[i].NotBefore, set.Intents[i].ExpiresAt = time.Time{}, time.Time{}
	}
	runner := *s.Runner
	runner.Intents = fixed{set}
	located, err := reconcile.Locate(ctx, s.Clients, set.Clusters())
	if err != nil {
		return nil, err
	}
	var out []intent.Problem
	for _, u := range slices.SortedFunc(maps.Keys(unitsOf(located)), func(a, b network.Unit) int { return strings.Compare(a.String(), b.String()) }) {
		if u.IsPending() {
			continue // it is told already that the cluster is not there
		}
		report, err := runner.Preview(ctx, u, reconcile.Wake{}, s.At)
		if err != nil {
			return nil, fmt.Errorf("judging unit %s: %w", u, err)
		}
		ix := access.NewIndex(report.Snapshot)
		for _, j := range report.After {
			out = append(out, s.unknownIn(ix, j.Intent)...)
		}
	}
	SortProblems(out)
	return out, nil
}

func unitsOf(located map[string]network.Unit) map[network.Unit]bool {
	out := map[network.Unit]bool{}
	for _, u := range located {
		out[u] = true
	}
	return out
}

// unknownIn gives what an intent names that is not there.
func (s *Session) unknownIn(ix *access.Index, i intent.Intent) []intent.Problem {
	c, ok := ix.Cluster(i.Cluster)
	if !ok {
		return nil
	}
	_, out := i.PortsOf(c.Ports)
	absent := func(field, value, allowed string) {
		out = append(out, intent.Problem{Place: i.Place, Key: i.Key(), Field: field, Value: strconv.Quote(value), Allowed: allowed})
	}
	home, _ := resource.LocationOf(i.Cluster)
	for _, src := range i.Sources {
		switch src.Kind {
		case intent.SecurityGroup:
			at := home
			if src.Account != "" {
				at.Account = src.Account
			}
			if _, there := ix.SecurityGroups[src.ID]; !there && s.readAll(ix, at) {
				absent(intent.FieldSources, src.String(), fmt.Sprintf("must be a security group that exists: there is no %s in account %s, Region %s", src.ID, at.Account, at.Region))
			}
		case intent.PrefixList:
			if _, there := ix.PrefixLists[src.ID]; !there && s.readAll(ix, home) {
				absent(intent.FieldSources, src.String(), fmt.Sprintf("must be a prefix list that exists: account %s has or sees no %s in Region %s", home.Account, src.ID, home.Region))
			}
		case intent.VPC:
			if _, there := ix.VPCs[src.ID]; !there && s.readAll(ix, s.Runner.Locations...) {
				absent(intent.FieldSources, src.String(), fmt.Sprintf("must be a VPC that exists: none of the accounts and Regions that can be read has %s", src.ID))
			}
		case intent.CIDR:
		}
	}
	if i.Via != "" && !hasConnection(ix, i.Via) && s.readAll(ix, home) {
		absent(intent.FieldVia, i.Via, fmt.Sprintf("must be a connection, gateway or interface that exists and leads to the cluster's VPC, %s", c.VPC))
	}
	return out
}

// hasConnection says whether what an intent goes over is there; true where its kind is
// none that can be told.
func hasConnection(ix *access.Index, via string) bool {
	var there bool
	switch prefix, _, _ := strings.Cut(via, "-"); prefix {
	case "pcx":
		_, there = ix.PeeringConnections[via]
	case "tgw":
		_, there = ix.TransitGateways[via]
	case "vgw":
		_, there = ix.VPNGateways[via]
	case "eni":
		_, there = ix.NetworkInterfaces[via]
	default:
		return true
	}
	return there
}

// readAll says whether all of some places are the deployment's and could be read.
func (s *Session) readAll(ix *access.Index, places ...network.Location) bool {
	for _, at := range places {
		dark := slices.ContainsFunc(ix.Failures, func(f network.Failure) bool { return f.Location == at })
		if dark || !slices.Contains(s.Runner.Locations, at) {
			return false
		}
	}
	return true
}
