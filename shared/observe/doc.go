// Package observe reads AWS into a network.Snapshot: the clusters of a cache VPC,
// what guards them, and whatever of the far side their intents need.
//
// It only reads. It never judges what it finds, never writes, and never fails
// because an account is dark: what AWS refuses becomes a network.Failure beside
// what could be read, so that nobody takes the unknown for the absent. Only the
// routes of a virtual interface, which hide nothing, say it in the interface.
//
// Everything is read in batches through filters: the number of calls depends on
// the kinds of resource and on the locations, not on how many resources there
// are, pages apart. AWS forces four exceptions, each only for what is on the way
// of an intent: DescribeVpcAttribute takes one attribute of one VPC,
// GetManagedPrefixListEntries one prefix list, SearchTransitGatewayRoutes and
// GetTransitGatewayRouteTablePropagations one route table, and Direct Connect's
// calls one gateway or, for its routes, one virtual interface.
//
// A read goes in waves, each of concurrent calls that need the one before:
// the cache VPC and its clusters; their security groups and the sources'; the
// gateways of the VPC; the search for the sources that are elsewhere; the far
// VPCs; and at last what lies between (transit gateway route tables, VPN
// connections, virtual interfaces and their routes, prefix lists).
package observe
