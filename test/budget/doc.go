// Package budget holds the deployed functions to what a run may cost: how many calls it
// makes, and how many rounds, which are calls that wait for each other.
//
// Both functions run as they are deployed, on an AWS in memory. Every call takes one
// round of a virtual clock (testing/synctest), so that calls that overlap cost one round
// together, and the depth of a run is exact: no machine is too slow for it.
package budget
