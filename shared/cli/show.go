package cli

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/live"
)

// showFlags say how one thing of the record is shown.
type showFlags struct {
	liveFlags
	recorded, json bool
}

func (a *app) showCommand() *cobra.Command {
	var flags showFlags
	c := &cobra.Command{
		Use:   "show {FINDING | RUN | CHANGE | RULE | ROUTE}",
		Short: "Show one finding, run or change, or who owns a rule or a route",
		Long: "show prints one thing of a deployment's record:\n\n" +
			"  f-1a2b3c4d               a finding: what, the path as it is now, its history, what was done, what to do\n" +
			"  1a2b3c4d5e6f             a run: what led to it and all that it changed\n" +
			"  1a2b3c4d5e6f.3           one change of a run\n" +
			"  sgr-0a1b2c3d4e5f60718    a rule: who owns it, for which intents, since and until when, what removes it\n" +
			"  rtb-0a1b2c3d/10.0.0.0/16 a route, of a VPC's or a transit gateway's route table, in the same way\n\n" +
			"The path of a finding, and a rule that is not cachegate's, are read from the account; --recorded leaves that\n" +
			"out. Messages and `cachegate findings` name findings, `cachegate history` names runs and changes.\n\n" +
			"Exit status: 0 it is shown, 1 it is a finding that is open, 2 bad usage, or there is no such thing.",
		Example: "  cachegate show f-1a2b3c4d\n" +
			"  cachegate show sgr-0a1b2c3d4e5f60718\n" +
			"  cachegate show rtb-0a1b2c3d/10.0.0.0/16",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(c, "%s given: show takes one FINDING, RUN, CHANGE, RULE or ROUTE", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.show(c.Context(), args[0], flags)
		},
	}
	flags.add(c.Flags(), a.environment)
	c.Flags().BoolVar(&flags.recorded, "recorded", false, "only what is recorded: do not look at the network")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	return c
}

// The forms of what show takes. The ids are AWS's own, in their short form too.
var (
	ruleWord  = regexp.MustCompile(`^sgr-[0-9a-z]+$`)
	routeWord = regexp.MustCompile(`^((?:tgw-)?rtb-[0-9a-z]+)/(.+)$`)
	runWord   = regexp.MustCompile(`^[0-9a-f]{6,12}(\.[0-9]+)?$`)
)

func (a *app) show(ctx context.Context, word string, flags showFlags) error {
	route := routeWord.FindStringSubmatch(word)
	var destination netip.Prefix
	switch {
	case route != nil:
		var err error
		if destination, err = netip.ParsePrefix(route[2]); err != nil {
			return fmt.Errorf("ROUTE is %q: must be a route table and a destination, such as rtb-0a1b2c3d/10.0.0.0/16", word)
		}
	case ruleWord.MatchString(word), runWord.MatchString(word), strings.HasPrefix(word, "f-"), strings.Contains(word, "|"):
	default:
		return fmt.Errorf("%q is nothing that show knows: must be a finding (f-1a2b3c4d), a run or a change (1a2b3c4d5e6f.3), "+
			"a rule (sgr-…) or a route (rtb-…/10.0.0.0/16); for a path, see `cachegate explain`", word)
	}
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	p := a.newProgress("reading the record", unknownLength)
	defer p.end()
	switch {
	case route != nil:
		found, err := b.Route(ctx, route[1], destination.Masked())
		if err != nil {
			return live.Advise(err)
		}
		p.end()
		return a.showStanding(ctx, b, word, found, flags)
	case ruleWord.MatchString(word):
		found, err := b.Rule(ctx, word)
		if err != nil {
			return live.Advise(err)
		}
		p.end()
		return a.showStanding(ctx, b, word, found, flags)
	case runWord.MatchString(word):
		run, place, err := b.Run(ctx, word)
		if err != nil {
			return live.Advise(err)
		}
		changes, err := b.ChangesOf(ctx, run)
		if err != nil {
			return live.Advise(err)
		}
		p.end()
		return a.showRun(run, changes, place, flags)
	default:
		story, err := b.Finding(ctx, word)
		if err != nil {
			return live.Advise(err)
		}
		p.end()
		return a.showFinding(ctx, b, story, flags)
	}
}
