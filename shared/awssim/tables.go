package awssim

import "github.com/aws/aws-sdk-go-v2/aws"

// anyTable is a table of whatever resources.
type anyTable interface {
	has(id string) bool
	restoreFrom(by *token, older anyTable, id string)
}

func (t *table[T]) has(id string) bool { return t.position(id) >= 0 }

func (t *table[T]) restoreFrom(by *token, older anyTable, id string) {
	if before, ok := older.(*table[T]); ok {
		t.restore(by, before, id)
	}
}

// tables lists all that a Region holds, always in the same order.
func (r *region) tables() []anyTable {
	return []anyTable{
		&r.vpcs, &r.subnets, &r.groups, &r.routeTables, &r.acls, &r.interfaces, &r.instances, &r.peerings, &r.prefixLists,
		&r.internetGateways, &r.egressGateways, &r.natGateways, &r.endpoints, &r.transitGateways, &r.attachments, &r.transitTables,
		&r.multicastDomains, &r.vpnGateways, &r.vpnConnections, &r.customerGateways, &r.connections, &r.virtualInterfaces,
		&r.virtualGateways, &r.dxGateways, &r.dxAssociations, &r.clusters, &r.replicationGroups, &r.serverless, &r.subnetGroups,
	}
}

// restore puts one resource back as it is in an older state of the Region.
func (r *region) restore(by *token, before *region, id string) {
	if before == nil {
		return
	}
	older := before.tables()
	for i, t := range r.tables() {
		t.restoreFrom(by, older[i], id)
	}
}

// Has says whether the network holds an id or a cache's name, in any account and Region. Besides resources these may be
// security group rules, the associations of route tables and network ACLs, attachments and the ARNs of caches.
func (s *Sim) Has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.has(id)
}

// Has says whether the world holds an id or a cache's name; see Sim.Has.
func (w *World) Has(id string) bool { return w.state.has(id) }

func (s *state) has(id string) bool {
	for r := range s.all {
		for _, t := range r.tables() {
			if t.has(id) {
				return true
			}
		}
		if _, i := r.rule(id); i >= 0 || r.holdsPart(id) {
			return true
		}
	}
	return false
}

// holdsPart finds what has an id of its own inside another resource.
func (r *region) holdsPart(id string) bool {
	is := func(have *string) bool { return aws.ToString(have) == id }
	for _, table := range r.routeTables.vals {
		for _, a := range table.Associations {
			if is(a.RouteTableAssociationId) {
				return true
			}
		}
	}
	for _, acl := range r.acls.vals {
		for _, a := range acl.Associations {
			if is(a.NetworkAclAssociationId) {
				return true
			}
		}
	}
	for _, vpc := range r.vpcs.vals {
		for _, a := range vpc.CidrBlockAssociationSet {
			if is(a.AssociationId) {
				return true
			}
		}
		for _, a := range vpc.Ipv6CidrBlockAssociationSet {
			if is(a.AssociationId) {
				return true
			}
		}
	}
	for _, eni := range r.interfaces.vals {
		if eni.Attachment != nil && is(eni.Attachment.AttachmentId) {
			return true
		}
	}
	return r.holdsARN(is)
}

func (r *region) holdsARN(is func(*string) bool) bool {
	for _, v := range r.clusters.vals {
		if is(v.ARN) {
			return true
		}
	}
	for _, v := range r.replicationGroups.vals {
		if is(v.ARN) {
			return true
		}
	}
	for _, v := range r.serverless.vals {
		if is(v.ARN) {
			return true
		}
	}
	return false
}
