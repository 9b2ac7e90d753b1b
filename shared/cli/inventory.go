package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/inventory"
	"github.com/cachegate/cachegate/shared/inventory/report"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
)

// inventoryFlags are those of inventory.
type inventoryFlags struct {
	sceneFlags
	markdown, html bool
}

func (a *app) inventoryCommand() *cobra.Command {
	var flags inventoryFlags
	c := &cobra.Command{
		Use:   "inventory [CLUSTER] {--live | --world FILE} [--intents FILE]",
		Short: "List who can reach each cluster, over which path and by which rule",
		Long: "inventory lists every cluster, declared or not, and every rule that opens one of its ports: whom it lets in,\n" +
			"what has a source group, over which path they come, and whether routes and network ACLs let them through.\n" +
			"Sources come in the order of their width, the widest first. With --intents, and with --live, it says which\n" +
			"of it is declared.\n\n" +
			"REACHABLE is yes where some of the source gets through, no where none of it does, and unknown where an\n" +
			"appliance decides, or where something could not be read.\n\n" +
			"With --account, it looks at an account with the AWS credentials alone: cachegate need not be deployed.\n\n" +
			"Exit status: 0 the clusters are listed, 2 bad usage or bad input, or none could be read.",
		Example: "  cachegate inventory --live --account 111122223333 --region eu-west-1,us-east-1\n" +
			"  cachegate inventory --live --html > inventory.html\n" +
			"  cachegate inventory sessions --world world.yaml --intents intents.yaml\n" +
			"  cachegate inventory --world world.yaml --json | jq -c 'select(.declared | not)'",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(c, "%s given: inventory takes one CLUSTER, or none for all", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			clock, err := flags.moment(c, a.clock)
			if err != nil {
				return err
			}
			if err := flags.check(c, false); err != nil {
				return err
			}
			if givenOf(flags.json, flags.markdown, flags.html) > 1 {
				return usageError(c, "--json, --markdown and --html cannot be combined: give one of them")
			}
			return a.inventory(c.Context(), strings.Join(args, ""), flags, clock)
		},
		ValidArgsFunction: a.completeScene(&flags.sceneFlags, false),
	}
	flags.add(c, a.environment)
	flags.addProposed(c)
	flags.addAccount(c)
	c.Flags().BoolVar(&flags.markdown, "markdown", false, "print Markdown, for a wiki or a comment")
	c.Flags().BoolVar(&flags.html, "html", false, "print one HTML page that needs nothing beside it, with pictures")
	c.Flags().Lookup("verbose").Usage = "print every interface and warning"
	return c
}

// givenOf counts the flags that are given.
func givenOf(flags ...bool) int {
	n := 0
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}

func (a *app) inventory(ctx context.Context, cluster string, flags inventoryFlags, clock func() time.Time) error {
	s, err := a.scene(ctx, flags.sceneFlags, clock)
	if err != nil {
		return err
	}
	arn := ""
	if cluster != "" {
		if arn, err = s.cluster(ctx, cluster); err != nil {
			return failed(err)
		}
	}
	found, err := a.estate(ctx, s)
	if err != nil {
		return failed(err)
	}
	shown := &inventoried{app: a, flags: flags, screen: a.screen(), report: report.Report{Where: s.where, At: clock()}}
	shown.unread.note(found.Failures)
	bar := a.newProgress("VPCs", len(found.Units))
	defer bar.end()
	for _, u := range found.Units {
		clusters, ix, err := s.session.Inventory(ctx, found, u)
		if err != nil {
			return failed(err)
		}
		shown.unread.note(ix.Failures)
		if err := shown.add(keepCluster(clusters, arn)); err != nil {
			return err
		}
		bar.step()
	}
	bar.end()
	if err := shown.add(keepCluster(placeless(found), arn)); err != nil {
		return err
	}
	if arn != "" && len(shown.report.Clusters) == 0 {
		return fmt.Errorf("CLUSTER is %q: no such cache was found in %s", cluster, s.where)
	}
	if err := shown.end(); err != nil {
		return err
	}
	a.tellUnread(shown.report.Unread)
	a.tellProblems(s.problems)
	if len(s.problems) > 0 || len(found.Units)+len(found.Placeless) == 0 && len(found.Failures) > 0 {
		a.status = statusBadInput
	}
	return nil
}

// estate finds the clusters of a scene.
func (a *app) estate(ctx context.Context, s *scene) (operate.Estate, error) {
	p := a.newProgress("looking for the clusters", unknownLength)
	defer p.end()
	return operate.ReadEstate(ctx, s.session.Clients, s.session.Runner.Locations)
}

// placeless gives the clusters without a VPC, of which nothing more is known.
func placeless(e operate.Estate) []inventory.Cluster {
	var out []inventory.Cluster
	for _, c := range e.Placeless {
		out = append(out, inventory.OutsideVPCs(c))
	}
	return out
}

func keepCluster(all []inventory.Cluster, arn string) []inventory.Cluster {
	if arn == "" {
		return all
	}
	return slices.DeleteFunc(all, func(c inventory.Cluster) bool { return !c.Stands(arn) })
}

// unread collects what could not be read, by place and by why.
type unread struct {
	calls map[[2]string][]string
	order [][2]string
}

func (u *unread) note(failures []network.Failure) {
	for _, f := range failures {
		key := [2]string{f.Location.String(), f.Code}
		if u.calls == nil {
			u.calls = map[[2]string][]string{}
		}
		if _, ok := u.calls[key]; !ok {
			u.order = append(u.order, key)
		}
		if !slices.Contains(u.calls[key], f.Operation) {
			u.calls[key] = append(u.calls[key], f.Operation)
		}
	}
}

// lines says once for each place what could not be read.
func (u *unread) lines() []string {
	var out []string
	for _, key := range u.order {
		if key[1] == network.CodeNotConfigured {
			out = append(out, key[0]+": there is no access to it")
			continue
		}
		calls := slices.Sorted(slices.Values(u.calls[key]))
		text := calls[0]
		if more := len(calls) - 1; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		out = append(out, fmt.Sprintf("%s: %s gave %s", key[0], text, key[1]))
	}
	return out
}

func (a *app) tellUnread(lines []string) {
	for _, line := range lines {
		fmt.Fprintln(a.stderr, "warning: could not be read, and what it hides is unknown: "+clean(line))
	}
}

// inventoried is an inventory being printed: line by line where it can be.
type inventoried struct {
	*app
	flags  inventoryFlags
	screen *screen
	report report.Report
	unread unread
}

func (p *inventoried) add(clusters []inventory.Cluster) error {
	p.report.Clusters = append(p.report.Clusters, clusters...)
	switch {
	case p.flags.json:
		for _, c := range clusters {
			for _, row := range c.Rows() {
				if err := p.printJSON(row); err != nil {
					return err
				}
			}
		}
	case p.flags.markdown, p.flags.html:
	default:
		for _, c := range clusters {
			p.printCluster(c)
		}
	}
	return nil
}

func (p *inventoried) end() error {
	p.report.Unread = p.unread.lines()
	var err error
	switch {
	case p.flags.json:
	case p.flags.markdown:
		_, err = io.WriteString(p.stdout, p.report.Markdown())
	case p.flags.html:
		err = p.report.HTML(p.stdout)
	default:
		p.printSummary()
	}
	if err != nil {
		return fmt.Errorf("writing the inventory: %w", err)
	}
	return nil
}
