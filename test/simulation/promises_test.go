package simulation

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// defaultCases keeps the package's tests under half a minute on two cores.
const defaultCases = "250"

func TestMain(m *testing.M) {
	flag.Parse()
	cases := os.Getenv("CACHEGATE_CASES")
	if cases == "" {
		cases = defaultCases
	}
	if err := flag.Set("rapid.checks", cases); err != nil {
		fmt.Fprintln(os.Stderr, "CACHEGATE_CASES:", err)
		os.Exit(2)
	}
	if err := flag.Set("rapid.seed", seed()); err != nil {
		fmt.Fprintln(os.Stderr, "CACHEGATE_SEED:", err)
		os.Exit(2)
	}
	// Cases are cut down by minimise, which knows what they mean.
	for name, value := range map[string]string{"rapid.shrinktime": "0s", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}

// seed is what the cases are drawn from: the same ones in every run, so that a
// change is judged by what it changes, unless CACHEGATE_SEED says another number,
// or "random".
func seed() string {
	switch s := os.Getenv("CACHEGATE_SEED"); s {
	case "":
		return "20261122"
	case "random":
		return "0"
	default:
		return s
	}
}

// costly lets a property that runs many worlds a case draw a tenth of the cases. Such
// a property is not parallel: those that are run after it, with all of theirs.
func costly(t *testing.T) {
	t.Helper()
	all, number := checks(t), flag.Lookup("rapid.checks").Value
	if err := number.Set(strconv.Itoa(max(all/10, 10))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := number.Set(strconv.Itoa(all)); err != nil {
			t.Error(err)
		}
	})
}

// checks is how many cases a property draws.
func checks(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// triesToMinimise bounds how long a failing case is cut down.
const triesToMinimise = 4000

// check draws cases and runs them; one that breaks something is cut down and told.
func check(t *testing.T, draw func(*rapid.T) Case, run func(Case) ([]Violation, []string, error)) {
	t.Helper()
	var failed *Case
	var broken Violation
	defer func() {
		if failed == nil {
			return
		}
		report(t, *failed, broken, run)
	}()
	rapid.Check(t, func(r *rapid.T) {
		c := draw(r)
		violations, _, err := guarded(run, c)
		if err != nil {
			r.Fatalf("%v\n%s", err, c)
		}
		if len(violations) > 0 {
			failed, broken = &c, violations[0]
			r.Fatalf("promise %s: %s", broken.Promise, broken.Text)
		}
	})
}

// report prints a failing case, cut down, with its story.
func report(t *testing.T, c Case, broken Violation, run func(Case) ([]Violation, []string, error)) {
	t.Helper()
	same := func(smaller Case) bool {
		violations, _, err := guarded(run, smaller)
		return err == nil && len(violations) > 0 && violations[0].Kind == broken.Kind
	}
	c = minimise(c, same, triesToMinimise)
	violations, story, _ := guarded(run, c)
	var text strings.Builder
	for _, v := range violations {
		fmt.Fprintf(&text, "promise %s: %s\n", v.Promise, v.Text)
	}
	t.Errorf("%s\nthe case:\n%s\nwhat happened:\n%s", text.String(), c, strings.Join(story, "\n"))
}

// guarded runs a case and makes a violation of a panic.
func guarded(run func(Case) ([]Violation, []string, error), c Case) (violations []Violation, story []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			violations = append(violations, Violation{"panic", fmt.Sprintf("%v\n%s", p, debug.Stack()), "panic"})
		}
	}()
	return run(c)
}

func TestPromisesHoldInsideOneVPC(t *testing.T) {
	t.Parallel()
	check(t, func(r *rapid.T) Case { return drawCase(r, false) }, simulate)
}

func TestPromisesHoldAcrossPeeringsAndUnits(t *testing.T) {
	t.Parallel()
	check(t, func(r *rapid.T) Case { return drawCase(r, true) }, simulate)
}

func TestPromisesHoldBetweenUnitsThatShareRoutes(t *testing.T) {
	t.Parallel()
	check(t, drawTwins, simulate)
}

// casesToSeeAll is how many cases it takes to see every path open and blocked: fewer,
// as under the race detector, may miss what is rare.
const casesToSeeAll = 200

func TestPromisesHoldOverAllPaths(t *testing.T) {
	t.Parallel()
	var coverage counted
	check(t, func(r *rapid.T) Case { return newWideDrawer(r).drawLife() }, func(c Case) ([]Violation, []string, error) {
		return simulateCounting(c, &coverage)
	})
	wanted := []string{"transit-gateway open across Regions", "transit-vpc open across Regions"}
	for _, path := range paths {
		wanted = append(wanted, path+" open", path+" blocked")
	}
	if checks(t) >= casesToSeeAll {
		coverage.seenAll(t, wanted...)
	}
}

func TestOneCase(t *testing.T) {
	name := os.Getenv("CACHEGATE_CASE")
	if name == "" {
		t.Skip("CACHEGATE_CASE names no file")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseCase(text)
	if err != nil {
		t.Fatal(err)
	}
	violations, story, err := guarded(simulate, c)
	if errors.Is(err, errUnfit) {
		t.Fatal(err)
	}
	t.Log(strings.Join(story, "\n"))
	for _, v := range violations {
		t.Errorf("promise %s: %s", v.Promise, v.Text)
	}
}
