package access

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Index is a snapshot prepared for many judgements: what is asked once an intent
// is looked up, not searched. It is built in one pass over the snapshot, so that
// the cost of a unit grows with its intents and rules and not with their product.
// It caches answers and is not safe for concurrent use.
type Index struct {
	*network.Snapshot
	gates         map[gateKey]*Gate
	routings      map[string]*routing
	transitTables map[string]*transitRouting
	filtered      map[filterKey]aclAnswer
	tableOf       map[string]string // subnet → explicitly associated table
	mainTable     map[string]string // VPC → main table
	aclOf         map[string]string // subnet → network ACL
	defaultACL    map[string]string // VPC → default network ACL
	subnetsOf     map[string][]network.Subnet
	members       map[string][]network.NetworkInterface // group → interfaces
	guarded       map[string][]string                   // group → ARNs of its clusters
	peerings      map[string][]network.PeeringConnection
	aliases       map[string]string // ARN of a node → ARN of its cluster
}

type filterKey struct {
	acl    string
	egress bool
	remote netip.Prefix
	ports  portRange
}

// NewIndex prepares a snapshot.
func NewIndex(s *network.Snapshot) *Index {
	ix := &Index{
		Snapshot:      s,
		gates:         map[gateKey]*Gate{},
		routings:      map[string]*routing{},
		transitTables: map[string]*transitRouting{},
		filtered:      map[filterKey]aclAnswer{},
		tableOf:       map[string]string{},
		mainTable:     map[string]string{},
		aclOf:         map[string]string{},
		defaultACL:    map[string]string{},
		subnetsOf:     map[string][]network.Subnet{},
		members:       map[string][]network.NetworkInterface{},
		guarded:       map[string][]string{},
		peerings:      map[string][]network.PeeringConnection{},
		aliases:       map[string]string{},
	}
	ix.indexSubnets()
	ix.indexClusters()
	for _, id := range sortedKeys(s.NetworkInterfaces) {
		eni := s.NetworkInterfaces[id]
		for _, g := range eni.SecurityGroups {
			ix.members[g] = append(ix.members[g], eni)
		}
	}
	for _, id := range sortedKeys(s.PeeringConnections) {
		p := s.PeeringConnections[id]
		ix.peerings[p.Requester.VPC] = append(ix.peerings[p.Requester.VPC], p)
		if p.Accepter.VPC != p.Requester.VPC {
			ix.peerings[p.Accepter.VPC] = append(ix.peerings[p.Accepter.VPC], p)
		}
	}
	return ix
}

func (ix *Index) indexSubnets() {
	for _, id := range sortedKeys(ix.Subnets) {
		sn := ix.Subnets[id]
		ix.subnetsOf[sn.VPC] = append(ix.subnetsOf[sn.VPC], sn)
	}
	for _, id := range sortedKeys(ix.RouteTables) {
		t := ix.RouteTables[id]
		if t.Main {
			ix.mainTable[t.VPC] = id
		}
		for _, a := range t.Associations {
			if a.Subnet != "" {
				ix.tableOf[a.Subnet] = id
			}
		}
	}
	for _, id := range sortedKeys(ix.NetworkACLs) {
		acl := ix.NetworkACLs[id]
		if acl.Default {
			ix.defaultACL[acl.VPC] = id
		}
		for _, a := range acl.Associations {
			ix.aclOf[a.Subnet] = id
		}
	}
}

func (ix *Index) indexClusters() {
	for _, arn := range sortedKeys(ix.Clusters) {
		c := ix.Clusters[arn]
		ix.guard(c)
		for _, node := range resource.Nodes(c) {
			ix.aliases[node.String()] = arn
		}
	}
	for _, arn := range sortedKeys(ix.Neighbours) {
		ix.guard(ix.Neighbours[arn])
	}
}

func (ix *Index) guard(c network.Cluster) {
	for _, m := range c.SecurityGroups {
		ix.guarded[m.SecurityGroup] = append(ix.guarded[m.SecurityGroup], c.ARN)
	}
}

// Known gives a cluster of the unit or of another VPC that shares a group with it.
func (ix *Index) Known(arn string) network.Cluster {
	if c, ok := ix.Clusters[arn]; ok {
		return c
	}
	return ix.Neighbours[arn]
}

// Cluster gives the cluster of an ARN; the ARN of a node stands for its cluster.
func (ix *Index) Cluster(arn string) (network.Cluster, bool) {
	if c, ok := ix.Clusters[arn]; ok {
		return c, true
	}
	c, ok := ix.Clusters[ix.aliases[arn]]
	return c, ok
}

// Guarded gives the ARNs of the clusters that a security group guards, the unit's
// own first.
func (ix *Index) Guarded(group string) []string { return ix.guarded[group] }

// Bystanders gives the interfaces of a group that belong to none of the caches:
// opening the group opens them too. What cannot be told apart counts as a bystander.
func (ix *Index) Bystanders(group string) []network.NetworkInterface {
	var guarded []network.Cluster
	for _, arn := range ix.guarded[group] {
		guarded = append(guarded, ix.Known(arn))
	}
	var out []network.NetworkInterface
	for _, eni := range ix.members[group] {
		if !resource.Owns(eni, guarded) {
			out = append(out, eni)
		}
	}
	return out
}

// Addresses gives the addresses of a group's interfaces, and whether interfaces of
// its account could be read.
func (ix *Index) Addresses(group string) (addresses []netip.Addr, known bool) {
	for _, eni := range ix.members[group] {
		addresses = append(addresses, eni.Addresses...)
	}
	g, ok := ix.SecurityGroups[group]
	_, dark := ix.Failed(g.Location, network.KindNetworkInterface, group)
	return addresses, ok && !dark
}

// FamiliesOf are the address families of the clusters that a group guards.
func (ix *Index) FamiliesOf(group string) Families {
	var f Families
	for _, arn := range ix.guarded[group] {
		kind := ix.Known(arn).NetworkType
		f.V4 = f.V4 || kind != network.IPv6
		f.V6 = f.V6 || kind == network.IPv6 || kind == network.DualStack
	}
	return f
}

// routing gives the prepared table of an id.
func (ix *Index) routing(table string) (*routing, bool) {
	if r, ok := ix.routings[table]; ok {
		return r, true
	}
	t, ok := ix.RouteTables[table]
	if !ok {
		return nil, false
	}
	r := newRouting(t, ix.PrefixLists)
	ix.routings[table] = r
	return r, true
}

// tableFor gives the route table of a subnet: its own, else the VPC's main one.
func (ix *Index) tableFor(sn network.Subnet) string {
	if id, ok := ix.tableOf[sn.ID]; ok {
		return id
	}
	return ix.mainTable[sn.VPC]
}

// aclFor gives the network ACL of a subnet: its own, else the VPC's default one.
func (ix *Index) aclFor(sn network.Subnet) string {
	if id, ok := ix.aclOf[sn.ID]; ok {
		return id
	}
	return ix.defaultACL[sn.VPC]
}

// tablesOf gives the tables of subnets, each once, in order; subnets without a
// known table are missing.
func (ix *Index) tablesOf(subnets []network.Subnet) []string {
	var out []string
	for _, sn := range subnets {
		if id := ix.tableFor(sn); id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// filter is the memoised decision of a network ACL.
func (ix *Index) filter(acl network.NetworkACL, egress bool, remote netip.Prefix, ports portRange) aclAnswer {
	key := filterKey{acl.ID, egress, remote, ports}
	if a, ok := ix.filtered[key]; ok {
		return a
	}
	a := filter(acl, egress, remote, ports)
	ix.filtered[key] = a
	return a
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
