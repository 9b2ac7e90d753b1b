package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/resource"
)

// fewClusters is how many clusters are read one by one; for more, the whole table
// is read at once.
const fewClusters = 20

// itemsOf reads the items of clusters by their ARNs, beside the policies. A team
// that may declare for its own clusters may read these partitions and no others.
func itemsOf(ctx context.Context, table *store.Table, arns []string, policies []store.Item) ([]store.Item, error) {
	arns = slices.Compact(slices.Sorted(slices.Values(arns)))
	if len(arns) > fewClusters || slices.Contains(arns, intent.Everything) { // a policy concerns the items of all
		return everything(ctx, table)
	}
	all := slices.Clone(policies)
	for _, arn := range arns {
		items, err := table.ListCluster(ctx, arn)
		if err != nil {
			return nil, live.Advise(err)
		}
		all = append(all, items...)
	}
	return all, nil
}

func everything(ctx context.Context, table *store.Table) ([]store.Item, error) {
	items, err := table.List(ctx)
	if live.Denied(err) {
		return nil, fmt.Errorf("%w\nwhoever may read the items of single clusters only has to name a cluster, by its ARN", live.Advise(err))
	}
	return items, live.Advise(err)
}

// policiesOf reads the policies. Whoever may not goes on without them: what they
// forbid is found by the next run, which tells it.
func (a *app) policiesOf(ctx context.Context, table *store.Table) ([]store.Item, error) {
	policies, err := table.ListCluster(ctx, intent.Everything)
	if live.Denied(err) {
		fmt.Fprintln(a.stderr, "warning: "+clean(fmt.Sprintf("the policies may not be read, so that the defaults are taken for them: %v", live.Told(err))))
		return nil, nil
	}
	return policies, live.Advise(err)
}

// tableFor reads what a command needs that works on one cluster: by its ARN, or by
// a name that has to be looked for in the whole table; all where none is named.
func (a *app) tableFor(ctx context.Context, table *store.Table, cluster string) ([]store.Item, error) {
	if _, err := resource.ParseARN(cluster); err != nil {
		return everything(ctx, table)
	}
	policies, err := a.policiesOf(ctx, table)
	if err != nil {
		return nil, err
	}
	return itemsOf(ctx, table, []string{cluster}, policies)
}
