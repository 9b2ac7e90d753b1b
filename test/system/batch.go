package system

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Failure is a history that broke a promise.
type Failure struct {
	History History
	Broken  Violation
}

// Sum is what many histories came to.
type Sum struct {
	Histories, Runs, Writes, Closes int
	// Failures are the histories that broke a promise, in the order of their seeds.
	Failures []Failure
	// Struck is how many histories each kind of fault struck.
	Struck  map[Kind]int
	Foreign int
	Lost    time.Duration
	Ended   []time.Duration
	Took    time.Duration
}

// keptFailures bounds how many failures are kept, so that a bug that breaks every history
// does not fill the memory.
const keptFailures = 1000

// Many plays n histories from a seed on, by so many workers at once. What is not nil is
// asked now and then whether to go on.
func Many(t *testing.T, seed uint64, n, workers int, goOn func(Sum) bool) Sum {
	t.Helper()
	began := time.Now()
	sum := Sum{Struck: map[Kind]int{}}
	var mu sync.Mutex
	next := 0
	take := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= n || goOn != nil && !goOn(sum) {
			return 0, false
		}
		next++
		return seed + uint64(next-1), true
	}
	t.Run("histories", func(t *testing.T) {
		for w := range workers {
			t.Run(fmt.Sprint("worker ", w+1), func(t *testing.T) {
				t.Parallel()
				for s, ok := take(); ok; s, ok = take() {
					h := Draw(s)
					out := Run(t, h)
					mu.Lock()
					sum.add(h, out)
					mu.Unlock()
				}
			})
		}
	})
	sum.Took = time.Since(began)
	slices.SortFunc(sum.Failures, func(a, b Failure) int {
		return strings.Compare(fmt.Sprintf("%020d", a.History.Seed), fmt.Sprintf("%020d", b.History.Seed))
	})
	return sum
}

func (s *Sum) add(h History, out Outcome) {
	s.Histories++
	s.Runs += out.Tally.Runs
	s.Writes += out.Tally.Writes
	s.Closes += out.Tally.Closes
	s.Foreign += out.Tally.Foreign
	s.Lost += out.Tally.Lost
	s.Ended = append(s.Ended, out.Tally.Ended...)
	for kind := range out.Struck {
		s.Struck[kind]++
	}
	if len(out.Violations) > 0 && len(s.Failures) < keptFailures {
		s.Failures = append(s.Failures, Failure{h, out.Violations[0]})
	}
}

// String prints what histories came to: the faults that struck, and what was counted.
func (s Sum) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d histories in %s (%.0f a second): %d runs, %d writes, %d closes\n",
		s.Histories, s.Took.Round(100*time.Millisecond), float64(s.Histories)/max(s.Took.Seconds(), 0.001), s.Runs, s.Writes, s.Closes)
	b.WriteString("histories in which this happened:\n")
	for _, kind := range Kinds() {
		fmt.Fprintf(&b, "%9d  %s\n", s.Struck[kind], kind)
	}
	fmt.Fprintf(&b, "rules and routes of others touched: %d\ndeclared access lost through cachegate: %s\n", s.Foreign, s.Lost)
	ended := slices.Sorted(slices.Values(s.Ended))
	if len(ended) > 0 {
		at := func(percent int) time.Duration { return ended[(len(ended)-1)*percent/100].Round(time.Second) }
		fmt.Fprintf(&b, "ended access stayed open (%d times): half up to %s, 90 %% up to %s, 99 %% up to %s, at most %s\n",
			len(ended), at(50), at(90), at(99), at(100))
	}
	return b.String()
}

// Report tells of a failure: its seed, the shortest history that breaks the same
// promise, and what happens in it.
func Report(t *testing.T, f Failure) string {
	t.Helper()
	short := Shrink(t, f.History, f.Broken)
	out := Tell(t, short)
	return fmt.Sprintf("seed %d: %s\nthe shortest history:\n%s\nwhat happens:\n%s\n", f.History.Seed, f.Broken, short, strings.Join(out.Story, "\n"))
}
