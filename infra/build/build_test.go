package build_test

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/infra/build"
)

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
	for name, c := range map[string]struct{ function, architecture, want string }{
		"no folder":        {"absent", build.ARM64, "there is no folder functions/absent in " + dir},
		"does not compile": {"broken", build.ARM64, "undefined: nothing"},
		"no architecture":  {"broken", "amd64", `architecture is "amd64": must be arm64 or x86_64`},
	} {
		_, err := build.Function(t.Context(), dir, c.function, c.architecture)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s gives %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestAFunctionIsBuiltForItsArchitectureAndAloneInItsFolder(t *testing.T) {
	t.Parallel()
	for architecture, machine := range map[string]elf.Machine{build.ARM64: elf.EM_AARCH64, build.X8664: elf.EM_X86_64} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "go.mod"), "module example.com/m\n\ngo 1.26\n")
		write(t, filepath.Join(dir, "functions/small/main.go"), "package main\n\nfunc main() {}\n")
		write(t, filepath.Join(dir, "infra/.build", architecture, "small/left-over"), "of another build")
		out, err := build.Function(t.Context(), dir, "small", architecture)
		if err != nil {
			t.Fatal(err)
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

// TestTheSameSourcesGiveTheSameBytesWhereverTheyAre builds a function here and in
// a copy of the sources elsewhere.
func TestTheSameSourcesGiveTheSameBytesWhereverTheyAre(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles a function for another architecture")
	}
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

func built(t *testing.T, dir, name string) []byte {
	t.Helper()
	out, err := build.Function(t.Context(), dir, name, build.ARM64)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(out, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return data
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
