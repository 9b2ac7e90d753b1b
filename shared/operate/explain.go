package operate

import (
	"context"
	"fmt"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/resource"
)

// Ask reads an intent that somebody asks about and nobody has declared: fields as
// in an intents file, the cluster by its name or its ARN. The intent counts only
// where there are no problems.
func Ask(fields map[string]intent.Value, in Lookup) (intent.Intent, []intent.Problem) {
	u := Understand([]intent.Record{{Fields: fields}}, in)
	if len(u.Problems) > 0 || len(u.Set.Intents) == 0 {
		return intent.Intent{}, u.Problems
	}
	return u.Set.Intents[0], nil
}

// Explanation is the judgement of an intent that nobody has declared.
type Explanation struct {
	access.Judgement
	Unit network.Unit
	// Index holds what the judgement and the declared intents of the cluster lean on.
	Index *access.Index
}

// Explain judges an intent, without writing, under the policy of its cluster.
func (s *Session) Explain(ctx context.Context, asked intent.Intent) (Explanation, error) {
	set, err := s.Runner.Intents.Declared(ctx)
	if err != nil {
		return Explanation{}, fmt.Errorf("reading intents: %w", err)
	}
	located, err := reconcile.Locate(ctx, s.Clients, append(neighbours(set, asked.Cluster), asked.Cluster))
	if err != nil {
		return Explanation{}, err
	}
	unit := located[asked.Cluster]
	request := observe.Request{Unit: unit, Locations: s.Runner.Locations, Now: s.now(), Intents: []intent.Intent{asked}}
	for _, i := range set.Intents {
		if located[i.Cluster] == unit {
			request.Intents = append(request.Intents, i)
		}
	}
	snapshot, err := observe.Read(ctx, s.Clients, request)
	if err != nil {
		return Explanation{}, err
	}
	claims, err := s.Runner.Ledger.Claims(ctx, unit, nil)
	if err != nil {
		return Explanation{}, fmt.Errorf("reading claims: %w", err)
	}
	own := map[change.Requirement]bool{}
	for _, c := range claims {
		own[c.Requirement] = c.Proven()
	}
	index := access.NewIndex(snapshot)
	judgement := index.Judge(access.Declared{
		Intent: asked, Policy: set.Policies.For(asked.Cluster),
		Own: func(r change.Requirement) bool { return own[r] },
	})
	return Explanation{Judgement: judgement, Unit: unit, Index: index}, nil
}

// neighbours are the declared clusters of a cluster's account and Region.
func neighbours(set intent.Set, cluster string) []string {
	home, ok := resource.LocationOf(cluster)
	if !ok {
		return nil
	}
	var out []string
	for _, arn := range set.Clusters() {
		if at, ok := resource.LocationOf(arn); ok && at == home {
			out = append(out, arn)
		}
	}
	return out
}

// Declared gives the valid intents that are declared, whether they live or not.
func (s *Session) Declared(ctx context.Context) ([]intent.Intent, error) {
	set, err := s.Runner.Intents.Declared(ctx)
	return set.Intents, err
}
