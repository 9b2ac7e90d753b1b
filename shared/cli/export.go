package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/exporting"
)

// The formats of an export.
const (
	formatTerraform      = "terraform"
	formatCloudFormation = "cloudformation"
)

// exportFlags are those of export.
type exportFlags struct {
	sceneFlags
	format, output string
}

func (a *app) exportCommand() *cobra.Command {
	var flags exportFlags
	c := &cobra.Command{
		Use:   "export --format terraform|cloudformation {--live | --world FILE --intents FILE}",
		Short: "Write what cachegate holds as plain rules and routes of Terraform or CloudFormation",
		Long: "export is the way out: it writes each rule and route that cachegate put in place and that stands as a resource\n" +
			"of Terraform or CloudFormation, with what these need to take it over as it is. Nothing is changed, and cachegate\n" +
			"goes on holding them: set the mode to off before you apply the other tool, so that two do not work on one rule.\n\n" +
			"Terraform: one file, with import blocks (Terraform 1.5). CloudFormation: a template for each account and Region,\n" +
			"and the file for `aws cloudformation create-change-set --change-set-type IMPORT --resources-to-import`; they\n" +
			"are written to the folder of --output.\n\n" +
			"To leave rules to cachegate instead, keep other tools away from its groups: aws_vpc_security_group_rules_exclusive,\n" +
			"and ingress blocks of aws_security_group, take every rule away that they do not know.\n\n" +
			"Exit status: 0 everything is written, 1 something that is held does not stand as it should, 2 bad usage or input.",
		Example: "  cachegate export --format terraform --live > cachegate.tf\n" +
			"  cachegate export --format cloudformation --live --output stacks",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			clock, err := flags.moment(c, a.clock)
			if err != nil {
				return err
			}
			switch {
			case flags.format != formatTerraform && flags.format != formatCloudFormation:
				return usageError(c, "--format is %q: must be %s or %s", flags.format, formatTerraform, formatCloudFormation)
			case flags.format == formatCloudFormation && flags.output == "":
				return usageError(c, "no folder is given: add --output FOLDER, for a template of each account and Region")
			}
			if err := flags.check(c, true); err != nil {
				return err
			}
			return a.export(c.Context(), flags, clock)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.add(c, a.environment)
	c.Flags().Lookup("json").Hidden = true
	c.Flags().Lookup("verbose").Usage = "print every warning"
	c.Flags().StringVarP(&flags.format, "format", "f", "", "the `format`: "+formatTerraform+" or "+formatCloudFormation)
	c.Flags().StringVarP(&flags.output, "output", "o", "", "the `path` to write to: a file for Terraform (default: the standard output), a folder for CloudFormation")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{formatTerraform, formatCloudFormation}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (a *app) export(ctx context.Context, flags exportFlags, clock func() time.Time) error {
	s, err := a.scene(ctx, flags.sceneFlags, clock)
	if err != nil {
		return err
	}
	if err = s.prepare(ctx); err != nil {
		return failed(err)
	}
	p := a.newProgress("reading what is held", unknownLength)
	held, missing, err := s.session.Holdings(ctx)
	p.end()
	if err != nil {
		return failed(err)
	}
	for _, m := range missing {
		fmt.Fprintln(a.stderr, "warning: left out, since "+clean(m))
		a.status = statusUnsatisfied
	}
	a.tellProblems(s.problems)
	if len(s.problems) > 0 {
		a.status = statusBadInput
	}
	if len(held) == 0 {
		return errors.New("cachegate holds nothing here: there is nothing to export")
	}
	if flags.format == formatCloudFormation {
		return a.exportStacks(flags.output, held)
	}
	text := exporting.Terraform(held)
	if flags.output != "" {
		return writePrivate(flags.output, text)
	}
	if _, err := a.stdout.Write(text); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	return nil
}

func (a *app) exportStacks(folder string, held []exporting.Holding) error {
	stacks, err := exporting.CloudFormation(held)
	if err != nil {
		return err
	}
	const private = 0o700
	if err := os.MkdirAll(folder, private); err != nil {
		return fmt.Errorf("making the folder for the templates: %w", err)
	}
	for _, stack := range stacks {
		name := filepath.Join(folder, stack.Account+"-"+stack.Region)
		if err := writePrivate(name+".template.json", append(stack.Template, '\n')); err != nil {
			return err
		}
		if err := writePrivate(name+".import.json", append(stack.Import, '\n')); err != nil {
			return err
		}
		for _, left := range stack.Left {
			fmt.Fprintln(a.stderr, "warning: left out, since CloudFormation imports no resource of its kind: "+clean(left))
		}
		fmt.Fprintf(a.stderr, "%s.template.json, %s.import.json\n", clean(name), clean(name))
	}
	return nil
}
