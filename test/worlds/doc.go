// Package worlds holds networks written by hand, a folder for each of the six
// paths, with what AWS's documentation says must come of them: every hop of
// every intent, the changes in their order, the findings. Its test runs each of
// them through the same code as a replay.
//
// The expectations come from the pages that a world names as its source, never
// from what the code answered.
package worlds
