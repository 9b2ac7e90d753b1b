// Package intent holds what people declare: intents (who may reach which cluster, over which
// path, until when) and policies (what cachegate may do about it). It parses them, validates
// them, says in plain words what is wrong with them, and turns them back into items.
//
// The table's items and the lines of a file come in as the same neutral Record, so that both
// go through one parser: package intentfile makes records of YAML and JSON, package intenttable
// of DynamoDB items.
//
// The package never reads a file, calls AWS or looks at a network. Whatever needs the network
// (does the cluster exist, are these its ports, can this path carry a security group) is left to
// the judgement on a snapshot.
package intent
