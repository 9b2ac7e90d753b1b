// Package change is what cachegate may write and what it remembers of it: the
// requirements of open intents, the claims on what was put in place, and the
// changes of a plan, with their words for people.
//
// It is the vocabulary that planning, applying, the ledger and messages share. It
// decides nothing and does no I/O.
package change
