package observe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Read reads a unit and whatever of the far side its intents need. What AWS
// refuses is in the snapshot's Failures. The error is that of the context, or
// tells of a request that nothing can be read for.
func Read(ctx context.Context, clients Clients, req Request) (*network.Snapshot, error) {
	look, err := begin(ctx, clients, req.Unit, req.Now, req.Clusters)
	if err != nil {
		return nil, err
	}
	return look.Read(ctx, req)
}

// Look is a read that began: what needs nothing but the unit's id was read.
type Look struct {
	r *reader
	// clusters are those of the unit's location.
	clusters []network.Cluster
}

// Begin reads the clusters of a unit's account and Region, and the insides of its VPC.
// The error is that of the context, or tells of a unit that nothing can be read for.
func Begin(ctx context.Context, clients Clients, unit network.Unit, now time.Time) (*Look, error) {
	return begin(ctx, clients, unit, now, nil)
}

func begin(ctx context.Context, clients Clients, unit network.Unit, now time.Time, known *ClusterList) (*Look, error) {
	if clients == nil {
		return nil, errors.New("reading a unit: no AWS clients are given")
	}
	if unit.Account == "" || unit.Region == "" || unit.VPC == "" {
		return nil, fmt.Errorf("reading unit %q: account, Region and VPC must be given", unit)
	}
	l := &Look{r: newReader(clients, network.NewSnapshot(unit, now))}
	tasks := []task{func(ctx context.Context) (err error) {
		if known != nil {
			l.clusters = known.Found
			l.r.fail(known.Failures)
			return nil
		}
		l.clusters, err = l.r.clusters(ctx, unit.Location)
		return err
	}}
	if !unit.IsPending() {
		tasks = append(tasks,
			func(ctx context.Context) error { return l.r.keepVPCs(ctx, l.r.home, []string{unit.VPC}) },
			func(ctx context.Context) error { return l.r.insides(ctx, l.r.home, []string{unit.VPC}) },
		)
	}
	if err := together(ctx, tasks...); err != nil {
		return nil, fmt.Errorf("reading unit %s: %w", unit, err)
	}
	return l, nil
}

// Clusters gives every cluster of the unit's account and Region, as the function of that
// name does.
func (l *Look) Clusters() ([]network.Cluster, []network.Failure) {
	hiding := slices.DeleteFunc(l.r.sortedFailures(), func(f network.Failure) bool { return f.Kind != network.KindCluster })
	return l.clusters, hiding
}

// Snapshot gives what the look showed so far.
func (l *Look) Snapshot() *network.Snapshot {
	out := network.NewSnapshot(l.r.snap.Unit, l.r.snap.Taken)
	for _, c := range l.clusters {
		if c.VPC == out.Unit.VPC {
			out.Clusters[c.ARN] = c
		}
	}
	out.RouteTables = maps.Clone(l.r.snap.RouteTables)
	return out
}

// Read completes the read. It is done once.
func (l *Look) Read(ctx context.Context, req Request) (*network.Snapshot, error) {
	r := l.r
	r.dependOnRequest(req)
	r.fail(req.Missing)
	var err error
	if req.Unit.IsPending() {
		r.awaited(l.clusters, req)
	} else {
		err = r.unit(ctx, l.clusters, req)
	}
	if err != nil {
		return nil, fmt.Errorf("reading unit %s: %w", req.Unit, err)
	}
	return r.finish(), nil
}

// awaited keeps the clusters that are waited for and exist by now, and those that are in no
// VPC since their endpoint is public.
func (r *reader) awaited(found []network.Cluster, req Request) {
	wanted := map[string]bool{}
	for _, i := range req.Intents {
		wanted[i.Cluster] = true
	}
	for _, c := range found {
		if wanted[c.ARN] || c.Public || slices.ContainsFunc(resource.Nodes(c), func(n resource.ARN) bool { return wanted[n.String()] }) {
			r.snap.Clusters[c.ARN] = c
		}
	}
}

// unit reads a cache VPC, wave by wave.
func (r *reader) unit(ctx context.Context, clusters []network.Cluster, req Request) error {
	r.unitClusters(clusters)
	if err := r.groupWave(ctx, req); err != nil {
		return fmt.Errorf("reading security groups: %w", err)
	}
	if err := r.sharedWave(ctx, req); err != nil {
		return fmt.Errorf("reading what other accounts share: %w", err)
	}
	side, err := r.farWave(ctx, req)
	if err != nil {
		return fmt.Errorf("reading the far side: %w", err)
	}
	return r.lastWave(ctx, req, side)
}

// namedBySources are the reads of what sources and vias name.
func (r *reader) namedBySources(req Request) []task {
	declared := intents(req.Intents)
	tasks := []task{
		func(ctx context.Context) error { return r.lookUpVPCs(ctx, r.home, declared.sources(intent.VPC)) },
		func(ctx context.Context) error {
			return r.prefixLists(ctx, r.home, declared.sources(intent.PrefixList))
		},
		func(ctx context.Context) error {
			return r.interfaces(ctx, r.home, "network-interface-id", declared.vias(intent.ApplianceCarrier))
		},
	}
	return tasks
}

// fail adds failures that others found.
func (r *reader) fail(failures []network.Failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range failures {
		r.failures[failureKey{f.Location, f.Kind, f.Operation, f.Resource}] = f
	}
}

// unitClusters keeps the clusters of the unit's VPC.
func (r *reader) unitClusters(found []network.Cluster) {
	groups := map[string]bool{}
	for _, c := range found {
		if c.VPC != r.snap.Unit.VPC {
			continue
		}
		r.snap.Clusters[c.ARN] = c
		for _, m := range c.SecurityGroups {
			groups[m.SecurityGroup] = true
		}
	}
	for _, c := range found {
		shares := slices.ContainsFunc(c.SecurityGroups, func(m network.Membership) bool { return groups[m.SecurityGroup] })
		if c.VPC != r.snap.Unit.VPC && shares {
			r.snap.Neighbours[c.ARN] = c
		}
	}
}

// groupWave reads the groups of the clusters, of the sources and of the claims,
// and who else is in them; and what else sources name.
func (r *reader) groupWave(ctx context.Context, req Request) error {
	guarding := r.guardingGroups()
	claimed := groupsAt(req.Points, r.home)
	declared := intents(req.Intents)
	sources := declared.groups(r.home.Account, r.home.Account)
	tasks := append(r.namedBySources(req),
		func(ctx context.Context) error {
			return r.groups(ctx, r.home, slices.Concat(guarding, claimed, sources))
		},
		func(ctx context.Context) error {
			return r.interfaces(ctx, r.home, "group-id", slices.Concat(guarding, sources))
		},
	)
	for _, account := range declared.groupAccounts(r.home.Account) {
		at := network.Location{Account: account, Region: r.home.Region}
		ids := declared.groups(account, r.home.Account)
		tasks = append(tasks,
			func(ctx context.Context) error { return r.groups(ctx, at, ids) },
			func(ctx context.Context) error { return r.interfaces(ctx, at, "group-id", ids) },
		)
	}
	return together(ctx, tasks...)
}

// guardingGroups are the groups of the unit's clusters.
func (r *reader) guardingGroups() []string {
	var out []string
	for _, c := range r.snap.Clusters {
		for _, m := range c.SecurityGroups {
			out = append(out, m.SecurityGroup)
		}
	}
	return network.SortedSet(out)
}

// groupsAt are the security groups among points in a location.
func groupsAt(points []Point, at network.Location) []string {
	var out []string
	for _, p := range points {
		if p.Kind == network.KindSecurityGroup && p.Location == at {
			out = append(out, p.ID)
		}
	}
	return out
}

// maxMiddleVPCs is how many middle VPCs are followed one after the other.
const maxMiddleVPCs = 4

// lastWave reads what lies between the VPCs, and what rules and interfaces refer to.
func (r *reader) lastWave(ctx context.Context, req Request, side farSide) error {
	tasks := slices.Concat(
		r.neighbours(req.Intents), r.claimedElsewhere(req.Points), r.dnsOnTheWay(side),
		r.peersView(side.vpcs), r.namedPeerings(side.leaving), r.tablesOnTheWay(), r.policyTables(), r.connections(side.leaving), r.forwarders(side.leaving),
	)
	tasks = append(tasks, func(ctx context.Context) error { return r.overDirectConnect(ctx, side.leaving) })
	if err := together(ctx, tasks...); err != nil {
		return fmt.Errorf("reading what lies between: %w", err)
	}
	for range maxMiddleVPCs {
		known := len(r.snap.TransitGatewayAttachments)
		r.chooseRouted(side)
		if err := r.middleVPCs(ctx); err != nil {
			return fmt.Errorf("reading middle VPCs: %w", err)
		}
		if len(r.snap.TransitGatewayAttachments) == known {
			break
		}
	}
	if err := together(ctx, r.behindRules(req.Intents)...); err != nil {
		return fmt.Errorf("reading the VPCs behind rules: %w", err)
	}
	if err := together(ctx, r.referredLists()...); err != nil {
		return fmt.Errorf("reading prefix lists: %w", err)
	}
	return nil
}

// forwarders reads the interfaces that route tables send traffic to: in the cache VPC one of
// them is a middle box, and on the way over a transit VPC the appliance's.
func (r *reader) forwarders(leaving intents) []task {
	return r.forwardersOf(func(t network.RouteTable) bool {
		return t.VPC == r.snap.Unit.VPC || leaving.over(intent.ApplianceCarrier)
	})
}

// forwardersOf reads the interfaces that some route tables send traffic to.
func (r *reader) forwardersOf(of func(network.RouteTable) bool) []task {
	missing := map[network.Location][]string{}
	for _, t := range r.snap.RouteTables {
		if !of(t) {
			continue
		}
		for _, route := range t.Routes {
			if _, ok := r.snap.NetworkInterfaces[route.Target.ID]; !ok && route.Target.Kind == network.TargetNetworkInterface {
				missing[t.Location] = append(missing[t.Location], route.Target.ID)
			}
		}
	}
	return eachLocation(missing, func(ctx context.Context, at network.Location, ids []string) error {
		return r.interfaces(ctx, at, "network-interface-id", network.SortedSet(ids))
	})
}

// eachLocation makes a task of each location that has ids to read.
func eachLocation(ids map[network.Location][]string, do func(context.Context, network.Location, []string) error) []task {
	var out []task
	for at, values := range ids {
		out = append(out, func(ctx context.Context) error { return do(ctx, at, values) })
	}
	return out
}

// neighbours reads the groups that share an interface with a source group, since
// a client's egress may come from any of them, and the groups that the rules of
// the clusters' groups refer to.
func (r *reader) neighbours(declared intents) []task {
	sources := declared.sources(intent.SecurityGroup)
	missing := map[network.Location][]string{}
	add := func(at network.Location, id string) {
		if _, ok := r.snap.SecurityGroups[id]; !ok {
			missing[at] = append(missing[at], id)
		}
	}
	for _, i := range r.snap.NetworkInterfaces {
		if slices.ContainsFunc(i.SecurityGroups, func(g string) bool { _, is := slices.BinarySearch(sources, g); return is }) {
			for _, g := range i.SecurityGroups {
				add(i.Location, g)
			}
		}
	}
	closed := declared.closing()
	for _, id := range r.guardingGroups() {
		for _, rule := range r.snap.SecurityGroups[id].Ingress() {
			switch {
			case rule.Peer.SecurityGroup == "":
			case rule.Peer.Account == "":
				add(r.home, rule.Peer.SecurityGroup)
			case closed:
				add(network.Location{Account: rule.Peer.Account, Region: r.home.Region}, rule.Peer.SecurityGroup)
			}
		}
	}
	if closed { // where the members of such a group are decides whether they are closed out
		return eachLocation(missing, r.groupsWithMembers)
	}
	return eachLocation(missing, r.groups)
}

// behindRules reads the VPCs of the groups that rules refer to, where an intent
// closes access: whether such a group lies inside closed ranges is a question of
// its VPC's blocks.
func (r *reader) behindRules(declared intents) []task {
	if !declared.closing() {
		return nil
	}
	vpcs := map[network.Location][]string{}
	for _, id := range r.guardingGroups() {
		for _, rule := range r.snap.SecurityGroups[id].Ingress() {
			g, ok := r.snap.SecurityGroups[rule.Peer.SecurityGroup]
			if _, known := r.snap.VPCs[g.VPC]; ok && !known && !slices.Contains(vpcs[g.Location], g.VPC) {
				vpcs[g.Location] = append(vpcs[g.Location], g.VPC)
			}
		}
	}
	return eachLocation(vpcs, r.keepVPCs)
}

// pointReader reads enforcement points of one kind.
type pointReader struct {
	// known says whether an id was read already, or looked for.
	known func(Point) bool
	read  func(context.Context, network.Location, []string) error
}

// pointReaders are the kinds of resource that are read because a claim is on them. A
// peering connection is not among them: nothing is ever taken away at one.
func (r *reader) pointReaders() map[network.Kind]pointReader {
	return map[network.Kind]pointReader{
		network.KindSecurityGroup: {
			known: func(p Point) bool { return p.Location == r.home || has(r.snap.SecurityGroups, p.ID) },
			read:  r.groups,
		},
		network.KindRouteTable: {
			known: func(p Point) bool { return has(r.snap.RouteTables, p.ID) },
			read: func(ctx context.Context, at network.Location, ids []string) error {
				return r.routeTables(ctx, at, "route-table-id", ids)
			},
		},
		network.KindTransitGatewayRouteTable: {
			known: func(p Point) bool { return has(r.snap.TransitGatewayRouteTables, p.ID) },
			read:  r.transitTables,
		},
	}
}

func has[T any](m map[string]T, id string) bool {
	_, ok := m[id]
	return ok
}

// claimedElsewhere reads the enforcement points of claims that no other read
// brought up.
func (r *reader) claimedElsewhere(points []Point) []task {
	var tasks []task
	for kind, reader := range r.pointReaders() {
		missing := map[network.Location][]string{}
		for _, p := range points {
			if p.Kind == kind && !reader.known(p) {
				missing[p.Location] = append(missing[p.Location], p.ID)
			}
		}
		tasks = append(tasks, eachLocation(missing, reader.read)...)
	}
	return tasks
}

// dnsOnTheWay reads the DNS attributes of the cache VPC and of the far ones,
// where a way leaves the cache VPC.
func (r *reader) dnsOnTheWay(side farSide) []task {
	if len(side.leaving) == 0 {
		return nil
	}
	vpcs := byLocation(side.vpcs)
	vpcs[r.home] = append(vpcs[r.home], r.snap.Unit.VPC)
	return eachLocation(vpcs, r.dnsOf)
}

// finish completes the snapshot with what was read apart from its resource.
func (r *reader) finish() *network.Snapshot {
	for id, v := range r.snap.VPCs {
		v.DNSSupport, v.DNSHostnames = r.dns[id].support, r.dns[id].hostnames
		r.snap.VPCs[id] = v
	}
	for id, s := range r.snap.Subnets {
		z := r.zones[s.Location][s.AvailabilityZone]
		if z == (zone{}) && isAvailabilityZone(s.Region, s.AvailabilityZone) {
			z.kind = string(KindAvailabilityZone)
		}
		s.ZoneType, s.ParentZone = z.kind, z.parent
		r.snap.Subnets[id] = s
	}
	r.dependOnAllRead()
	r.snap.Failures = r.sortedFailures()
	r.snap.DependencyKeys = slices.Sorted(maps.Keys(r.keys))
	return r.snap
}
