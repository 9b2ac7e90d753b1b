package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/graph"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// The formats of a picture.
const (
	formatMermaid = "mermaid"
	formatSVG     = "svg"
)

func (a *app) graphCommand() *cobra.Command {
	var flags sceneFlags
	var format string
	c := &cobra.Command{
		Use:   "graph CLUSTER {--live [--intents FILE] | --world FILE --intents FILE}",
		Short: "Draw the paths to a cluster, with what is broken on them",
		Long: "graph draws a lane for each live intent of a cluster, from its sources to the cluster. Broken hops stand out\n" +
			"by shape and words, so that the picture can be read without colour.\n\n" +
			"CLUSTER is the name of a cache, or its ARN. With --live and --intents, the intents are drawn as if the table\n" +
			"held them.\n\n" +
			"Rules that let in sources that nobody declared are drawn too.\n\n" +
			"Exit status: 0 every path is as declared, 1 one is not, or a critical finding is open, 2 bad usage or bad input.",
		Example: "  cachegate graph sessions --world world.yaml --intents intents.yaml\n" +
			"  cachegate graph sessions --format svg --world world.yaml --intents intents.yaml > sessions.svg",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(c, "%s given: graph takes a CLUSTER", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			clock, err := flags.moment(c, a.clock)
			switch {
			case err != nil:
				return err
			case format != formatMermaid && format != formatSVG:
				return usageError(c, "--format is %q: must be %s or %s", format, formatMermaid, formatSVG)
			}
			if err := flags.check(c, true); err != nil {
				return err
			}
			return a.graph(c.Context(), args[0], format, flags, clock)
		},
		ValidArgsFunction: a.completeScene(&flags, false),
	}
	flags.add(c, a.environment)
	flags.addProposed(c)
	flags.addAccount(c)
	c.Flags().Lookup("json").Hidden = true
	c.Flags().Lookup("verbose").Usage = "print every warning"
	c.Flags().StringVarP(&format, "format", "f", formatMermaid, "the `format`: "+formatMermaid+" or "+formatSVG)
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{formatMermaid, formatSVG}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (a *app) graph(ctx context.Context, cluster, format string, flags sceneFlags, clock func() time.Time) error {
	s, err := a.scene(ctx, flags, clock)
	if err != nil {
		return err
	}
	if err = s.prepare(ctx); err != nil {
		return fmt.Errorf("preparing the world: %w", err)
	}
	picture, err := drawn(ctx, s.session, cluster)
	if err != nil {
		return failed(err)
	}
	if len(picture.Judgements)+len(picture.Undeclared) == 0 {
		return fmt.Errorf("drawing cluster %q: no live intent in %s is for it, and no rule lets anybody else in; check the name, or declare one", cluster, s.declared())
	}
	if unsatisfied(picture.Judgements) > 0 || criticals(picture.Undeclared) > 0 {
		a.status = statusUnsatisfied
	}
	text := picture.Mermaid()
	if format == formatSVG {
		text = picture.SVG()
	}
	if _, err := io.WriteString(a.stdout, text); err != nil {
		return fmt.Errorf("writing the picture: %w", err)
	}
	a.tellProblems(s.problems)
	if len(s.problems) > 0 {
		a.status = statusBadInput
	}
	return nil
}

// declared says where the intents are from, for messages.
func (s *scene) declared() string { return cmp.Or(s.declaredIn, s.where) }

// drawn gives what there is to draw of a cluster: its intents as they stand, and what is
// open beside them.
func drawn(ctx context.Context, session *operate.Session, cluster string) (graph.Picture, error) {
	p := graph.Picture{Cluster: intent.ShortName(cluster)}
	units, err := session.Seen(ctx)
	if err != nil {
		return p, err
	}
	for _, u := range units {
		report, err := session.Runner.Preview(ctx, u, reconcile.Wake{}, session.At)
		if err != nil {
			return p, fmt.Errorf("judging unit %s: %w", u, err)
		}
		p.Judgements = append(p.Judgements, ofCluster(report.After, cluster)...)
		for _, f := range report.Live {
			ours := report.Snapshot != nil && slices.ContainsFunc(slices.Collect(maps.Values(report.Snapshot.Clusters)), func(c network.Cluster) bool {
				return isCluster(c.ARN, cluster) && slices.ContainsFunc(c.SecurityGroups, func(m network.Membership) bool { return m.SecurityGroup == f.Resource })
			})
			if (f.Kind == finding.AccessUndeclared || f.Kind == finding.ExpiredButOpen) && ours && f.About.RuleID != "" {
				p.Undeclared = append(p.Undeclared, f)
			}
		}
	}
	slices.SortStableFunc(p.Judgements, func(a, b access.Judgement) int { return cmp.Compare(a.Intent.Name, b.Intent.Name) })
	p.Undeclared = slices.CompactFunc(p.Undeclared, func(a, b finding.Finding) bool { return a.About == b.About })
	return p, nil
}

// isCluster says whether an ARN is that of a cluster, which goes by name or ARN.
func isCluster(arn, cluster string) bool { return arn == cluster || intent.ShortName(arn) == cluster }

// ofCluster keeps the judgements of a cluster, by name or ARN.
func ofCluster(judgements []access.Judgement, cluster string) []access.Judgement {
	return slices.DeleteFunc(judgements, func(j access.Judgement) bool {
		return !isCluster(j.Intent.Cluster, cluster)
	})
}
