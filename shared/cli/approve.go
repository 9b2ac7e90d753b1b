package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/record"
)

// approveFlags say how a plan is approved.
type approveFlags struct {
	liveFlags
	lasts     time.Duration
	yes, json bool
}

// approvedFor is how long an approval counts where nobody says it: a unit that was woken runs
// within minutes.
const approvedFor = time.Hour

func (a *app) approveCommand() *cobra.Command {
	var flags approveFlags
	c := &cobra.Command{
		Use:   "approve [HASH]",
		Short: "Show the plans that wait for a person, or approve one of them",
		Long: "approve lists the plans that wait for a person: closes that are more than a policy's maxCloses allows, and\n" +
			"what a policy's approval (closes, all) does not let a run make by itself.\n\n" +
			"With a HASH, as a message or the list names it, approve shows the plan's changes, asks, and lets the next run\n" +
			"make these and no others; it wakes the unit. Where the network or what is declared changes before, the run\n" +
			"makes none of them, and the new plan waits. Who approved (the identity of the AWS credentials) is kept, and\n" +
			"`cachegate history` shows it. An approval that ends before a run has made all of it asks again, once.\n\n" +
			"Exit status: 0 it is approved, or nothing waits, 1 a plan waits, 2 bad usage, or another plan waits by now.",
		Example: "  cachegate approve                          what waits\n" +
			"  cachegate approve 1a2b3c4d5e6f7081\n" +
			"  cachegate approve 1a2b3c4d5e6f7081 --for 4h --yes",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(c, "%s given: approve takes one HASH, or none to list what waits", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if flags.lasts < operate.ShortestApproval || flags.lasts > operate.LongestApproval {
				return usageError(c, "--for is %s: must be from %s to %s, such as 30m or 4h", flags.lasts, operate.ShortestApproval, operate.LongestApproval)
			}
			if len(args) == 0 {
				return a.listWaiting(c.Context(), flags)
			}
			return a.approve(c.Context(), args[0], flags)
		},
	}
	flags.add(c.Flags(), a.environment)
	c.Flags().DurationVar(&flags.lasts, "for", approvedFor, "how long the approval counts, as a `duration`")
	c.Flags().BoolVarP(&flags.yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON, one object a line")
	return c
}

// waitingView is a plan that waits, as approve prints it with --json.
type waitingView struct {
	Hash       string   `json:"hash"`
	Unit       string   `json:"unit"`
	Since      string   `json:"since"`
	Changes    []string `json:"changes"`
	MaxCloses  string   `json:"maxCloses,omitempty"`
	Deployment bool     `json:"deployment"`
	By         string   `json:"approvedBy,omitempty"`
	At         string   `json:"approvedAt,omitempty"`
	Until      string   `json:"approvedUntil,omitempty"`
}

func waitingViewOf(w record.Waiting) waitingView {
	v := waitingView{
		Hash: w.Hash, Unit: w.Unit.String(), Since: utc(w.At), Changes: textsOf(w.Waiting), MaxCloses: w.Limit, Deployment: w.Deployment,
	}
	if w.Approval.Given() {
		v.By, v.At, v.Until = w.Approval.By, utc(w.Approval.At), utc(w.Approval.Until)
	}
	return v
}

func (a *app) listWaiting(ctx context.Context, flags approveFlags) error {
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	all, err := b.Waiting(ctx)
	if err != nil {
		return live.Advise(err)
	}
	s, first := a.screen(), ""
	for _, w := range all {
		if !w.Approval.Live(a.clock()) {
			a.status, first = statusUnsatisfied, cmp.Or(first, w.Hash)
		}
		if flags.json {
			if err := a.printJSON(waitingViewOf(w)); err != nil {
				return err
			}
			continue
		}
		s.waiting(w, a.clock())
	}
	switch {
	case flags.json:
	case len(all) == 0:
		s.line(0, in(good, "✓ "), say("no plan waits for a person in %s", b.deployment.Where()))
	case first != "":
		s.line(0, say("`cachegate approve %s` lets the next run make the changes of the first", first))
	}
	return nil
}

// waiting prints a plan that waits.
func (s *screen) waiting(w record.Waiting, now time.Time) {
	s.hanging(0, 4, in(accent, "%s", w.Hash), say("  %s", w.Unit), in(faint, "  since %s", s.when(w.At)))
	why := "the policy's approval wants a person to decide"
	switch {
	case w.Deployment:
		why = "with what other units closed lately, these are more than the policy's maxCloses of " + w.Limit
	case w.Limit != "":
		why = "these are more closes than the policy's maxCloses of " + w.Limit
	}
	s.line(2, in(caution, "%s", why))
	for _, text := range w.Waiting {
		s.hanging(2, 6, say("- %s", text))
	}
	switch {
	case w.Approval.Live(now):
		s.line(2, in(good, "approved by %s until %s: the next run makes them", w.Approval.By, s.when(w.Approval.Until)))
	case w.Approval.Given():
		s.line(2, in(caution, "the approval by %s ended at %s", w.Approval.By, s.when(w.Approval.Until)))
	}
}

func (a *app) approve(ctx context.Context, hash string, flags approveFlags) error {
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	w, err := b.WaitingFor(ctx, hash)
	if err != nil {
		return live.Advise(err)
	}
	by, err := operate.Caller(ctx, sts.NewFromConfig(b.deployment.Config))
	if err != nil {
		return live.Advise(err)
	}
	s := a.screen()
	if !flags.json {
		s.waiting(w, a.clock())
	}
	yes, err := a.agreed(ctx, flags.yes, fmt.Sprintf("Let the next run make %s?", these(len(w.Waiting), "change")))
	if !yes || err != nil {
		return err
	}
	given, err := operate.Approve(ctx, b.ledger, w.Unit, w.Hash, by, a.clock(), flags.lasts)
	if errors.Is(err, ledger.ErrOtherPlan) {
		return fmt.Errorf("the plan %s has changed meanwhile: nothing is approved; `cachegate approve` lists what waits now", w.Hash)
	}
	if err != nil {
		return live.Advise(err)
	}
	w.Approval = given
	if flags.json {
		if err := a.printJSON(waitingViewOf(w)); err != nil {
			return err
		}
	} else {
		s.line(0, in(good, "✓ "), say("approved by %s until %s", given.By, s.when(given.Until)))
	}
	a.wake(ctx, b.deployment, "approved by "+by, flags.json, w.Unit)
	return nil
}

// these names one or several things that are known.
func these(n int, noun string) string {
	if n == 1 {
		return "this " + noun
	}
	return "these " + count(n, noun)
}

// agreed asks whether to go on; where nobody is there to be asked, only --yes agrees.
func (a *app) agreed(ctx context.Context, yes bool, question string) (bool, error) {
	switch {
	case yes:
		return true, nil
	case !a.interactive():
		return false, errors.New("nothing is done: there is no terminal to ask on; add --yes")
	}
	agreed, err := a.confirm(ctx, question)
	if err == nil && !agreed {
		a.status = statusUnsatisfied
		fmt.Fprintln(a.stderr, "nothing is done")
	}
	return agreed, err
}
