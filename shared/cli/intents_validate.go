package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/replay"
	"github.com/cachegate/cachegate/shared/resource"
)

func (a *app) validateCommand(flags *liveFlags) *cobra.Command {
	var isLive, asJSON bool
	var world string
	c := &cobra.Command{
		Use:   "validate FILE... [--live | --world FILE]",
		Short: "Check intents files, and name everything that is wrong at once",
		Long: "validate checks every item of files with intents and policies, and names the file, the line and the field\n" +
			"of all that is wrong. Nothing is written, and without --live no AWS account is needed.\n\n" +
			"With --live, the names of clusters are looked up in the deployment's accounts and Regions, its policies\n" +
			"count, and clusters that do not exist are reported. With --world, they are those of a world. With either, what\n" +
			"can be known is checked too: ports that a cluster does not have, and groups, prefix lists, VPCs and\n" +
			"connections that do not exist.\n\n" +
			"Exit status: 0 every item is right, 2 one is not, or could not be checked.",
		Example: "  cachegate intents validate intents.yaml\n" +
			"  cachegate intents validate teams/*.yaml --live\n" +
			"  cachegate intents validate intents.yaml --json | jq .allowed",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(c, "no file is given: name files with intents, or - for the standard input")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if name := flags.given(c); name != "" && !isLive {
				return usageError(c, "%s is for --live: without it, no AWS account is looked at", name)
			}
			if isLive && world != "" {
				return usageError(c, "--live and --world are given: an intents file is compared with one of them")
			}
			return a.validate(c.Context(), args, world, *flags, isLive, asJSON)
		},
		ValidArgsFunction: completeIntentFiles,
	}
	c.Flags().BoolVar(&isLive, "live", false, "look clusters up in the deployment's accounts and Regions, under its policies")
	c.Flags().StringVarP(&world, "world", "w", "", "look clusters, groups and connections up in a world `file`")
	c.Flags().BoolVar(&asJSON, "json", false, "print what is wrong as JSON, one object a line")
	return c
}

func (a *app) validate(ctx context.Context, paths []string, world string, flags liveFlags, isLive, asJSON bool) error {
	read := &inputs{app: a}
	records := read.records(ctx, paths)
	var sim *awssim.Sim
	var warnings []awssim.Warning
	if world != "" {
		sim, warnings = read.world(ctx, world, a.clock)
	}
	if err := read.err(); err != nil {
		return err
	}
	a.warn(warnings, false)
	u := alone(records)
	var absent []absence
	var err error
	switch {
	case isLive:
		u, absent, err = a.understandLive(ctx, records, flags)
	case sim != nil:
		u, absent, err = understandWorld(ctx, records, sim, a.clock)
	}
	if err != nil {
		return err
	}
	if asJSON {
		return a.printProblems(u, absent)
	}
	for _, missing := range absent {
		fmt.Fprintln(a.stderr, "warning: "+clean(missing.text()))
	}
	a.warnOver(u.Set.Intents)
	if len(u.Problems) > 0 {
		wrong := wrongCount(u)
		return &wrongItems{problems: u.Problems, end: fmt.Sprintf("%d of %s: correct them and check again", wrong, wrongText(len(records)))}
	}
	a.screen().line(0, in(good, "✓ "), say("%s: right", itemsText(records)))
	return nil
}

// wrongCount counts the items with problems: those that cannot be understood, and those
// of which the network shows that they cannot be right.
func wrongCount(u operate.Understood) int {
	n := 0
	for _, i := range slices.Concat(u.Set.Invalid, u.Set.InvalidPolicies) {
		n += i.Wrong()
	}
	for _, i := range u.Set.Intents {
		if slices.ContainsFunc(u.Problems, func(p intent.Problem) bool { return p.Key == i.Key() }) {
			n++
		}
	}
	return n
}

func wrongText(items int) string {
	if items == 1 {
		return "1 item is wrong"
	}
	return fmt.Sprintf("%d items are wrong", items)
}

// understandLive reads items as the deployment would: names looked up, its own
// policies in force.
func (a *app) understandLive(ctx context.Context, records []intent.Record, flags liveFlags) (operate.Understood, []absence, error) {
	d, err := a.deployment(ctx, flags)
	if err != nil {
		return operate.Understood{}, nil, err
	}
	policies, err := d.Intents().ListCluster(ctx, intent.Everything)
	if err != nil {
		return operate.Understood{}, nil, live.Advise(err)
	}
	lookup, err := a.lookup(ctx, d)
	if err != nil {
		return operate.Understood{}, nil, err
	}
	lookup.InForce = recordsOf(policies)
	u := operate.Understand(records, lookup)
	session, err := a.liveSession(d, false)
	if err != nil {
		return operate.Understood{}, nil, err
	}
	unknown, err := session.Check(ctx, u.Set)
	if err != nil {
		return operate.Understood{}, nil, live.Advise(err)
	}
	u.Problems = append(u.Problems, unknown...)
	operate.SortProblems(u.Problems)
	return u, absences(u.Set, lookup.Names), nil
}

// understandWorld reads items as they count in a world.
func understandWorld(ctx context.Context, records []intent.Record, sim *awssim.Sim, clock func() time.Time) (operate.Understood, []absence, error) {
	lookup, err := replay.Lookup(ctx, sim)
	if err != nil {
		return operate.Understood{}, nil, err
	}
	u := operate.Understand(records, lookup)
	unknown, err := replay.New(sim, u.Set, replay.Options{Clock: clock}).Check(ctx, u.Set)
	if err != nil {
		return operate.Understood{}, nil, err
	}
	u.Problems = append(u.Problems, unknown...)
	operate.SortProblems(u.Problems)
	return u, absences(u.Set, lookup.Names), nil
}

func recordsOf(items []store.Item) []intent.Record {
	out := make([]intent.Record, 0, len(items))
	for _, i := range items {
		out = append(out, i.Record)
	}
	return out
}

// absence is a cluster that is declared for and does not exist, or may not.
type absence struct {
	cluster string
	places  []intent.Place
	known   bool
	at      network.Location
}

func (m absence) text() string {
	places := make([]string, 0, len(m.places))
	for _, p := range m.places {
		places = append(places, p.String())
	}
	if !m.known {
		return fmt.Sprintf("%s: nobody knows whether %s exists: %s is not among the deployment's accounts and Regions, or cannot be read",
			strings.Join(places, ", "), m.cluster, m.at)
	}
	return fmt.Sprintf("%s: there is no cluster %s (yet): what is declared for it waits for it", strings.Join(places, ", "), m.cluster)
}

// absences gives the clusters of valid intents that are not there.
func absences(set intent.Set, names operate.Names) []absence {
	var out []absence
	for _, i := range set.Intents {
		arn, err := resource.ParseARN(i.Cluster)
		if err != nil {
			continue
		}
		at := network.Location{Account: arn.Account, Region: arn.Region}
		exists, known := names.Exists(i.Cluster, at)
		if exists {
			continue
		}
		n := slices.IndexFunc(out, func(m absence) bool { return m.cluster == i.Cluster })
		if n < 0 {
			out, n = append(out, absence{cluster: i.Cluster, known: known, at: at}), len(out)
		}
		out[n].places = append(out[n].places, i.Place)
	}
	return out
}

// warnOver tells of intents whose time is over: they declare nothing any more.
func (a *app) warnOver(intents []intent.Intent) {
	now := a.clock()
	for _, i := range intents {
		if !i.ExpiresAt.IsZero() && !now.Before(i.ExpiresAt) {
			fmt.Fprintln(a.stderr, "warning: "+clean(fmt.Sprintf("%s: intent %s is %s", i.Place, i.Key().Short(), timeText(i, now))))
		}
	}
}

// problemView is one thing that is wrong, as validate prints it with --json.
type problemView struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Cluster string `json:"cluster"`
	Name    string `json:"name"`
	Field   string `json:"field"`
	Value   string `json:"value,omitempty"`
	Message string `json:"message,omitempty"`
	Allowed string `json:"allowed"`
	// Severity is "error", or "warning" for what waits for a cluster to come.
	Severity string `json:"severity"`
}

func (a *app) printProblems(u operate.Understood, absent []absence) error {
	for _, p := range u.Problems {
		v := problemView{
			File: p.Place.File, Line: p.Place.Line, Cluster: p.Key.Cluster, Name: p.Key.Name, Field: p.Field,
			Value: p.Value, Message: p.Message, Allowed: p.Allowed, Severity: "error",
		}
		if err := a.printJSON(v); err != nil {
			return err
		}
		a.status = statusBadInput
	}
	for _, m := range absent {
		for _, p := range m.places {
			v := problemView{File: p.File, Line: p.Line, Cluster: m.cluster, Field: intent.FieldCluster, Message: m.text(), Severity: "warning"}
			if err := a.printJSON(v); err != nil {
				return err
			}
		}
	}
	return nil
}
