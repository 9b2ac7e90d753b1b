package replay

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/access"
)

// Standing judges every unit once more, without writing, and gives all live
// intents as they stand, by cluster and name. What one unit's run changed may
// concern an intent of another.
func (s *Session) Standing(ctx context.Context) ([]access.Judgement, error) {
	units, err := s.Units(ctx)
	if err != nil {
		return nil, err
	}
	var out []access.Judgement
	for _, u := range units {
		judgements, err := s.Runner.Judge(ctx, u)
		if err != nil {
			return nil, fmt.Errorf("judging unit %s: %w", u, err)
		}
		s.latest[u] = judgements
		out = append(out, judgements...)
	}
	slices.SortStableFunc(out, func(a, b access.Judgement) int {
		return cmp.Or(cmp.Compare(a.Intent.Cluster, b.Intent.Cluster), cmp.Compare(a.Intent.Name, b.Intent.Name))
	})
	return out, nil
}
