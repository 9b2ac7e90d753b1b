package observe

import (
	"cmp"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Request says what to read.
type Request struct {
	Unit network.Unit
	// Intents are those whose sources, paths and clusters are read.
	Intents []intent.Intent
	// Points are the enforcement points of claims. They are read even where no cluster
	// uses them any more.
	Points []Point
	// Locations is every account and Region that the deployment may read. A VPC or
	// CIDR that nothing else locates is looked for in all of them.
	Locations []network.Location
	// Clusters are what Clusters gave for the unit's location just before, so that they are
	// not read twice; nil: they are read.
	Clusters *ClusterList
	// Missing are failures of the list of clusters that the function of that name found.
	Missing []network.Failure
	Now     time.Time
}

// Point is an enforcement point and the kind of resource that it is.
type Point struct {
	Kind network.Kind
	network.Location
	ID string
}

// ClusterList is what Clusters gives.
type ClusterList struct {
	Found    []network.Cluster
	Failures []network.Failure
}

// intents is a list of intents with questions about all of them.
type intents []intent.Intent

// over says whether any of the paths may lead over a carrier.
func (in intents) over(c intent.Carrier) bool {
	return slices.ContainsFunc(in, func(i intent.Intent) bool { return i.Path.Over(c) })
}

// crossing are the intents whose path may leave the cache VPC.
func (in intents) crossing() intents {
	return slices.DeleteFunc(slices.Clone(in), func(i intent.Intent) bool { return !i.Path.LeavesVPC() })
}

// closing says whether any of the intents takes access away: who stands behind the
// rules of the clusters' groups is read for it.
func (in intents) closing() bool {
	return slices.ContainsFunc(in, func(i intent.Intent) bool { return i.Access == intent.Closed })
}

// sources gives the ids, sorted and each once, of the sources of a kind.
func (in intents) sources(kind intent.SourceKind) []string {
	return in.collect(func(s intent.Source) string {
		if s.Kind != kind {
			return ""
		}
		return s.ID
	})
}

// groups are the source groups of an account, the clusters' own being home.
func (in intents) groups(account, home string) []string {
	return in.collect(func(s intent.Source) string {
		if s.Kind != intent.SecurityGroup || cmp.Or(s.Account, home) != account {
			return ""
		}
		return s.ID
	})
}

// groupAccounts are the accounts other than home that own source groups.
func (in intents) groupAccounts(home string) []string {
	return in.collect(func(s intent.Source) string {
		if s.Account == home {
			return ""
		}
		return s.Account
	})
}

// collect gives what pick finds in the sources, sorted, each once.
func (in intents) collect(pick func(intent.Source) string) []string {
	var out []string
	for _, i := range in {
		for _, s := range i.Sources {
			out = append(out, pick(s))
		}
	}
	return network.SortedSet(out)
}

// vias are the carriers of a kind that intents name in `via`.
func (in intents) vias(c intent.Carrier) []string {
	var out []string
	for _, i := range in {
		if intent.CarrierOf(i.Via) == c {
			out = append(out, i.Via)
		}
	}
	return network.SortedSet(out)
}
