// Package hub is what a deployment keeps in its own account, in memory: DynamoDB tables and CloudFormation stacks. SNS and
// EventBridge take what they are told, and keep nothing.
// Real clients of the AWS SDK run against it, behind the same aws.Config as the network of package awssim:
//
//	h := hub.New("111122223333", "eu-west-1")
//	h.AddTable("intents", "cluster", "name")
//	config := h.Behind(sim.Config("111122223333", "eu-west-1", awssim.Actor{Session: "operator"}))
//
// What behaves like DynamoDB: conditions and updates are read from their expressions and hold for a whole call or
// transaction at once; what an expression does not use, or an item that is written twice in a transaction, is
// refused; answers come in pages. What it leaves out: the operations and functions that nobody here uses (they are
// refused, never guessed), indexes, time to live, capacity, item sizes, and reads that are not consistent.
//
// Tests import it; nothing that runs in production does.
package hub
