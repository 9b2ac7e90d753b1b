// Package testworld holds a few networks by name, so that a test says only what
// is special about its own. Base gives one of them; Expand gives one of them with
// a patch. The files in base say in their title what each network holds; some are
// a patch of another one. The tests below test/worlds name them as base.
//
// # The patch
//
// A patch has the form of a world: account → Region → list → object → fields.
// Only the objects of a list are written otherwise: as a map by id, not as a list.
//
//	"123456789012":
//	  us-east-1:
//	    RouteTables:
//	      rtb-0c: {Routes: []}                        # replaces the field of rtb-0c
//	    VpcPeeringConnections:
//	      pcx-0a: {Status: {Code: deleted}}           # changes Code and keeps what else Status holds
//	    SecurityGroupRules:
//	      sgr-0f: null                                # removes the rule
//	    Subnets:
//	      subnet-0d: {VpcId: vpc-0c, CidrBlock: …}    # adds a subnet, as there is none of this id
//	"444455556666": null                              # removes the account: it cannot be read
//
// These are the rules:
//
//   - A map changes what it names and keeps the rest, at every depth.
//   - Anything else replaces the whole value: a text, a number, a list. A list
//     inside an object is always replaced as a whole.
//   - null removes: an account, a Region, a list, an object or a field.
//   - What the base does not have is added, objects at the end of their list and
//     in the order of the patch. A Region that is {} can be read and is empty.
//   - A list whose objects have no id of their own is written as a list, and
//     replaces the base's.
//
// A typing error must not weaken a test, so these are errors: to remove what is
// not there, to give a value that the base has already, to put a map where the
// base has no map or the other way round, an id again inside of its object, and
// a patch without any change.
package testworld
