package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/replay"
)

// worldFlags are those of every command that works on a world.
type worldFlags struct {
	world, intents, now string
	json, verbose       bool
	// outputWorld is where replay writes the world after its events.
	outputWorld string
}

func (f *worldFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVarP(&f.world, "world", "w", "", "`file` with the network, as the AWS CLI prints it, in JSON or YAML")
	flags.StringVarP(&f.intents, "intents", "i", "", "`file` with what is declared, in YAML or JSON")
	flags.StringVar(&f.now, "now", "", "the `time` that it is, in RFC 3339 (default: this moment)")
	flags.BoolVar(&f.json, "json", false, "print JSON, one object a line")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print every hop, warning and AWS read")
	completeFiles(c, "world", "json", "yaml", "yml")
	completeFiles(c, "intents", "yaml", "yml", "json")
}

// moment gives the clock that the flags ask for: it stands still during a run,
// so that every event of it is judged at the same time.
func (f *worldFlags) moment(c *cobra.Command, clock func() time.Time) (func() time.Time, error) {
	now := clock()
	if f.now != "" {
		parsed, err := time.Parse(time.RFC3339, f.now)
		if err != nil {
			return nil, usageError(c, "--now is %q: must be a time in RFC 3339, such as 2026-11-22T12:00:00Z", f.now)
		}
		now = parsed
	}
	now = now.UTC()
	return func() time.Time { return now }, nil
}

func (a *app) replayCommand() *cobra.Command {
	var flags worldFlags
	c := &cobra.Command{
		Use:   "replay [EVENT.json | -]...",
		Short: "Show what events would do; without one, a tour of a small world",
		Long: "replay puts events through the code that runs in Lambda, on a copy of a world in memory: which units\n" +
			"they touch, how each intent's way stands, what is planned and done, and how it stands after.\n\n" +
			"Events are EventBridge envelopes or CloudTrail records: one in a file, a JSON array, or one a line.\n" +
			"The world is the network after the events; the mode is enforce unless a policy of the intents says otherwise.\n\n" +
			"Exit status: 0 every intent is satisfied after the run, 1 one is not, 2 bad usage or bad input.",
		Example: "  cachegate replay                                        a tour\n" +
			"  cachegate replay event.json --world world.yaml --intents intents.yaml\n" +
			"  zcat events.jsonl.gz | cachegate replay - -w world.json -i intents.yaml --json | jq -c .changes[]",
		RunE: func(c *cobra.Command, args []string) error {
			clock, err := flags.moment(c, a.clock)
			if err != nil {
				return err
			}
			if len(args) == 0 && flags.world == "" && flags.intents == "" {
				return a.tour(c.Context(), flags)
			}
			if err := replayUsage(c, args, flags); err != nil {
				return err
			}
			return a.replay(c.Context(), args, flags, clock)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"json", "jsonl", "ndjson"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	flags.add(c)
	c.Flags().StringVar(&flags.outputWorld, "output-world", "", "write the world as it is after the run to this `file`, as JSON")
	completeFiles(c, "output-world", "json")
	return c
}

func replayUsage(c *cobra.Command, args []string, flags worldFlags) error {
	switch {
	case len(args) == 0:
		return usageError(c, "no event is given: name files with events, or - for the standard input; without any argument, replay is a tour")
	case flags.world == "":
		return usageError(c, "no world is given: add --world FILE, account → Region → lists as `aws ec2 describe-security-groups` and its like print them")
	default:
		return nil
	}
}

// replay runs events on a world.
func (a *app) replay(ctx context.Context, paths []string, flags worldFlags, clock func() time.Time) error {
	in := &inputs{app: a}
	sim, warnings := in.world(ctx, flags.world, clock)
	var set intent.Set
	var problems []intent.Problem
	if flags.intents != "" {
		set, problems = in.intents(ctx, flags.intents, sim)
	}
	all := in.events(ctx, paths)
	if err := in.err(); err != nil {
		a.warn(warnings, flags.verbose)
		return err
	}
	a.warn(warnings, flags.verbose)
	if flags.intents == "" {
		fmt.Fprintln(a.stderr, "warning: no --intents FILE is given: nothing is declared, so that no event concerns anything")
	}
	r := a.newRun(flags, sim, set, clock, len(all))
	defer r.progress.end()
	if err := a.prepare(ctx, r.session); err != nil {
		return err
	}
	for _, e := range all {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.event(ctx, e); err != nil {
			return err
		}
	}
	if err := r.end(ctx); err != nil {
		return err
	}
	a.tellProblems(problems)
	if len(problems) > 0 {
		a.status = statusBadInput
	}
	return writeWorld(ctx, flags.outputWorld, r.session)
}

// prepare judges the world once, which takes long where it is large.
func (a *app) prepare(ctx context.Context, session *replay.Session) error {
	p := a.newProgress("judging the world", unknownLength)
	defer p.end()
	if err := session.Prepare(ctx); err != nil {
		return fmt.Errorf("preparing the world: %w", err)
	}
	return nil
}

// writeWorld writes a world as it is after a run to a file, for the next one.
func writeWorld(ctx context.Context, path string, session *replay.Session) error {
	if path == "" {
		return nil
	}
	accounts, err := session.World(ctx)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(accounts, "", " ")
	if err != nil {
		return fmt.Errorf("writing the world: %w", err)
	}
	const everybodyReads = 0o644
	if err := os.WriteFile(path, append(data, '\n'), everybodyReads); err != nil {
		return fmt.Errorf("writing the world: %w", err)
	}
	return nil
}

// run is events going through a session, one after the other.
type run struct {
	*app
	flags    worldFlags
	session  *replay.Session
	text     *eventText
	progress *progress
	total    summary
}

func (a *app) newRun(flags worldFlags, sim *awssim.Sim, set intent.Set, clock func() time.Time, events int) *run {
	screen := a.screen()
	return &run{
		app: a, flags: flags, session: replay.New(sim, set, replay.Options{Clock: clock}),
		text:     &eventText{screen: screen, events: events, compact: !screen.plain() && !flags.verbose, verbose: flags.verbose},
		progress: a.eventProgress(events),
	}
}

// event puts one event through the session and prints what came of it.
func (r *run) event(ctx context.Context, e events.Event) error {
	result, err := r.session.Event(ctx, e)
	if err != nil {
		return fmt.Errorf("replaying event %s (%s): %w", e.Name, e.ID, err)
	}
	r.total.add(result)
	if r.flags.json {
		if err := r.printJSON(result.View()); err != nil {
			return err
		}
	} else {
		r.text.event(result)
	}
	r.progress.step()
	return nil
}

// end says how everything stands and sets the exit status.
func (r *run) end(ctx context.Context) error {
	standing, err := r.session.Standing(ctx)
	if err != nil {
		return fmt.Errorf("judging everything at the end: %w", err)
	}
	r.progress.end()
	if !r.flags.json {
		r.text.summary(r.total, standing)
	}
	if unsatisfied(standing) > 0 {
		r.status = statusUnsatisfied
	}
	return nil
}

func unsatisfied(standing []access.Judgement) int {
	n := 0
	for _, j := range standing {
		if !j.Satisfied {
			n++
		}
	}
	return n
}
