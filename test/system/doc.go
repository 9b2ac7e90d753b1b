// Package system is all of cachegate in one process, on a seed: both functions with
// the handlers that are deployed, the queues between them, the schedules, the tables,
// the topic, and an AWS that lags, throttles, answers late or in part, and fails
// before or after the effect; processes that stop at any call or stand still; people,
// another tool and another deployment that change things; and a clock that goes on
// inside a run.
//
// A history is plain data: a small network, what is declared in it, what happens when,
// and which faults strike. Run plays it in a bubble of testing/synctest, so that its
// time is the bubble's: every call waits for a latency that the seed says, so that no
// two of them happen at once and a history always goes the same way. Nothing is run by
// hand: units are woken by the system's own queues and schedules alone.
//
// What is promised is judged by what the network, the ledger and the messages are, with
// package oracle as the witness of what reaches what; no code is shared with cachegate's
// own judgement.
package system
