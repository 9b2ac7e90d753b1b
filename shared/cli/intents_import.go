package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/importing"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/schema"
)

// importFlags are those of intents import.
type importFlags struct {
	sceneFlags
	ownerTags []string
}

func (a *app) importCommand() *cobra.Command {
	var flags importFlags
	c := &cobra.Command{
		Use:   "import {--live | --world FILE}",
		Short: "Write intents that say what is open today",
		Long: "import writes an intents file to the standard output: an intent for each cluster and source that the rules\n" +
			"of its security groups let in, with the owner that tags name. What is declared already, in the table or in\n" +
			"--intents, is not written again. Nothing is changed.\n\n" +
			"It plans what it writes: an intent for which a run would open, route or close anything is left to you, as a\n" +
			"comment. So are everybody (0.0.0.0/0), rules that open more than a cluster's ports, and what the policies do\n" +
			"not allow. What is doubtful has a comment above it.\n\n" +
			"With --account, it looks at an account with the AWS credentials alone: cachegate need not be deployed.\n\n" +
			"Exit status: 0 the file is written, 2 bad usage or bad input, or something could not be read.",
		Example: "  cachegate intents import --live > intents.yaml\n" +
			"  cachegate intents import --live --account 111122223333 --region eu-west-1 --owner-tag CostCenter\n" +
			"  cachegate intents import --world world.yaml > intents.yaml && cachegate plan --world world.yaml -i intents.yaml",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError(c, "%s given: import takes none", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			clock, err := flags.moment(c, a.clock)
			if err != nil {
				return err
			}
			if err := flags.check(c, false); err != nil {
				return err
			}
			return a.importIntents(c.Context(), flags, clock)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.add(c, a.environment)
	flags.addProposed(c)
	flags.addAccount(c)
	c.Flags().StringSliceVar(&flags.ownerTags, "owner-tag", nil, "the `tag` that names an owner; may be given more than once (default: owner, team, contact, service)")
	c.Flags().Lookup("intents").Usage = "`file` with what is declared already, in YAML or JSON; with --live: in the place of the table"
	c.Flags().Lookup("json").Usage = "print JSON, an object a line for each source, with what is left to you"
	c.Flags().Lookup("verbose").Usage = "print every warning"
	return c
}

func (a *app) importIntents(ctx context.Context, flags importFlags, clock func() time.Time) error {
	s, err := a.scene(ctx, flags.sceneFlags, clock)
	if err != nil {
		return err
	}
	if len(s.problems) > 0 {
		return &wrongItems{problems: s.problems, end: "nothing was imported: what these items are to declare is not known; correct them"}
	}
	if err = s.prepare(ctx); err != nil {
		return failed(err)
	}
	found, err := a.estate(ctx, s)
	if err != nil {
		return failed(err)
	}
	bar := a.newProgress("VPCs", len(found.Units))
	defer bar.end()
	draft, err := s.session.Import(ctx, found, flags.ownerTags, bar.step)
	bar.end()
	if err != nil {
		return failed(err)
	}
	var dark unread
	dark.note(found.Failures)
	a.tellUnread(dark.lines())
	intents, clusters, left := draft.Counts()
	told := fmt.Sprintf("%s for %s; %s left to you", count(intents, "intent"), count(clusters, "cluster"), count(left, "more source"))
	if left == 0 {
		told = fmt.Sprintf("%s for %s", count(intents, "intent"), count(clusters, "cluster"))
	}
	if flags.json {
		return a.printDraft(draft)
	}
	head := []string{
		"yaml-language-server: $schema=" + schema.Home + schema.IntentsFile,
		fmt.Sprintf("What is open in %s on %s, as intents: %s.", s.where, clock().Format("2006-01-02"), told),
		"A plan with this file changes nothing. Look it through, then: cachegate intents apply -f FILE",
	}
	names := clusterNames(draft, len(found.Failures) == 0)
	if _, err := a.stdout.Write(draft.YAML(names, head...)); err != nil {
		return fmt.Errorf("writing the intents: %w", err)
	}
	for _, w := range draft.Warnings {
		fmt.Fprintln(a.stderr, "warning: "+clean(w))
	}
	if len(found.Units)+len(found.Placeless) == 0 && len(found.Failures) > 0 {
		a.status = statusBadInput
	}
	return nil
}

// clusterNames gives how a file calls clusters: by their names, where all caches could be
// read and one alone has the name.
func clusterNames(d *importing.Draft, sure bool) func(string) string {
	times := map[string]int{}
	for _, c := range d.Clusters {
		times[c.Name]++
		for _, node := range c.Members {
			if node != c.Name {
				times[node]++
			}
		}
	}
	return func(arn string) string {
		if name := intent.ShortName(arn); sure && times[name] == 1 {
			return name
		}
		return arn
	}
}

// draftView is one source of a draft, as import prints it with --json.
type draftView struct {
	Cluster string   `json:"cluster"`
	ARN     string   `json:"arn"`
	Name    string   `json:"name,omitempty"`
	Source  string   `json:"source,omitempty"`
	Path    string   `json:"path,omitempty"`
	Ports   []uint16 `json:"ports,omitempty"`
	Owner   string   `json:"owner,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Rules   []string `json:"rules,omitempty"`
	// Imported says that it is declared; Left is why not.
	Imported bool     `json:"imported"`
	Left     string   `json:"left,omitempty"`
	Notes    []string `json:"notes,omitempty"`
}

func (a *app) printDraft(d *importing.Draft) error {
	for _, c := range d.Clusters {
		base := draftView{Cluster: c.Name, ARN: c.ARN}
		for _, n := range c.Notes {
			v := base
			v.Left = n
			if err := a.printJSON(v); err != nil {
				return err
			}
		}
		for _, i := range c.Items {
			v := base
			v.Name, v.Source, v.Path, v.Ports = i.Intent.Name, i.Intent.Sources[0].String(), string(i.Intent.Path), i.Intent.Ports
			v.Owner, v.Reason, v.Rules, v.Notes = i.Intent.Owner, i.Intent.Reason, i.Rules, i.Notes
			v.Imported, v.Left = i.Left == "", i.Left
			if err := a.printJSON(v); err != nil {
				return err
			}
		}
	}
	return nil
}
