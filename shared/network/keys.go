package network

import "strings"

// The dependency keys of a snapshot, besides the ids of resources.

// KeyGroupName is the kind of a NameKey of a security group's name.
const KeyGroupName = "group-name"

// NameKey is the dependency key of a name, such as
// "name/123456789012/us-east-1/replication-group/sessions". Names are compared in
// lower case: AWS keeps those of caches so, whatever a caller types.
func NameKey(at Location, kind, name string) string {
	return "name/" + at.Account + "/" + at.Region + "/" + kind + "/" + strings.ToLower(name)
}

// LocationKey is the dependency key of a whole account and Region, for events in
// which no resource can be recognised.
func LocationKey(at Location) string { return "at/" + at.Account + "/" + at.Region }
