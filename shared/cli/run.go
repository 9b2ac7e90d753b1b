package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/wake"
)

// runFlags say how a unit is run.
type runFlags struct {
	liveFlags
	json bool
}

func (a *app) runCommand() *cobra.Command {
	var flags runFlags
	c := &cobra.Command{
		Use:   "run {UNIT | CLUSTER}",
		Short: "Have the deployment check a unit now, ahead of its schedule",
		Long: "run asks the deployment for a run of a unit (account/Region/VPC, or the VPC alone), or of the unit of a\n" +
			"cluster, by name or ARN. It is a run as any other: under the unit's lease, in its mode, behind a run that is\n" +
			"under way. What is contested, and waits for a pause to end, is tried at once.\n\n" +
			"The command writes nothing but the message; the run begins within a minute.\n\n" +
			"Exit status: 0 the deployment is asked, 2 bad usage, or it could not be.",
		Example: "  cachegate run sessions\n" +
			"  cachegate run 111122223333/eu-west-1/vpc-0a1b2c3d",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(c, "%s given: run takes one UNIT or CLUSTER", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.runNow(c.Context(), args[0], flags)
		},
		ValidArgsFunction: a.completeClusters(&flags.liveFlags),
	}
	flags.add(c.Flags(), a.environment)
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON, one object a line")
	return c
}

func (a *app) runNow(ctx context.Context, word string, flags runFlags) error {
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	units, err := b.unitsNamed(ctx, word)
	if err != nil {
		return err
	}
	s, err := b.deployment.Settings()
	if err != nil {
		return err
	}
	by, err := operate.Caller(ctx, sts.NewFromConfig(b.deployment.Config))
	if err != nil {
		return live.Advise(err)
	}
	q := deployed.Queue(b.deployment.Config, s)
	q.Clock = a.clock
	for _, u := range units {
		if err := q.Now(ctx, wake.Request{Unit: u, Trigger: "asked for by " + by}); err != nil {
			return live.Advise(err)
		}
		if flags.json {
			if err := a.printJSON(map[string]string{"unit": u.String(), "by": by}); err != nil {
				return err
			}
		}
	}
	if !flags.json {
		screen := a.screen()
		screen.line(0, in(good, "✓ "), say("%s asked for; it begins within a minute", runsOf(units)))
		screen.line(2, in(faint, "`cachegate history --all --since 5m` shows what came of it"))
	}
	return nil
}

func runsOf(units []network.Unit) string {
	if len(units) == 1 {
		return "a run of unit " + units[0].String() + " is"
	}
	return fmt.Sprintf("runs of %s are", count(len(units), "unit"))
}

// unitsNamed gives the units that a word names: itself, the one of a VPC, or those of a
// cluster, which may be another one's while the cluster moves.
func (b *book) unitsNamed(ctx context.Context, word string) ([]network.Unit, error) {
	if u, err := network.ParseUnit(word); err == nil {
		return []network.Unit{u}, b.inReach(u, word)
	}
	if strings.HasPrefix(word, "vpc-") {
		return b.units(ctx, word, "")
	}
	arn, err := b.names.find(word)
	if err != nil {
		return nil, err
	}
	if arn == "" {
		return nil, fmt.Errorf("CLUSTER is %q: no run has looked at such a cluster; there are %s", word, listed(b.names))
	}
	units, err := b.Units(ctx, arn)
	if err == nil && len(units) == 0 {
		err = fmt.Errorf("CLUSTER is %q: no run has looked at it; there are %s", word, listed(b.names))
	}
	return units, live.Advise(err)
}

// inReach says whether a unit is in an account and Region of the deployment.
func (b *book) inReach(u network.Unit, word string) error {
	s, err := b.deployment.Settings()
	if err != nil {
		return err
	}
	var all []string
	for _, l := range s.Locations() {
		if l == u.Location {
			return nil
		}
		all = append(all, l.String())
	}
	return fmt.Errorf("UNIT is %q: the deployment does not know account %s in %s; it knows %s", word, u.Account, u.Region, fewOf(all))
}
