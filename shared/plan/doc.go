// Package plan turns judgements, claims and policy into an ordered list of
// changes. It is pure: no SDK, no I/O, no clock; the same input gives the same
// plan and the same hash.
//
// What it decides, for one unit (DESIGN's "opening and closing, exactly"):
//
//	                        desired                     not desired
//	claimed, present        stands; holders updated     closed by the last holder
//	claimed, gone           opened again                claim released
//	claimed, changed        claim released, reported    claim released, reported
//	unclaimed, present      stands, stays theirs        undeclared: ignore, report, revoke
//	absent                  opened, unless what survives covers it
//
// It never closes what an intent that is open now needs: a close that would is
// withheld until its replacement can stand.
package plan
