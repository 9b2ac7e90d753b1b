package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/planreport"
	"github.com/cachegate/cachegate/shared/reconcile"
)

func (a *app) planCommand() *cobra.Command {
	var flags planFlags
	c := &cobra.Command{
		Use:   "plan [CLUSTER] {--live [--intents FILE] | --world FILE --intents FILE}",
		Short: "Show what the next run would change, without writing anything",
		Long: "plan does all that a run does except write: it reads the intents and the network, judges every intent and works\n" +
			"out the changes, in their order, with what speaks against them. It writes neither to AWS nor to the ledger,\n" +
			"and takes no lease.\n\n" +
			"A run works on a unit, the VPC of one or more clusters. With a CLUSTER (a name or an ARN), its unit alone is\n" +
			"planned. The plan's hash names the changes: a run with the same hash makes these and no others.\n" +
			"On a world, the mode is enforce unless a policy of the intents says otherwise.\n\n" +
			"With --live and --intents, it shows what would happen if the table held the file's items. Policies of the\n" +
			"table hold on where the file has none in their place. With --account, the AWS credentials are enough:\n" +
			"cachegate need not be deployed.\n\n" +
			"The findings are all that are open, those that were told before too.\n\n" +
			"Exit status: 0 nothing to do, every intent satisfied and no critical finding, 1 there is something, 2 bad\n" +
			"usage, bad input, an item that is wrong, or it could not be read.",
		Example: "  cachegate plan --live\n" +
			"  cachegate plan sessions --live --now 2027-01-01T00:00:00Z     what will be over then closes\n" +
			"  cachegate plan --live --intents intents.yaml --markdown       for a comment on a pull request\n" +
			"  cachegate plan --world world.yaml --intents intents.yaml --json | jq -c .changes[]",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(c, "%s given: plan takes one CLUSTER, or none for all", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			clock, err := flags.moment(c, a.clock)
			if err != nil {
				return err
			}
			if err := flags.check(c, true); err != nil {
				return err
			}
			if flags.json && flags.markdown {
				return usageError(c, "--json and --markdown cannot be combined: give one of them")
			}
			return a.plan(c.Context(), strings.Join(args, ""), flags, clock)
		},
		ValidArgsFunction: a.completeScene(&flags.sceneFlags, false),
	}
	flags.add(c, a.environment)
	flags.addProposed(c)
	flags.addAccount(c)
	c.Flags().BoolVar(&flags.markdown, "markdown", false, "print Markdown, for a comment on a pull request")
	c.Flags().Lookup("verbose").Usage = "print every hop and warning, of satisfied intents too"
	return c
}

// planFlags are those of plan.
type planFlags struct {
	sceneFlags
	markdown bool
}

func (a *app) plan(ctx context.Context, cluster string, flags planFlags, clock func() time.Time) error {
	s, err := a.scene(ctx, flags.sceneFlags, clock)
	if err != nil {
		return err
	}
	s.session.Writes = false
	units, err := a.plannedUnits(ctx, s, cluster)
	if err != nil {
		return failed(err)
	}
	screen := a.screen()
	p := planned{app: a, flags: flags, text: &eventText{screen: screen, looking: true, verbose: flags.verbose}}
	bar := a.newProgress("units", len(units))
	defer bar.end()
	for i := 0; i < len(units); i++ {
		report, err := s.session.Run(ctx, units[i], reconcile.Wake{Trigger: "plan"})
		if err != nil {
			return failed(err)
		}
		for _, u := range report.Moved {
			if !slices.Contains(units, u) {
				units = append(units, u)
			}
		}
		if onlyLeadsOn(report) {
			continue
		}
		if err := p.unit(report); err != nil {
			return err
		}
		bar.step()
	}
	bar.end()
	p.problems = s.problems
	if err := p.end(); err != nil {
		return err
	}
	a.warnForeign(s.account, s.session, p.seen...)
	a.tellProblems(s.problems)
	if len(s.problems) > 0 {
		a.status = statusBadInput
	}
	return nil
}

// onlyLeadsOn says whether a unit has nothing but where its clusters are by now.
func onlyLeadsOn(r reconcile.Report) bool {
	return r.Unit.IsPending() && len(r.Moved) > 0 && len(r.After)+len(r.Changes)+len(r.Told) == 0
}

// plannedUnits gives the unit of a cluster, or all.
func (a *app) plannedUnits(ctx context.Context, s *scene, cluster string) ([]network.Unit, error) {
	p := a.newProgress("looking for the clusters", unknownLength)
	defer p.end()
	arn := ""
	if cluster != "" {
		var err error
		if arn, err = s.cluster(ctx, cluster); err != nil {
			return nil, err
		}
	}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	if arn == "" {
		return s.session.Seen(ctx)
	}
	unit, err := s.session.UnitOf(ctx, arn)
	return []network.Unit{unit}, err
}

// planned is plans being printed.
type planned struct {
	*app
	flags       planFlags
	text        *eventText
	total       summary
	units       int
	intents     int
	unsatisfied int
	critical    int
	seen        []access.Judgement
	// reports and problems are kept for Markdown, which begins with the counts.
	reports  []reconcile.Report
	problems []intent.Problem
}

// planView is the plan of one unit, as plan prints it with --json.
type planView struct {
	Unit     string                `json:"unit"`
	Hash     string                `json:"hash"`
	Next     string                `json:"next,omitempty"`
	Intents  []planIntentView      `json:"intents"`
	Changes  []operate.ChangeView  `json:"changes"`
	Findings []operate.FindingView `json:"findings"`
}

// planIntentView is an intent as it stands.
type planIntentView struct {
	Cluster   string            `json:"cluster"`
	Name      string            `json:"name"`
	Access    string            `json:"access"`
	Path      string            `json:"path"`
	State     string            `json:"state"`
	Satisfied bool              `json:"satisfied"`
	Hops      []operate.HopView `json:"hops"`
}

func (p *planned) unit(r reconcile.Report) error {
	p.total.addChanges(r.Changes)
	p.units++
	p.intents += len(r.After)
	p.seen = append(p.seen, r.After...)
	p.unsatisfied += unsatisfied(r.After)
	r.Told = openFindings(r)
	critical := criticals(r.Told)
	p.critical += critical
	if len(r.Changes) > 0 || unsatisfied(r.After) > 0 || critical > 0 {
		p.status = statusUnsatisfied
	}
	if p.flags.markdown {
		p.reports = append(p.reports, r)
		return nil
	}
	if !p.flags.json {
		p.text.planned(r)
		return nil
	}
	v := operate.ReportView("plan", r)
	intents := make([]planIntentView, 0, len(v.Intents))
	for _, i := range v.Intents {
		intents = append(intents, planIntentView{
			Cluster: i.Cluster, Name: i.Name, Access: i.Access, Path: i.Path, State: i.After, Satisfied: i.Satisfied, Hops: i.HopsAfter,
		})
	}
	return p.printJSON(planView{
		Unit: r.Unit.String(), Hash: r.Hash, Next: timeOrNone(r.Next.UTC()), Intents: intents, Changes: v.Changes, Findings: v.Findings,
	})
}

// end says how much there is in all.
func (p *planned) end() error {
	if p.flags.json {
		return nil
	}
	if p.flags.markdown {
		if _, err := io.WriteString(p.stdout, planreport.Markdown(p.reports, p.problems)); err != nil {
			return fmt.Errorf("writing the plan: %w", err)
		}
		return nil
	}
	t := p.text
	t.begin(paragraph)
	if !t.plain() {
		t.rule(heavyLine, "summary", "")
	}
	lead := ""
	if t.plain() {
		lead = "summary  "
	}
	t.line(0, say("%s%s; %s", lead, count(p.units, "unit"), p.total.outcomesText()))
	t.verdict(p.intents, p.unsatisfied, p.critical, "")
	if p.total.observed() > 0 {
		t.line(0, in(caution, "!"), say(" the mode is observe where a change is planned: none of that is done before `cachegate mode enforce`"))
	}
	return nil
}

// outcomesText counts what becomes of changes.
func (s *summary) outcomesText() string {
	var parts []string
	for _, outcome := range outcomesInOrder() {
		if n := s.outcomes[outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", count(n, "change"), outcome))
		}
	}
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}
