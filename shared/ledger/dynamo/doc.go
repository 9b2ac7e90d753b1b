// Package dynamo keeps the ledger in one DynamoDB table, for the deployed
// functions and for the command line.
//
// Every read is strongly consistent and no item is found through an index that
// lags: what one run recorded, the next one sees. It calls DynamoDB alone, reads
// no clock and decides nothing: whether a claim still stands in the network is
// for others to find out.
//
// # The table
//
// Partition key pk and sort key sk, both strings; time to live on "expires",
// which only history carries (runs, who wrote to a resource, and which events came).
// No index.
//
//	pk                 sk                  what
//	point#POINT        claim#KEY           a claim at an enforcement point (ACCOUNT/REGION/ID)
//	point#POINT        claims              an attribute for each claim there
//	unit#UNIT          holds#KEY           UNIT is among the holders of the claim KEY
//	units              unit#UNIT           head of a judgement: its number, digest, clusters
//	unit#UNIT          keys#NUMBER#PIECE   the dependency keys of a judgement
//	unit#UNIT          needs#VERSION#PIECE what the open intents of a judgement need; the head names the version
//	dep#KEY            dep                 an attribute for each unit that depends on KEY
//	unit#UNIT          findings#PIECE      the open findings
//	unit#UNIT          begun#PIECE         the runs that began and were not finished
//	unit#UNIT          notices#PIECE       the findings that people have to hear of still
//	unit#UNIT          closes#PIECE        the closes that wait for a person
//	unit#UNIT          repairs#PIECE       what was put right, when, and who undid it
//	unit#UNIT          run#TIME#ID#PIECE   a run
//	unit#UNIT          seen#TIME#ID        events that woke the unit
//	wrote#RESOURCE     wrote               an attribute for each unit that changed it: when
//	unit#UNIT          a-lease             who reconciles the unit
//
// # How it stays whole
//
// A claim and its holds# items change in one transaction, on the condition that
// the claim still is what the change was worked out from. So of all units that
// leave a claim at once, exactly one leaves it last, and none that comes is lost.
//
// A judgement takes a number, writes its keys under that number, then its units
// into the dep# items, and only then makes itself the head, on the condition that
// the head is still the one it started from. Last it takes the unit out of what
// it no longer depends on, but only where the item has no newer number than its
// own. So every key of the head is in the index at every moment, whoever else
// judges the unit meanwhile and wherever a process dies; what a dead one leaves
// behind can only wake a unit for nothing, until the next judgement clears it.
//
// A run, the findings after it, what it put right and what people have to hear of
// it are one transaction.
//
// What AWS refuses because somebody else was faster, or because it throttles, is
// worked out anew and tried again, with growing pauses and not for ever.
package dynamo
