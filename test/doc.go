// Package test holds what tests the whole of cachegate from outside: the oracle,
// which answers from AWS's own rules whether a connection works; and the
// simulation, which holds cachegate's promises against it in random worlds.
//
// Nothing here runs in production.
package test
