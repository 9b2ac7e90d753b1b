// Package access judges an intent on a snapshot, hop by hop: what must hold on
// the way from the declared sources to the cluster, whether it does, what
// carries it, and the fix where it does not.
//
// It is pure: no SDK, no I/O, no clock. It never decides what to write; it says
// which requirements an open intent has, and package plan turns those into
// changes. Every blocker is reported at once.
//
// The hops of all paths share one toolbox (gate.go for security groups,
// routing.go for route tables, acl.go for network ACLs); a file per path says
// which of them that path needs.
package access
