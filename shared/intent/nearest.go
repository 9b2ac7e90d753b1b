package intent

import "strings"

// maxNameCompared bounds the length of a name that a suggestion is looked for: names longer than
// any field cannot be a misspelling of one.
const maxNameCompared = 32

// nearest returns the candidate that a name is most likely a misspelling of, and "" where none is
// close: one edit in every five characters, and one more.
func nearest(name string, candidates []string) string {
	if len(name) > maxNameCompared {
		return ""
	}
	best, bestDistance := "", 2+len(name)/5
	for _, candidate := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance counts the edits between two texts: bytes inserted, deleted, replaced, or swapped with
// their neighbour (the optimal string alignment distance).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := 1
			if a[i-1] == b[j-1] {
				replace = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
