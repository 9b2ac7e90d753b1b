// Package observe reads AWS into a network.Snapshot: the clusters of a cache VPC,
// what guards them, and whatever their intents need of the far side.
//
// In goes a Request: a unit, its intents, the enforcement points of its claims. Out
// comes the snapshot, with the dependency keys of all that was read and asked for.
// The package only reads. It never judges what it finds, and never fails because an
// account cannot be read: what AWS refuses becomes a network.Failure in the snapshot,
// so that nobody takes the unknown for the absent. One refusal hides nothing and is
// kept in its interface: that of the routes of a virtual interface.
//
// Everything is read in batches through filters: the number of calls depends on
// the kinds of resource and on the locations, not on how many resources there
// are, pages apart. AWS forces four exceptions, each only for what lies on the path
// of an intent: DescribeVpcAttribute takes one attribute of one VPC,
// GetManagedPrefixListEntries one prefix list, SearchTransitGatewayRoutes and
// GetTransitGatewayRouteTablePropagations one route table, and Direct Connect's
// calls one gateway or, for its routes, one virtual interface.
//
// A read goes in waves of concurrent calls, since each wave needs what the one before
// found: the cache VPC and its clusters; their security groups and those of the
// sources; the gateways of the VPC; the VPCs of the sources that are elsewhere; the
// insides of these VPCs; and at last what lies between (transit gateway route tables,
// VPN connections, virtual interfaces and their routes, prefix lists).
package observe
