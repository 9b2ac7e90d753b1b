package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/schema"
)

func (a *app) schemaCommand() *cobra.Command {
	schemas := map[string]func() ([]byte, error){schema.Intents: schema.OfIntents, schema.World: schema.OfWorld}
	names := []string{schema.Intents, schema.World}
	return &cobra.Command{
		Use:   "schema {intents | world}",
		Short: "Print the JSON Schema of intents files or of worlds, for editors",
		Long: "schema prints a JSON Schema: of intents and policies, made from the table that their parser reads, or of what a\n" +
			"world has beside the lists of AWS. An editor with a YAML language server checks and completes a file that\n" +
			"begins with:\n\n" +
			"  # yaml-language-server: $schema=" + schema.Home + schema.IntentsFile + "\n\n" +
			"The schema takes whatever the parser takes. `cachegate intents validate` finds more: what is true of two\n" +
			"fields together, or of the network.\n\n" +
			"Exit status: 0 it is printed, 2 bad usage.",
		Example: "  cachegate schema intents > intents.schema.json",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(names, args[0]) {
				return usageError(c, "it is not clear which schema you mean: schema takes intents or world")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := schemas[args[0]]()
			if err != nil {
				return err
			}
			if _, err := a.stdout.Write(text); err != nil {
				return fmt.Errorf("writing the schema: %w", err)
			}
			return nil
		},
		ValidArgs: names,
	}
}
