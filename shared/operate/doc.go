// Package operate is what an operator asks of cachegate and has it do, on a world
// in memory and on a live account alike: which caches a name means, how a way
// stands that nobody declared, what a run would do, what an event leads to.
//
// It joins the parts and decides nothing; what is written is up to the session.
package operate
