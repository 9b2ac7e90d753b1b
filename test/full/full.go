// Package full says which tests run only when CACHEGATE_FULL is set: those that
// need Node.js, a server of another language, or minutes of cross-compiling.
// `go test ./...` alone then needs Go and nothing else. Only tests import it.
package full

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// Variable is the environment variable that switches these tests on.
const Variable = "CACHEGATE_FULL"

// Tool is a program that a test runs.
type Tool struct {
	Name string
	// Install says how to get it.
	Install string
}

// The tools of cachegate's tests.
var (
	Node = Tool{Name: "node", Install: "https://nodejs.org, version 20 or later"}
	NPM  = Tool{Name: "npm", Install: "it comes with Node.js, https://nodejs.org"}
	Moto = Tool{Name: "moto_server", Install: "pip install 'moto[server]'"}
)

// Need skips a test unless CACHEGATE_FULL is set and every tool is on the PATH. In
// CI (CI=true) a missing tool fails the test, so that nothing is left out unseen.
func Need(tb testing.TB, tools ...Tool) {
	tb.Helper()
	switch skip, err := check(os.Getenv, exec.LookPath, tools); {
	case err != nil:
		tb.Fatal(err)
	case skip != "":
		tb.Skip(skip)
	}
}

// check gives the reason to skip a test, "" for none, or what is wrong.
func check(getenv func(string) string, find func(string) (string, error), tools []Tool) (skip string, err error) {
	on := false
	if value := getenv(Variable); value != "" {
		if on, err = strconv.ParseBool(value); err != nil {
			return "", fmt.Errorf("%s is %q: must be 1 or 0", Variable, value)
		}
	}
	if !on {
		return "set " + Variable + "=1 to run this test", nil
	}
	for _, tool := range tools {
		if _, missing := find(tool.Name); missing == nil {
			continue
		}
		message := fmt.Sprintf("%s is not on the PATH (%s)", tool.Name, tool.Install)
		if getenv("CI") == "true" {
			return "", fmt.Errorf("%s: in CI this test must run", message)
		}
		return message, nil
	}
	return "", nil
}
