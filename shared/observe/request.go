package observe

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/network"
)

// The six paths, as an intent spells them.
const (
	pathSameVPC        = "same-vpc"
	pathPeering        = "peering"
	pathTransitGateway = "transit-gateway"
	pathTransitVPC     = "transit-vpc"
	pathVPN            = "vpn"
	pathDirectConnect  = "direct-connect"
)

// Source is who a cluster is opened to (or closed for); one of Group, CIDR,
// PrefixList and VPC is set.
type Source struct {
	Group string
	// GroupAccount owns Group; empty where it is the clusters' account.
	GroupAccount string
	CIDR         netip.Prefix
	PrefixList   string
	VPC          string
}

// Want is what one intent needs to be read.
type Want struct {
	// Cluster is the ARN of a replication group, cache cluster or serverless cache.
	Cluster string
	// Path is one of the six; empty where it is to be found from the snapshot.
	Path string
	// Via is the peering connection, gateway or appliance interface to use.
	Via     string
	Sources []Source
	// Closed is an intent that takes access away: who stands behind the rules of the
	// clusters' groups is read for it.
	Closed bool
}

// Ref is a resource of a location.
type Ref struct {
	network.Location
	ID string
}

// Request says what to read.
type Request struct {
	Unit  network.Unit
	Wants []Want
	// SecurityGroups and RouteTables are the enforcement points of claims. They
	// are read even where no cluster uses them any more.
	SecurityGroups, RouteTables, TransitGatewayRouteTables []Ref
	// Locations is every account and Region that the deployment may read. A VPC or
	// CIDR that nothing else locates is looked for in all of them.
	Locations []network.Location
	// Clusters are what Clusters gave for the unit's location just before, so that
	// they are not read twice; nil: they are read.
	Clusters *ClusterList
	Now      time.Time
}

// ClusterList is what Clusters gives.
type ClusterList struct {
	Found    []network.Cluster
	Failures []network.Failure
}

// wants is a list of wants with questions about all of them.
type wants []Want

func (w wants) anyOn(paths ...string) bool {
	return slices.ContainsFunc(w, func(x Want) bool { return slices.Contains(paths, x.Path) })
}

// crossing are the wants whose way may leave the cache VPC.
func (w wants) crossing() wants {
	return slices.DeleteFunc(slices.Clone(w), func(x Want) bool { return x.Path == pathSameVPC })
}

// overTransitGateway says whether a way may use a transit gateway: on-premises
// networks come through one too.
func (w wants) overTransitGateway() bool {
	return w.anyOn("", pathTransitGateway, pathVPN, pathDirectConnect)
}

// overVPNGateway says whether a way may use a virtual private gateway.
func (w wants) overVPNGateway() bool {
	return w.anyOn("", pathTransitVPC, pathVPN, pathDirectConnect)
}

func (w wants) overVPN() bool { return w.anyOn("", pathTransitVPC, pathVPN) }

func (w wants) overDirectConnect() bool { return w.anyOn("", pathDirectConnect) }

// collect gives what pick finds in the sources, sorted, each once.
func collect[T cmp.Ordered](w wants, pick func(Source) (T, bool)) []T {
	var out []T
	for _, want := range w {
		for _, s := range want.Sources {
			if v, ok := pick(s); ok {
				out = append(out, v)
			}
		}
	}
	return sortedSet(out)
}

func (w wants) prefixLists() []string {
	return collect(w, func(s Source) (string, bool) { return s.PrefixList, s.PrefixList != "" })
}

func (w wants) vpcs() []string {
	return collect(w, func(s Source) (string, bool) { return s.VPC, s.VPC != "" })
}

// groups are the source groups of an account, the clusters' own being home.
func (w wants) groups(account, home string) []string {
	return collect(w, func(s Source) (string, bool) {
		return s.Group, s.Group != "" && cmp.Or(s.GroupAccount, home) == account
	})
}

// groupAccounts are the accounts other than home that own source groups.
func (w wants) groupAccounts(home string) []string {
	return collect(w, func(s Source) (string, bool) {
		return s.GroupAccount, s.Group != "" && cmp.Or(s.GroupAccount, home) != home
	})
}

// vias are the via ids with a prefix such as "eni-".
func (w wants) vias(prefix string) []string {
	var out []string
	for _, want := range w {
		if strings.HasPrefix(want.Via, prefix) {
			out = append(out, want.Via)
		}
	}
	return sortedSet(out)
}

// sortedSet gives the values in order, each once, without the zero value.
func sortedSet[T cmp.Ordered](in []T) []T {
	var zero T
	out := slices.DeleteFunc(slices.Clone(in), func(v T) bool { return v == zero })
	slices.Sort(out)
	return slices.Compact(out)
}
