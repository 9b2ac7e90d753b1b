// Package cli is the operator's command line: it reads worlds, intents and
// events, puts them through the same code that runs in Lambda, and shows what
// came of it, as text for people or as JSON for programs.
//
// It decides nothing about access itself. Commands on a world work on a copy of it
// in memory and call no AWS; those on a deployment say so, and write to networks
// only with --apply.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/live"
)

// The exit statuses. A run that could not be carried out counts as bad input.
const (
	statusDone        = 0 // everything is as declared
	statusUnsatisfied = 1 // something is not as declared
	statusBadInput    = 2 // bad usage or bad input
	statusInterrupted = 130
)

// app is what all commands work with.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environment    environment
	clock          func() time.Time
	// width gives the columns of the terminal behind a writer.
	width func(io.Writer) (columns int, ok bool)
	// load gives the AWS configuration of commands on a deployment.
	load live.Loader
	// asked says whether somebody is there to be asked; nil: the terminals say.
	asked func() bool
	// patience is how long a run may take before it shows its progress.
	patience time.Duration
	// completionWait is how long a shell waits for what a deployment holds.
	completionWait time.Duration
	// writing says that a command has begun to write to an account.
	writing bool
	// status is what the command found, where it ran to its end.
	status int
}

// Main runs one command and gives the exit status: 0, 1 or 2 as DESIGN 6.3 has
// them, or 130 where the context was cancelled. The environment is a list of
// "NAME=value", as os.Environ gives it.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) int {
	a := &app{
		stdin: stdin, stdout: stdout, stderr: stderr, environment: newEnvironment(environ),
		clock: time.Now, load: live.Load, patience: patience, completionWait: completionWait,
	}
	a.width = a.environment.widthOf
	return a.main(ctx, args)
}

func (a *app) main(ctx context.Context, args []string) int {
	root := a.root() //nolint:contextcheck // cobra hands the context to the command that it executes
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return a.status
	case ctx.Err() != nil:
		text := "interrupted; nothing is kept of a run that did not end"
		if a.writing {
			text = "interrupted; what was written until then stays: look at it (`cachegate plan --live`, `cachegate intents list`), or run it again"
		}
		a.complain(errors.New(text))
		return statusInterrupted
	default:
		a.complain(err)
		return statusBadInput
	}
}

// placed are messages that begin with a file and a line, as compilers' do; they
// are printed so that an editor finds the place.
var placed = regexp.MustCompile(`^[^ ]+:\d+: `)

// complain tells an error to people: each of several on a line of its own, and
// below it what belongs to it, such as the lines of a file, further in.
func (a *app) complain(err error) {
	for line := range strings.Lines(err.Error()) {
		text := clean(strings.TrimRight(line, "\r\n"))
		switch {
		case strings.TrimSpace(text) == "":
		case strings.HasPrefix(text, " ") || strings.HasPrefix(text, ">"):
			fmt.Fprintln(a.stderr, "    "+text)
		case placed.MatchString(text):
			fmt.Fprintln(a.stderr, text)
		default:
			fmt.Fprintln(a.stderr, "cachegate: "+text)
		}
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "cachegate",
		Short: "Who may reach which ElastiCache cluster, over which path, until when",
		Long: "cachegate keeps the network paths to ElastiCache clusters as they are declared.\n" +
			"This command line shows what it would do on a world read from a file, with no AWS account, and works on\n" +
			"the deployment of a live one: what is declared there, in which mode, and what the next run would change.",
		Example: "  cachegate replay                                                a tour of a small world\n" +
			"  cachegate replay event.json --world w.yaml --intents i.yaml     what an event would do\n" +
			"  cachegate explain sessions sg-0a --world w.yaml                 the way from a source to a cluster\n" +
			"  cachegate intents apply -f intents.yaml                         declare it in a deployment\n" +
			"  cachegate plan --live                                           what its next runs would change\n" +
			"  cachegate mode off                                              stop every write, now",
		Version:       version(),
		Args:          rootArguments,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
		// Arguments of the root are refused with suggestions: a word there is a command that was mistyped.
		SuggestionsMinimumDistance: nearEnough,
	}
	root.SetVersionTemplate("cachegate {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(a.replayCommand(), a.explainCommand(), a.planCommand(), a.graphCommand(), a.inventoryCommand(), a.captureCommand(), a.intentsCommand(), a.modeCommand(), a.schemaCommand(), a.exportCommand(),
		a.findingsCommand(), a.showCommand(), a.historyCommand(), a.approveCommand(), a.doctorCommand(), a.runCommand(), a.undoCommand(), a.adoptCommand(), a.releaseCommand(), a.revokeCommand(),
		a.versionCommand())
	return root
}
