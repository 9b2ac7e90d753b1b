// Package worlds holds networks written by hand, a folder for each of the six
// paths, with what AWS's documentation says must come of them: every hop of
// every intent, the changes in their order, the findings. Its test runs each of
// them through the same code as a replay.
//
// The expectations come from the pages that a world names as its source, never
// from what the code answered.
//
// # How to write a world
//
// A world is a YAML file in the folder of its path, with these keys:
//
//	title:    a sentence that says what the world shows; no two are alike
//	source:   the pages of AWS's documentation that the expectations come from
//	base:     a network of package testworld, such as peering
//	patch:    what is different in it; the doc of testworld has the rules
//	intents:  what is declared: intents and policies, as in an intents file
//	expect:   what a run must find and do
//
// In expect, intents lists every hop of every intent before the run, in any
// order; detail and fix are parts of the texts. changes are all changes, in
// their order; findings are some of those that must be told. Either may be left
// out, and is not checked then; as [] it says that there is none.
//
// In place of expect, steps are runs one after the other, each with its expect
// and what changes before it: intents, or the time (now). In place of base and
// patch, world is a network in full, for one that is like no base.
//
// # The guides
//
// The folder guides holds the scenarios of AWS's guides, a folder for each of
// them, in the same form. Most have flows in place of intents and expect: what
// the page says of the traffic from a source to a cluster.
//
//	from:     the source: a CIDR, sg-…, account/sg-…, vpc-…
//	cluster:  its name; sessions where it is left out
//	works:    true where a request and its answer get through; unknown where an
//	          appliance decides, or something else that AWS does not show; else false
//	names:    what a hop that does not pass has to name: the resource that stops it
//	never:    what no such hop may say: a command that AWS refuses or that goes
//	          round an inspection
//	why:      the page's reason in a few words
//
// Where a page is about routing alone, the world's security group lets everybody
// in. An expect may be there too; someHops in place of hops then lists only the
// hops that matter.
//
// What fails today is in guides/pending.txt, with the place in the code, what is
// wrong there and what is right. The test skips exactly these and fails when one
// of them passes, so that the list only ever gets shorter. No world is bent to
// make it pass.
package worlds
