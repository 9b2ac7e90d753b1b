package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/plan"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/record"
)

// undoFlags say how a run is undone.
type undoFlags struct {
	liveFlags
	lasts             time.Duration
	dryRun, end, json bool
	yes               bool
}

const (
	// undoneFor is how long a run stays undone where nobody says it: a day to change what is
	// declared.
	undoneFor    = 24 * time.Hour
	longestUndo  = 30 * 24 * time.Hour
	shortestUndo = 10 * time.Minute
)

func (a *app) undoCommand() *cobra.Command {
	var flags undoFlags
	c := &cobra.Command{
		Use:   "undo {RUN | CHANGE}",
		Short: "Take back what a run did, and keep it so for a while",
		Long: "undo takes back each change of a run, or one of them: what it opened closes, what it closed opens again, a\n" +
			"rule of others with its own description and tags. It shows the changes, asks, and lets the deployment's next\n" +
			"run make them: under the unit's lease, through the same guards, claims and journal as all it does, in its mode.\n" +
			"What somebody changed since stays as it is, and undo says so.\n\n" +
			"Until the undoing ends (--for, a day), no run does again what was taken back, also where it is declared: change\n" +
			"what is declared meanwhile. --end ends it now; then what is declared holds again.\n\n" +
			"Exit status: 0 it is asked for (or would be), 1 there is nothing to take back, or you said no, 2 bad usage, or\n" +
			"there is no such run.",
		Example: "  cachegate history --cluster sessions            the runs, with their ids\n" +
			"  cachegate undo 1a2b3c4d5e6f --dry-run\n" +
			"  cachegate undo 1a2b3c4d5e6f --for 4h\n" +
			"  cachegate undo 1a2b3c4d5e6f --end",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(c, "%s given: undo takes one RUN or CHANGE; `cachegate history` lists them", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case flags.end && (flags.dryRun || c.Flags().Changed("for")):
				return usageError(c, "--end ends an undoing: leave --dry-run and --for out")
			case flags.lasts < shortestUndo || flags.lasts > longestUndo:
				return usageError(c, "--for is %s: must be from %s to %s, such as 4h or 72h", flags.lasts, shortestUndo, longestUndo)
			case !runWord.MatchString(args[0]):
				return usageError(c, "RUN is %q: must be the id of a run or a change, such as 1a2b3c4d5e6f or 1a2b3c4d5e6f.3", args[0])
			}
			return a.undo(c.Context(), args[0], flags)
		},
	}
	flags.add(c.Flags(), a.environment)
	c.Flags().DurationVar(&flags.lasts, "for", undoneFor, "how long it stays undone, as a `duration`")
	c.Flags().BoolVar(&flags.dryRun, "dry-run", false, "show what would be taken back, and ask for nothing")
	c.Flags().BoolVar(&flags.end, "end", false, "end the undoing of the run: what is declared holds again")
	c.Flags().BoolVarP(&flags.yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	return c
}

// undoView is an undoing, as undo prints it with --json.
type undoView struct {
	Run     string               `json:"run"`
	Unit    string               `json:"unit"`
	By      string               `json:"by"`
	Until   string               `json:"until,omitempty"`
	Changes []operate.ChangeView `json:"changes"`
	// Stays says what is not taken back, and why; Cuts are intents that are shut out.
	Stays []string `json:"stays"`
	Cuts  []string `json:"cuts"`
	// Asked says that the deployment was asked to do it.
	Asked bool `json:"asked"`
}

func (a *app) undo(ctx context.Context, word string, flags undoFlags) error {
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	run, place, err := b.Run(ctx, word)
	if err != nil {
		return live.Advise(err)
	}
	by, err := operate.Caller(ctx, sts.NewFromConfig(b.deployment.Config))
	if err != nil {
		return live.Advise(err)
	}
	now := a.clock()
	u := change.UndoneRun{Run: word, Changes: record.Undoable(run, place), By: by, At: now, Until: now.Add(flags.lasts)}
	if u.Run = run.ID; place > 0 {
		u.Run = fmt.Sprintf("%s.%d", run.ID, place)
	}
	if flags.end {
		return a.endUndo(ctx, b, run, u, flags)
	}
	report, err := a.foreseeUndo(ctx, b, run, u)
	if err != nil {
		return failed(err)
	}
	v := undoViewOf(run, u, report)
	if !flags.json {
		a.screen().undoing(u, run, report, b.deployment.Where())
	}
	if len(v.Changes) == 0 {
		a.status = statusUnsatisfied
	}
	if v.Asked, err = a.askUndo(ctx, b, run, u, v, flags); err != nil {
		return err
	}
	if flags.json {
		return a.printJSON(v)
	}
	return nil
}

// foreseeUndo gives what the next run would do if a run were undone.
func (a *app) foreseeUndo(ctx context.Context, b *book, run ledger.Run, u change.UndoneRun) (reconcile.Report, error) {
	session, err := a.liveSession(b.deployment, false)
	if err != nil {
		return reconcile.Report{}, err
	}
	p := a.newProgress("reading the network", unknownLength)
	defer p.end()
	report, err := session.Run(ctx, run.Unit, reconcile.Wake{Trigger: "undo", Undo: &u})
	report.Changes = slices.DeleteFunc(report.Changes, func(c change.Change) bool { return c.Reason != change.Undone })
	return report, err
}

// askUndo asks whether to go on, and then the deployment to do it.
func (a *app) askUndo(ctx context.Context, b *book, run ledger.Run, u change.UndoneRun, v undoView, flags undoFlags) (bool, error) {
	if flags.dryRun || len(v.Changes) == 0 {
		return false, nil
	}
	yes, err := a.agreed(ctx, flags.yes, fmt.Sprintf("Take back %s?", these(len(v.Changes), "change")))
	if !yes || err != nil {
		return false, err
	}
	if err = b.ledger.SetUndone(ctx, run.Unit, u, a.clock()); err != nil {
		return false, live.Advise(err)
	}
	if !flags.json {
		s := a.screen()
		s.line(0, in(good, "✓ "), say("run %s is undone by %s until %s", u.Run, u.By, s.when(u.Until)))
		s.line(2, in(faint, "change what is declared meanwhile; `cachegate undo %s --end` ends it", u.Run))
	}
	a.wake(ctx, b.deployment, "run "+u.Run+" is undone by "+u.By, flags.json, run.Unit)
	return true, nil
}

// endUndo ends the undoing of a run.
func (a *app) endUndo(ctx context.Context, b *book, run ledger.Run, u change.UndoneRun, flags undoFlags) error {
	t, _, err := b.ledger.Tripped(ctx, run.Unit)
	if err != nil {
		return live.Advise(err)
	}
	is := func(k change.UndoneRun) bool { return k.Run == u.Run && k.Live(a.clock()) }
	if !slices.ContainsFunc(t.Undone, is) {
		return fmt.Errorf("RUN is %q: it is not undone, or the undoing has ended", u.Run)
	}
	u.Until = u.At
	if err = b.ledger.SetUndone(ctx, run.Unit, u, a.clock()); err != nil {
		return live.Advise(err)
	}
	if flags.json {
		err = a.printJSON(undoView{Run: u.Run, Unit: run.Unit.String(), By: u.By, Changes: []operate.ChangeView{}, Stays: []string{}, Cuts: []string{}, Asked: true})
	} else {
		a.screen().line(0, in(good, "✓ "), say("run %s is no longer undone: the next run does what is declared", u.Run))
	}
	a.wake(ctx, b.deployment, "the undoing of run "+u.Run+" was ended by "+u.By, flags.json, run.Unit)
	return err
}

func undoViewOf(run ledger.Run, u change.UndoneRun, r reconcile.Report) undoView {
	v := undoView{
		Run: u.Run, Unit: run.Unit.String(), By: u.By, Until: utc(u.Until), Changes: operate.ChangeViews(r.Changes),
		Stays: textsOf(slices.Clone(r.Stayed)), Cuts: []string{},
	}
	for _, k := range cutBy(r) {
		v.Cuts = append(v.Cuts, k.Short())
	}
	return v
}

// cutBy gives the intents that live and are shut out.
func cutBy(r reconcile.Report) []intent.Key {
	return slices.DeleteFunc(plan.Cut(r.Changes), func(k intent.Key) bool {
		for _, j := range r.Before {
			if j.Key() == k {
				return false
			}
		}
		return true
	})
}

// undoing prints what undoing a run changes, and what it does not.
func (s *screen) undoing(u change.UndoneRun, run ledger.Run, r reconcile.Report, where string) {
	s.hanging(0, 4, say("undo "), in(accent, "%s", u.Run), in(faint, " of %s, unit %s, in %s", s.when(run.At), run.Unit, where))
	for _, c := range r.Changes {
		symbol, t := outcomeTone(c.Outcome)
		text := c.Sentence()
		if c.Outcome == change.Refused || c.Outcome == change.Planned {
			text = c.Story()
		}
		s.hanging(2, 4, in(t, "%s ", symbol), say("%s", text))
	}
	for _, text := range r.Stayed {
		s.hanging(2, 4, in(caution, "= "), say("stays: %s", text))
	}
	for _, k := range cutBy(r) {
		s.hanging(2, 4, in(bad, "! "), say("this shuts out %s, which is declared: no run opens it again before %s", k.Short(), s.when(u.Until)))
	}
	if len(r.Changes) == 0 {
		s.line(2, say("there is nothing to take back"))
	}
}
