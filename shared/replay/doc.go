// Package replay runs events through dispatch and reconcile against a copy of a
// world: the same code that runs in Lambda, with an AWS in memory, a ledger in
// memory and a clock that is given.
package replay
