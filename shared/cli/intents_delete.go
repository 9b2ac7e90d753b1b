package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentdiff"
	"github.com/cachegate/cachegate/shared/intent/store"
)

func (a *app) deleteCommand(flags *liveFlags) *cobra.Command {
	var write writeFlags
	c := &cobra.Command{
		Use:   "delete CLUSTER NAME...",
		Short: "Delete intents of a cluster: access that only they declare closes",
		Long: "delete shows the intents that go and deletes them, all or none. In mode enforce, cachegate then closes what it\n" +
			"opened for them and nobody else declares; connections that are established stay.\n\n" +
			"CLUSTER is the name of a cluster or its ARN; * stands for the policies, whose names are * or a cluster's.\n" +
			"On a terminal you are asked first. In a pipe, --yes is needed.",
		Example: "  cachegate intents delete sessions orders\n" +
			"  cachegate intents delete sessions orders batch --dry-run\n" +
			"  cachegate intents delete '*' sessions --yes              the policy for the cluster sessions",
		Args: func(c *cobra.Command, args []string) error {
			const least = 2
			if len(args) < least {
				return usageError(c, "%s given: delete takes a CLUSTER and at least one NAME", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.delete(c.Context(), args[0], args[1:], *flags, write)
		},
		ValidArgsFunction: a.completeItems(flags),
	}
	write.add(c)
	return c
}

func (a *app) delete(ctx context.Context, cluster string, names []string, flags liveFlags, write writeFlags) error {
	d, err := a.deploymentOfIntents(ctx, flags)
	if err != nil {
		return err
	}
	table, err := a.tableFor(ctx, d.Intents(), cluster)
	if err != nil {
		return err
	}
	goes, err := chosen(table, cluster, names)
	if err != nil {
		return err
	}
	e := &edit{deployment: d, names: namesOf(keysOf(table)), differences: intentdiff.Compare(recordsOf(goes), nil)}
	for _, diff := range e.differences {
		for _, i := range goes {
			if store.Key(i.Record) == diff.Key {
				e.changes = append(e.changes, store.Change{Before: &i})
			}
		}
	}
	e.foresee(table)
	return a.carryOut(ctx, e, write)
}

// chosen gives the items of a cluster with these names, or says which are not there.
func chosen(table []store.Item, cluster string, names []string) ([]store.Item, error) {
	items, err := ofTable(table, cluster)
	if err != nil {
		return nil, err
	}
	policies := cluster == intent.Everything
	if !policies { // the policy for a cluster is listed with it, and is none of its intents
		items = slices.DeleteFunc(items, func(i store.Item) bool { return store.Key(i.Record).Cluster == intent.Everything })
	}
	var out []store.Item
	var missing, there []string
	for _, i := range items {
		there = append(there, nameOfItem(i, policies))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		found := slices.IndexFunc(items, func(i store.Item) bool { return nameOfItem(i, policies) == name || store.Key(i.Record).Name == name })
		if found < 0 {
			missing = append(missing, fmt.Sprintf("%q", name))
			continue
		}
		out = append(out, items[found])
	}
	if len(missing) == 0 {
		return out, nil
	}
	what := "intent of " + cluster
	if policies {
		what = "policy"
	}
	text := fmt.Sprintf("there is no %s called %s: nothing was deleted", what, strings.Join(missing, ", "))
	if len(there) > 0 {
		text += "\nthose that are there: " + strings.Join(there, ", ")
	}
	return nil, fmt.Errorf("%s", text)
}

// nameOfItem is what an item goes by: of a policy, its cluster's name.
func nameOfItem(i store.Item, policy bool) string {
	if policy {
		return intent.ShortName(store.Key(i.Record).Name)
	}
	return store.Key(i.Record).Name
}
