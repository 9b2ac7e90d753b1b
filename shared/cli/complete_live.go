package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/store"
)

// completionWait is how long a shell waits for what a table holds: longer, and
// people think that the key does not work.
const completionWait = 3 * time.Second

// tableItems reads a deployment's table for a shell, which gets nothing where that
// fails.
func (a *app) tableItems(ctx context.Context, flags *liveFlags) []store.Item {
	waiting, stop := context.WithTimeout(ctx, a.completionWait)
	defer stop()
	d, err := a.deploymentOfIntents(waiting, *flags)
	if err != nil {
		return nil
	}
	items, err := d.Intents().List(waiting)
	if err != nil {
		return nil
	}
	return items
}

// completeClusters offers the clusters that a deployment's table names.
func (a *app) completeClusters(flags *liveFlags) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.clustersOf(a.tableItems(c.Context(), flags)), cobra.ShellCompDirectiveNoFileComp
	}
}

func (a *app) clustersOf(items []store.Item) []string {
	names := namesOf(keysOf(items))
	var out []string
	for _, arns := range names {
		for _, arn := range arns {
			if arn != intent.Everything {
				out = append(out, names.cluster(arn)+"\t"+arn)
			}
		}
	}
	return offered(out)
}

// completeItems offers clusters, and then the names of their items.
func (a *app) completeItems(flags *liveFlags) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		items := a.tableItems(c.Context(), flags)
		if len(args) == 0 {
			return append(a.clustersOf(items), "*\tpolicies"), cobra.ShellCompDirectiveNoFileComp
		}
		chosen, err := ofTable(items, args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []string
		for _, i := range chosen {
			policies := args[0] == intent.Everything
			if store.Key(i.Record).Cluster == intent.Everything == policies {
				out = append(out, nameOfItem(i, policies)+"\t"+valueText(i.Fields[intent.FieldReason]))
			}
		}
		return offered(out), cobra.ShellCompDirectiveNoFileComp
	}
}
