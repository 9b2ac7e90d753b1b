// Package simulation holds cachegate's promises against the oracle in random
// worlds: random networks, intents and policies, random things that happen to
// them, reads and writes that fail, and runs that crash.
//
// A case is plain data (see Case), so that a failing one is made small, printed,
// and run again: put the printed text into a file and run
//
//	CACHEGATE_CASE=file.json go test ./test/simulation -run TestOneCase -v
//
// CACHEGATE_CASES is the number of random cases; the seed of a failure is printed
// and given again by -rapid.seed.
package simulation
