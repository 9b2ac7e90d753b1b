package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/record"
)

// historyFlags say what of the history is shown.
type historyFlags struct {
	liveFlags
	cluster, unit, since, before, at, who string
	limit                                 int
	all, json                             bool
}

// pageLength is how many changes a page has: a screen or two.
const pageLength = 50

func (a *app) historyCommand() *cobra.Command {
	var flags historyFlags
	c := &cobra.Command{
		Use:   "history",
		Short: "Show what a deployment changed, for whom and why, and who could reach a cluster at a time",
		Long: "history lists what the deployment changed, the last first: when, what, for which intent of whom, after which\n" +
			"event and actor, and whether EC2 was seen to show it. --all adds what was only planned, or held back.\n\n" +
			"With --at, it says who was declared at that time, and who could reach the clusters, as far as the record goes.\n" +
			"Runs are kept for 100 days.\n\n" +
			"Exit status: 0 it is shown, 1 --at is a time of which the record does not know, 2 bad usage, or it could not\n" +
			"be read.",
		Example: "  cachegate history --cluster sessions --since 30d\n" +
			"  cachegate history --who alice --json | jq -r .text\n" +
			"  cachegate history --cluster sessions --at 2026-11-24T03:00:00Z",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := flags.check(c); err != nil {
				return err
			}
			return a.history(c.Context(), flags)
		},
	}
	flags.add(c.Flags(), a.environment)
	c.Flags().StringVar(&flags.cluster, "cluster", "", "only about this `cluster`, by name or ARN")
	c.Flags().StringVar(&flags.unit, "unit", "", "only of this `unit`: account/Region/VPC, or the VPC alone")
	c.Flags().StringVar(&flags.since, "since", "7d", "from this `time` on: 90m, 7d, 2026-11-30, 2026-11-30T14:00:00Z")
	c.Flags().StringVar(&flags.before, "before", "", "before this `time`; the next page is printed with it")
	c.Flags().StringVar(&flags.who, "who", "", "only where this is part of the `name` of an actor or an owner")
	c.Flags().StringVar(&flags.at, "at", "", "who was declared, and who could reach the clusters, at this `time`")
	c.Flags().IntVar(&flags.limit, "limit", pageLength, "how many `changes` a page has; 0 for all")
	c.Flags().BoolVar(&flags.all, "all", false, "also what was only planned, or held back")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON, one object a line")
	_ = c.RegisterFlagCompletionFunc("cluster", a.completeClusters(&flags.liveFlags))
	return c
}

// check refuses flags that do not go together.
func (f historyFlags) check(c *cobra.Command) error {
	if f.limit < 0 {
		return usageError(c, "--limit is %d: must be 0 or more", f.limit)
	}
	for _, other := range []string{"since", "before", "who", "all", "limit"} {
		if f.at != "" && c.Flags().Changed(other) {
			return usageError(c, "--at is about one time: leave --%s out", other)
		}
	}
	return nil
}

func (a *app) history(ctx context.Context, flags historyFlags) error {
	q := record.Query{Who: flags.who, All: flags.all, Limit: flags.limit}
	var at time.Time
	for _, t := range []struct {
		flag, text string
		into       *time.Time
	}{{"--since", flags.since, &q.Since}, {"--before", flags.before, &q.Before}, {"--at", flags.at, &at}} {
		if t.text == "" {
			continue
		}
		var err error
		if *t.into, err = pastTime(t.flag, t.text, a.clock()); err != nil {
			return err
		}
	}
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	if q.Cluster, err = b.cluster(flags.cluster); err != nil {
		return err
	}
	// A cluster may have been in another unit then: all are asked.
	if q.Units, err = b.units(ctx, flags.unit, ""); err != nil {
		return err
	}
	p := a.newProgress("reading the record", unknownLength)
	defer p.end()
	if flags.at != "" {
		past, readErr := b.At(ctx, q.Units, q.Cluster, at)
		if readErr != nil {
			return live.Advise(readErr)
		}
		p.end()
		return a.showPast(past, at, q.Cluster, flags)
	}
	page, err := b.History(ctx, q)
	if err != nil {
		return live.Advise(err)
	}
	p.end()
	return a.showPage(page, q, flags, b.deployment.Where())
}

func (a *app) showPage(page record.Page, q record.Query, flags historyFlags, where string) error {
	s := a.screen()
	for _, c := range page.Changes {
		if flags.json {
			if err := a.printJSON(recordedViewOf(c)); err != nil {
				return err
			}
			continue
		}
		s.recordedLine(0, c, true)
		s.hanging(4, 6, in(faint, "%s", behindChange(c)))
	}
	more := ""
	if !page.Next.IsZero() {
		more = "--before " + page.Next.UTC().Format(time.RFC3339Nano)
	}
	switch {
	case flags.json && more != "":
		fmt.Fprintln(a.stderr, "there is more: add "+more)
	case flags.json:
	case more != "":
		s.line(0, say("%s; the next page: the same command with %s", count(len(page.Changes), "change"), more))
	case len(page.Changes) == 0:
		s.line(0, say("nothing was changed in %s since %s", where, s.when(q.Since)))
	default:
		s.line(0, say("%s since %s in %s; `cachegate show %s` prints a run", count(len(page.Changes), "change"), s.when(q.Since), where, page.Changes[0].Run))
	}
	return nil
}

// pastView is an intent, or access that nobody declared, at a time, as history --at prints it
// with --json.
type pastView struct {
	At   string `json:"at"`
	Unit string `json:"unit"`
	// Known is false where the record does not reach back so far.
	Known bool   `json:"known"`
	AsOf  string `json:"asOf,omitempty"`
	Run   string `json:"run,omitempty"`
	// Intent, declared then, with whether its sources could reach the cluster (State open).
	Cluster  string   `json:"cluster,omitempty"`
	Intent   string   `json:"intent,omitempty"`
	Access   string   `json:"access,omitempty"`
	State    string   `json:"state,omitempty"`
	Sources  []string `json:"sources,omitempty"`
	Path     string   `json:"path,omitempty"`
	Owner    string   `json:"owner,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Until    string   `json:"until,omitempty"`
	Finding  string   `json:"finding,omitempty"`
	Title    string   `json:"title,omitempty"`
	Readable bool     `json:"readable"`
}

func (a *app) showPast(past []record.Past, at time.Time, cluster string, flags historyFlags) error {
	s := a.screen()
	known := false
	for _, p := range past {
		known = known || p.Known
		if flags.json {
			if err := a.printPast(p, at); err != nil {
				return err
			}
			continue
		}
		if cluster == "" || len(p.Declared)+len(p.Undeclared)+len(p.Unknown) > 0 {
			s.past(p, at)
		}
	}
	if !known {
		a.status = statusUnsatisfied
		if !flags.json {
			s.line(0, in(caution, "! "), say("the record says nothing of %s", s.when(at)))
		}
	}
	return nil
}

func (a *app) printPast(p record.Past, at time.Time) error {
	base := pastView{At: utc(at), Unit: p.Unit.String(), Known: p.Known, AsOf: utc(p.AsOf), Run: p.Run, Readable: true}
	views := []pastView{}
	for _, d := range p.Declared {
		v := base
		key := recordKey(d)
		v.Cluster, v.Intent, v.Access, v.State, v.Sources, v.Path = key.cluster, key.name, string(d.Access), d.State, d.Sources, d.Path
		v.Owner, v.Reason, v.Until = d.Owner, d.Reason, utc(d.ExpiresAt)
		views = append(views, v)
	}
	for _, f := range slices.Concat(p.Undeclared, p.Unknown) {
		v := base
		v.Finding, v.Title, v.Readable = f.Handle(), f.Title, !slices.ContainsFunc(p.Unknown, func(u record.Finding) bool { return u.ID == f.ID })
		views = append(views, v)
	}
	if len(views) == 0 {
		views = append(views, base)
	}
	for _, v := range views {
		if err := a.printJSON(v); err != nil {
			return err
		}
	}
	return nil
}
