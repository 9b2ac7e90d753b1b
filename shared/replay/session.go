package replay

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/resource"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
)

// RoleARN is the role that cachegate acts with in a replay, in every account.
const RoleARN = "arn:aws:iam::%s:role/cachegate-replay"

// deployment names the replay in the tags of the rules that it makes.
const deployment = "replay"

// Session is a world with cachegate at work in it.
type Session struct {
	*operate.Session
	Sim    *awssim.Sim
	Ledger *ledger.Memory

	intents *Declared
	// located are the units of all clusters of the world.
	located map[string]network.Unit
	// caches are the names of the clusters and of their nodes.
	caches map[string]bool
	// holders are the units that hold the world's claims: what a deleted cluster left
	// belongs to one of them, though no cluster leads to it any more.
	holders []network.Unit
}

// Declared is what a replay's intents file declares. It may be changed between events.
type Declared struct{ Set intent.Set }

// Declared implements reconcile.Intents.
func (d *Declared) Declared(context.Context) (intent.Set, error) { return d.Set, nil }

// Options of a session.
type Options struct {
	Clock func() time.Time
	// Log takes what goes on inside; nil: nothing.
	Log *slog.Logger
}

// New makes a session on a simulation. Nothing is judged yet; see Prepare.
func New(sim *awssim.Sim, set intent.Set, o Options) *Session {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Session{Sim: sim, Ledger: ledger.NewMemory(), intents: &Declared{Set: set}}
	config := configOf(sim)
	clients := clientsOf(sim)
	s.Session = &operate.Session{
		Clients: clients, Writes: true,
		Runner: &reconcile.Runner{
			Clients: clients, Ledger: s.Ledger, Intents: s.intents, Locations: locationsOf(sim), Deployment: deployment,
			Writer: apply.NewClients(config).For,
			Owner:  "replay", Clock: o.Clock, Sleep: func(context.Context, time.Duration) error { return nil }, Log: o.Log,
		},
		Dispatcher: &dispatch.Dispatcher{
			Index: s.Ledger, Claims: s.Ledger, Journal: s.Ledger, OwnRoles: roles(sim), Clock: o.Clock,
			Exists: s.exists,
		},
	}
	return s
}

// configOf gives the configuration of any location of a world.
func configOf(sim *awssim.Sim) func(context.Context, network.Location) (aws.Config, error) {
	return func(_ context.Context, l network.Location) (aws.Config, error) {
		return sim.Config(l.Account, l.Region, awssim.Actor{RoleARN: fmt.Sprintf(RoleARN, l.Account), Session: "replay"}), nil
	}
}

// clientsOf gives the clients that read a world.
func clientsOf(sim *awssim.Sim) *observe.FromConfig {
	return observe.NewClients(configOf(sim), elasticache.New)
}

func locationsOf(sim *awssim.Sim) []network.Location {
	var out []network.Location
	for _, l := range sim.World().Locations() {
		out = append(out, network.Location{Account: l[0], Region: l[1]})
	}
	return out
}

func roles(sim *awssim.Sim) []string {
	var out []string
	for _, l := range locationsOf(sim) {
		out = append(out, fmt.Sprintf(RoleARN, l.Account))
	}
	return slices.Compact(out)
}

// exists says whether the world holds what an event names. The name of a cluster or of
// its node may be that of something else too, such as a security group.
func (s *Session) exists(r events.Resource) bool {
	switch r.Kind {
	case resource.NameReplicationGroup, resource.NameCacheCluster, resource.NameServerlessCache:
		return s.caches[strings.ToLower(r.ID)]
	default:
		return s.Sim.World().Exists(r.ID)
	}
}

// Declare changes what is declared, as a write to the intents table does.
func (s *Session) Declare(set intent.Set) { s.intents.Set = set }

// Prepare judges every unit once without writing, so that the dependency index
// and the holders of the world's claims are there.
func (s *Session) Prepare(ctx context.Context) error {
	if err := s.locate(ctx); err != nil {
		return err
	}
	if err := s.seedClaims(ctx); err != nil {
		return fmt.Errorf("taking over the world's claims: %w", err)
	}
	units, err := s.Units(ctx)
	if err != nil {
		return err
	}
	for _, u := range slices.Compact(ledger.SortUnits(append(units, s.holders...))) {
		if _, err := s.Runner.Judge(ctx, u); err != nil {
			return fmt.Errorf("judging unit %s: %w", u, err)
		}
	}
	return nil
}

// locate finds the units of all clusters of the world, declared or not.
func (s *Session) locate(ctx context.Context) error {
	s.located, s.caches = map[string]network.Unit{}, map[string]bool{}
	for _, l := range s.Runner.Locations {
		clusters, _, err := observe.Clusters(ctx, s.Clients, l)
		if err != nil {
			return fmt.Errorf("reading clusters of %s: %w", l, err)
		}
		for _, c := range clusters {
			s.located[c.ARN] = network.Unit{Location: l, VPC: c.VPC}
			for _, name := range append(slices.Clone(c.Members), c.Name) {
				s.caches[name] = true
			}
		}
	}
	return nil
}

// Standing gives all live intents as they stand; see operate.Session.
func (s *Session) Standing(ctx context.Context) ([]access.Judgement, error) {
	units, err := s.Units(ctx)
	if err != nil {
		return nil, err
	}
	return s.Session.Standing(ctx, units)
}
