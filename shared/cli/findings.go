package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/record"
)

// findingsFlags say which findings are listed.
type findingsFlags struct {
	liveFlags
	open, json                     bool
	severity, cluster, unit, since string
}

func (a *app) findingsCommand() *cobra.Command {
	var flags findingsFlags
	c := &cobra.Command{
		Use:   "findings",
		Short: "List what a deployment found: what is open, and what was resolved lately",
		Long: "findings lists what is open in a deployment, the worst first, and below it what was resolved in the last 24\n" +
			"hours. Each has a short name; `cachegate show` prints it with its path, its history and what to do.\n\n" +
			"It reads the deployment's ledger: the findings are those of the last run of each unit.\n\n" +
			"Exit status: 0 none of them is open, 1 some are, 2 bad usage, or it could not be read.",
		Example: "  cachegate findings --open --severity high\n" +
			"  cachegate findings --cluster sessions --since 7d\n" +
			"  cachegate findings --json | jq -r 'select(.kind == \"access-undeclared\").resource'",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if flags.severity != "" && !slices.Contains(finding.Severities(), finding.Severity(flags.severity)) {
				return usageError(c, "--severity is %q: must be %s", flags.severity, severityNames())
			}
			if flags.open && c.Flags().Changed("since") {
				return usageError(c, "--since is about what was resolved: leave --open out")
			}
			return a.findings(c.Context(), flags)
		},
	}
	flags.add(c.Flags(), a.environment)
	c.Flags().BoolVar(&flags.open, "open", false, "only what is open")
	c.Flags().StringVar(&flags.severity, "severity", "", "only of this `severity` or worse: "+severityNames())
	c.Flags().StringVar(&flags.cluster, "cluster", "", "only of this `cluster`, by name or ARN")
	c.Flags().StringVar(&flags.unit, "unit", "", "only of this `unit`: account/Region/VPC, or the VPC alone")
	c.Flags().StringVar(&flags.since, "since", "24h", "also what was resolved since this `time`: 90m, 7d, 2026-11-30")
	c.Flags().BoolVar(&flags.json, "json", false, "print JSON, one object a line")
	_ = c.RegisterFlagCompletionFunc("severity", cobra.FixedCompletions(strings.Split(severityNames(), ", "), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("cluster", a.completeClusters(&flags.liveFlags))
	return c
}

// noArguments refuses arguments, and says so as other refusals are said.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError(c, "%s given: %s takes none", count(len(args), "argument"), c.Name())
	}
	return nil
}

func severityNames() string {
	var names []string
	for _, s := range finding.Severities() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

func (a *app) findings(ctx context.Context, flags findingsFlags) error {
	filter := record.Filter{Least: finding.Severity(flags.severity)}
	if !flags.open {
		since, err := pastTime("--since", flags.since, a.clock())
		if err != nil {
			return err
		}
		filter.ResolvedSince = since
	}
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	if filter.Cluster, err = b.cluster(flags.cluster); err != nil {
		return err
	}
	if filter.Units, err = b.units(ctx, flags.unit, filter.Cluster); err != nil {
		return err
	}
	found, err := b.Findings(ctx, filter)
	if err != nil {
		return live.Advise(err)
	}
	open := 0
	for _, f := range found {
		if f.Open() {
			open++
			a.status = statusUnsatisfied
		}
		if flags.json {
			if err := a.printJSON(findingViewOf(f)); err != nil {
				return err
			}
		}
	}
	if !flags.json {
		a.screen().findingList(found, open, b.deployment.Where())
	}
	return nil
}

// findingView is a finding as findings and show print it with --json.
type findingView struct {
	Finding  string `json:"finding"`
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Status   string `json:"status"`
	Severity string `json:"severity"`
	Unit     string `json:"unit"`
	Cluster  string `json:"cluster"`
	ARN      string `json:"arn,omitempty"`
	Intent   string `json:"intent"`
	Resource string `json:"resource,omitempty"`
	Owner    string `json:"owner,omitempty"`
	Actor    string `json:"actor,omitempty"`
	Title    string `json:"title"`
	Detail   string `json:"detail,omitempty"`
	Impact   string `json:"impact"`
	Fix      string `json:"fix,omitempty"`
	Since    string `json:"since,omitempty"`
	Resolved string `json:"resolved,omitempty"`
}

func findingViewOf(f record.Finding) findingView {
	v := findingView{
		Finding: f.Handle(), ID: f.ID, Kind: string(f.Kind), Status: statusOf(f), Severity: string(f.Severity), Unit: f.Unit.String(),
		Cluster: intent.ShortName(f.Cluster), ARN: f.Cluster, Intent: f.Intent, Resource: f.Resource, Owner: f.Owner, Actor: f.Actor,
		Title: f.Title, Detail: f.Detail, Impact: f.Kind.Impact(), Fix: f.Fix, Since: utc(f.Since), Resolved: utc(f.Resolved),
	}
	return v
}

// utc gives a time of the record for programs, empty where there is none.
func utc(t time.Time) string { return timeOrNone(t.UTC()) }

// statusOf says whether a finding is open. That it changed is told by its history.
func statusOf(f record.Finding) string {
	if f.Open() {
		return string(finding.Open)
	}
	return string(finding.Resolved)
}

func severityTone(s finding.Severity) tone {
	switch s {
	case finding.Critical, finding.High:
		return bad
	case finding.Medium:
		return caution
	default:
		return normal
	}
}

// findingList prints findings, two lines each.
func (s *screen) findingList(found []record.Finding, open int, where string) {
	for _, f := range found {
		s.findingHead(f)
		s.hanging(2, 4, say("%s", f.Title))
	}
	resolved := ""
	if n := len(found) - open; n > 0 {
		resolved = fmt.Sprintf(", %d resolved", n)
	}
	if open == 0 {
		s.line(0, in(good, "✓ "), say("no finding of these is open in %s%s", where, resolved))
		return
	}
	s.line(0, say("%s open%s in %s; `cachegate show %s` prints the first with its history and what to do", count(open, "finding"), resolved, where, found[0].Handle()))
}

func (s *screen) findingHead(f record.Finding) {
	spans := []span{in(accent, "%s", f.Handle())}
	if f.Open() {
		spans = append(spans, say("  "), in(severityTone(f.Severity), "%s", f.Severity), in(strong, "  %s", f.Kind), in(faint, "  since %s", s.when(f.Since)))
	} else {
		spans = append(spans, say("  "), in(good, "resolved"), in(strong, "  %s", f.Kind), in(faint, "  %s to %s", s.when(f.Since), s.when(f.Resolved)))
	}
	s.hanging(0, 4, spans...)
}
