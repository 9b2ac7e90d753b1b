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
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/operate"
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
	flags.StringVar(&f.now, "now", "", "the `time` to assume, in RFC 3339 (default: this moment)")
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

// replayFlags are those of replay.
type replayFlags struct {
	sceneFlags
	// apply lets a replay on a live account write.
	apply bool
}

func (a *app) replayCommand() *cobra.Command {
	var flags replayFlags
	c := &cobra.Command{
		Use:   "replay [EVENT.json | -]...",
		Short: "Show what events would do; without one, a tour of a small world",
		Long: "replay puts events through the code that runs in Lambda, on a copy of a world in memory: which units\n" +
			"they touch, how each intent's path stands, what is planned and done, and how it stands after.\n\n" +
			"Events are EventBridge envelopes or CloudTrail records: one in a file, a JSON array, or one a line.\n" +
			"The world is the network after the events; the mode is enforce unless a policy of the intents says otherwise.\n\n" +
			"With --live, it is the account of the AWS credentials, with what its deployment declares, in its modes. Then\n" +
			"nothing is written, and changes that a run would make are due; with --apply they are made, as by the\n" +
			"deployment itself: under the unit's lease, recorded, and reported.\n\n" +
			"Exit status: 0 every intent is satisfied after the run, 1 one is not, 2 bad usage or bad input.\n" +
			"With --live, that is every intent of the units that the events touch.",
		Example: "  cachegate replay                                        a tour\n" +
			"  cachegate replay event.json --world world.yaml --intents intents.yaml\n" +
			"  cachegate replay event.json --live                      what the deployment would do\n" +
			"  zcat events.jsonl.gz | cachegate replay - -w world.json -i intents.yaml --json | jq -c .changes[]",
		RunE: func(c *cobra.Command, args []string) error {
			clock, err := flags.moment(c, a.clock)
			if err != nil {
				return err
			}
			if len(args) == 0 && flags.world == "" && flags.intents == "" && !flags.live {
				return a.tour(c.Context(), flags.worldFlags)
			}
			if err := flags.usage(c, args); err != nil {
				return err
			}
			if flags.live {
				return a.replayLive(c.Context(), args, flags, clock)
			}
			return a.replay(c.Context(), args, flags.worldFlags, clock)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"json", "jsonl", "ndjson"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	flags.add(c, a.environment)
	c.Flags().BoolVar(&flags.apply, "apply", false, "with --live: make the changes (on a world, the copy of it is always written)")
	c.Flags().StringVar(&flags.outputWorld, "output-world", "", "write the world as it is after the run to this `file`, as JSON")
	completeFiles(c, "output-world", "json")
	return c
}

func (f *replayFlags) usage(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usageError(c, "no event is given: name files with events, or - for the standard input; without any argument, replay is a tour")
	case !f.live && f.world == "":
		return usageError(c, "no world is given: add --world FILE, account → Region → lists as `aws ec2 describe-security-groups` and its like print them; or --live")
	case f.live && f.outputWorld != "":
		return usageError(c, "--output-world is for --world: with --live there is none to write")
	case f.apply && f.now != "":
		return usageError(c, "--apply writes now: leave --now out")
	}
	return f.check(c, false)
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
	a.warn(warnings, flags.verbose)
	if err := in.err(); err != nil {
		return err
	}
	if flags.intents == "" {
		fmt.Fprintln(a.stderr, "warning: no --intents FILE is given: nothing is declared, so that no event concerns anything")
	}
	session := replay.New(sim, set, replay.Options{Clock: clock})
	r := a.newRun(flags, session.Session, session.Standing, len(all))
	defer r.progress.end()
	if err := a.prepare(ctx, session); err != nil {
		return err
	}
	if err := r.events(ctx, all); err != nil {
		return err
	}
	a.tellProblems(problems)
	if len(problems) > 0 {
		a.status = statusBadInput
	}
	return writeWorld(ctx, flags.outputWorld, session)
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
	flags   worldFlags
	session *operate.Session
	// standing gives all intents that count for the exit status, as they stand.
	standing func(context.Context) ([]access.Judgement, error)
	text     *eventText
	progress *progress
	total    summary
	// teller tells others what was found, nil where nobody is to be told.
	teller *notify.Publisher
	// touched are the units that the events woke.
	touched []network.Unit
}

func (a *app) newRun(flags worldFlags, session *operate.Session, standing func(context.Context) ([]access.Judgement, error), events int) *run {
	screen := a.screen()
	return &run{
		app: a, flags: flags, session: session, standing: standing,
		text:     &eventText{screen: screen, events: events, compact: !screen.plain() && !flags.verbose, verbose: flags.verbose},
		progress: a.eventProgress(events),
	}
}

// events puts all events through the session, and says how everything stands.
func (r *run) events(ctx context.Context, all []events.Event) error {
	for _, e := range all {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.event(ctx, e); err != nil {
			return err
		}
	}
	return r.end(ctx)
}

// event puts one event through the session and prints what came of it.
func (r *run) event(ctx context.Context, e events.Event) error {
	result, err := r.session.Event(ctx, e)
	if err != nil {
		return fmt.Errorf("replaying event %s (%s): %w", e.Name, e.ID, err)
	}
	r.total.add(result)
	r.touched = append(r.touched, result.Units...)
	r.tell(ctx, result.Reports)
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
	standing, err := r.standing(ctx)
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
