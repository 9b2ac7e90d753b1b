package replay

import (
	"context"
	"fmt"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// Asked reads an intent that somebody asks about and nobody has declared: fields
// as in an intents file, the cluster by its name in the world or its ARN. The
// intent counts only where there are no problems.
func Asked(ctx context.Context, sim *awssim.Sim, fields map[string]intent.Value) (intent.Intent, []intent.Problem, error) {
	names, err := clusterNames(ctx, sim)
	if err != nil {
		return intent.Intent{}, nil, err
	}
	records, problems := intent.Resolve([]intent.Record{{Fields: fields}}, func(name string) []string { return names[name] })
	if len(problems) > 0 {
		return intent.Intent{}, problems, nil
	}
	set := intent.Parse(records, intent.Options{BareNames: true})
	for _, i := range set.Invalid {
		problems = append(problems, i.Problems...)
	}
	problems = append(problems, setAsideUnknown(&set, names)...)
	if len(problems) > 0 || len(set.Intents) == 0 {
		return intent.Intent{}, problems, nil
	}
	return set.Intents[0], nil, nil
}

// Explanation is the judgement of an intent that nobody has declared.
type Explanation struct {
	access.Judgement
	Unit network.Unit
	// Index holds what the judgement and the declared intents of the cluster lean on.
	Index *access.Index
}

// Explain judges an intent on the world, without writing, under the policy of
// its cluster.
func (s *Session) Explain(ctx context.Context, asked intent.Intent) (Explanation, error) {
	arns := []string{asked.Cluster}
	for _, i := range s.intents.Set.Intents {
		arns = append(arns, i.Cluster)
	}
	located, err := reconcile.Locate(ctx, s.Clients, arns)
	if err != nil {
		return Explanation{}, err
	}
	unit := located[asked.Cluster]
	request := observe.Request{Unit: unit, Locations: s.locations(), Now: s.Runner.Clock(), Wants: []observe.Want{wantOf(asked)}}
	for _, i := range s.intents.Set.Intents {
		if located[i.Cluster] == unit {
			request.Wants = append(request.Wants, wantOf(i))
		}
	}
	snapshot, err := observe.Read(ctx, s.Clients, request)
	if err != nil {
		return Explanation{}, err
	}
	claims, err := s.Ledger.Claims(ctx, unit, nil)
	if err != nil {
		return Explanation{}, fmt.Errorf("reading claims: %w", err)
	}
	own := map[access.Requirement]bool{}
	for _, c := range claims {
		own[c.Requirement] = true
	}
	index := access.NewIndex(snapshot)
	judgement := index.Judge(access.Declared{
		Intent: asked, Policy: s.intents.Set.Policies.For(asked.Cluster),
		Own: func(r access.Requirement) bool { return own[r] },
	})
	return Explanation{Judgement: judgement, Unit: unit, Index: index}, nil
}

// Declared gives the valid intents that are declared, whether they live or not.
func (s *Session) Declared() []intent.Intent { return s.intents.Set.Intents }

func wantOf(i intent.Intent) observe.Want {
	w := observe.Want{Cluster: i.Cluster, Path: string(i.Path), Via: i.Via}
	for _, src := range i.Sources {
		w.Sources = append(w.Sources, observedSource(src))
	}
	return w
}

func observedSource(s intent.Source) observe.Source {
	switch s.Kind {
	case intent.SecurityGroup:
		return observe.Source{Group: s.ID, GroupAccount: s.Account}
	case intent.PrefixList:
		return observe.Source{PrefixList: s.ID}
	case intent.VPC:
		return observe.Source{VPC: s.ID}
	case intent.CIDR:
		return observe.Source{CIDR: s.Prefix}
	default:
		return observe.Source{}
	}
}
