// Package stacks is cachegate as CloudFormation: the hub, which holds everything
// that runs, and the spokes, which let the hub see and act in other accounts and
// Regions.
//
// The hub's stack needs no context and looks nothing up, so that `cdk deploy` is
// all it takes. Its account and Region are CloudFormation's to fill in; what other
// stacks must be able to name (the roles and the bus) has names made of the
// deployment's name and the hub's Region.
//
//	rules of the default bus ─┐
//	rules of the own bus     ─┼─▶ EventsQueue ─▶ dispatch ─▶ WakeQueue, LaterQueue ─▶ reconcile
//	sweep, units' schedules  ─┘                     ▲
//	stream of the intents table ────────────────────┘
//
// Rules reach dispatch through a queue, not at once: a storm of events comes in
// batches, and everything that fails is tried again and kept in one way, that of
// SQS.
package stacks
