// Command histories plays many random histories of the whole system and prints what
// they came to: which faults struck, and each promise that was broken, with the seed and
// the shortest history that breaks it.
//
//	go run ./test/histories -n 1000000 [-seed S] [-workers W] [-first] [-story]
//
// Its last line is "histories N violations V"; it ends with status 1 where V is not 0.
package main

import (
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/test/system"
)

// shownFailures is how many failures are made short and printed.
const shownFailures = 5

func main() {
	testing.Init() // histories are played in bubbles of testing/synctest
	n := flag.Int("n", 10_000, "how many histories to play")
	seed := flag.Uint64("seed", fresh(), "the seed of the first history")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "how many histories to play at once")
	story := flag.Bool("story", false, "play the history of the seed alone, and tell what happens in it")
	first := flag.Bool("first", false, "end at the first violation, and print it as it is")
	flag.Parse()
	if err := flag.Set("test.parallel", fmt.Sprint(*workers)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	play := func(t *testing.T) { //nolint:thelper // it is the test itself
		var played, violations int
		if *story {
			played, violations = tell(t, *seed)
		} else {
			played, violations = many(t, *seed, *n, *workers, *first)
		}
		fmt.Printf("histories %d violations %d\n", played, violations)
		if violations > 0 {
			os.Exit(1)
		}
		os.Exit(0) // package testing would print more
	}
	everything := func(_, _ string) (bool, error) { return true, nil }
	testing.Main(everything, []testing.InternalTest{{Name: "histories", F: play}}, nil, nil)
}

// fresh is a seed that nobody had before, small enough to be typed.
func fresh() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return uint64(binary.BigEndian.Uint32(b[:]))
}

func tell(t *testing.T, seed uint64) (played, violations int) {
	t.Helper()
	h := system.Draw(seed)
	out := system.Tell(t, h)
	fmt.Printf("%s\n%s\n", h, strings.Join(out.Story, "\n"))
	return 1, len(out.Violations)
}

// many plays histories, and says every minute how far it is.
func many(t *testing.T, seed uint64, n, workers int, first bool) (played, violations int) {
	t.Helper()
	fmt.Printf("%d histories from seed %d on, %d at once\n", n, seed, workers)
	began, said := time.Now(), time.Now()
	sum := system.Many(t, seed, n, workers, func(s system.Sum) bool {
		if time.Since(said) > time.Minute {
			said = time.Now()
			fmt.Printf("%d histories, %d violations after %s\n", s.Histories, len(s.Failures), time.Since(began).Round(time.Second))
		}
		return !first || len(s.Failures) == 0
	})
	shown := map[string]bool{}
	for _, f := range sum.Failures {
		if first || shown[f.Broken.Kind] || len(shown) == shownFailures {
			fmt.Printf("seed %d: %s\n", f.History.Seed, f.Broken)
			continue
		}
		shown[f.Broken.Kind] = true
		fmt.Println(system.Report(t, f))
	}
	fmt.Print(sum)
	return sum.Histories, len(sum.Failures)
}
