package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/cachegate/cachegate/shared/awssim/hub"
	"github.com/cachegate/cachegate/shared/intent/store"
)

// deployed is a deployment with these items in its table.
func deployedWith(t *testing.T, items string) *deploymentInMemory {
	t.Helper()
	d, err := deploy(file("world.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.put(t.Context(), []byte(items)); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *deploymentInMemory) run(t *testing.T, setUp func(*app), args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := d.app(&out, &errs, nil)
	if setUp != nil {
		setUp(a)
	}
	return a.main(t.Context(), args), out.String(), errs.String()
}

const sessionsARN = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions"

const declaredItems = `
- {cluster: "*", name: "*", mode: observe, undeclared: report}
- {cluster: "` + sessionsARN + `", name: checkout, sources: [sg-0a, 10.20.0.0/16], path: same-vpc, expiresAt: "2026-12-01T00:00:00Z", owner: team-checkout}
- {cluster: "` + sessionsARN + `", name: orders, source: 444455556666/sg-0b, path: peering, via: pcx-0b}
- {cluster: "` + sessionsARN + `", name: keep-the-lab-out, source: 10.99.0.0/16, access: closed, reason: nobody tests in production}
- {cluster: "` + sessionsARN + `", name: typo, source: nonsense}
`

func TestEveryLiveCommandFitsTheTerminalAndNeedsNoColour(t *testing.T) {
	changed := filepath.Join(t.TempDir(), "changed.yaml")
	writeFile(t, changed, "- {cluster: sessions, name: checkout, sources: [sg-0a, 10.20.9.0/24], owner: team-checkout}\n- {cluster: sessions, name: new, source: vpc-0c}\n")
	for name, args := range map[string][]string{
		"list":    {"intents", "list"},
		"apply":   {"intents", "apply", "--dry-run", "-f", changed},
		"delete":  {"intents", "delete", "sessions", "checkout", "keep-the-lab-out", "--dry-run"},
		"mode":    {"mode"},
		"off":     {"mode", "off"},
		"plan":    {"plan", "--live"},
		"explain": {"explain", "sessions", "sg-0a", "--live"},
	} {
		for _, columns := range []int{60, 80, 160} {
			t.Run(fmt.Sprintf("%s at %d columns", name, columns), func(t *testing.T) {
				d := deployedWith(t, declaredItems)
				onTerminal := func(a *app) { a.terminal(columns) }
				_, coloured, _ := d.run(t, onTerminal, args...)
				d = deployedWith(t, declaredItems)
				_, plain, _ := d.run(t, func(a *app) { onTerminal(a); a.environment["NO_COLOR"] = "1" }, args...)
				if !strings.Contains(coloured, "\x1b[") || strings.Contains(plain, "\x1b") {
					t.Errorf("colours: %q\nwithout: %q", coloured, plain)
				}
				if ansi.Strip(coloured) != plain {
					t.Error("the text is another one with colours")
				}
				fits(t, plain, columns)
				if columns == 80 {
					golden(t, "live-"+name+"-80.golden", plain)
				}
			})
		}
	}
}

// many are items for one transaction and a half.
func many() string {
	var text strings.Builder
	for i := range store.AtOnce * 3 / 2 {
		fmt.Fprintf(&text, "- {cluster: %q, name: n%03d, source: 10.20.%d.0/24}\n", sessionsARN, i, i)
	}
	return text.String()
}

func TestManyChangesThatFailHalfWayAreToldAndGoOnLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.yaml")
	writeFile(t, path, many())
	for name, c := range map[string]struct {
		disturb func(*testing.T, *deploymentInMemory)
		want    []string
		written string
	}{
		"somebody else writes one of the second half": {
			func(t *testing.T, d *deploymentInMemory) {
				t.Helper()
				calls := 0
				d.hub.OnCall(func(operation string) {
					if operation != "dynamodb:TransactWriteItems" {
						return
					}
					if calls++; calls == 2 {
						if err := d.put(t.Context(), fmt.Appendf(nil, "- {cluster: %q, name: n120, source: sg-0b}", sessionsARN)); err != nil {
							t.Error(err)
						}
					}
				})
			},
			[]string{"somebody else changed sessions/n120 meanwhile", "100 of 150 changes were written (100 at a time, all or none); run it again for the rest"},
			"49 created, 1 changed, 100 unchanged",
		},
		"DynamoDB refuses the second half": {
			func(_ *testing.T, d *deploymentInMemory) {
				d.hub.Fail(hub.Fault{Operation: "TransactWriteItems", Code: "AccessDeniedException", Message: "no", After: 1, Times: 1})
			},
			[]string{"(100 of 150 changes are written)", "allow dynamodb:TransactWriteItems"},
			"50 created, 100 unchanged",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := deployedWith(t, "[]")
			c.disturb(t, d)
			status, _, stderr := d.run(t, nil, "intents", "apply", "-f", path)
			if status != statusBadInput {
				t.Errorf("the status is %d, expected %d", status, statusBadInput)
			}
			for _, part := range c.want {
				if !strings.Contains(stderr, part) {
					t.Errorf("it says %q, expected it to hold %q", stderr, part)
				}
			}
			if status, stdout, stderr := d.run(t, nil, "intents", "apply", "-f", path); status != statusDone || !strings.Contains(stdout, c.written) {
				t.Errorf("once more it ends with %d: %s%s", status, stdout, stderr)
			}
		})
	}
}

func TestOnlyAClearYesIsOne(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  bool
	}{{"y\n", true}, {"YES\n", true}, {" yes \n", true}, {"y", true}, {"\n", false}, {"", false}, {"n\n", false}, {"yeah\n", false}} {
		a := newTestApp(io.Discard)
		a.stdin = strings.NewReader(c.typed)
		if got, err := a.confirm(t.Context(), "Sure?"); got != c.want || err != nil {
			t.Errorf("%q is %v (%v), expected %v", c.typed, got, err, c.want)
		}
	}
}

func TestAQuestionEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := newTestApp(io.Discard)
	reader, writer := io.Pipe()
	defer func() { _ = writer.Close() }()
	a.stdin = reader
	if yes, err := a.confirm(ctx, "Sure?"); yes || err == nil {
		t.Errorf("it is %v (%v), expected an error", yes, err)
	}
}

func TestShellsAreOfferedWhatTheTableHolds(t *testing.T) {
	d := deployedWith(t, declaredItems)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"intents", "list", ""}, "sessions\t" + sessionsARN},
		{[]string{"intents", "delete", "sessions", ""}, "keep-the-lab-out\tnobody tests in production"},
		{[]string{"intents", "delete", "*", ""}, "*"},
		{[]string{"mode", "--cluster", ""}, "sessions\t" + sessionsARN},
		{[]string{"mode", ""}, "enforce"},
		{[]string{"plan", "--live", ""}, "sessions\t" + sessionsARN},
		{[]string{"intents", "list", "-o", ""}, "yaml"},
		{[]string{"intents", ""}, "validate\tCheck intents files, and name everything that is wrong at once"},
	} {
		_, out, _ := d.run(t, nil, append([]string{"__complete"}, c.args...)...)
		if !strings.Contains("\n"+out, "\n"+c.want) {
			t.Errorf("%v offers %q, expected %q among it", c.args, out, c.want)
		}
	}
	d.hub.Fail(hub.Fault{Code: "AccessDeniedException"})
	if _, out, _ := d.run(t, nil, "__complete", "intents", "list", ""); !strings.HasPrefix(out, ":4") {
		t.Errorf("without a right to read the table, %q is offered", out)
	}
}

func TestWhoeverInterruptsHearsWhetherAnythingWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.yaml")
	writeFile(t, path, many())
	for _, c := range []struct {
		at, want string
	}{
		{"dynamodb:Query", "nothing is kept of a run that did not end"},
		{"dynamodb:TransactWriteItems", "what was written until then stays"},
	} {
		d := deployedWith(t, "[]")
		ctx, cancel := context.WithCancel(t.Context())
		d.hub.OnCall(func(operation string) {
			if operation == c.at {
				cancel()
			}
		})
		d.hub.Fail(hub.Fault{Operation: c.at, Err: context.Canceled})
		var out, errs bytes.Buffer
		if status := d.app(&out, &errs, nil).main(ctx, []string{"intents", "apply", "-f", path}); status != statusInterrupted || !strings.Contains(errs.String(), c.want) {
			t.Errorf("interrupted at %s it ends with %d and says %q", c.at, status, errs.String())
		}
	}
}
