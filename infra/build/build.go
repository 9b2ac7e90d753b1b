// Package build compiles the Lambda functions into folders that the stacks take
// as assets. It needs Go alone, no Docker, and the same sources give the same
// bytes wherever they are built: where nothing is new, nothing is deployed.
package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// The architectures of Lambda, as Lambda calls them.
const (
	ARM64 = "arm64"
	X8664 = "x86_64"
)

// goarch is how Go calls them.
var goarch = map[string]string{ARM64: "arm64", X8664: "amd64"}

// folder is where the built functions are, below the module's root.
const folder = "infra/.build"

// Root finds the module's root: the nearest folder at or above dir with a go.mod.
func Root(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("finding the module of %s: no folder above it has a go.mod; run cdk where cdk.json is", dir)
		}
	}
}

// Sources gives the folder of the sources of a function of the module at root.
func Sources(root, name string) string { return filepath.Join(root, "functions", name) }

// Function compiles the function functions/NAME of the module at root, and gives
// the folder that holds its bootstrap and nothing else. A line to progress says so
// before it starts.
func Function(ctx context.Context, progress io.Writer, root, name, architecture string) (string, error) {
	arch, ok := goarch[architecture]
	if !ok {
		return "", fmt.Errorf("building function %s: architecture is %q: must be %s or %s", name, architecture, ARM64, X8664)
	}
	if _, err := os.Stat(Sources(root, name)); errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("building function %s: there is no folder functions/%s in %s", name, name, root)
	}
	out := filepath.Join(root, filepath.FromSlash(folder), architecture, name)
	if err := os.RemoveAll(out); err != nil {
		return "", fmt.Errorf("building function %s: clearing %s: %w", name, out, err)
	}
	fmt.Fprintf(progress, "cachegate: compiling functions/%s for %s (a minute or two the first time, then seconds) ...\n", name, architecture)
	// What depends on the machine stays out: paths, version control, the build id.
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid=", "-o", filepath.Join(out, "bootstrap"), "./functions/"+name)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building function %s: %w\n%s", name, err, output)
	}
	return out, nil
}
