// Package network is the observed network as plain values: what AWS said about
// clusters, security groups, routes and what connects VPCs at one moment.
//
// It holds no AWS SDK types, does no I/O and decides nothing: package observe
// fills a Snapshot, package access judges it. A nil or zero value never means
// "allowed" or "absent by default": what could not be read is in
// Snapshot.Failures, and what AWS leaves out is a Tri that is Unknown.
package network
