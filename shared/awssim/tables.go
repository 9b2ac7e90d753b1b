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
		&r.Vpcs, &r.Subnets, &r.SecurityGroups, &r.RouteTables, &r.NetworkAcls, &r.NetworkInterfaces, &r.Instances, &r.VpcPeeringConnections, &r.ManagedPrefixLists,
		&r.InternetGateways, &r.EgressOnlyInternetGateways, &r.NatGateways, &r.VpcEndpoints, &r.TransitGateways, &r.TransitGatewayAttachments, &r.TransitGatewayRouteTables,
		&r.TransitGatewayMulticastDomains, &r.VpnGateways, &r.VpnConnections, &r.CustomerGateways, &r.Connections, &r.VirtualInterfaces,
		&r.VirtualGateways, &r.DirectConnectGateways, &r.DirectConnectGatewayAssociations, &r.CacheClusters, &r.ReplicationGroups, &r.ServerlessCaches, &r.CacheSubnetGroups,
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
