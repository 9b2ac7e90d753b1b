// Command mutants plants bugs, one at a time, in a copy of the tree, and says which test
// finds each:
//
//	go run ./test/mutants [-n HISTORIES] [-simulation] [NAME …]
//
// A bug is found by the simulation of the whole system (go run ./test/histories), or else
// by the tests of the packages that it touches. The last line is "killed K of N"; the
// command ends with status 1 where K is less than N.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// enoughHistories is how many the simulation has to find a bug in.
const enoughHistories = 2000

// firstSeed is the same for every bug, so that a bug that lives does so every time.
const firstSeed = "1"

// always are the packages whose tests join all parts, beside that of the bug's file.
func always() []string { return []string{"./shared/reconcile", "./shared/worker", "./test/simulation"} }

func main() {
	histories := flag.Int("n", enoughHistories, "how many histories the simulation plays for a bug")
	alone := flag.Bool("simulation", false, "run the simulation alone, not the tests of the packages")
	flag.Parse()
	if err := run(context.Background(), *histories, *alone, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

var errAlive = errors.New("some bugs live")

func run(ctx context.Context, histories int, alone bool, names []string) error {
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := copyTree(ctx, dir); err != nil {
		return err
	}
	killed, simulated := 0, 0
	for _, m := range chosen {
		began := time.Now()
		by, err := tryOne(ctx, dir, m, histories, alone)
		if err != nil {
			return fmt.Errorf("planting %s: %w", m.name, err)
		}
		took := time.Since(began).Round(time.Second)
		switch {
		case by == "":
			fmt.Printf("%-36s LIVES (%s): %s\n", m.name, took, m.what)
			continue
		case strings.HasPrefix(by, simulation):
			simulated++
		}
		killed++
		fmt.Printf("%-36s %s (%s)\n", m.name, by, took)
	}
	fmt.Printf("by the simulation %d\n", simulated)
	fmt.Printf("killed %d of %d\n", killed, len(chosen))
	if killed < len(chosen) {
		return errAlive
	}
	return nil
}

func choose(names []string) ([]mutant, error) {
	if len(names) == 0 {
		return table, nil
	}
	var out []mutant
	for _, name := range names {
		i := slices.IndexFunc(table, func(m mutant) bool { return m.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no bug %q", name)
		}
		out = append(out, table[i])
	}
	return out, nil
}

// copyTree copies the files of the next commit.
func copyTree(ctx context.Context, to string) error {
	list, err := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate").Output()
	if err != nil {
		return fmt.Errorf("listing the files: %w", err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.FromSlash(name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			return err
		}
		target := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // a copy of sources
			return err
		}
		if err := os.WriteFile(target, data, 0o644); err != nil { //nolint:gosec // a copy of sources
			return err
		}
	}
	return nil
}

// plant gives a source with the bug in it.
func (m mutant) plant(source []byte) ([]byte, error) {
	if n := bytes.Count(source, []byte(m.from)); n != 1 {
		return nil, fmt.Errorf("%s holds the text %d times, want once: %q", m.file, n, m.from)
	}
	return bytes.Replace(source, []byte(m.from), []byte(m.to), 1), nil
}

// tryOne plants a bug, looks what finds it, and takes it out again.
func tryOne(ctx context.Context, dir string, m mutant, histories int, alone bool) (by string, err error) {
	file := filepath.Join(dir, filepath.FromSlash(m.file))
	source, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	planted, err := m.plant(source)
	if err != nil {
		return "", err
	}
	err = os.WriteFile(file, planted, 0o644) //nolint:gosec // a copy of sources
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.WriteFile(file, source, 0o644)) }() //nolint:gosec // a copy of sources
	// All of the product that a function is made of is in the simulation.
	out, err := goCommand(ctx, dir, "build", "-o", "histories.test", "./test/histories")
	if err != nil {
		return "", fmt.Errorf("it does not compile: %s", out)
	}
	out, err = command(ctx, dir, filepath.Join(dir, "histories.test"), "-n", fmt.Sprint(histories), "-seed", firstSeed, "-first")
	if err != nil {
		return simulation + shortened(out, broken), nil
	}
	if alone {
		return "", nil
	}
	packages := append([]string{"./" + filepath.ToSlash(filepath.Dir(m.file))}, m.also...)
	for _, tested := range slices.Compact(append(packages, always()...)) {
		out, err = goCommand(ctx, dir, "test", "-skip", "^TestPromisesHoldInHistoriesOfTheWholeSystem$", tested)
		if err != nil {
			return tested + ": " + shortened(out, failed), nil
		}
	}
	return "", nil
}

// simulation begins what is printed of a bug that the simulation found.
const simulation = "simulation: "

var (
	broken = regexp.MustCompile(`seed \d+: promise .*`)
	failed = regexp.MustCompile(`--- FAIL: \S+`)
)

// shownText is how much is printed of what found a bug.
const shownText = 150

func shortened(out string, pattern *regexp.Regexp) string {
	text := pattern.FindString(out)
	if text == "" {
		text = strings.TrimSpace(out[max(0, len(out)-shownText):])
	}
	return text[:min(len(text), shownText)]
}

// goCommand runs go in the copy. Paths are trimmed, so that what the bug does not touch
// comes out of the build cache.
func goCommand(ctx context.Context, dir, verb string, args ...string) (string, error) {
	return command(ctx, dir, "go", append([]string{verb, "-trimpath"}, args...)...)
}

func command(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}
