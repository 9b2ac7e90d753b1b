// Package capture reads the network of accounts and Regions, as far as cachegate looks at it,
// into a world that replays: every list that a judgement may lean on, page by page.
//
// It only reads. What is secret (keys of tunnels and BGP sessions) is dropped as soon as it
// is read. How many calls it makes depends on how many pages AWS's lists have, and on the
// VPCs, prefix lists and transit gateway tables that have calls of their own, not on clusters
// or groups.
package capture
