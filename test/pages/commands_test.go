package pages_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cachegate/cachegate/shared/cli"
)

// The command cachegate of the pages is this test's own binary.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"cachegate": func() {
			os.Exit(cli.Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
		},
	})
}

// The files that the commands of a page find at their places.
var copied = []string{"shared/examples", "events/samples"}

func TestEveryCommandOfEveryPageRuns(t *testing.T) {
	for _, p := range pages(t) {
		t.Run(p.path, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			for _, b := range p.blocks {
				s.block(p, b)
			}
		})
	}
}

// shell runs the commands of a page; a folder that one changes to is that of the next.
type shell struct {
	t      *testing.T
	folder string // now
	where  string // the file that a command leaves its folder in
}

func newShell(t *testing.T) *shell {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh on the PATH")
	}
	s := &shell{t: t, folder: t.TempDir(), where: filepath.Join(t.TempDir(), "folder")}
	for _, name := range copied {
		name = filepath.FromSlash(name)
		if err := os.CopyFS(filepath.Join(s.folder, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// block does what the language and the note of a block say.
func (s *shell) block(p page, b block) {
	s.t.Helper()
	what, rest, _ := strings.Cut(b.note, ": ")
	switch {
	case what == "file" && rest != "":
		if err := os.WriteFile(filepath.Join(s.folder, rest), []byte(b.text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	case what == "output of" && rest != "":
		s.shows(p, b, rest)
	case b.language == "text":
		s.t.Errorf("%s:%d: a text block without <!-- output of: COMMAND --> above it", p.path, b.line)
	case slices.Contains([]string{"console", "bash", "shell", "shell-session"}, b.language):
		s.t.Errorf("%s:%d: commands stand in blocks of the language sh", p.path, b.line)
	case b.language != "sh":
	case what == "not run" && rest != "":
		s.t.Logf("%s:%d: not run: %s", p.path, b.line, rest)
	case b.note == "test command":
		s.t.Logf("%s:%d: not run: it is the command that runs this test", p.path, b.line)
	default:
		for _, command := range commandsOf(b.text) {
			status, out := s.run(command)
			if want := statusOf(command); status != want {
				s.t.Errorf("%s:%d: %s\nends with %d, expected %d:\n%s", p.path, b.line, command, status, want, out)
			}
		}
	}
}

// commandsOf are the lines of a block, those that a backslash continues joined.
func commandsOf(text string) []string {
	var all []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

var named = regexp.MustCompile(`#.*\bexit status (\d+)`)

// statusOf is the exit status that the comment of a command names, or 0.
func statusOf(command string) int {
	found := named.FindStringSubmatch(command)
	if found == nil {
		return 0
	}
	status, err := strconv.Atoi(found[1])
	if err != nil {
		return -1
	}
	return status
}

func (s *shell) run(command string) (status int, output string) {
	s.t.Helper()
	c := exec.CommandContext(s.t.Context(), "sh", "-c", command+"\nstatus=$?; pwd >\"$WHERE\"; exit $status")
	c.Dir = s.folder
	c.Env = append(os.Environ(), "WHERE="+s.where, "AWS_EC2_METADATA_DISABLED=true")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if folder, err := os.ReadFile(s.where); err == nil {
		s.folder = strings.TrimSpace(string(folder))
	}
	return c.ProcessState.ExitCode(), out.String()
}

// shows checks that the lines of a block stand in a command's output, in order.
func (s *shell) shows(p page, b block, command string) {
	s.t.Helper()
	_, out := s.run(command)
	lines := strings.Split(out, "\n")
	for want := range strings.Lines(b.text) {
		want = strings.TrimRight(want, "\n")
		if want == "…" || want == "" {
			continue
		}
		at := slices.Index(lines, want)
		if at < 0 {
			s.t.Errorf("%s:%d: %s does not print, or not at this place:\n%s", p.path, b.line, command, want)
			return
		}
		lines = lines[at+1:]
	}
}

func TestTheShellOfThePagesFindsWhatIsWrong(t *testing.T) {
	s := newShell(t)
	for command, want := range map[string]int{"true": 0, "exit 3": 3, "no-such-command": 127, "cachegate nothing": 2, "cachegate version": 0} {
		if got, out := s.run(command); got != want {
			t.Errorf("%s ends with %d, expected %d: %s", command, got, want, out)
		}
	}
	if s.run("cd shared/examples"); filepath.Base(s.folder) != "examples" {
		t.Errorf("after cd the folder is %s", s.folder)
	}
	if got := commandsOf("# a\none \\\n  two # exit status 1: x\n\nthree\n"); len(got) != 2 || statusOf(got[0]) != 1 || statusOf(got[1]) != 0 {
		t.Errorf("the commands are %q", got)
	}
}
