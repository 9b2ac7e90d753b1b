package replay

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
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
	names, err := clusterNames(ctx, sim)
	if err != nil {
		return intent.Set{}, nil, err
	}
	records, problems := intent.Resolve(records, func(name string) []string { return names[name] })
	set := intent.Parse(records, intent.Options{BareNames: true})
	for _, i := range slices.Concat(set.Invalid, set.InvalidPolicies) {
		problems = append(problems, i.Problems...)
	}
	problems = append(problems, setAsideUnknown(&set, names)...)
	set.Policies = set.Policies.DefaultTo(intent.Enforce)
	return set, problems, nil
}

// setAsideUnknown takes intents for caches that the world does not have by name
// out of the valid ones: without an account and Region they belong nowhere.
func setAsideUnknown(set *intent.Set, names map[string][]string) []intent.Problem {
	var problems []intent.Problem
	set.Intents = slices.DeleteFunc(set.Intents, func(i intent.Intent) bool {
		if strings.HasPrefix(i.Cluster, "arn:") {
			return false
		}
		if len(names[i.Cluster]) > 1 { // said already: it lists the ARNs
			set.Invalid = append(set.Invalid, intent.Invalid{Key: i.Key(), Place: i.Place, Owner: i.Owner})
			return true
		}
		p := intent.Problem{
			Place: i.Place, Key: i.Key(), Field: intent.FieldCluster, Value: fmt.Sprintf("%q", i.Cluster),
			Allowed: "must be the name of a cache of the world (" + knownNames(names) + "), or the ARN of one that is to come",
		}
		problems = append(problems, p)
		set.Invalid = append(set.Invalid, intent.Invalid{Key: i.Key(), Place: i.Place, Problems: []intent.Problem{p}, Owner: i.Owner})
		return true
	})
	return problems
}

func knownNames(names map[string][]string) string {
	known := make([]string, 0, len(names))
	for name := range names {
		known = append(known, name)
	}
	slices.Sort(known)
	const shown = 8
	switch {
	case len(known) == 0:
		return "it has none"
	case len(known) > shown:
		return strings.Join(known[:shown], ", ") + ", …"
	default:
		return strings.Join(known, ", ")
	}
}

// clusterNames maps the names of all caches of a world to their ARNs; the names
// of a replication group's nodes stand for the group.
func clusterNames(ctx context.Context, sim *awssim.Sim) (map[string][]string, error) {
	clients := observe.NewClients(func(_ context.Context, l network.Location) (aws.Config, error) {
		return sim.Config(l.Account, l.Region, awssim.Actor{Session: "replay"}), nil
	})
	names := map[string][]string{}
	for _, l := range sim.World().Locations() {
		clusters, _, err := observe.Clusters(ctx, clients, network.Location{Account: l[0], Region: l[1]})
		if err != nil {
			return nil, fmt.Errorf("reading the caches of the world: %w", err)
		}
		for _, c := range clusters {
			for _, name := range append([]string{c.Name}, c.Members...) {
				names[name] = append(names[name], c.ARN)
			}
		}
	}
	return names, nil
}
