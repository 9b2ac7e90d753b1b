package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"cachegate": func() {
			os.Exit(Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("CACHEGATE_UPDATE") != "",
		Setup:               copyFiles,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"status": checkStatus},
	})
}

// copyFiles puts the files that the scripts share into a script's folder.
func copyFiles(env *testscript.Env) error {
	return os.CopyFS(env.WorkDir, os.DirFS(filepath.Join("testdata", "files")))
}

// checkStatus is the command `status N COMMAND...`, which runs a command and
// compares its exit status.
func checkStatus(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("running %v: %v", args[1:], err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("%v ended with %d, expected %d", args[1:], got, want)
	}
}
