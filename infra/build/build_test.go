package build_test

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/infra/build"
	"github.com/cachegate/cachegate/test/full"
)

// grace is how long before the end of all tests a compilation is given up.
const grace = 10 * time.Second

var errTooSlow = errors.New("compiling took nearly all the time that go test gives a package: give it more, such as -timeout 30m")

func root(t *testing.T) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	found, err := build.Root(here)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTheModulesRootIsFoundFromBelow(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(filepath.Join(root(t), "functions")); err != nil {
		t.Error(err)
	}
	if found, err := build.Root(t.TempDir()); err == nil {
		t.Errorf("a folder of no module is in %s", found)
	}
}

func TestWhatCannotBeBuiltIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/m\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "functions/broken/main.go"), "package main\n\nfunc main() { nothing() }\n")
	for _, c := range []struct {
		name, function, architecture, want string
		compiles                           bool
	}{
		{name: "no folder", function: "absent", architecture: build.ARM64, want: "there is no folder functions/absent in " + dir},
		{name: "no architecture", function: "broken", architecture: "amd64", want: `architecture is "amd64": must be arm64 or x86_64`},
		{name: "does not compile", function: "broken", architecture: build.ARM64, want: "undefined: nothing", compiles: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.compiles {
				full.Need(t)
			}
			_, err := build.Function(t.Context(), io.Discard, dir, c.function, c.architecture)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it gives %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestAFunctionIsBuiltForItsArchitectureAndAloneInItsFolder(t *testing.T) {
	t.Parallel()
	full.Need(t)
	for architecture, machine := range map[string]elf.Machine{build.ARM64: elf.EM_AARCH64, build.X8664: elf.EM_X86_64} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "go.mod"), "module example.com/m\n\ngo 1.26\n")
		write(t, filepath.Join(dir, "functions/small/main.go"), "package main\n\nfunc main() {}\n")
		write(t, filepath.Join(dir, "infra/.build", architecture, "small/left-over"), "of another build")
		var progress bytes.Buffer
		out, err := build.Function(t.Context(), &progress, dir, "small", architecture)
		if err != nil {
			t.Fatal(err)
		}
		if want := "compiling functions/small for " + architecture; !strings.Contains(progress.String(), want) || strings.Count(progress.String(), "\n") != 1 {
			t.Errorf("it says %q, want one line with %q", &progress, want)
		}
		files, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 1 || files[0].Name() != "bootstrap" {
			t.Errorf("the folder holds %v", files)
		}
		binary, err := elf.Open(filepath.Join(out, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		if binary.Machine != machine || binary.Section(".interp") != nil {
			t.Errorf("%s: built for %s, dynamically linked: %t", architecture, binary.Machine, binary.Section(".interp") != nil)
		}
		if err := binary.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestTheSameSourcesGiveTheSameBytesWhereverTheyAre builds the functions from two
// copies of the sources in different folders. It builds them for this machine's
// architecture, as the acceptance tests do: the SDK is then compiled once for both.
func TestTheSameSourcesGiveTheSameBytesWhereverTheyAre(t *testing.T) {
	t.Parallel()
	full.Need(t)
	here, there := t.TempDir(), t.TempDir()
	for _, to := range []string{here, filepath.Join(there, "deeper", "down")} {
		for _, part := range []string{"go.mod", "go.sum", "functions", "shared", "events"} {
			copyAll(t, filepath.Join(root(t), part), filepath.Join(to, part))
		}
	}
	there = filepath.Join(there, "deeper", "down")
	for _, name := range []string{"dispatch", "reconcile"} {
		one, other := built(t, here, name), built(t, there, name)
		if !bytes.Equal(one, other) {
			t.Errorf("%s differs: %d and %d bytes", name, len(one), len(other))
		}
		for _, path := range []string{here, there, root(t)} {
			if bytes.Contains(one, []byte(path)) {
				t.Errorf("%s holds the path %s", name, path)
			}
		}
	}
}

// built gives a function's bytes. On an empty cache it compiles for minutes; it
// ends a little before the tests have to, to say so.
func built(t *testing.T, dir, name string) []byte {
	t.Helper()
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		bounded, cancel := context.WithDeadlineCause(ctx, deadline.Add(-grace), errTooSlow)
		defer cancel()
		ctx = bounded
	}
	out, err := build.Function(ctx, io.Discard, dir, name, architecture())
	if err != nil {
		t.Fatal(errors.Join(err, context.Cause(ctx)))
	}
	data, err := os.ReadFile(filepath.Join(out, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// architecture is this machine's.
func architecture() string {
	if runtime.GOARCH == "arm64" {
		return build.ARM64
	}
	return build.X8664
}

func copyAll(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		err = os.CopyFS(to, os.DirFS(from))
	} else {
		var data []byte
		if data, err = os.ReadFile(from); err == nil {
			write(t, to, string(data))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
