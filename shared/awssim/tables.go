package awssim

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
