package simulation

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// defaultCases keeps the package's tests under half a minute on two cores.
const defaultCases = "300"

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
	// Cases are cut down by minimise, which knows what they mean.
	for name, value := range map[string]string{"rapid.shrinktime": "0s", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}

// triesToMinimise bounds how long a failing case is cut down.
const triesToMinimise = 4000

// check holds all promises in random cases.
func check(t *testing.T, draw func(*rapid.T) Case) {
	var failed *Case
	var broken Violation
	defer func() {
		if failed == nil {
			return
		}
		report(t, *failed, broken)
	}()
	rapid.Check(t, func(r *rapid.T) {
		c := draw(r)
		violations, _, err := simulate(c)
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
func report(t *testing.T, c Case, broken Violation) {
	same := func(smaller Case) bool {
		violations, _, err := simulate(smaller)
		return err == nil && len(violations) > 0 && violations[0].Promise == broken.Promise
	}
	c = minimise(c, same, triesToMinimise)
	violations, story, _ := simulate(c)
	var text strings.Builder
	for _, v := range violations {
		fmt.Fprintf(&text, "promise %s: %s\n", v.Promise, v.Text)
	}
	t.Errorf("%s\nthe case:\n%s\nwhat happened:\n%s", text.String(), c, strings.Join(story, "\n"))
}

func TestPromisesHoldInsideOneVPC(t *testing.T) {
	check(t, func(r *rapid.T) Case { return drawCase(r, false) })
}

func TestPromisesHoldAcrossPeeringsAndUnits(t *testing.T) {
	check(t, func(r *rapid.T) Case { return drawCase(r, true) })
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
	violations, story, err := simulate(c)
	if errors.Is(err, errUnfit) {
		t.Fatal(err)
	}
	t.Log(strings.Join(story, "\n"))
	for _, v := range violations {
		t.Errorf("promise %s: %s", v.Promise, v.Text)
	}
}
