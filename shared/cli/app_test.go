package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newTestApp is a command line in a pipe, at a fixed time.
func newTestApp(out io.Writer) *app {
	return &app{
		stdin: strings.NewReader(""), stdout: out, stderr: io.Discard,
		environment: environment{"TERM": "xterm-256color"},
		clock:       func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
		width:       func(io.Writer) (int, bool) { return 0, false },
		patience:    time.Hour, completionWait: time.Hour,
	}
}

// terminal puts the command line onto a terminal of so many columns.
func (a *app) terminal(columns int) {
	a.width = func(w io.Writer) (int, bool) { return columns, w == a.stdout }
}

// run runs a command and gives its exit status and standard output.
func runAt(t *testing.T, setUp func(*app), args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	a := newTestApp(&out)
	if setUp != nil {
		setUp(a)
	}
	status := a.main(t.Context(), args)
	return status, out.String()
}

// golden compares output with a file, and writes the file anew where
// CACHEGATE_UPDATE is set.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("CACHEGATE_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; CACHEGATE_UPDATE=1 go test ./shared/cli writes it", err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		g, w := "(nothing)", "(nothing)"
		if i < len(gotLines) {
			g = gotLines[i]
		}
		if i < len(wantLines) {
			w = wantLines[i]
		}
		if g != w {
			t.Fatalf("%s:%d differs (CACHEGATE_UPDATE=1 go test ./shared/cli writes it anew)\ngot:  %s\nwant: %s", path, i+1, g, w)
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
