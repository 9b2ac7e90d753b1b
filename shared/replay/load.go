package replay

import (
	"context"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/operate"
)

// LoadIntents reads an intents file, finds the clusters that it calls by their
// names in a world, and puts the mode at enforce where no policy says otherwise.
// Problems are those of single items, which do not stop the others; the error is
// about the file as a whole.
func LoadIntents(ctx context.Context, name string, data []byte, sim *awssim.Sim) (intent.Set, []intent.Problem, error) {
	records, err := intentfile.Parse(name, data)
	if err != nil {
		return intent.Set{}, nil, err
	}
	in, err := Lookup(ctx, sim)
	if err != nil {
		return intent.Set{}, nil, err
	}
	u := operate.Understand(records, in)
	u.Set.Policies = u.Set.Policies.DefaultTo(intent.Enforce)
	return u.Set, u.Problems, nil
}

// Lookup finds the clusters of a world by their names.
func Lookup(ctx context.Context, sim *awssim.Sim) (operate.Lookup, error) {
	names, err := operate.ReadNames(ctx, clientsOf(sim), locationsOf(sim))
	return operate.Lookup{Names: names, Place: "the world"}, err
}
