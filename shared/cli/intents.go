package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/resource"
)

func (a *app) intentsCommand() *cobra.Command {
	var flags liveFlags
	c := &cobra.Command{
		Use:   "intents",
		Short: "Show, check and change what is declared in a deployment",
		Long: "intents works on the table in which a deployment keeps what is declared: intents and policies.\n" +
			"Cachegate sees every change of it, whoever makes it, and looks at the clusters concerned within a minute.\n\n" +
			"The table is that of the hub's CloudFormation stack; CACHEGATE_INTENTS_TABLE names it for those who may\n" +
			"not read stacks.",
		Example: "  cachegate intents validate intents.yaml                  no AWS account is needed\n" +
			"  cachegate intents list sessions\n" +
			"  cachegate intents apply -f intents.yaml --dry-run\n" +
			"  cachegate intents delete sessions orders\n" +
			"  cachegate intents import --live > intents.yaml           what is open today, as intents",
		Args: subcommandArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	flags.add(c.PersistentFlags(), a.environment)
	c.AddCommand(a.validateCommand(&flags), a.listCommand(&flags), a.applyCommand(&flags), a.deleteCommand(&flags), a.importCommand(), a.diffCommand())
	return c
}

// subcommandArguments refuses a word that is no subcommand.
func subcommandArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = nearEnough
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return usageError(c, "there is no command %q; did you mean %q?", args[0], near[0])
	}
	return usageError(c, "there is no command %q", args[0])
}

// itemName is what people call an item: cluster/name, or the policy that it is.
// Of two clusters with one name, both go by their ARNs.
func (n itemNames) of(k intent.Key) string {
	switch {
	case k.Cluster == intent.Everything && k.Name == intent.Everything:
		return "policy for all clusters"
	case k.Cluster == intent.Everything:
		return "policy for " + n.cluster(k.Name)
	default:
		return n.cluster(k.Cluster) + "/" + k.Name
	}
}

// itemNames are the ARNs that share a short name, by that name.
type itemNames map[string][]string

func namesOf(keys []intent.Key) itemNames {
	n := itemNames{}
	for _, k := range keys {
		arn := k.Cluster
		if arn == intent.Everything {
			arn = k.Name
		}
		n.add(arn)
	}
	return n
}

func (n itemNames) add(arn string) {
	short := intent.ShortName(arn)
	if !slices.Contains(n[short], arn) {
		n[short] = append(n[short], arn)
	}
}

func (n itemNames) cluster(arn string) string {
	short := intent.ShortName(arn)
	if len(n[short]) > 1 {
		return arn
	}
	return short
}

// find gives the cluster that a word means among those of the table: an ARN as it
// is, a name where one cluster has it.
func (n itemNames) find(word string) (string, error) {
	switch arns := n[intent.ShortName(word)]; {
	case word != intent.ShortName(word):
		if _, err := resource.ParseARN(word); err != nil {
			return "", fmt.Errorf("CLUSTER is %q: %w", word, err)
		}
		return word, nil
	case len(arns) == 1:
		return arns[0], nil
	case len(arns) > 1:
		return "", &ambiguousError{word: word, arns: arns}
	default:
		return "", nil
	}
}

// ambiguousError says that several clusters have a name.
type ambiguousError struct {
	word string
	arns []string
}

func (e *ambiguousError) Error() string {
	return fmt.Sprintf("CLUSTER is %q, the name of %d clusters: must be one of their ARNs\n  %s", e.word, len(e.arns), strings.Join(e.arns, "\n  "))
}
