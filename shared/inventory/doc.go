// Package inventory says who can reach a cluster: for each rule that opens one of its
// ports, over which path, whether routes and network ACLs let the traffic through, and
// whether an intent declares it. Clusters with no intent are seen alike.
//
// It is pure: it asks package access about sources that nobody declared, and reads,
// writes and prints nothing.
package inventory
