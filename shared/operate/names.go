package operate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource"
)

// Names are the caches of some accounts and Regions by their names. The names of
// a cluster's nodes stand for it.
type Names struct {
	arns map[string][]string
	// own are the names of the caches themselves, without their nodes'.
	own []string
	// known are the ARNs of caches, and of nodes, for which their group stands.
	known map[string]bool
	// read are the locations that were read, Failures what could not be.
	read     map[network.Location]bool
	Failures []network.Failure
}

// atOnce is how many locations are read at the same time: four calls each, far
// below what AWS takes.
const atOnce = 8

// ReadNames reads the caches of all locations. What cannot be read is in the
// failures; the error is that of the context.
func ReadNames(ctx context.Context, clients observe.Clients, locations []network.Location) (Names, error) {
	type answer struct {
		found    []network.Cluster
		failures []network.Failure
	}
	answers := make([]answer, len(locations))
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, l := range locations {
		group.Go(func() (err error) {
			answers[i].found, answers[i].failures, err = observe.Clusters(inner, clients, l)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Names{}, fmt.Errorf("reading the caches: %w", err)
	}
	n := Names{arns: map[string][]string{}, known: map[string]bool{}, read: map[network.Location]bool{}}
	for i, a := range answers {
		for _, c := range a.found {
			n.add(c)
		}
		n.Failures = append(n.Failures, a.failures...)
		n.read[locations[i]] = len(a.failures) == 0
	}
	return n, nil
}

func (n *Names) add(c network.Cluster) {
	n.known[c.ARN] = true
	n.own = append(n.own, c.Name)
	for _, name := range append([]string{c.Name}, c.Members...) {
		n.arns[name] = append(n.arns[name], c.ARN)
	}
	for _, node := range resource.Nodes(c) {
		n.known[node.String()] = true
	}
}

// ARNs gives the caches with a name.
func (n Names) ARNs(name string) []string { return n.arns[name] }

// Exists says whether there is a cache with an ARN; known is false where its
// account and Region were not read, or not wholly.
func (n Names) Exists(arn string, at network.Location) (exists, known bool) {
	return n.known[arn], n.known[arn] || n.read[at]
}

// All gives the name of every cache, sorted, each once.
func (n Names) All() []string {
	return slices.Compact(slices.Sorted(slices.Values(n.own)))
}

// Unread gives the locations that could not be read, or not wholly, in order.
func (n Names) Unread() []network.Location {
	var out []network.Location
	for _, f := range n.Failures {
		if !slices.Contains(out, f.Location) {
			out = append(out, f.Location)
		}
	}
	return out
}

// Listed names the caches in a few words, for messages.
func (n Names) Listed() string {
	const shown = 8
	switch names := n.All(); {
	case len(names) == 0:
		return "there is none"
	case len(names) > shown:
		return strings.Join(names[:shown], ", ") + ", …"
	default:
		return strings.Join(names, ", ")
	}
}
